/** The map's own style, at night: land and borders step back, what the city tells of shines. */

import type { LayerSpecification, StyleSpecification } from "maplibre-gl";
import { PAPER } from "../style";

export const NIGHT = {
  beyond: "#060b0e",
  land: "#111b20",
  shore: "#0d171b",
  halo: "#080f12",
  ink: "#eef5f3",
  muted: "#8fa3a5",
  alert: "#ff5d5d",
  /** Units of which nothing is told. */
  unknown: "#26323a",
};

const HEX = /^#[0-9a-f]{6}$/i;
const channels = (color: string) => [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));
const hex = (rgb: number[]) => `#${rgb.map((value) => Math.round(Math.max(0, Math.min(255, value))).toString(16).padStart(2, "0")).join("")}`;

/** `share` of `other` in `color`. */
export function mixed(color: string, other: string, share: number): string {
  const to = channels(other);
  return hex(channels(color).map((value, at) => value * (1 - share) + (to[at] ?? 0) * share));
}

/** A class's colour, which would glare in a dark room: on the map and in the legend it is the same. */
export const dusk = (color: string) => mixed(color, NIGHT.land, 0.16);

/** A colour that was chosen for paper, as a light: the same hue, stronger and lighter. */
export function lit(color: string): string {
  const rgb = channels(color);
  const grey = rgb.reduce((sum, value) => sum + value, 0) / 3;
  const stronger = rgb.map((value) => grey + (value - grey) * 1.55);
  const most = Math.max(...stronger, 1);
  return hex(stronger.map((value) => (value * Math.max(1, 224 / most))));
}

/** Every colour in an expression. */
function recoloured<T>(value: T, as: (color: string) => string): T {
  if (typeof value === "string") return (HEX.test(value) ? as(value) : value) as T;
  return (Array.isArray(value) ? value.map((part) => recoloured<unknown>(part, as)) : value) as T;
}

const isBoundary = (id: string) => /^(provinces|wards|districts):/.test(id);

/** Names of streets are many, and nobody looks for one on a wall. */
const isOfLine = (layer: LayerSpecification) => layer.type === "symbol" && layer.layout?.["symbol-placement"] === "line";

/** What colours of a kind of paint become. */
function nightOf(layer: LayerSpecification, property: string): ((color: string) => string) | null {
  const base = isBoundary(layer.id);
  switch (property) {
    case "background-color": return () => NIGHT.beyond;
    case "fill-color": return (color) => (base ? mixed(color, NIGHT.land, 0.97) : mixed(lit(color), NIGHT.land, 0.5));
    case "line-color":
      if (layer.id.endsWith(":casing")) return () => NIGHT.land;
      return (color) => (base ? mixed(color, NIGHT.land, 0.62) : mixed(lit(color), NIGHT.land, 0.55));
    case "circle-color": return lit;
    case "circle-stroke-color": return (color) => (color === PAPER.ink ? "#ffffff" : NIGHT.halo);
    case "text-color": return (color) => (base || isOfLine(layer) ? NIGHT.muted : mixed(lit(color), NIGHT.ink, 0.45));
    case "text-halo-color": return () => NIGHT.halo;
    default: return null;
  }
}

function atNightLayer(layer: LayerSpecification): LayerSpecification {
  if (layer.id === "@land:fill") return { ...layer, paint: { "fill-color": NIGHT.land } } as LayerSpecification;
  if (layer.id === "@land:shore") return { ...layer, paint: { ...layer.paint, "line-color": NIGHT.shore } } as LayerSpecification;
  const paint = Object.entries(layer.paint ?? {}).map(([property, value]) => {
    const as = nightOf(layer, property);
    return [property, as ? recoloured(value, as) : value];
  });
  return { ...layer, paint: Object.fromEntries(paint) } as LayerSpecification;
}

export function atNight(style: StyleSpecification): StyleSpecification {
  return { ...style, layers: style.layers.map(atNightLayer) };
}
