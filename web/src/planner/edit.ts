/** A form for one feature; the service judges what is saved, and its refusals stand beside their fields. */

import type { Field, Layer } from "../catalog";
import { make } from "../dom";
import { textIn } from "../words";
import { controlOf, meant, titleOf, typed, type Control } from "./controls";
import { button, reasonOf, state } from "./form";
import { patchItem, type Item } from "./item";
import { ServiceError, type Refusal } from "./service";
import { pick, showOutline, stopDrawing } from "./sketch";
import type { Bench } from "./tool";
import { plannerWords, type PlannerWords } from "./words";

export interface EditEvents {
  saved(): void;
  cancelled(): void;
  /** The feature is wanted as it is now. */
  again(): void;
}

interface Row {
  field: Field;
  control: Control;
  /** What the control held when the form was opened. */
  before: string;
  refused: HTMLElement;
  root: HTMLElement;
}

/** The field of which a refusal speaks. */
export function fieldOf({ field }: Refusal, fields: Field[]): Field | undefined {
  return fields.find(({ name }) => name === field);
}

/** In the reader's words where there are some, else in the service's. */
export function sentenceOf({ reason, message }: Refusal, field: Field | undefined, words: PlannerWords): string {
  return words.refused[reason] ?? (field && reason === "unparsable-field" ? words.refused[field.type] : undefined) ?? message;
}

let numbered = 0;

function rowOf(field: Field, value: unknown, bench: Bench): Row {
  const before = typed(field, value, bench.lang);
  const control = controlOf(field, before, bench.lang);
  const id = `edit-${++numbered}`;
  control.id = id;
  if (field.required) control.setAttribute("aria-required", "true");
  const refused = make("p", { class: "refused", id: `${id}-refused`, hidden: true });
  const star = field.required ? make("span", { class: "star", "aria-hidden": "true" }, " *") : null;
  const root = make("div", { class: "labelled" }, make("label", { for: id }, titleOf(field, bench.lang), star), control, refused);
  return { field, control, before, refused, root };
}

function clear(rows: Row[]): void {
  for (const { control, refused } of rows) {
    refused.hidden = true;
    control.removeAttribute("aria-invalid");
    control.removeAttribute("aria-describedby");
  }
}

/** Puts each refusal beside its field; answers those that are of none. */
function tell(refusals: Refusal[], rows: Row[], words: PlannerWords): string[] {
  const others = refusals.flatMap((refusal) => {
    const field = fieldOf(refusal, rows.map((row) => row.field));
    const row = rows.find((one) => one.field === field);
    if (!row) return [sentenceOf(refusal, undefined, words)];
    row.refused.textContent = sentenceOf(refusal, field, words);
    row.refused.hidden = false;
    row.control.setAttribute("aria-invalid", "true");
    row.control.setAttribute("aria-describedby", row.refused.id);
    return [];
  });
  rows.find(({ refused }) => !refused.hidden)?.control.focus();
  return others;
}

/** Changed members only. */
function patchOf(rows: Row[], place: [number, number] | null): object | null {
  const changed = rows.filter(({ control, before }) => control.value !== before);
  if (changed.length === 0 && !place) return null;
  const properties = Object.fromEntries(changed.map(({ field, control }) => [field.name, meant(field, control.value)]));
  return { ...(changed.length > 0 ? { properties } : {}), ...(place ? { geometry: { type: "Point", coordinates: place } } : {}) };
}

/** Points can be put elsewhere; where to is told by `moved`. */
function moveButton(bench: Bench, said: HTMLElement, moved: (place: [number, number]) => void): HTMLButtonElement {
  const words = plannerWords(bench.lang);
  const move = async () => {
    said.textContent = words.moving;
    bench.map.getCanvas().focus();
    const place = await pick(bench.map);
    said.textContent = place ? words.moved : "";
    if (!place) return;
    showOutline(bench.map, null, [place], false);
    moved(place);
  };
  return button(words.move, "plain", () => void move());
}

/** Says why nothing was saved: beside the fields what is of a field, the rest above them. */
function explain(error: unknown, fault: HTMLElement, rows: Row[], bench: Bench, again: () => void): void {
  const words = plannerWords(bench.lang);
  if (error instanceof ServiceError && error.status === 412) {
    fault.replaceChildren(make("p", {}, words.conflict), button(words.reload, "plain", again));
    return;
  }
  const refusals = error instanceof ServiceError ? error.refusals : [];
  const others = refusals.length > 0 ? tell(refusals, rows, words) : [words.failed(reasonOf(error))];
  fault.replaceChildren(...others.map((sentence) => make("p", {}, sentence)));
}

/** The id, which stays. */
function idOf(layer: Layer, item: Item, bench: Bench): HTMLElement {
  const field = layer.fields.find(({ name }) => name === layer.id_field);
  const title = make("dt", {}, field ? textIn(bench.lang, field.title) : layer.id_field);
  return make("dl", { class: "facts" }, make("div", {}, title, make("dd", {}, String(item.feature.id))));
}

export function editForm(layer: Layer, item: Item, bench: Bench, events: EditEvents): HTMLFormElement {
  const words = plannerWords(bench.lang);
  const fields = layer.fields.filter(({ name }) => name !== layer.id_field);
  const rows = fields.map((field) => rowOf(field, item.feature.properties[field.name], bench));
  const fault = make("div", { class: "fault", role: "alert" });
  const said = state();
  let place: [number, number] | null = null;

  const save = async () => {
    clear(rows);
    fault.replaceChildren();
    const patch = patchOf(rows, place);
    said.textContent = patch ? words.working : words.unchanged;
    if (!patch) return;
    try {
      await patchItem(layer, item, patch);
      showOutline(bench.map, null, []);
      events.saved();
    } catch (error) {
      said.textContent = "";
      explain(error, fault, rows, bench, events.again);
    }
  };
  const cancel = button(words.cancel, "plain", () => {
    stopDrawing();
    showOutline(bench.map, null, []);
    events.cancelled();
  });
  const moved = (chosen: [number, number]) => {
    place = chosen;
    form.dataset["dirty"] = "true";
  };
  const move = layer.geometry === "point" ? moveButton(bench, said, moved) : null;
  const form = make("form", { class: "form edit", novalidate: true }, idOf(layer, item, bench),
    fields.some(({ required }) => required) ? make("p", {}, words.requiredKey) : null, fault, ...rows.map(({ root }) => root),
    make("div", { class: "actions" }, make("button", { type: "submit", class: "primary" }, words.save), cancel, move), said);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void save();
  });
  form.addEventListener("input", () => (form.dataset["dirty"] = "true"));
  return form;
}
