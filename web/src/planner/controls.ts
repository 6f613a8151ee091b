/** One value of a field, typed or chosen by the field's type. */

import type { Field, Language } from "../catalog";
import { make } from "../dom";
import { formatUnit } from "../format";
import { textIn, wordsOf } from "../words";
import { readNumber } from "./corners";
import { select } from "./form";

export type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

/** A city tells its own time, wherever the reader sits. */
const OFFSET = "+07:00";
const OFFSET_MS = 7 * 3_600_000;
/** Texts beyond it get room for several lines. */
const LONG = 60;

const isNumber = ({ type }: Field) => type === "integer" || type === "real";

/** `2025-07-01T08:30` as typed in Viet Nam, as a moment. What is none stays as it is. */
export function momentOf(text: string): string {
  const moment = new Date(/(Z|[+-]\d\d:\d\d)$/.test(text) ? text : text + OFFSET);
  return Number.isNaN(moment.getTime()) ? text : moment.toISOString();
}

/** A value as its control has it. */
export function typed(field: Field, value: unknown, lang: Language): string {
  if (value === null || value === undefined) return "";
  const text = String(value);
  if (field.type === "real" && lang === "vi") return text.replace(".", ",");
  if (field.type !== "datetime") return text;
  const moment = new Date(text).getTime();
  return Number.isNaN(moment) ? text : new Date(moment + OFFSET_MS).toISOString().slice(0, 19);
}

/** What was typed, as the service takes it; `null`: nothing. What cannot be read goes as it is, for the service to refuse. */
export function meant(field: Field, text: string): unknown {
  const trimmed = text.trim();
  if (trimmed === "") return null;
  if (isNumber(field)) return readNumber(trimmed) ?? trimmed;
  if (field.type === "boolean") return trimmed === "true";
  return field.type === "datetime" ? momentOf(trimmed) : text;
}

function choices(field: Field, text: string, lang: Language): HTMLSelectElement {
  const words = wordsOf(lang);
  const known: [string, string][] = field.type === "boolean"
    ? [["true", words.yes], ["false", words.no]]
    : field.codes.map(({ code, title }) => [code, `${code} · ${textIn(lang, title)}`]);
  // A value that is none of the codes is not lost by opening the form.
  const odd: [string, string][] = text === "" || known.some(([value]) => value === text) ? [] : [[text, text]];
  return select([["", "–"], ...odd, ...known], text);
}

const INPUTS: Partial<Record<Field["type"], Record<string, string>>> = {
  date: { type: "date" },
  datetime: { type: "datetime-local", step: "1" },
  integer: { type: "text", inputmode: "numeric" },
  real: { type: "text", inputmode: "decimal" },
};

/** A control that holds `text`. */
export function controlOf(field: Field, text: string, lang: Language): Control {
  if (field.type === "code" || field.type === "boolean") return choices(field, text, lang);
  const control = text.length > LONG ? make("textarea", { rows: "3" }) : make("input", { autocomplete: "off", ...(INPUTS[field.type] ?? { type: "text" }) });
  control.value = text;
  return control;
}

/** A field's title with its unit. */
export function titleOf(field: Field, lang: Language): string {
  return textIn(lang, field.title) + (field.unit ? ` (${formatUnit(field.unit)})` : "");
}
