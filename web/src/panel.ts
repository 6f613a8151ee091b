/** The catalogue as a list of layers: a switch, a swatch, a legend, and a word about each. */

import { ALERTS } from "./alerts/service";
import type { Catalog, Language, Layer, Text } from "./catalog";
import { icon, make } from "./dom";
import { formatCount } from "./format";
import { inDrawingOrder } from "./style";
import { textIn, wordsOf, type Words } from "./words";

const GROUPS = ["boundaries", "planning", "transport", "infrastructure", "environment", "tourism", "operations"];

export interface PanelEvents {
  toggle(layer: Layer, visible: boolean): void;
  zoomTo(layer: Layer): void;
}

function codeColours(layer: Layer): { title: Text; color: string }[] {
  const field = layer.fields.find(({ name }) => name === layer.style.color_by);
  return (field?.codes ?? []).flatMap(({ title, color }) => (color ? [{ title, color }] : []));
}

function swatch(layer: Layer, colours: string[]): HTMLElement {
  const mark = make("span", { class: `swatch ${layer.geometry}`, "aria-hidden": "true" });
  const share = 100 / colours.length;
  const stops = colours.map((color, i) => `${color} ${i * share}% ${(i + 1) * share}%`);
  mark.style.setProperty("--swatch", colours.length > 1 ? `linear-gradient(90deg, ${stops.join(", ")})` : (colours[0] ?? ""));
  // A transparent fill (an area known by its outline only) still needs a visible mark.
  mark.style.setProperty("--swatch-opacity", String(layer.geometry === "polygon" ? layer.style.opacity : 1));
  const edge = layer.geometry === "polygon" ? (layer.style.outline ?? layer.style.color) : "transparent";
  mark.style.setProperty("--swatch-edge", edge);
  return mark;
}

/** Colours of present values, and then of what is not measured. */
function entriesOf(layer: Layer, lang: Language, words: Words): { title: string; color: string }[] {
  const { value, color } = layer.style;
  const codes = codeColours(layer);
  const named = [...(value?.classes ?? []), ...codes].map((one) => ({ title: textIn(lang, one.title), color: one.color }));
  return value && codes.length === 0 ? [...named, { title: words.notMeasured, color }] : named;
}

function legend(layer: Layer, lang: Language, words: Words): HTMLElement[] {
  const entries = entriesOf(layer, lang, words);
  if (entries.length === 0) return [];
  const items = entries.map(({ title, color }) => make("li", {}, swatch(layer, [color]), title));
  const property = layer.observed.find(({ name }) => name === layer.style.value?.property);
  const heading = property ? [make("p", { class: "legend-title" }, textIn(lang, property.title))] : [];
  return [...heading, make("ul", { class: "legend", "aria-label": words.legend(textIn(lang, layer.title)) }, ...items)];
}

function about(layer: Layer, lang: Language, words: Words, id: string): HTMLElement {
  const facts = [
    [words.agency, textIn(lang, layer.agency)],
    [words.source, layer.source],
    [words.licence, layer.licence],
  ] as const;
  const rows = facts.flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]);
  return make("div", { class: "about", id, hidden: true },
    make("p", {}, textIn(lang, layer.description)), make("dl", {}, ...rows));
}

export class Panel {
  private readonly hints = new Map<Layer, HTMLElement>();

  constructor(
    private readonly root: HTMLElement,
    private readonly events: PanelEvents,
  ) {}

  /** Draws the whole list anew: after the catalogue came, and when the language changes. */
  render(catalog: Catalog, lang: Language, visible: ReadonlySet<string>): void {
    this.hints.clear();
    const words = wordsOf(lang);
    // A tag on every row would say nothing that the note above the list does not say.
    // Alerts are what the service itself finds.
    const mixed = catalog.layers.some((layer) => !layer.demo && layer.count > 0 && layer.id !== ALERTS);
    const known = (layer: Layer) => (GROUPS.includes(layer.style.group) ? layer.style.group : "other");
    const sections = [...GROUPS, "other"].flatMap((group) => {
      const layers = inDrawingOrder(catalog.layers.filter((layer) => known(layer) === group));
      if (layers.length === 0) return [];
      const items = layers.map((layer) => this.row(layer, lang, words, visible.has(layer.id), mixed));
      return [make("section", { class: "group" }, make("h2", {}, words.groups[group] ?? group), make("ul", {}, ...items))];
    });
    this.root.replaceChildren(...sections);
  }

  /** Says so under every layer that is on but begins at a deeper zoom. */
  setZoom(zoom: number, visible: ReadonlySet<string>): void {
    for (const [layer, hint] of this.hints) {
      hint.hidden = !(visible.has(layer.id) && layer.count > 0 && zoom < layer.minzoom);
    }
  }

  private row(layer: Layer, lang: Language, words: Words, on: boolean, mixed: boolean): HTMLElement {
    const title = textIn(lang, layer.title);
    const box = make("input", { type: "checkbox", checked: on, "data-layer": layer.id });
    const colours = (layer.style.value?.classes ?? codeColours(layer)).map(({ color }) => color);
    const count = make("span", { class: "count", title: words.count(formatCount(layer.count, lang)) }, formatCount(layer.count, lang));
    const tag = mixed && layer.demo ? make("span", { class: "tag" }, words.demoTag) : null;
    const label = make("label", {}, box, swatch(layer, colours.length ? colours.slice(0, 4) : [layer.style.color]),
      make("span", { class: "name" }, title, tag), count);
    const detail = about(layer, lang, words, `about-${layer.id}`);
    const key = legend(layer, lang, words);
    const hint = make("button", { type: "button", class: "hint", hidden: true }, words.zoomToLayer);
    const item = make("li", { class: on ? "layer on" : "layer" },
      make("div", { class: "row" }, label, this.aboutButton(words.about(title), detail)), hint,
      layer.count === 0 ? make("p", { class: "empty" }, words.noFeatures) : null, ...key, detail);
    box.addEventListener("change", () => {
      item.classList.toggle("on", box.checked);
      this.events.toggle(layer, box.checked);
    });
    hint.addEventListener("click", () => this.events.zoomTo(layer));
    this.hints.set(layer, hint);
    return item;
  }

  private aboutButton(label: string, detail: HTMLElement): HTMLElement {
    const button = make("button", { type: "button", class: "icon more", "aria-label": label, "aria-expanded": "false", "aria-controls": detail.id },
      icon("m8 10 4 4 4-4"));
    button.addEventListener("click", () => {
      detail.hidden = !detail.hidden;
      button.setAttribute("aria-expanded", String(!detail.hidden));
    });
    return button;
  }
}
