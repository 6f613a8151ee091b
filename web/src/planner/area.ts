/** The tool that lays a drawn area over a layer and adds up what lies in it. */

import type * as GeoJSON from "geojson";
import { make } from "../dom";
import { today } from "../validity";
import { textIn } from "../words";
import { button, labelled, reasonOf, select, state } from "./form";
import { overlayTable } from "./report";
import { post, query, type Overlay } from "./service";
import { draw, showOutline } from "./sketch";
import type { Tool } from "./tool";
import { plannerWords } from "./words";

export const areaTool: Tool = {
  id: "area",
  render({ map, catalog, lang }) {
    const words = plannerWords(lang);
    const layers = catalog.layers.filter(({ count, geometry }) => count > 0 && geometry === "polygon");
    const which = select(layers.map((layer): [string, string] => [layer.id, textIn(lang, layer.title)]), layers.find(({ planning }) => planning?.role === "plan")?.id);
    const outcome = make("div", { class: "outcome" });
    const said = state();
    const run = async () => {
      said.textContent = words.drawing;
      map.getCanvas().focus();
      const corners = await draw(map);
      said.textContent = corners ? words.working : "";
      const [first] = corners ?? [];
      if (!corners || !first) return;
      const geometry: GeoJSON.Geometry = { type: "Polygon", coordinates: [[...corners, first]] };
      showOutline(map, geometry, corners);
      const layer = layers.find(({ id }) => id === which.value);
      const by = layer?.planning?.code ?? layer?.style.color_by ?? "";
      const known = layer?.fields.some(({ name }) => name === by) ?? false;
      // Versions of a plan lie upon each other: what is in force is counted, once.
      const now = layer?.planning?.role === "plan" && layer.validity ? { datetime: today() } : {};
      try {
        const overlay = await post<Overlay>(`/collections/${which.value}/overlay?${query({ ...(known ? { by } : {}), ...now })}`, geometry);
        said.textContent = "";
        outcome.replaceChildren(overlayTable(overlay, lang));
      } catch (error) {
        said.textContent = words.failed(reasonOf(error));
      }
    };
    return make("div", { class: "form" }, make("p", {}, words.areaHint), labelled(words.layer, which),
      make("div", { class: "actions" }, button(words.draw, "primary", () => void run())), said, outcome);
  },
};
