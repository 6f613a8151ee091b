/** What was measured of a feature, and how long ago, as the card tells it. */

import { AGE, POINT_COUNT, type Field, type Language, type Layer, type Observed } from "./catalog";
import { make } from "./dom";
import { formatCount, formatValue } from "./format";
import type { Reading } from "./live";
import type { Hit } from "./map";
import { textIn, wordsOf } from "./words";

/** What is known now. */
export interface Measured {
  values: Record<string, number>;
  /** When, in milliseconds since 1970. */
  at: number;
}

/** What the tile says of a feature; `null` where nothing was measured. */
export function measuredIn(hit: Hit, now: number): Measured | null {
  const age = hit.properties[AGE];
  if (hit.layer.observed.length === 0 || typeof age !== "number") return null;
  const values = hit.layer.observed.flatMap(({ name }) => {
    const value = hit.properties[name];
    return typeof value === "number" ? [[name, value] as const] : [];
  });
  return { values: Object.fromEntries(values), at: now - age * 1000 };
}

/** With what a reading says in addition. */
export function learned(known: Measured | null, reading: Reading): Measured {
  const at = Date.parse(reading.time);
  return { values: { ...known?.values, ...reading.values }, at: Math.max(at, known?.at ?? at) };
}

/** `12 phút trước`: in the largest unit that is not less than one. */
export function agoOf(milliseconds: number, lang: Language): string {
  const words = wordsOf(lang);
  const minutes = Math.floor(Math.max(0, milliseconds) / 60_000);
  if (minutes < 1) return words.justNow;
  if (minutes < 60) return words.minutesAgo(String(minutes));
  if (minutes < 48 * 60) return words.hoursAgo(String(Math.floor(minutes / 60)));
  return words.daysAgo(String(Math.floor(minutes / 1440)));
}

const asField = (observed: Observed): Field => ({ ...observed, type: "real", codes: [], required: false });

/** How many features a hit stands for. */
export const countOf = (hit: Hit) => (hit.layer.cluster ? Number(hit.properties[POINT_COUNT] ?? 1) : 1);

/** What a group tells of its features' readings, each with the number of features that have one; nothing where none has. */
export function groupList(hit: Hit, lang: Language): HTMLElement | null {
  const words = wordsOf(lang);
  const rows = (hit.layer.cluster?.totals ?? []).flatMap(({ name, title, unit, known, range }) => {
    const field: Field = { name, title, unit, type: range ? "integer" : "real", codes: [], required: false };
    const value = formatValue(field, hit.properties[name], lang);
    if (value === null) return [];
    const of = words.knownOf(formatCount(Number(hit.properties[known] ?? 0), lang), formatCount(countOf(hit), lang));
    const told = range ? textIn(lang, title) : words.total(textIn(lang, title));
    return [make("div", { "data-total": name }, make("dt", {}, told), make("dd", {}, value, " ", make("span", { class: "ago" }, of)))];
  });
  return rows.length > 0 ? make("section", { class: "measured" }, make("dl", { class: "facts" }, ...rows)) : null;
}

/** The values with their titles; nothing where nothing was measured. */
export function measuredList(layer: Layer, measured: Measured | null, lang: Language, now: number): HTMLElement | null {
  if (!measured) return null;
  const rows = layer.observed.flatMap((observed) => {
    const value = formatValue(asField(observed), measured.values[observed.name], lang);
    if (value === null) return [];
    return [make("div", { "data-observed": observed.name }, make("dt", {}, textIn(lang, observed.title)), make("dd", {}, value))];
  });
  const words = wordsOf(lang);
  const ago = make("p", { class: "ago" }, `${words.measured} ${agoOf(now - measured.at, lang)}`);
  return make("section", { class: "measured" }, make("dl", { class: "facts" }, ...rows), ago);
}
