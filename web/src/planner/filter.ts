/** The tool that builds a filter, shows its CQL2, and counts, shows and exports what matches. */

import type { Field, Layer } from "../catalog";
import { make } from "../dom";
import { formatCount } from "../format";
import { textIn } from "../words";
import { button, labelled, select, state } from "./form";
import { get, type Features } from "./service";
import { showFound } from "./sketch";
import type { Bench, Tool } from "./tool";
import { plannerWords } from "./words";

export interface Condition {
  field: string;
  operator: string;
  value: string;
}

const OF_TEXT = ["=", "<>", "LIKE", "IS NULL", "IS NOT NULL"];
const OF_NUMBERS = ["=", "<>", "<", "<=", ">", ">=", "IS NULL", "IS NOT NULL"];
const isNumber = ({ type }: Field) => type === "integer" || type === "real";

/** CQL2 text (OGC 21-065r2) of conditions, all of which hold. */
export function cqlOf(conditions: Condition[], fields: Field[]): string {
  const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;
  const written = conditions.flatMap(({ field: name, operator, value }) => {
    const field = fields.find((known) => known.name === name);
    if (!field) return [];
    if (operator.startsWith("IS")) return [`${name} ${operator}`];
    if (value.trim() === "") return [];
    if (isNumber(field)) return [`${name} ${operator} ${value.trim().replace(",", ".")}`];
    if (field.type === "boolean") return [`${name} ${operator} ${value}`];
    if (field.type === "date") return [`${name} ${operator} DATE(${quoted(value.trim())})`];
    if (field.type === "datetime") return [`${name} ${operator} TIMESTAMP(${quoted(value.trim())})`];
    // As people type: without accents and case.
    if (operator === "LIKE") {
      const plain = value.trim().replace(/[\\%_]/g, "\\$&");
      return [`CASEI(ACCENTI(${name})) LIKE CASEI(ACCENTI(${quoted(`%${plain}%`)}))`];
    }
    return [`${name} ${operator} ${quoted(value)}`];
  });
  return written.join(" AND ");
}

const SHOWN = 1000;
const kept = { layer: "", conditions: [{ field: "", operator: "=", value: "" }] as Condition[] };

function valueControl(field: Field | undefined, condition: Condition, bench: Bench, changed: () => void): HTMLElement {
  const control = field?.type === "code"
    ? select([["", ""], ...field.codes.map(({ code, title }): [string, string] => [code, `${code} · ${textIn(bench.lang, title)}`])], condition.value)
    : make("input", { type: "text", value: condition.value });
  control.setAttribute("aria-label", plannerWords(bench.lang).value);
  control.addEventListener("input", () => {
    condition.value = control.value;
    changed();
  });
  return control;
}

export const filterTool: Tool = {
  id: "filter",
  render(bench) {
    const words = plannerWords(bench.lang);
    const layers = bench.catalog.layers.filter(({ count }) => count > 0);
    const chosen = (): Layer | undefined => layers.find(({ id }) => id === kept.layer) ?? layers.find(({ planning }) => planning?.role === "plan") ?? layers[0];
    const which = select(layers.map((layer): [string, string] => [layer.id, textIn(bench.lang, layer.title)]), chosen()?.id);
    const rows = make("div", { class: "conditions" });
    const cql = make("textarea", { rows: "3", spellcheck: "false", id: "cql" });
    const said = state();
    const exports = make("p", { class: "exports" });

    const link = () => {
      const path = `/collections/${chosen()?.id ?? ""}/items?limit=10000${cql.value.trim() ? `&filter=${encodeURIComponent(cql.value.trim())}` : ""}`;
      const links = [["GeoJSON", "json"], ["CSV", "csv"], ["FlatGeobuf", "fgb"]] as const;
      exports.replaceChildren(`${words.export}: `, ...links.flatMap(([name, f]) => [make("a", { href: `${path}&f=${f}`, download: "" }, name), " "]));
    };
    const written = () => {
      cql.value = cqlOf(kept.conditions, chosen()?.fields ?? []);
      link();
    };
    const redraw = () => {
      const fields = chosen()?.fields ?? [];
      rows.replaceChildren(...kept.conditions.map((condition, at) => {
        if (!fields.some(({ name }) => name === condition.field)) Object.assign(condition, { field: fields[0]?.name ?? "", value: "" });
        const field = fields.find(({ name }) => name === condition.field);
        const operators = field && isNumber(field) ? OF_NUMBERS : OF_TEXT;
        const name = select(fields.map((one): [string, string] => [one.name, textIn(bench.lang, one.title)]), condition.field);
        const operator = select(operators.map((one): [string, string] => [one, one]), condition.operator);
        name.setAttribute("aria-label", words.field);
        operator.setAttribute("aria-label", words.operator);
        name.addEventListener("change", () => {
          Object.assign(condition, { field: name.value, operator: "=", value: "" });
          redraw();
        });
        operator.addEventListener("change", () => {
          condition.operator = operator.value;
          written();
        });
        const remove = button(words.remove, "plain", () => {
          kept.conditions.splice(at, 1);
          redraw();
        });
        return make("div", { class: "condition" }, name, operator, valueControl(field, condition, bench, written), remove);
      }));
      written();
    };
    const apply = async () => {
      said.textContent = words.working;
      const values = { limit: String(SHOWN), ...(cql.value.trim() ? { filter: cql.value.trim() } : {}) };
      try {
        const { features, numberMatched = 0 } = await get<Features>(`/collections/${chosen()?.id ?? ""}/items`, values, bench.lang);
        showFound(bench.map, features.map(({ geometry }) => geometry));
        const [shown, all] = [formatCount(features.length, bench.lang), formatCount(numberMatched, bench.lang)];
        said.textContent = features.length < numberMatched ? words.shown(shown, all) : words.found(all);
      } catch (error) {
        said.textContent = words.failed(error instanceof Error ? error.message : String(error));
      }
    };
    which.addEventListener("change", () => {
      kept.layer = which.value;
      redraw();
    });
    cql.addEventListener("input", link);
    redraw();
    const add = button(words.addCondition, "plain", () => {
      kept.conditions.push({ field: "", operator: "=", value: "" });
      redraw();
    });
    return make("div", { class: "form" }, labelled(words.layer, which), rows, add, labelled(words.cql, cql),
      make("div", { class: "actions" }, button(words.apply, "primary", () => void apply())), said, exports);
  },
};
