/** What an indicator tells of a unit, as its card shows it. */

import type { Language } from "../catalog";
import { make } from "../dom";
import { formatCount } from "../format";
import { textIn } from "../words";
import type { Change, Sheet, Unit } from "./service";
import { distanceOf, indicatorWords, periodName, signed, withUnit } from "./words";

/** Whether a change is for the better; `null` where none is, and where nothing changed. */
export function isBetter(change: Change, sheet: Sheet): boolean | null {
  if (sheet.direction === null || Number(change.difference.toFixed(sheet.decimals)) === 0) return null;
  return change.difference > 0 === (sheet.direction === "higher");
}

function row(name: string, value: Node | string): HTMLElement {
  return make("div", {}, make("dt", {}, name), make("dd", {}, value));
}

function changeRow(name: string, change: Change | null, sheet: Sheet, lang: Language): HTMLElement | null {
  if (!change) return null;
  const better = isBetter(change, sheet);
  const kind = better === null ? "" : better ? "better" : "worse";
  return row(name, make("span", { class: kind }, signed(change.difference, sheet.decimals, lang)));
}

function targetRow(unit: Unit, sheet: Sheet, lang: Language): HTMLElement | null {
  if (sheet.target === null || unit.distance === null || unit.target_met === null) return null;
  const words = indicatorWords(lang);
  const distance = distanceOf(unit.distance, sheet, lang);
  const outcome = unit.target_met ? words.met : words.missed(distance);
  const mark = make("span", { class: unit.target_met ? "better" : "worse" }, outcome);
  return row(words.target, make("span", {}, `${withUnit(sheet.target, sheet, lang)} (`, mark, ")"));
}

function convertedNote(unit: Unit, sheet: Sheet, lang: Language): HTMLElement | null {
  if (!unit.converted) return null;
  const words = indicatorWords(lang);
  const missing = unit.missing_units ?? 0;
  const text = missing > 0 && unit.partial !== undefined
    ? words.incomplete(formatCount(missing, lang), withUnit(unit.partial, sheet, lang))
    : words.converted(formatCount(unit.from_units ?? 0, lang));
  return make("p", { class: "converted" }, text);
}

/** Value, rank, changes and target of a unit. */
export function unitFacts(unit: Unit | undefined, sheet: Sheet, lang: Language): HTMLElement {
  const words = indicatorWords(lang);
  const value = unit?.value ?? null;
  const head = make("p", { class: "figure" },
    make("strong", {}, value === null ? words.noData : withUnit(value, sheet, lang)),
    make("span", {}, `${textIn(lang, sheet.title)}, ${periodName(sheet.period ?? "", lang)}`));
  const rows = unit
    ? [
        unit.rank === null ? null : row(words.rank, words.rankOf(formatCount(unit.rank, lang), formatCount(sheet.summary.known, lang))),
        changeRow(words.change, unit.change, sheet, lang),
        changeRow(words.yearChange, unit.year_change, sheet, lang),
        targetRow(unit, sheet, lang),
      ]
    : [];
  return make("section", { class: "told" }, head, make("dl", { class: "facts" }, ...rows), unit ? convertedNote(unit, sheet, lang) : null);
}
