/** What the page asks the service; problems come as `ServiceError` with the service's own words (RFC 9457). */

import type * as GeoJSON from "geojson";
import type { Language, Text } from "../catalog";

export class ServiceError extends Error {}

async function answered<T>(response: Response): Promise<T> {
  if (response.ok) return (await response.json()) as T;
  const problem: unknown = await response.json().catch(() => null);
  const detail = typeof problem === "object" && problem !== null && "detail" in problem ? String(problem.detail) : "";
  throw new ServiceError(detail || `${response.status}`);
}

const query = (values: Record<string, string>) => new URLSearchParams(values).toString();

export async function get<T>(path: string, values: Record<string, string>, lang: Language): Promise<T> {
  return answered(await fetch(`${path}?${query(values)}`, { headers: { accept: "application/geo+json, application/json", "accept-language": lang } }));
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
