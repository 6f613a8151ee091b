/** The quiet box beside the map: which indicator, which period, what the colours mean. */

import type { Language } from "../catalog";
import { icon, make } from "../dom";
import { formatCount } from "../format";
import { textIn } from "../words";
import { NO_DATA } from "./paint";
import type { Sheet, Unit } from "./service";
import { indicatorWords, periodName, signed, withUnit, type IndicatorWords } from "./words";

export interface BoxEvents {
  step(by: number): void;
  close(): void;
}

function button(label: string, path: string, action: () => void, disabled = false): HTMLButtonElement {
  const element = make("button", { type: "button", class: "icon", "aria-label": label, disabled }, icon(path));
  element.addEventListener("click", action);
  return element;
}

function stepper(sheet: Sheet, words: IndicatorWords, lang: Language, events: BoxEvents): HTMLElement {
  const at = sheet.periods.indexOf(sheet.period ?? "");
  return make("div", { class: "stepper" },
    button(words.previous, "m14 6-6 6 6 6", () => events.step(-1), at <= 0),
    make("span", { role: "status", class: "period" }, periodName(sheet.period ?? "", lang)),
    button(words.next, "m10 6 6 6-6 6", () => events.step(1), at < 0 || at === sheet.periods.length - 1));
}

function mark(color: string): HTMLElement {
  const swatch = make("span", { class: "swatch", "aria-hidden": "true" });
  swatch.style.setProperty("--swatch", color);
  return swatch;
}

function legend(sheet: Sheet, words: IndicatorWords, lang: Language): HTMLElement {
  const entry = (color: string, text: string, count: number) =>
    make("li", { title: words.units(formatCount(count, lang)) }, mark(color), make("span", {}, text), make("span", { class: "count" }, formatCount(count, lang)));
  // The best or the greatest on top, as a scale is read.
  const classes = [...sheet.legend].reverse().map(({ color, text, count }) => entry(color, textIn(lang, text), count));
  const missing = sheet.summary.units - sheet.summary.known;
  const without = missing > 0 ? [entry(NO_DATA, words.noData, missing)] : [];
  return make("ul", { class: "classes", "aria-label": words.legend }, ...classes, ...without);
}

function summary(sheet: Sheet, words: IndicatorWords, lang: Language): HTMLElement {
  const { value, change, met, known } = sheet.summary;
  const all = value === null ? null : make("p", {}, `${words.all}: `, make("strong", {}, withUnit(value, sheet, lang)),
    change ? ` (${signed(change.difference, sheet.decimals, lang)})` : null);
  const target = sheet.target === null ? null
    : make("p", {}, `${words.target}: ${withUnit(sheet.target, sheet, lang)}`,
      met === null ? null : ` · ${words.metCount(formatCount(met, lang), formatCount(known, lang))}`);
  return make("div", { class: "summary" }, all, target);
}

/** Fills `root` with an indicator. */
export function renderBox(root: HTMLElement, sheet: Sheet, lang: Language, events: BoxEvents): void {
  const words = indicatorWords(lang);
  const close = button(words.close, "M6 6l12 12M18 6 6 18", () => events.close());
  close.classList.add("close");
  root.replaceChildren(
    make("header", {},
      make("div", {}, make("h2", { id: "indicator-title" }, textIn(lang, sheet.title)), make("p", { class: "unit" }, textIn(lang, sheet.unit))), close),
    stepper(sheet, words, lang, events),
    legend(sheet, words, lang),
    summary(sheet, words, lang),
    make("p", { class: "readout", "aria-hidden": "true" }));
}

/** What lies under the pointer; nothing else changes. */
export function readOut(root: HTMLElement, unit: Unit | undefined, sheet: Sheet, lang: Language): void {
  const line = root.querySelector(".readout");
  if (!line) return;
  const value = unit && (unit.value === null ? indicatorWords(lang).noData : withUnit(unit.value, sheet, lang));
  line.textContent = unit ? `${unit.name}: ${value}` : "";
}
