/** From conditions to CQL2 text (OGC 21-065r2). */

import type { Field } from "../catalog";
import { readNumber } from "./corners";
import { momentOf } from "./controls";

export interface Condition {
  field: string;
  operator: string;
  value: string;
}

export interface Combination {
  /** One of the conditions is enough. */
  any?: boolean;
  /** The name of the layer's geometry, and the corners of a polygon that it must meet, longitude first. */
  place?: { geometry: string; corners: [number, number][] } | null;
}

/** Words that mean something by themselves. */
const WORDS = new Set((
  "and or not like between in is null true false div accenti bbox casei date geometrycollection interval linestring multilinestring " +
  "multipoint multipolygon point polygon timestamp z a_containedby a_contains a_equals a_overlaps"
).split(" "));
const isWord = (name: string) => WORDS.has(name.toLowerCase()) || /^[st]_/i.test(name);

/** A name as it is, or in double quotes where it would be something else. */
export function nameOf(name: string): string {
  return /^[a-z_][a-z0-9_]*$/i.test(name) && !isWord(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

/** In CQL2 texts the backslash escapes, too. */
const quoted = (text: string) => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;

function written({ field: given, operator, value }: Condition, fields: Field[]): string | null {
  const field = fields.find(({ name }) => name === given);
  if (!field) return null;
  const name = nameOf(given);
  const text = value.trim();
  if (operator.startsWith("IS")) return `${name} ${operator}`;
  if (text === "") return null;
  // As people type: without accents and case.
  if (operator === "LIKE") return `CASEI(ACCENTI(${name})) LIKE CASEI(ACCENTI(${quoted(`%${text.replace(/[\\%_]/g, "\\$&")}%`)}))`;
  const literal: Record<Field["type"], () => string> = {
    integer: () => String(readNumber(text) ?? text),
    real: () => String(readNumber(text) ?? text),
    boolean: () => text,
    date: () => `DATE(${quoted(text)})`,
    datetime: () => `TIMESTAMP(${quoted(momentOf(text))})`,
    text: () => quoted(value),
    code: () => quoted(value),
  };
  return `${name} ${operator} ${literal[field.type]()}`;
}

/** `POLYGON((...))` to a tenth of a metre, without places that fall together. */
export function polygonOf(corners: [number, number][]): string {
  const places = corners.map((corner) => corner.map((degrees) => Number(degrees.toFixed(6))).join(" "));
  const ring = places.filter((place, at) => place !== places[(at + places.length - 1) % places.length]);
  return `POLYGON((${[...ring, ring[0]].join(", ")}))`;
}

/** All conditions hold, or any, and the place is met. */
export function cqlOf(conditions: Condition[], fields: Field[], { any = false, place = null }: Combination = {}): string {
  const parts = conditions.map((condition) => written(condition, fields)).filter((part) => part !== null);
  if (!place) return parts.join(any ? " OR " : " AND ");
  const where = `S_INTERSECTS(${nameOf(place.geometry)}, ${polygonOf(place.corners)})`;
  if (!any || parts.length < 2) return [...parts, where].join(" AND ");
  return `(${parts.join(" OR ")}) AND ${where}`;
}
