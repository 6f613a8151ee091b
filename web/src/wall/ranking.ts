/** What an indicator comes to: for the whole area, and in the units that are ahead and behind. */

import type { Language } from "../catalog";
import { make } from "../dom";
import { formatCount, formatUnit } from "../format";
import type { Sheet, Unit } from "../indicators/service";
import { formatFigure, indicatorWords, periodName, signed } from "../indicators/words";
import { textIn } from "../words";
import { dusk } from "./dark";
import { wallWords } from "./words";

/** Units of a list. */
const MOST = 5;

/** The best first, and the worst first; nobody is both. */
export function ends(units: Unit[]): [Unit[], Unit[]] {
  const ranked = units.filter(({ rank, value }) => rank !== null && value !== null).sort((a, b) => (a.rank ?? 0) - (b.rank ?? 0) || a.id.localeCompare(b.id));
  return [ranked.slice(0, MOST), ranked.slice(Math.max(MOST, ranked.length - MOST)).reverse()];
}

function figures(sheet: Sheet, lang: Language): [string, string, string | null, boolean | null][] {
  const [words, wall] = [indicatorWords(lang), wallWords(lang)];
  const { value, change, year_change: year, met, known, units } = sheet.summary;
  const unit = formatUnit(textIn(lang, sheet.unit));
  // A sign stands behind its number, a word under it.
  const isShort = unit.length <= 2;
  const aim = sheet.target === null ? "" : `${sheet.direction === "lower" ? "≤" : "≥"} ${formatFigure(sheet.target, sheet.decimals, lang)} ${unit}`;
  const better = (difference: number) => (sheet.direction === null || difference === 0 ? null : (difference > 0) === (sheet.direction === "higher"));
  return [
    ...(value === null ? [] : [[isShort ? words.all : `${words.all}, ${unit}`, formatFigure(value, sheet.decimals, lang), isShort ? unit : null, null] as [string, string, string | null, null]]),
    met === null
      ? [wall.known, formatCount(known, lang), `/ ${formatCount(units, lang)}`, null]
      : [wall.meeting(aim), formatCount(met, lang), `/ ${formatCount(known, lang)}`, null],
    ...(change ? [[words.change, signed(change.difference, sheet.decimals, lang), null, better(change.difference)] as [string, string, null, boolean | null]] : []),
    ...(year ? [[words.yearChange, signed(year.difference, sheet.decimals, lang), null, better(year.difference)] as [string, string, null, boolean | null]] : []),
  ];
}

function row(unit: Unit, sheet: Sheet, lang: Language): HTMLElement {
  const mark = make("span", { class: "mark polygon", "aria-hidden": "true" });
  const entry = sheet.legend.find((one) => one.class === unit.class);
  mark.style.color = entry ? dusk(entry.color) : "";
  return make("li", { "data-unit": unit.id }, make("span", { class: "rank" }, String(unit.rank)), mark,
    make("span", { class: "name" }, unit.name), make("span", { class: "value" }, formatFigure(unit.value ?? 0, sheet.decimals, lang)));
}

function list(title: string, units: Unit[], sheet: Sheet, lang: Language): HTMLElement {
  return make("section", { class: "ranking", "aria-label": title }, make("h2", {}, title), make("ol", {}, ...units.map((unit) => row(unit, sheet, lang))));
}

/** Fills the places of counters and trends; without a sheet it says that nothing is known. */
export function drawRanking(counters: HTMLElement, trends: HTMLElement, sheet: Sheet | null, lang: Language): void {
  const wall = wallWords(lang);
  const told = sheet && sheet.period !== null ? sheet : null;
  counters.replaceChildren(...(told ? figures(told, lang) : []).map(([title, text, unit, better]) => {
    const number = make("dd", better === null ? {} : { class: better ? "better" : "worse" }, text, unit ? make("small", {}, ` ${unit}`) : null);
    return make("div", {}, make("dt", {}, title), number);
  }));
  counters.dataset["many"] = String(counters.childElementCount);
  if (!told) {
    trends.replaceChildren(make("p", { class: "untold" }, sheet ? indicatorWords(lang).noData : indicatorWords(lang).failed));
    return;
  }
  const [best, worst] = ends(told.units);
  const [ahead, behind] = told.direction === null ? [wall.greatest, wall.least] : [wall.best, wall.worst];
  trends.replaceChildren(...[list(ahead, best, told, lang), ...(worst.length > 0 ? [list(behind, worst, told, lang)] : [])]);
}

/** The period, for the line under the title. */
export const noteOf = (sheet: Sheet | null, lang: Language) => (sheet?.period ? periodName(sheet.period, lang) : "");
