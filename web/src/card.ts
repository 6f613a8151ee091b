/** What is known about one feature, and steps to the others at the same place. */

import { ALERTS } from "./alerts/service";
import type { Field, Language } from "./catalog";
import { labelField } from "./style";
import { icon, make } from "./dom";
import { formatCount, formatValue } from "./format";
import type { Hit } from "./map";
import { countOf, groupList, measuredList, type Measured } from "./measured";
import { textIn, wordsOf, type Words } from "./words";

export interface CardEvents {
  close(): void;
  step(by: number): void;
}

/** A feature's own name where its layer has one, else its id; of a group the number of its features. */
export function titleOf(hit: Hit, lang: Language): { text: string; field: string } {
  const count = countOf(hit);
  if (count > 1) return { text: wordsOf(lang).count(formatCount(count, lang)), field: hit.layer.id_field };
  const label = labelField(hit.layer, lang);
  const named = label ? hit.properties[label] : undefined;
  return named ? { text: String(named), field: label as string } : { text: hit.id, field: hit.layer.id_field };
}

/** Web addresses become links; every other value stays text. */
function valueNode(text: string): Node | string {
  if (!/^https?:\/\/\S+$/.test(text)) return text;
  return make("a", { href: text, rel: "noopener noreferrer", target: "_blank" }, text.replace(/^https?:\/\//, ""));
}

function fieldValue(hit: Hit, field: Field, lang: Language): string | null {
  const value = hit.properties[field.name];
  // An id is a name made of digits, never a quantity.
  return field.name === hit.layer.id_field ? (value === undefined ? null : String(value)) : formatValue(field, value, lang);
}

function facts(hit: Hit, lang: Language): HTMLElement {
  const heading = titleOf(hit, lang).field;
  const named = (title: string) => (countOf(hit) > 1 ? wordsOf(lang).total(title) : title);
  const rows = hit.layer.fields.flatMap((field) => {
    const value = field.name === heading ? null : fieldValue(hit, field, lang);
    if (value === null) return [];
    return [make("div", { "data-field": field.name }, make("dt", {}, named(textIn(lang, field.title))), make("dd", {}, valueNode(value)))];
  });
  return make("dl", { class: "facts" }, ...rows);
}

function provenance(hit: Hit, lang: Language, words: Words): HTMLElement {
  const { layer } = hit;
  const rows = [
    [words.agency, textIn(lang, layer.agency)],
    [words.source, layer.source],
    [words.licence, layer.licence],
    [words.attribution, layer.attribution],
  ].flatMap(([name, value]) => (name && value ? [make("div", {}, make("dt", {}, name), make("dd", {}, valueNode(value)))] : []));
  return make("dl", { class: "provenance" }, ...rows);
}

function button(label: string, path: string, action: () => void): HTMLButtonElement {
  const element = make("button", { type: "button", class: "icon", "aria-label": label }, icon(path));
  element.addEventListener("click", action);
  return element;
}

function stepper(at: number, count: number, words: Words, events: CardEvents): HTMLElement {
  return make("div", { class: "stepper" },
    button(words.previous, "m14 6-6 6 6 6", () => events.step(-1)),
    make("span", { role: "status" }, words.position(at + 1, count)),
    button(words.next, "m10 6 6 6-6 6", () => events.step(1)));
}

/** Exchanges what was measured in a card that is open; the reader's place in it stays. */
export function renderMeasured(root: HTMLElement, hit: Hit, measured: Measured | null, lang: Language): void {
  const before = root.querySelector(".measured");
  const now = countOf(hit) > 1 ? groupList(hit, lang) : measuredList(hit.layer, measured, lang, Date.now());
  if (before && now) before.replaceWith(now);
  else if (now) root.querySelector(".card-body")?.prepend(now);
}

/** Fills `root` with the feature `hits[at]`. */
export function renderCard(root: HTMLElement, hits: Hit[], at: number, lang: Language, events: CardEvents): void {
  const hit = hits[at];
  if (!hit) return;
  const words = wordsOf(lang);
  const kind = make("p", { class: "kind" }, textIn(lang, hit.layer.title));
  const close = button(words.close, "M6 6l12 12M18 6 6 18", () => events.close());
  close.classList.add("close");
  root.replaceChildren(
    make("header", {}, make("div", {}, kind, make("h2", { id: "card-title", tabindex: "-1" }, titleOf(hit, lang).text)), close),
    hits.length > 1 ? stepper(at, hits.length, words, events) : "",
    make("div", { class: "card-body", tabindex: "0", role: "group", "aria-labelledby": "card-title" },
      hit.layer.demo ? make("p", { class: "demo" }, words.demoFeature) : null,
      // What is to be said of an alert is said by its own section.
      ...(hit.layer.id === ALERTS ? [] : [facts(hit, lang), provenance(hit, lang, words)])));
}
