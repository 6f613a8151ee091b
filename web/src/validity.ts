/** When features are in force: dates, moments, or whole numbers that are years; both ends included, a missing one is open. */

import type { ExpressionSpecification } from "maplibre-gl";
import type { Field, Layer } from "./catalog";

/** The day of a moment where the city is. */
export function dayIn(moment: Date): string {
  return new Intl.DateTimeFormat("en-CA", { timeZone: "Asia/Ho_Chi_Minh" }).format(moment);
}

export const today = () => dayIn(new Date());

const fieldOf = (layer: Layer, name: string | null | undefined) => layer.fields.find((field) => field.name === name);

/** The ends of a day as a field of this type has them: its year, itself, or its first and last moment in Viet Nam. */
function dayAs({ type }: Field, day: string): { first: string | number; last: string | number } {
  if (type === "integer") return { first: Number(day.slice(0, 4)), last: Number(day.slice(0, 4)) };
  if (type !== "datetime") return { first: day, last: day };
  const moment = (clock: string) => new Date(`${day}T${clock}+07:00`).toISOString();
  return { first: moment("00:00:00.000"), last: moment("23:59:59.999") };
}

/** A filter of a layer's tiles: what is in force on `day`; `null` where nothing can be told. */
export function inForce(layer: Layer, day: string): ExpressionSpecification | null {
  const condition = (field: Field, operator: "<=" | ">=", bound: string | number): ExpressionSpecification => {
    const value: ExpressionSpecification = ["get", field.name];
    const known: ExpressionSpecification = typeof bound === "number" ? ["to-number", value] : ["to-string", value];
    return ["any", ["==", value, null], [operator, known, bound]];
  };
  const from = fieldOf(layer, layer.validity?.from);
  const to = fieldOf(layer, layer.validity?.to);
  const conditions = [
    ...(from ? [condition(from, "<=", dayAs(from, day).last)] : []),
    ...(to ? [condition(to, ">=", dayAs(to, day).first)] : []),
  ];
  return conditions.length > 0 ? ["all", ...conditions] : null;
}

/** The same of one feature. */
export function isInForce(layer: Layer, properties: Record<string, unknown>, day: string): boolean {
  const from = fieldOf(layer, layer.validity?.from);
  const to = fieldOf(layer, layer.validity?.to);
  const begins = from && properties[from.name];
  const ends = to && properties[to.name];
  const begun = !from || begins === null || begins === undefined || (begins as string | number) <= dayAs(from, day).last;
  return begun && (!to || ends === null || ends === undefined || (ends as string | number) >= dayAs(to, day).first);
}
