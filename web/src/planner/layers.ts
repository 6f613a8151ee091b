/** The layers of the desk: which are shown at first, and the list that switches them. */

import type { Map as MapLibreMap } from "maplibre-gl";
import type { Catalog, Language, Layer } from "../catalog";
import { byId } from "../dom";
import { setVisible } from "../map";
import { Panel } from "../panel";
import { inDrawingOrder } from "../style";
import { plannerWords } from "./words";

/** Shown only by those who ask for them: units of before, and what would lie over the plan. */
const LATER = ["district", "hazard"];

/** What a planner looks at first: the layers with a part in planning, and of the plans the one that is drawn above the others. */
export function firstShown({ layers }: Catalog): Set<string> {
  const planned = layers.filter(({ planning, count }) => planning && count > 0 && !LATER.includes(planning.role));
  const plans = inDrawingOrder(planned.filter(({ planning }) => planning?.role === "plan"));
  const below = new Set<Layer>(plans.slice(0, -1));
  return new Set(planned.filter((layer) => !below.has(layer)).map(({ id }) => id));
}

/** The list over the map. */
export class LayerList {
  private readonly panel: Panel;
  private readonly root = byId("layers");

  constructor(private readonly map: MapLibreMap, private readonly catalog: Catalog, private readonly shown: Set<string>) {
    const list = this.root.querySelector<HTMLElement>(".layers-list");
    if (!list) throw new Error("there is no place for the list of layers");
    this.panel = new Panel(list, {
      toggle: (layer, visible) => {
        if (visible) shown.add(layer.id);
        else shown.delete(layer.id);
        setVisible(map, layer, visible);
        this.hint();
      },
      zoomTo: (layer) => map.easeTo({ zoom: layer.minzoom + 0.5 }),
    });
    map.on("zoomend", () => this.hint());
  }

  render(lang: Language): void {
    const summary = this.root.querySelector("summary");
    if (summary) summary.textContent = plannerWords(lang).layers;
    this.panel.render(this.catalog, lang, this.shown);
    this.hint();
  }

  private hint(): void {
    this.panel.setZoom(this.map.getZoom(), this.shown);
  }
}
