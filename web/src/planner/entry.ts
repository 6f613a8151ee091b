/** A feature in the list of what is at a place: its facts, and a form to change them where the service takes changes. */

import type { Layer } from "../catalog";
import { make } from "../dom";
import { formatValue } from "../format";
import { refresh } from "../map";
import { isInForce, today } from "../validity";
import { textIn } from "../words";
import { editForm } from "./edit";
import { button, reasonOf, state } from "./form";
import { readItem, takesEdits, type Item } from "./item";
import type { Feature } from "./service";
import { showFound } from "./sketch";
import type { Bench } from "./tool";
import { plannerWords } from "./words";

function factsOf(feature: Feature, layer: Layer, bench: Bench): HTMLElement {
  const rows = layer.fields.flatMap((field) => {
    const value = formatValue(field, feature.properties[field.name], bench.lang);
    return value === null ? [] : [make("div", {}, make("dt", {}, textIn(bench.lang, field.title)), make("dd", {}, value))];
  });
  return make("dl", { class: "facts" }, ...rows);
}

class Entry {
  readonly root: HTMLDetailsElement;
  private readonly name = make("b");
  private readonly past = make("span", { class: "tag" });
  private readonly body = make("div", { class: "entry" });
  private readonly said = state();

  constructor(private feature: Feature, private readonly layer: Layer, private readonly bench: Bench) {
    const title = make("small", {}, textIn(bench.lang, layer.title));
    this.root = make("details", {}, make("summary", {}, title, this.name, this.past), this.body);
    this.showFacts();
    this.root.addEventListener("toggle", () => {
      if (!this.root.open) return;
      showFound(bench.map, [this.feature.geometry]);
      if (!this.body.querySelector("form")) void this.offer();
    });
  }

  private showFacts(): void {
    const { feature, layer, bench } = this;
    const label = layer.style.label ? feature.properties[layer.style.label] : null;
    this.name.textContent = String(label ?? feature.id);
    const past = layer.validity !== null && !isInForce(layer, feature.properties, today());
    this.past.textContent = past ? plannerWords(bench.lang).past : "";
    this.body.replaceChildren(factsOf(feature, layer, bench), this.said);
  }

  /** The button appears once the service has said that it takes changes. */
  private async offer(): Promise<HTMLButtonElement | null> {
    if (!(await takesEdits(this.layer, this.feature.id))) return null;
    const shown = this.body.querySelector<HTMLButtonElement>("button");
    if (shown) return shown;
    const edit = button(plannerWords(this.bench.lang).edit, "plain", () => void this.edit());
    this.body.append(make("div", { class: "actions" }, edit));
    return edit;
  }

  private async read(): Promise<Item | null> {
    const words = plannerWords(this.bench.lang);
    this.said.textContent = words.working;
    try {
      const item = await readItem(this.layer, this.feature.id, this.bench.lang);
      this.said.textContent = "";
      this.feature = { ...item.feature, layer: this.layer.id };
      showFound(this.bench.map, [this.feature.geometry]);
      return item;
    } catch (error) {
      this.said.textContent = words.failed(reasonOf(error));
      return null;
    }
  }

  private async edit(): Promise<void> {
    const item = await this.read();
    if (!item) return;
    const form = editForm(this.layer, item, this.bench, {
      saved: () => void this.back(plannerWords(this.bench.lang).saved),
      cancelled: () => void this.back(""),
      again: () => void this.edit(),
    });
    this.body.replaceChildren(form, this.said);
    form.querySelector<HTMLElement>("input, select, textarea")?.focus();
  }

  /** From the form to the facts as they are now. */
  private async back(said: string): Promise<void> {
    if (said !== "") {
      refresh(this.bench.map, this.layer);
      await this.read();
    }
    this.showFacts();
    this.said.textContent = said;
    (await this.offer())?.focus();
  }
}

export function entry(feature: Feature, bench: Bench): HTMLElement | null {
  const layer = bench.catalog.layers.find(({ id }) => id === feature.layer);
  return layer ? new Entry(feature, layer, bench).root : null;
}
