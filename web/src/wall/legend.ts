/** What the colours of a picture mean. */

import type { Language, Layer } from "../catalog";
import { make } from "../dom";
import type { Sheet } from "../indicators/service";
import { indicatorWords } from "../indicators/words";
import { textIn } from "../words";
import { dusk, lit, NIGHT } from "./dark";
import { wallNumber } from "./numbers";
import type { FromValue, Shown } from "./service";
import { wallWords } from "./words";

interface Entry {
  color: string;
  text: string;
}

/** What a layer is called, and what its colours mean where it has several. */
export interface Explained {
  title: string;
  entries: Entry[];
}

/** The values of a colour: from its own to where the next one begins. */
function valuesOf({ from }: FromValue, next: FromValue | undefined, lang: Language): string {
  return next ? `${wallNumber(from, lang)} – <${wallNumber(next.from, lang)}` : `≥ ${wallNumber(from, lang)}`;
}

/**
 * The scene's colours of values come before those of the layer, as on the map. Codes are told only where nothing else tells them: of features
 * that have no names beside them.
 */
export function explained(layer: Layer, shown: Shown | undefined, lang: Language): Explained {
  const { geometry, style, fields } = layer;
  const title = textIn(lang, layer.title);
  if (shown && shown.colors.length > 0) {
    const { colors } = shown;
    return { title, entries: colors.map((one, at) => ({ color: one.color, text: one.title ? textIn(lang, one.title) : valuesOf(one, colors[at + 1], lang) })) };
  }
  const codes = style.label ? [] : (fields.find(({ name }) => name === style.color_by)?.codes ?? []);
  const named = style.value?.classes ?? codes.flatMap(({ color, title: meaning }) => (color ? [{ color, title: meaning }] : []));
  if (geometry !== "point" || named.length === 0) return { title, entries: [{ color: lit(style.color), text: title }] };
  return { title, entries: named.map((one) => ({ color: lit(one.color), text: textIn(lang, one.title) })) };
}

export function drawLegend(list: HTMLElement, layers: Layer[], shown: Shown[], lang: Language): void {
  list.setAttribute("aria-label", wallWords(lang).legend);
  const told = layers.filter(({ style, count }) => style.group !== "boundaries" && count > 0);
  list.replaceChildren(...told.map((layer) => {
    const { title, entries } = explained(layer, shown.find((one) => one.layer === layer.id), lang);
    const marked = entries.map(({ color, text }) => {
      const mark = make("span", { class: `mark ${layer.geometry}`, "aria-hidden": "true" });
      mark.style.color = color;
      return make("span", { class: "entry" }, mark, text);
    });
    return make("li", { "data-layer": layer.id }, ...(entries.length > 1 ? [make("span", { class: "of" }, title)] : []), ...marked);
  }));
}

/** The classes of an indicator, the lowest first. */
export function drawClasses(list: HTMLElement, sheet: Sheet, lang: Language): void {
  const words = indicatorWords(lang);
  list.setAttribute("aria-label", words.legend);
  const entry = (color: string, text: string) => {
    const mark = make("span", { class: "mark class", "aria-hidden": "true" });
    mark.style.color = color;
    return make("li", {}, make("span", { class: "entry" }, mark, text));
  };
  const missing = sheet.summary.units > sheet.summary.known ? [entry(NIGHT.unknown, words.noData)] : [];
  list.replaceChildren(...sheet.legend.map(({ color, text }) => entry(dusk(color), textIn(lang, text))), ...missing);
}
