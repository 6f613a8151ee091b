/** The versions of a layer, as the field says in which its features begin to be in force. */

import type { Field, Language, Layer } from "../catalog";
import { formatValue } from "../format";
import { get } from "./service";

export interface Version {
  /** A day or moment at which it is in force, as the service reads it. */
  time: string;
  /** The value with which it begins; `null`: whatever was before the first that is known. */
  begins: string | number | null;
}

/** The last day, or millisecond, before a time. */
function before(time: string): string {
  const day = time.length === 10;
  const moment = new Date(new Date(time).getTime() - (day ? 86_400_000 : 1)).toISOString();
  return day ? moment.slice(0, 10) : moment;
}

const timeOf = (begins: string | number) => (typeof begins === "number" ? `${begins}-01-01` : begins);

/** From the values of the field, the earliest first. Features without a value were there before all others. */
export function versionsOf(values: unknown[]): Version[] {
  const known = values.filter((value): value is string | number => typeof value === "string" || typeof value === "number");
  const versions: Version[] = known.map((begins) => ({ time: timeOf(begins), begins })).sort((a, b) => (a.time < b.time ? -1 : 1));
  const [first] = versions;
  return first && known.length < values.length ? [{ time: before(first.time), begins: null }, ...versions] : versions;
}

export async function askVersions(layer: Layer, lang: Language, signal: AbortSignal): Promise<Version[]> {
  const by = layer.validity?.from;
  if (!by) return [];
  const { groups } = await get<{ groups: { value: unknown }[] }>(`/collections/${layer.id}/summary`, { by }, lang, signal);
  return versionsOf(groups.map(({ value }) => value));
}

/** As people write the day, moment or year. */
export function beginOf(version: Version, field: Field | undefined, lang: Language): string | null {
  if (version.begins === null) return null;
  return (field && formatValue(field, version.begins, lang)) ?? String(version.begins);
}
