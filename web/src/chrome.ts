/** The page's fixed furniture in the chosen language. */

import type { Map as MapLibreMap } from "maplibre-gl";
import type { Catalog, Language, Layer } from "./catalog";
import { byId, make } from "./dom";
import { textIn, wordsOf } from "./words";

const label = (id: string, text: string) => {
  const element = byId(id);
  element.setAttribute("aria-label", text);
  element.title = text;
};

/** What can be said before the catalogue is there. */
export function setFirstWords(lang: Language): void {
  const words = wordsOf(lang);
  document.documentElement.lang = lang;
  byId("skip").textContent = words.skip;
  byId("languages").setAttribute("aria-label", words.language);
  byId("controls").setAttribute("aria-label", words.controls);
  byId("card").setAttribute("aria-label", words.card);
  label("zoom-in", words.zoomIn);
  label("zoom-out", words.zoomOut);
  label("zoom-all", words.zoomAll);
  for (const button of byId("languages").querySelectorAll<HTMLElement>("button")) {
    button.setAttribute("aria-pressed", String(button.dataset["language"] === lang));
  }
  setPanelToggle(lang);
  if (!byId("banner").hidden) byId("banner").textContent = words.gone;
}

export function setPanelToggle(lang: Language): void {
  const open = byId("panel-toggle").getAttribute("aria-expanded") === "true";
  label("panel-toggle", open ? wordsOf(lang).hideLayers : wordsOf(lang).showLayers);
}

export function setPanelOpen(open: boolean, lang: Language): void {
  byId("panel-toggle").setAttribute("aria-expanded", String(open));
  byId("panel-body").hidden = !open;
  setPanelToggle(lang);
}

export function setStaticWords(lang: Language, catalog: Catalog, map: MapLibreMap): void {
  setFirstWords(lang);
  const words = wordsOf(lang);
  byId("title").textContent = textIn(lang, catalog.title);
  document.title = textIn(lang, catalog.title);
  map.getCanvas().setAttribute("aria-label", words.map);
  const demo = byId("demo");
  demo.hidden = !catalog.layers.some((layer) => layer.demo);
  demo.textContent = words.demoPage;
}

/** Each attribution once, in the order of the layers. */
export function attributionLine(layers: Layer[]): HTMLElement {
  const names = new Set(layers.map((layer) => layer.attribution).filter((name) => name !== ""));
  return make("p", {}, [...names, "MapLibre"].join(" · "));
}

/** The banner stays for as long as the server is away. */
export function setServerGone(gone: boolean, lang: Language): void {
  const banner = byId("banner");
  banner.hidden = !gone;
  banner.textContent = gone ? wordsOf(lang).gone : "";
}
