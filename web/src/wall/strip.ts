/** Which scene it is of how many, what its colours mean, and whom the data are of. */

import type { Language, Layer, Text } from "../catalog";
import { make } from "../dom";
import type { Sheet } from "../indicators/service";
import { indicatorWords } from "../indicators/words";
import { textIn } from "../words";
import { dusk, lit, NIGHT } from "./dark";
import type { Scene } from "./service";
import { wallWords } from "./words";

export class Rotation {
  private readonly items = new Map<string, { item: HTMLElement; bar: HTMLElement }>();
  private current: string | null = null;

  constructor(list: HTMLElement, scenes: Scene[], lang: Language) {
    list.setAttribute("aria-label", wallWords(lang).rotation);
    for (const { id, title } of scenes) {
      const bar = make("span", { class: "bar", "aria-hidden": "true" });
      const item = make("li", { "data-scene": id }, textIn(lang, title), bar);
      this.items.set(id, { item, bar });
    }
    list.replaceChildren(...[...this.items.values()].map(({ item }) => item));
    list.hidden = scenes.length < 2;
  }

  draw(scene: string | null, progress: number): void {
    if (scene !== this.current) {
      for (const [id, { item, bar }] of this.items) {
        if (id === scene) item.setAttribute("aria-current", "true");
        else item.removeAttribute("aria-current");
        bar.style.transform = "scaleX(0)";
      }
      this.current = scene;
    }
    const shown = scene ? this.items.get(scene) : undefined;
    if (shown) shown.bar.style.transform = `scaleX(${progress.toFixed(3)})`;
  }
}

export function drawLegend(list: HTMLElement, layers: Layer[], lang: Language): void {
  list.setAttribute("aria-label", wallWords(lang).legend);
  const told = layers.filter(({ style, count }) => style.group !== "boundaries" && count > 0);
  const entry = (layer: Layer, color: string, text: Text) => {
    const mark = make("span", { class: `mark ${layer.geometry}`, "aria-hidden": "true" });
    mark.style.color = lit(color);
    return make("li", {}, mark, textIn(lang, text));
  };
  list.replaceChildren(...told.flatMap((layer) => {
    const kinds = kindsOf(layer);
    return kinds.length > 0 ? kinds.map(({ color, title }) => entry(layer, color, title)) : [entry(layer, layer.style.color, layer.title)];
  }));
}

/** What the colours of a layer mean, where nothing else tells it: its features have no names beside them. */
function kindsOf({ geometry, style, fields }: Layer): { color: string; title: Text }[] {
  if (geometry !== "point" || style.label || !style.color_by) return [];
  const codes = fields.find(({ name }) => name === style.color_by)?.codes ?? [];
  return codes.flatMap(({ color, title }) => (color ? [{ color, title }] : []));
}

/** The classes of an indicator, the lowest first. */
export function drawClasses(list: HTMLElement, sheet: Sheet, lang: Language): void {
  const words = indicatorWords(lang);
  list.setAttribute("aria-label", words.legend);
  const entry = (color: string, text: string) => {
    const mark = make("span", { class: "mark class", "aria-hidden": "true" });
    mark.style.color = color;
    return make("li", {}, mark, text);
  };
  const missing = sheet.summary.units > sheet.summary.known ? [entry(NIGHT.unknown, words.noData)] : [];
  list.replaceChildren(...sheet.legend.map(({ color, text }) => entry(dusk(color), textIn(lang, text))), ...missing);
}

export function drawAttribution(line: HTMLElement, layers: Layer[], lang: Language): void {
  const names = new Set(layers.map(({ attribution }) => attribution).filter(Boolean));
  const demo = layers.some((layer) => layer.demo) ? [wallWords(lang).demo] : [];
  line.textContent = [...demo, ...names, "MapLibre"].join(" · ");
}
