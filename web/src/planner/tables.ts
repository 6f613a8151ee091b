/** Numbers, codes and tables as the tools and the report show them. */

import type { Language, Text } from "../catalog";
import { make } from "../dom";
import { textIn } from "../words";

export const LOCALE: Record<Language, string> = { vi: "vi-VN", en: "en-GB" };

export function figure(value: number, lang: Language, digits: number): string {
  return new Intl.NumberFormat(LOCALE[lang], { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);
}

export function table(heads: string[], rows: (string | Node)[][]): HTMLElement {
  const cells = (tag: "th" | "td", texts: (string | Node)[]) => texts.map((text) => make(tag, tag === "th" ? { scope: "col" } : {}, text));
  return make("table", {},
    make("thead", {}, make("tr", {}, ...cells("th", heads))),
    make("tbody", {}, ...rows.map((row) => make("tr", {}, ...cells("td", row)))));
}

export function facts(rows: [string, string][]): HTMLElement {
  return make("dl", { class: "figures" }, ...rows.map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, value))));
}

/** A code with its colour and what it means. */
export function codeName(value: unknown, title: Text | undefined, color: string | undefined, lang: Language): Node {
  const mark = make("span", { class: "code-mark", "aria-hidden": "true" });
  mark.style.setProperty("background", color ?? "transparent");
  const code = value === null || value === undefined ? "–" : String(value);
  return make("span", { class: "code" }, color ? mark : null, title ? `${code} · ${textIn(lang, title)}` : code);
}
