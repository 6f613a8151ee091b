/** Numbers that are read from afar: no more digits than count. */

import type { Language } from "../catalog";

const LOCALE: Record<Language, string> = { vi: "vi-VN", en: "en-GB" };

const formats = new Map<string, Intl.NumberFormat>();

/** From 100 on whole, below with one digit behind the comma: `12,5`, `38.214`. */
export function wallNumber(value: number, lang: Language): string {
  const digits = Math.abs(value) >= 100 || Number.isInteger(value) ? 0 : 1;
  const key = `${lang} ${digits}`;
  const format = formats.get(key) ?? new Intl.NumberFormat(LOCALE[lang], { minimumFractionDigits: digits, maximumFractionDigits: digits });
  formats.set(key, format);
  return format.format(value);
}
