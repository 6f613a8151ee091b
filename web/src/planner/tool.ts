/** What a tool of the desk is given, and what it gives. */

import type { Map as MapLibreMap } from "maplibre-gl";
import type { Catalog, Language } from "../catalog";
import type { Report } from "./service";

export interface Bench {
  map: MapLibreMap;
  catalog: Catalog;
  lang: Language;
  showReport(report: Report, places: [number, number][]): Promise<void>;
}

export interface Tool {
  id: "parcel" | "here" | "filter" | "area";
  /** What stands on the desk. */
  render(bench: Bench): HTMLElement;
  /** The map was clicked while the tool is chosen. */
  click?(bench: Bench, place: [number, number], root: HTMLElement): void;
}
