/** Values of a feature as a person reads them, in the language's own number and date forms. */

import type { Field, Language } from "./catalog";
import { textIn, wordsOf } from "./words";

const LOCALE: Record<Language, string> = { vi: "vi-VN", en: "en-GB" };
/** A city tells its own time, wherever the reader sits. */
const TIME_ZONE = "Asia/Ho_Chi_Minh";

/** Four digits stay together, so that a year does not read as a quantity. */
export function formatNumber(value: number, lang: Language): string {
  const small = value !== 0 && Math.abs(value) < 1;
  return new Intl.NumberFormat(LOCALE[lang], {
    useGrouping: Math.abs(value) >= 10_000,
    ...(small ? { maximumSignificantDigits: 3 } : { maximumFractionDigits: 2 }),
  }).format(value);
}

export function formatCount(value: number, lang: Language): string {
  return new Intl.NumberFormat(LOCALE[lang]).format(value);
}

function formatMoment(value: string, lang: Language, withTime: boolean): string {
  const moment = new Date(value);
  if (Number.isNaN(moment.getTime())) return value;
  return new Intl.DateTimeFormat(LOCALE[lang], {
    day: withTime ? "2-digit" : "numeric",
    month: withTime ? "2-digit" : "long",
    year: "numeric",
    ...(withTime ? { hour: "2-digit", minute: "2-digit", hour12: false, timeZone: TIME_ZONE } : { timeZone: "UTC" }),
  }).format(moment);
}

/** `km2` and `m3` with their exponents raised. */
export function formatUnit(unit: string): string {
  return unit.replace(/(?<=m)2(?![0-9])/g, "²").replace(/(?<=m)3(?![0-9])/g, "³");
}

/** `null` where there is nothing to say: absent, null or empty text. */
export function formatValue(field: Field, value: unknown, lang: Language): string | null {
  if (value === null || value === undefined || value === "") return null;
  const words = wordsOf(lang);
  const text = String(value);
  switch (field.type) {
    case "boolean":
      return value === true || text === "true" || text === "1" ? words.yes : words.no;
    case "date":
      return formatMoment(text, lang, false);
    case "datetime":
      return formatMoment(text, lang, true);
    case "code": {
      const code = field.codes.find((known) => known.code === text);
      return code ? textIn(lang, code.title) : text;
    }
    case "integer":
    case "real": {
      const number = Number(value);
      if (!Number.isFinite(number)) return text;
      const unit = field.unit ? `\u00a0${formatUnit(field.unit)}` : "";
      return formatNumber(number, lang) + unit;
    }
    default:
      return text;
  }
}
