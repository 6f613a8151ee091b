/** The tool that tells what is at a place, in every layer, and finds places by name. */

import type { Layer } from "../catalog";
import { make } from "../dom";
import { formatValue } from "../format";
import { textIn } from "../words";
import { labelled, state } from "./form";
import { get, type Feature, type Features } from "./service";
import { showFound } from "./sketch";
import type { Bench, Tool } from "./tool";
import { plannerWords } from "./words";

function facts(feature: Feature, layer: Layer, bench: Bench): HTMLElement {
  const rows = layer.fields.flatMap((field) => {
    const value = formatValue(field, feature.properties[field.name], bench.lang);
    return value === null ? [] : [make("div", {}, make("dt", {}, textIn(bench.lang, field.title)), make("dd", {}, value))];
  });
  return make("dl", { class: "facts" }, ...rows);
}

function entry(feature: Feature, bench: Bench): HTMLElement | null {
  const layer = bench.catalog.layers.find(({ id }) => id === feature.layer);
  if (!layer) return null;
  const label = layer.style.label ? feature.properties[layer.style.label] : null;
  const name = make("b", {}, String(label ?? feature.id));
  const details = make("details", {}, make("summary", {}, make("small", {}, textIn(bench.lang, layer.title)), name), facts(feature, layer, bench));
  details.addEventListener("toggle", () => {
    if (details.open) showFound(bench.map, [feature.geometry]);
  });
  return details;
}

async function tell(bench: Bench, [lon, lat]: [number, number], list: HTMLElement): Promise<void> {
  const words = plannerWords(bench.lang);
  list.replaceChildren(make("p", {}, words.working));
  try {
    const { features } = await get<Features>("/at", { lon: String(lon), lat: String(lat) }, bench.lang);
    const entries = features.map((feature) => entry(feature, bench));
    list.replaceChildren(...(entries.length > 0 ? entries.filter((one) => one !== null) : [make("p", {}, words.nothingHere)]));
    showFound(bench.map, features.filter(({ geometry }) => geometry.type === "Point").map(({ geometry }) => geometry));
  } catch (error) {
    list.replaceChildren(make("p", {}, words.failed(error instanceof Error ? error.message : String(error))));
  }
}

/** Names as they are typed; an answer that a later letter has overtaken is not shown. */
function search(bench: Bench): HTMLElement {
  const words = plannerWords(bench.lang);
  const input = make("input", { type: "search", placeholder: words.searchHint, autocomplete: "off" });
  const results = make("ul", { class: "results" });
  const said = state();
  let asked = 0;
  input.addEventListener("input", () => {
    const turn = ++asked;
    const text = input.value.trim();
    if (text === "") {
      results.replaceChildren();
      return;
    }
    const { lng, lat } = bench.map.getCenter();
    get<Features>("/search", { q: text, lon: lng.toFixed(5), lat: lat.toFixed(5), limit: "8" }, bench.lang).then(({ features }) => {
      if (turn !== asked) return;
      said.textContent = features.length === 0 ? words.nothing : "";
      results.replaceChildren(...features.map((feature) => result(feature, bench)));
    }, (error: unknown) => (said.textContent = words.failed(String(error))));
  });
  return make("div", {}, labelled(words.search, input), said, results);
}

function result(feature: Feature, bench: Bench): HTMLElement {
  const said = (name: string) => String(feature.properties[name] ?? "");
  const go = make("button", { type: "button" }, make("b", {}, said("title") || String(feature.id)), make("small", {}, said("layer_title")));
  go.addEventListener("click", () => {
    if (feature.bbox) {
      const [west, south, east, north] = feature.bbox;
      bench.map.fitBounds([[west, south], [east, north]], { padding: 60, maxZoom: 16, animate: false });
    } else if (feature.geometry.type === "Point") {
      bench.map.jumpTo({ center: feature.geometry.coordinates as [number, number], zoom: 16 });
    }
    showFound(bench.map, [feature.geometry]);
  });
  return make("li", {}, go);
}

export const hereTool: Tool = {
  id: "here",
  render(bench) {
    const list = make("div", { class: "list", id: "here" }, make("p", {}, plannerWords(bench.lang).clickMap));
    return make("div", { class: "form" }, search(bench), list);
  },
  click(bench, place, root) {
    const list = root.querySelector<HTMLElement>("#here");
    if (list) void tell(bench, place, list);
  },
};
