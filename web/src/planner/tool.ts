/** What a tool of the desk is given, and what it gives. */

import type { Map as MapLibreMap } from "maplibre-gl";
import type { Catalog, Language } from "../catalog";
import type { Report } from "./service";

export interface Bench {
  map: MapLibreMap;
  catalog: Catalog;
  lang: Language;
  /** Wall displays draw everything larger. */
  scale: number;
  /** The map's style is there, and layers can be added. */
  ready: Promise<unknown>;
  showReport(report: Report, places: [number, number][]): Promise<void>;
}

export interface Tool {
  id: "parcel" | "here" | "filter" | "area" | "versions";
  /** What stands on the desk. */
  render(bench: Bench): HTMLElement;
  /** Another tool is chosen, or this one is drawn anew. */
  leave?(): void;
  /** The map was clicked while the tool is chosen. */
  click?(bench: Bench, place: [number, number], root: HTMLElement): void;
}
