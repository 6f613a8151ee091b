/** What the page asks the service; problems come as `ServiceError` with the service's own words (RFC 9457). */

import type * as GeoJSON from "geojson";
import type { Language, Text } from "../catalog";

/** Why a record cannot be kept. */
export interface Refusal {
  reason: string;
  message: string;
  field?: string;
}

export class ServiceError extends Error {
  constructor(message: string, readonly status: number, readonly refusals: Refusal[]) {
    super(message);
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

function refusalsOf(problem: Record<string, unknown>): Refusal[] {
  const list = Array.isArray(problem["refusals"]) ? problem["refusals"].filter(isRecord) : [];
  return list.map(({ reason, message, field }) => ({ reason: String(reason), message: String(message), ...(typeof field === "string" ? { field } : {}) }));
}

/** Passes good answers on; throws what the others say. */
export async function passed(response: Response): Promise<Response> {
  if (response.ok) return response;
  const problem: unknown = await response.json().catch(() => null);
  const said = isRecord(problem) ? problem : {};
  throw new ServiceError("detail" in said ? String(said["detail"]) : String(response.status), response.status, refusalsOf(said));
}

async function answered<T>(response: Response): Promise<T> {
  return (await (await passed(response)).json()) as T;
}

export const query = (values: Record<string, string>) => new URLSearchParams(values).toString();

export async function get<T>(path: string, values: Record<string, string>, lang: Language, signal: AbortSignal | null = null): Promise<T> {
  const headers = { accept: "application/geo+json, application/json", "accept-language": lang };
  return answered(await fetch(`${path}?${query(values)}`, { headers, signal }));
}

export async function post<T>(path: string, body: unknown): Promise<T> {
  return answered(await fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) }));
}

export interface Feature {
  id: string | number;
  layer?: string;
  distance?: number;
  geometry: GeoJSON.Geometry;
  bbox?: [number, number, number, number];
  properties: Record<string, unknown>;
}

export interface Features {
  type: "FeatureCollection";
  numberMatched?: number;
  numberReturned?: number;
  features: Feature[];
}

export interface Group {
  value: unknown;
  title?: Text;
  color?: string;
  features: number;
  amount: number;
  share: number | null;
}

export interface Overlay {
  layer: string;
  unit: "m2" | "m" | "features";
  asked: number | null;
  covered: number | null;
  uncovered: number | null;
  overlapping: number | null;
  total: number;
  by: string | null;
  groups: Group[];
  features: { id: string; label: string | null; amount: number; share: number | null }[];
}

export interface Use {
  value: unknown;
  title?: Text;
  color?: string;
}

export interface Changed {
  id: string;
  label: string | null;
  value: unknown;
  area: number;
}

/** A layer at two times; `null` in the table where no feature was, or is. */
export interface Changes {
  layer: string;
  by: string | null;
  added: Changed[];
  removed: Changed[];
  kept: number;
  table: { from: Use | null; to: Use | null; area: number }[];
}

export interface Report {
  crs: string;
  corners: { number: number; x: number; y: number; lon_lat: [number, number] | null }[];
  geometry: GeoJSON.Geometry | null;
  plane: { crs: string; area: number; certificate_area: number; perimeter: number; sides: { from: number; to: number; length: number }[] } | null;
  ellipsoid: { area: number; perimeter: number } | null;
  stated: { area: number; difference: number; tolerance: number } | null;
  warnings: { code: string; text: Text }[];
  layers: Record<string, (Overlay & { title: Text; features_in_layer: number; version: Record<string, string | null> })[]>;
}
