/** The tool that tells what is at a place, in every layer, and finds places by name. */

import { make } from "../dom";
import { entry } from "./entry";
import { labelled, reasonOf, state } from "./form";
import { get, type Feature, type Features } from "./service";
import { showFound } from "./sketch";
import type { Bench, Tool } from "./tool";
import { plannerWords } from "./words";

async function tell(bench: Bench, [lon, lat]: [number, number], list: HTMLElement): Promise<void> {
  const words = plannerWords(bench.lang);
  list.replaceChildren(make("p", {}, words.working));
  try {
    const { features } = await get<Features>("/at", { lon: String(lon), lat: String(lat) }, bench.lang);
    const entries = features.map((feature) => entry(feature, bench));
    list.replaceChildren(...(entries.length > 0 ? entries.filter((one) => one !== null) : [make("p", {}, words.nothingHere)]));
    showFound(bench.map, features.filter(({ geometry }) => geometry.type === "Point").map(({ geometry }) => geometry));
  } catch (error) {
    list.replaceChildren(make("p", {}, words.failed(reasonOf(error))));
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
    const unsaved = root.querySelector<HTMLElement>("form[data-dirty]");
    // A click beside must not throw away what was typed.
    if (unsaved) unsaved.querySelector(".state")?.replaceChildren(plannerWords(bench.lang).unsaved);
    else if (list) void tell(bench, place, list);
  },
};
