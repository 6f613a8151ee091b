/** What the wall asks of the service; answers are checked here and trusted inside. */

import { need, type BBox, type Text } from "../catalog";

export type Place = { bbox: BBox } | { view: { center: [number, number]; zoom: number } };

/** A colour from a value on. */
export interface FromValue {
  from: number;
  color: string;
  /** What it means; else the values are written. */
  title: Text | null;
}

export interface Shown {
  layer: string;
  property: string;
  /** Whether the value is written, or its colour alone is seen. */
  text: boolean;
  /** In rising order. */
  colors: FromValue[];
}

export interface Counter {
  title: Text;
  unit: string | null;
  layer: string;
  measure: "count" | "sum" | "avg" | "min" | "max";
  property?: string;
  /** Counts features of which a moment is over: the number changes without any news. */
  past: { field: string; within: string | null } | null;
  /** From this number on it is drawn as a warning. */
  warn: number | null;
}

export interface Trend {
  title: Text;
  unit: string | null;
  layer: string;
  feature: string | null;
  hours: number;
}

export interface Scene {
  id: string;
  title: Text;
  seconds: number;
  place: Place;
  layers: string[];
  shown: Shown[];
  /** Indicators that colour their units, one after another. */
  indicators: string[];
  counters: Counter[];
  trends: Trend[];
  /** Severities of the alerts in the list. */
  alerts: string[];
}

export interface Counted {
  /** `null` where nothing was measured lately. */
  value: number | null;
  features: number;
}

export interface Went {
  /** Seconds between two points that follow each other. */
  interval: number;
  points: { time: string; value: number }[];
}

export interface Source {
  layer: string;
  title: Text;
  features: number;
  /** How many were measured, within the retention of the layer. */
  measured: number;
  /** How many of those not for a while. */
  silent: number;
  /** How many were not measured. */
  unheard: number;
  newest: string | null;
}

/** A server that does not answer in this time is not waited for. */
export const PATIENCE = 10_000;

export class AnswerError extends Error {
  constructor(readonly status: number, path: string) {
    super(`${path}: the server answered ${status}`);
  }
}

export async function ask(path: string): Promise<Record<string, unknown>> {
  const response = await fetch(path, { headers: { accept: "application/json" }, cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
  if (!response.ok) throw new AnswerError(response.status, path);
  const value: unknown = await response.json();
  need(typeof value === "object" && value !== null, path, "an object");
  return value as Record<string, unknown>;
}

async function list<T>(path: string, name: string): Promise<T[]> {
  const answer = await ask(path);
  need(Array.isArray(answer[name]), `${path}: ${name}`, "a list");
  return answer[name] as T[];
}

export const askScenes = () => list<Scene>("/scenes", "scenes");
export const askCounters = (scene: Scene) => list<Counted>(`/scenes/${scene.id}/counters`, "counters");
export const askTrends = (scene: Scene) => list<Went>(`/scenes/${scene.id}/trends`, "trends");

/** The sources, and the service's own time: a wall's clock may be wrong. */
export async function askFreshness(): Promise<{ sources: Source[]; now: number }> {
  const answer = await ask("/freshness");
  need(Array.isArray(answer["layers"]), "freshness: layers", "a list");
  const now = Date.parse(String(answer["time"]));
  need(Number.isFinite(now), "freshness: time", "a moment");
  return { sources: answer["layers"] as Source[], now };
}
