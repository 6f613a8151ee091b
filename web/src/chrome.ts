/** The page's fixed furniture in the chosen language. */

import type { Map as MapLibreMap } from "maplibre-gl";
import type { Catalog, Language, Layer } from "./catalog";
import { byId, make } from "./dom";
import { spokenLanguage, textIn, wordsOf } from "./words";

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
  byId("to-planner").textContent = words.toPlanner;
  byId("to-wall").textContent = words.toWall;
  byId("to-wall").setAttribute("href", lang === "en" ? "./wall?lang=en" : "./wall");
  byId("languages").setAttribute("aria-label", words.language);
  byId("controls").setAttribute("aria-label", words.controls);
  byId("card").setAttribute("aria-label", words.card);
  label("zoom-in", words.zoomIn);
  label("zoom-out", words.zoomOut);
  label("zoom-all", words.zoomAll);
  for (const button of byId("languages").querySelectorAll<HTMLElement>("button")) {
    button.setAttribute("aria-pressed", String(button.dataset["language"] === lang));
  }
  labelPanelToggle();
  if (!byId("banner").hidden) byId("banner").textContent = words.gone;
}

function labelPanelToggle(): void {
  const words = wordsOf(spokenLanguage());
  label("panel-toggle", isPanelOpen() ? words.hideLayers : words.showLayers);
}

export function isPanelOpen(): boolean {
  return byId("panel-toggle").getAttribute("aria-expanded") === "true";
}

export function setPanelOpen(open: boolean): void {
  byId("panel-toggle").setAttribute("aria-expanded", String(open));
  byId("panel-body").hidden = !open;
  labelPanelToggle();
}

/** Folds the sheet and leaves the keyboard at its handle. */
export function foldPanel(): void {
  setPanelOpen(false);
  byId("panel-toggle").focus();
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

/** Each attribution once, in the order of the layers; demo data is called so even where the list is folded. */
export function attributionLine(layers: Layer[], lang: Language): HTMLElement {
  const names = new Set(layers.map((layer) => layer.attribution).filter((name) => name !== ""));
  const demo = layers.some((layer) => layer.demo) ? [wordsOf(lang).demoShort] : [];
  return make("p", {}, [...demo, ...names, "MapLibre"].join(" · "));
}

/** What stands above the names of those whom the data are of knows how many lines they take: on a phone there may be three. */
export function followAttribution(): void {
  const line = byId("attribution");
  const tell = () => document.documentElement.style.setProperty("--attribution-height", `${line.offsetHeight}px`);
  new ResizeObserver(tell).observe(line);
}

/** The banner stays for as long as the server is away. */
export function setServerGone(gone: boolean): void {
  const banner = byId("banner");
  banner.hidden = !gone;
  banner.textContent = gone ? wordsOf(spokenLanguage()).gone : "";
}
