/** Indicators as `GET /indicators` gives them, checked once at the border. */

import { need, type Text } from "../catalog";

export interface Indicator {
  id: string;
  title: Text;
  description: Text;
  unit: Text;
  agency: Text;
  source: string;
  /** The layer of its units. */
  layer: string;
  every: "month" | "quarter" | "year";
  /** Which values are better; `null` where none is. */
  direction: "higher" | "lower" | null;
  decimals: number;
  /** In order of time. */
  periods: string[];
}

export interface Change {
  from: number;
  difference: number;
}

/** What is told of one unit, or of all of them. */
export interface Told {
  value: number | null;
  change: Change | null;
  year_change: Change | null;
  distance: number | null;
  target_met: boolean | null;
}

export interface Unit extends Told {
  id: string;
  name: string;
  rank: number | null;
  class: number | null;
  /** Comes from units that were merged. */
  converted: boolean;
  from_units?: number;
  missing_units?: number;
  /** What the known ones of them come to. */
  partial?: number;
}

export interface LegendEntry {
  class: number;
  color: string;
  count: number;
  text: Text;
}

/** An indicator in one period. */
export interface Sheet extends Indicator {
  period: string | null;
  target: number | null;
  legend: LegendEntry[];
  summary: Told & { units: number; known: number; met: number | null };
  units: Unit[];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function checkIndicator(value: unknown, where: string): void {
  need(isRecord(value) && typeof value["id"] === "string", where, "an indicator with an id");
  for (const key of ["title", "description", "unit", "agency"]) {
    const text = value[key];
    need(isRecord(text) && typeof text["vi"] === "string" && typeof text["en"] === "string", `${where}.${key}`, "a text in vi and en");
  }
  need(typeof value["layer"] === "string", `${where}.layer`, "a layer's id");
  need(["month", "quarter", "year"].includes(String(value["every"])), `${where}.every`, "month, quarter or year");
  need(Number.isSafeInteger(value["decimals"]), `${where}.decimals`, "a whole number");
  need(Array.isArray(value["periods"]), `${where}.periods`, "a list");
}

/** Throws where the service says something else. */
export function parseIndicators(value: unknown): Indicator[] {
  need(isRecord(value) && Array.isArray(value["indicators"]), "indicators", "a list");
  value["indicators"].forEach((indicator, i) => checkIndicator(indicator, `indicators[${i}]`));
  return value["indicators"] as Indicator[];
}

/** The same of one with its values. */
export function parseSheet(value: unknown): Sheet {
  checkIndicator(value, "indicator");
  const sheet = value as Record<string, unknown>;
  need(sheet["period"] === null || typeof sheet["period"] === "string", "indicator.period", "a period or null");
  need(isRecord(sheet["summary"]), "indicator.summary", "an object");
  for (const key of ["units", "legend"]) need(Array.isArray(sheet[key]), `indicator.${key}`, "a list");
  for (const entry of sheet["legend"] as unknown[]) {
    need(isRecord(entry) && typeof entry["color"] === "string" && isRecord(entry["text"]), "indicator.legend", "classes with colours and texts");
  }
  for (const unit of sheet["units"] as unknown[]) need(isRecord(unit) && typeof unit["id"] === "string", "indicator.units", "units with ids");
  return value as Sheet;
}

async function asked(path: string, signal: AbortSignal | null): Promise<unknown> {
  const response = await fetch(path, { headers: { accept: "application/json" }, signal });
  if (!response.ok) throw new Error(`${path}: the server answered ${response.status}`);
  return response.json();
}

export async function fetchIndicators(): Promise<Indicator[]> {
  return parseIndicators(await asked("/indicators", null));
}

/** Without a period that of the newest values. */
export async function fetchSheet(id: string, period: string | null, signal: AbortSignal): Promise<Sheet> {
  const query = period === null ? "" : `?period=${encodeURIComponent(period)}`;
  return parseSheet(await asked(`/indicators/${encodeURIComponent(id)}${query}`, signal));
}
