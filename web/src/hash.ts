/**
 * The link that reproduces the page:
 * `#map=zoom/lat/lon&layers=a,b&lang=vi&indicator=id/period&feature=layer/id`, every part optional.
 */

import type { Language } from "./catalog";

export interface View {
  zoom: number;
  lat: number;
  lon: number;
}

export interface FeatureRef {
  layer: string;
  /** Value of the layer's id field, as text. */
  id: string;
}

/** An indicator on the map; without a period that of the newest values. */
export interface IndicatorRef {
  id: string;
  period?: string;
}

export interface Link {
  view?: View;
  layers?: string[];
  lang?: Language;
  indicator?: IndicatorRef;
  feature?: FeatureRef;
}

function parseView(text: string): View | undefined {
  const parts = text.split("/");
  const [zoom, lat, lon] = parts.map(Number);
  if (parts.length !== 3 || parts.includes("")) return undefined;
  const inside = (value: number | undefined, low: number, high: number): value is number =>
    value !== undefined && value >= low && value <= high;
  if (!inside(zoom, 0, 24) || !inside(lat, -85.0512, 85.0512) || !inside(lon, -180, 180)) return undefined;
  return { zoom, lat, lon };
}

function parseFeature(text: string): FeatureRef | undefined {
  const slash = text.indexOf("/");
  if (slash < 1 || slash === text.length - 1) return undefined;
  return { layer: text.slice(0, slash), id: text.slice(slash + 1) };
}

function parseIndicator(text: string): IndicatorRef | undefined {
  const [id, period] = text.split("/");
  if (!id) return undefined;
  return period ? { id, period } : { id };
}

/** Reads what it understands and leaves out the rest: a mangled link still opens the map. */
export function parseHash(hash: string): Link {
  const params = new URLSearchParams(hash.replace(/^#/, ""));
  const link: Link = {};
  const view = parseView(params.get("map") ?? "");
  if (view) link.view = view;
  const layers = params.get("layers");
  if (layers !== null) link.layers = layers.split(",").filter((id) => id !== "");
  const lang = params.get("lang");
  if (lang === "vi" || lang === "en") link.lang = lang;
  const indicator = parseIndicator(params.get("indicator") ?? "");
  if (indicator) link.indicator = indicator;
  const feature = parseFeature(params.get("feature") ?? "");
  if (feature) link.feature = feature;
  return link;
}

/** Decimals of a degree that are worth writing: a little under one pixel at this zoom. */
function decimals(zoom: number): number {
  return Math.max(2, Math.ceil((zoom * Math.LN2 + Math.log(512 / 360 / 0.5)) / Math.LN10));
}

function formatView({ zoom, lat, lon }: View): string {
  const places = decimals(zoom);
  return `${Number(zoom.toFixed(2))}/${lat.toFixed(places)}/${lon.toFixed(places)}`;
}

export function formatHash({ view, layers, lang, indicator, feature }: Link): string {
  const parts: string[] = [];
  if (view) parts.push(`map=${formatView(view)}`);
  if (layers) parts.push(`layers=${layers.map(encodeURIComponent).join(",")}`);
  if (lang) parts.push(`lang=${lang}`);
  if (indicator) parts.push(`indicator=${[indicator.id, indicator.period].filter((part) => part !== undefined).map(encodeURIComponent).join("/")}`);
  if (feature) parts.push(`feature=${encodeURIComponent(feature.layer)}/${encodeURIComponent(feature.id)}`);
  return `#${parts.join("&")}`;
}
