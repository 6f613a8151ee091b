/** The tool that builds a filter, shows its CQL2, and counts, shows and exports what matches. */

import type { Field, Layer } from "../catalog";
import { make } from "../dom";
import { formatCount } from "../format";
import { textIn } from "../words";
import { controlOf } from "./controls";
import { cqlOf, type Condition } from "./cql";
import { button, labelled, reasonOf, select, state } from "./form";
import { cornersOfView, geometryName, placeControl, type Place } from "./place";
import { get, type Features } from "./service";
import { showFound } from "./sketch";
import type { Bench, Tool } from "./tool";
import { plannerWords, type PlannerWords } from "./words";

const SHOWN = 1000;
const NONE = ["IS NULL", "IS NOT NULL"];
const COMPARED = ["=", "<>", "<", "<=", ">", ">="];

function operatorsOf(field: Field | undefined): string[] {
  if (field?.type === "text") return ["=", "<>", "LIKE", ...NONE];
  return field?.type === "code" || field?.type === "boolean" ? ["=", "<>", ...NONE] : [...COMPARED, ...NONE];
}

const SIGNS: Record<string, string> = { "<>": "≠", "<=": "≤", ">=": "≥" };

function operatorName(operator: string, words: PlannerWords): string {
  const said: Record<string, string> = { LIKE: words.contains, "IS NULL": words.hasNone, "IS NOT NULL": words.hasSome };
  return said[operator] ?? SIGNS[operator] ?? operator;
}

const blank = (): Condition => ({ field: "", operator: "=", value: "" });
/** What was built, kept when the language changes or the tool is chosen again. */
const kept = { layer: "", conditions: [blank()], any: false, place: { kind: "everywhere", corners: [] } as Place };

let forget = () => {};

/** A line of the builder; `redraw` when its shape changes, `changed` when only its value does. */
function conditionRow(condition: Condition, fields: Field[], bench: Bench, events: { redraw(): void; changed(): void; remove(): void }): HTMLElement {
  const words = plannerWords(bench.lang);
  if (!fields.some(({ name }) => name === condition.field)) Object.assign(condition, blank(), { field: fields[0]?.name ?? "" });
  const field = fields.find(({ name }) => name === condition.field);
  const name = select(fields.map((one): [string, string] => [one.name, textIn(bench.lang, one.title)]), condition.field);
  const operator = select(operatorsOf(field).map((one): [string, string] => [one, operatorName(one, words)]), condition.operator);
  name.setAttribute("aria-label", words.field);
  operator.setAttribute("aria-label", words.operator);
  name.addEventListener("change", () => {
    Object.assign(condition, blank(), { field: name.value });
    events.redraw();
  });
  operator.addEventListener("change", () => {
    condition.operator = operator.value;
    events.redraw();
  });
  const value = field && !NONE.includes(condition.operator) ? controlOf(field, condition.value, bench.lang) : null;
  value?.setAttribute("aria-label", words.value);
  value?.addEventListener("input", () => {
    condition.value = value.value;
    events.changed();
  });
  return make("div", { class: value ? "condition" : "condition short" }, name, operator, value, button(words.remove, "plain", () => events.remove()));
}

function joinControl(bench: Bench, changed: () => void): HTMLElement {
  const words = plannerWords(bench.lang);
  const join = select([["all", words.matchAll], ["any", words.matchAny]], kept.any ? "any" : "all");
  join.addEventListener("change", () => {
    kept.any = join.value === "any";
    changed();
  });
  return labelled(words.match, join);
}

