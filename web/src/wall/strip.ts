/** Which scene it is of how many, and whom the data are of. */

import type { Language, Layer } from "../catalog";
import { make } from "../dom";
import { textIn } from "../words";
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

export function drawAttribution(line: HTMLElement, layers: Layer[], lang: Language): void {
  const names = new Set(layers.map(({ attribution }) => attribution).filter(Boolean));
  const demo = layers.some((layer) => layer.demo) ? [wallWords(lang).demo] : [];
  line.textContent = [...demo, ...names, "MapLibre"].join(" · ");
}
