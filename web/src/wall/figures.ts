/** The counters of a scene and its trends. */

import type { Language } from "../catalog";
import { make } from "../dom";
import { formatUnit } from "../format";
import { stillness } from "../map";
import { textIn } from "../words";
import { lineOf } from "./sparkline";
import { wallNumber } from "./numbers";
import type { Counted, Counter, Scene, Trend, Went } from "./service";
import { wallWords } from "./words";

const NOTHING = "–";
/** The box of a trend's line; it is stretched to its place. */
const [WIDTH, HEIGHT] = [600, 100];

export class Figures {
  private numbers: HTMLElement[] = [];

  constructor(private readonly counters: HTMLElement, private readonly trends: HTMLElement, private readonly lang: Language) {
    counters.setAttribute("aria-label", wallWords(lang).counters);
    trends.setAttribute("aria-label", wallWords(lang).trendsTitle);
  }

  /** Another scene: its titles, and what is known of its figures already. */
  open(scene: Scene, counted: Counted[] | null, went: Went[] | null, now: number): void {
    this.numbers = scene.counters.map(() => make("dd", {}, NOTHING));
    this.counters.replaceChildren(...scene.counters.map((counter, at) =>
      make("div", {}, make("dt", {}, textIn(this.lang, counter.title)), this.numbers[at] ?? null)));
    this.counters.dataset["many"] = String(scene.counters.length);
    if (counted) this.count(scene, counted, false);
    this.draw(scene, went, now);
  }

  /** What changed shines for a moment. */
  count(scene: Scene, counted: Counted[], shining = true): void {
    for (const [at, counter] of scene.counters.entries()) {
      const element = this.numbers[at];
      if (element) this.write(element, counter, counted[at]?.value ?? null, shining);
    }
  }

  private write(element: HTMLElement, counter: Counter, value: number | null, shining: boolean): void {
    const text = value === null ? NOTHING : wallNumber(value, this.lang);
    if (element.dataset["text"] === text) return;
    element.dataset["text"] = text;
    const unit = counter.unit && value !== null ? make("small", {}, ` ${formatUnit(counter.unit)}`) : null;
    element.replaceChildren(text, ...(unit ? [unit] : []));
    element.classList.toggle("warning", value !== null && counter.warn !== null && value >= counter.warn);
    if (shining && !stillness.matches) element.animate([{ opacity: 0.35 }, { opacity: 1 }], { duration: 700, easing: "ease-out" });
  }

  draw(scene: Scene, went: Went[] | null, now: number): void {
    this.trends.replaceChildren(...scene.trends.map((trend, at) => this.trend(trend, went?.[at], now)));
  }

  private trend(trend: Trend, went: Went | undefined, now: number): HTMLElement {
    const words = wallWords(this.lang);
    const line = lineOf(went ?? { interval: 1, points: [] }, now - trend.hours * 3_600_000, now, WIDTH, HEIGHT);
    const unit = trend.unit ? ` ${formatUnit(trend.unit)}` : "";
    const number = (value: number) => wallNumber(value, this.lang);
    const title = make("h2", { class: "what" }, textIn(this.lang, trend.title));
    if (!line.last) return make("figure", { class: "trend empty" }, make("figcaption", {}, title, make("p", {}, went ? words.noReadings : words.loading)));
    const range = `${number(line.least)} – ${number(line.most)}`;
    return make("figure", { class: "trend" },
      make("figcaption", {}, title, make("p", { class: "value" }, number(line.last.value), make("small", {}, unit)),
        make("p", { class: "span" }, words.trends(trend.hours), " · ", range)),
      drawing(line.path, line.area, line.last.x, line.last.y));
  }
}

function drawing(path: string, area: string, x: number, y: number): SVGSVGElement {
  const ns = "http://www.w3.org/2000/svg";
  const element = (name: string, attributes: Record<string, string>) => {
    const made = document.createElementNS(ns, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };
  const svg = element("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" }) as SVGSVGElement;
  svg.append(
    element("path", { d: area, class: "area" }),
    element("path", { d: path, class: "line", "vector-effect": "non-scaling-stroke" }),
    // A point of no length with round ends stays round however the box is stretched.
    element("path", { d: `M${x} ${y}h0.01`, class: "now", "vector-effect": "non-scaling-stroke" }));
  return svg;
}