/** The rows of the builder, drawn anew when one comes, goes or changes its shape. */
function builder(chosen: () => Layer | undefined, bench: Bench, changed: () => void): { root: HTMLElement; redraw(): void } {
  const words = plannerWords(bench.lang);
  const root = make("div", { class: "conditions" });
  const redraw = () => {
    const fields = chosen()?.fields ?? [];
    const rows = kept.conditions.map((condition, at) => conditionRow(condition, fields, bench, {
      redraw: () => {
        redraw();
        root.querySelectorAll<HTMLElement>(".condition")[at]?.querySelector<HTMLElement>("select")?.focus();
      },
      changed,
      remove: () => {
        kept.conditions.splice(at, 1);
        redraw();
        add.focus();
      },
    }));
    const add = button(words.addCondition, "plain", () => {
      kept.conditions.push(blank());
      redraw();
      root.querySelector<HTMLElement>(".condition:last-of-type select")?.focus();
    });
    root.replaceChildren(...(rows.length > 1 ? [joinControl(bench, changed)] : []), ...rows, add);
    changed();
  };
  return { root, redraw };
}

async function found(bench: Bench, layer: Layer | undefined, filter: string, said: HTMLElement): Promise<void> {
  const words = plannerWords(bench.lang);
  said.textContent = words.working;
  try {
    const { features, numberMatched = 0 } = await get<Features>(`/collections/${layer?.id ?? ""}/items`, { limit: String(SHOWN), ...(filter ? { filter } : {}) }, bench.lang);
    showFound(bench.map, features.map(({ geometry }) => geometry));
    const [shown, all] = [formatCount(features.length, bench.lang), formatCount(numberMatched, bench.lang)];
    said.textContent = features.length < numberMatched ? words.shown(shown, all) : words.found(all);
  } catch (error) {
    said.textContent = words.failed(reasonOf(error));
  }
}

export const filterTool: Tool = {
  id: "filter",
  render(bench) {
    const words = plannerWords(bench.lang);
    const layers = bench.catalog.layers.filter(({ count }) => count > 0);
    const chosen = (): Layer | undefined => layers.find(({ id }) => id === kept.layer) ?? layers.find(({ planning }) => planning?.role === "plan") ?? layers[0];
    const which = select(layers.map((layer): [string, string] => [layer.id, textIn(bench.lang, layer.title)]), chosen()?.id);
    const cql = make("textarea", { rows: "4", spellcheck: "false", id: "cql" });
    const said = state();
    const exports = make("p", { class: "exports" });
    let built = "";

    const link = () => {
      const path = `/collections/${chosen()?.id ?? ""}/items?limit=10000${cql.value.trim() ? `&filter=${encodeURIComponent(cql.value.trim())}` : ""}`;
      const links = [["GeoJSON", "json"], ["CSV", "csv"], ["FlatGeobuf", "fgb"]] as const;
      exports.replaceChildren(`${words.export}: `, ...links.flatMap(([name, f]) => [make("a", { href: `${path}&f=${f}`, download: "" }, name), " "]));
    };
    const write = (geometry: string) => {
      const { kind, corners } = kept.place;
      cql.value = built = cqlOf(kept.conditions, chosen()?.fields ?? [], { any: kept.any, place: kind === "everywhere" ? null : { geometry, corners } });
      link();
    };
    const written = () => {
      const layer = chosen();
      if (kept.place.kind === "everywhere" || !layer) write("");
      else geometryName(layer, bench).then(write, (error: unknown) => (said.textContent = words.failed(reasonOf(error))));
    };
    const { root, redraw } = builder(chosen, bench, written);
    which.addEventListener("change", () => {
      kept.layer = which.value;
      redraw();
    });
    cql.addEventListener("input", link);
    // A text that was written by hand is not taken away by a step of the map.
    const follow = () => {
      if (kept.place.kind !== "inView" || cql.value !== built) return;
      kept.place.corners = cornersOfView(bench);
      written();
    };
    bench.map.on("moveend", follow);
    forget = () => bench.map.off("moveend", follow);
    redraw();
    return make("div", { class: "form" }, labelled(words.layer, which), root, placeControl(kept.place, bench, written), labelled(words.cql, cql),
      make("div", { class: "actions" }, button(words.apply, "primary", () => void found(bench, chosen(), cql.value.trim(), said))), said, exports);
  },
  leave() {
    forget();
  },
};
