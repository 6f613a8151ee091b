/** From the catalogue to a MapLibre style: one vector source and a few style layers for each layer. */

import type {
  ExpressionSpecification,
  FilterSpecification,
  FontFacesSpecification,
  LayerSpecification,
  SourceSpecification,
  StyleSpecification,
  VectorSourceSpecification,
} from "maplibre-gl";
import { AGE, POINT_COUNT, type ByValue, type Catalog, type Language, type Layer } from "./catalog";
import { zoomWithRoom } from "./scale";
import { inForce } from "./validity";

export const PAPER = {
  beyond: "#e4eaea",
  land: "#faf7f0",
  shore: "#cfd8d6",
  halo: "#fbf9f4",
  ink: "#2b3635",
  border: "#6e6456",
  selected: "#c2402a",
};

/** Wall displays are read from far away: everything drawn grows by `scale`. */
export interface StyleOptions {
  /** Where tiles come from, e.g. `http://127.0.0.1:8080`. */
  origin: string;
  scale: number;
  /** `2026-01-31`: what plans are in force. */
  today: string;
  /** Of labels that stand in both languages; Vietnamese without it. */
  lang?: Language;
  fontFaces?: FontFacesSpecification;
}

export const LABEL_FONT = "Be Vietnam Pro Medium";

type Zoomed = ExpressionSpecification;

/** A size given for zoom 14, shrinking towards the whole province and growing towards the street. */
function overZooms(atZoom14: number, shares: [z6: number, z10: number, z18: number]): Zoomed {
  const size = (share: number) => Number((atZoom14 * share).toFixed(2));
  return ["interpolate", ["exponential", 1.4], ["zoom"],
    6, size(shares[0]), 10, size(shares[1]), 14, size(1), 18, size(shares[2])];
}

/** The feature state in which a value stands that is newer than the tile. */
export const VALUE_STATE = "value";

/** Measured a moment ago. */
const isFresh: ExpressionSpecification = ["boolean", ["feature-state", "fresh"], false];

/** What of its opacity a feature keeps that is silent: it may be otherwise by now. */
const FAINT = 0.4;

/** An opacity, less of features that were measured once and are silent by now. */
export function faintWhereSilent(layer: Layer, opacity: number): number | ExpressionSpecification {
  if (layer.observed.length === 0 && !layer.moving) return opacity;
  const isHeard = ["any", isFresh, ["!=", ["feature-state", VALUE_STATE], null]];
  return ["case", ["all", [">", ["coalesce", ["get", AGE], 0], layer.silent_after], ["!", isHeard]], opacity * FAINT, opacity] as unknown as ExpressionSpecification;
}

/** The layer's colour, its codes' where the catalogue says `color_by`, and that of the present value where one is known. */
export function colourOf(layer: Layer): string | ExpressionSpecification {
  return layer.style.value ? colourByValue(layer.style.value, ownColour(layer)) : ownColour(layer);
}

function colourByValue({ property, classes }: ByValue, otherwise: string | ExpressionSpecification): ExpressionSpecification {
  const now = ["var", "now"];
  const falling = [...classes].reverse();
  const steps = falling.flatMap((one) => [
    "from" in one ? [">=", ["number", now], one.from] : [">", ["number", now], one.above],
    one.color,
  ]);
  return ["let", "now", ["coalesce", ["feature-state", VALUE_STATE], ["get", property]],
    ["case", ["!=", ["typeof", now], "number"], otherwise, ...steps, otherwise]] as unknown as ExpressionSpecification;
}

function ownColour(layer: Layer): string | ExpressionSpecification {
  const field = layer.fields.find((candidate) => candidate.name === layer.style.color_by);
  const pairs = (field?.codes ?? []).flatMap(({ code, color }) => (color ? [code, color] : []));
  if (!field || pairs.length === 0) return layer.style.color;
  return ["match", ["to-string", ["get", field.name]], ...pairs, layer.style.color] as unknown as ExpressionSpecification;
}

/** Mixes a `#rrggbb` colour with the map's ink, for text that keeps a layer's hue and stays legible. */
export function inked(color: string, share: number): string {
  const channel = (hex: string, at: number) => Number.parseInt(hex.slice(at, at + 2), 16);
  const mixed = [1, 3, 5].map((at) => Math.round(channel(color, at) * (1 - share) + channel(PAPER.ink, at) * share));
  return `#${mixed.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}

/** Without bounds: what is added or moves while the page is open may lie beyond those of now. */
function tileSource(layer: Layer, origin: string, maxzoom: number): VectorSourceSpecification {
  return { type: "vector", tiles: [origin + layer.tiles], minzoom: Math.min(layer.minzoom, maxzoom), maxzoom };
}

/**
 * A polygon cut by tile edges is named once in every tile. Labels of polygons come from coarser tiles,
 * about 24 features across, where one in twelve is cut and small ones are not yet thinned out.
 */
function labelTileZoom(layer: Layer): number {
  const coarse = Math.floor(zoomWithRoom(layer, 512 / 24));
  return Math.max(layer.minzoom, Math.min(layer.maxzoom, coarse));
}

export const labelSource = (layer: Layer) => (layer.geometry === "polygon" ? `${layer.id}@labels` : layer.id);

function sourcesOf(layer: Layer, origin: string): Record<string, SourceSpecification> {
  const sources: Record<string, SourceSpecification> = { [layer.id]: tileSource(layer, origin, layer.maxzoom) };
  if (layer.style.label && layer.geometry === "polygon") {
    sources[labelSource(layer)] = tileSource(layer, origin, labelTileZoom(layer));
  }
  return sources;
}

interface Drawn {
  source: string;
  "source-layer": string;
  minzoom: number;
}

const drawn = (layer: Layer): Drawn => ({ source: layer.id, "source-layer": layer.id, minzoom: layer.minzoom });

function polygonLayers(layer: Layer, scale: number): LayerSpecification[] {
  const { style, id } = layer;
  const fill: LayerSpecification = {
    ...drawn(layer), id: `${id}:fill`, type: "fill",
    paint: { "fill-color": colourOf(layer), "fill-opacity": faintWhereSilent(layer, style.opacity), "fill-antialias": !style.outline },
  };
  if (!style.outline) return [fill];
  return [fill, {
    ...drawn(layer), id: `${id}:outline`, type: "line",
    layout: { "line-join": "round" },
    paint: { "line-color": style.outline, "line-width": overZooms(style.width * scale, [0.5, 0.75, 1.6]) },
  }];
}

function lineLayers(layer: Layer, scale: number): LayerSpecification[] {
  const { style, id } = layer;
  const shares: [number, number, number] = [0.45, 0.7, 2.6];
  const line = (suffix: string, color: string | ExpressionSpecification, width: number): LayerSpecification => ({
    ...drawn(layer), id: `${id}:${suffix}`, type: "line",
    layout: { "line-join": "round", "line-cap": "round" },
    paint: { "line-color": color, "line-opacity": faintWhereSilent(layer, style.opacity), "line-width": overZooms(width * scale, shares) },
  });
  const stroke = line("line", colourOf(layer), style.width);
  return style.outline ? [line("casing", style.outline, style.width + 1.8), stroke] : [stroke];
}

const countOf: ExpressionSpecification = ["coalesce", ["get", POINT_COUNT], 1];
const ofGroups: ExpressionSpecification = [">", countOf, 1];
const ofFeatures: ExpressionSpecification = ["<=", countOf, 1];

/** A group keeps to its square, however many features it stands for. */
function groupRadius(cell: number, scale: number): ExpressionSpecification {
  const radius = (share: number) => Number(Math.min(cell * share, cell / 2 - 1).toFixed(2)) * Math.min(scale, 1.2);
  return ["step", countOf, radius(0.16), 10, radius(0.21), 100, radius(0.27), 1000, radius(0.34)];
}

function groupLayer(layer: Layer, cell: number, scale: number): LayerSpecification {
  const { style, id } = layer;
  return {
    ...drawn(layer), id: `${id}:group`, type: "circle", filter: ofGroups,
    paint: {
      "circle-color": style.color,
      "circle-opacity": 0.92,
      "circle-radius": groupRadius(cell, scale),
      "circle-stroke-color": style.outline ?? PAPER.halo,
      "circle-stroke-width": 1.6 * scale,
    },
  };
}

/** The number always shows, and other labels keep clear of its circle. */
function groupLabel(layer: Layer, cell: number, scale: number): LayerSpecification {
  return {
    ...drawn(layer), id: `${layer.id}:group:label`, type: "symbol", filter: ofGroups,
    layout: {
      "text-field": ["to-string", countOf], "text-font": [LABEL_FONT], "text-size": 11.5 * scale,
      "text-allow-overlap": true, "text-padding": cell * 0.2,
    },
    paint: { "text-color": PAPER.ink, "text-halo-color": PAPER.halo, "text-halo-width": 1.2 * scale },
  };
}

function pointLayers(layer: Layer, scale: number): LayerSpecification[] {
  const { style, id, cluster } = layer;
  const circle: LayerSpecification = {
    ...drawn(layer), id: `${id}:circle`, type: "circle", ...(cluster ? { filter: ofFeatures } : {}),
    paint: {
      "circle-color": colourOf(layer),
      "circle-opacity": faintWhereSilent(layer, style.opacity),
      "circle-radius": overZooms(style.radius * scale, [0.55, 0.75, 1.5]),
      "circle-stroke-color": ["case", isFresh, PAPER.ink, style.outline ?? PAPER.halo],
      "circle-stroke-width": overZooms(1.2 * scale, [0.6, 0.8, 1.5]),
    },
  };
  return cluster ? [circle, groupLayer(layer, cluster.cell, scale)] : [circle];
}

function geometryLayers(layer: Layer, scale: number): LayerSpecification[] {
  if (layer.geometry === "polygon") return polygonLayers(layer, scale);
  return layer.geometry === "line" ? lineLayers(layer, scale) : pointLayers(layer, scale);
}

function labelPlacement(layer: Layer, scale: number) {
  if (layer.geometry === "line") return { "symbol-placement": "line" as const, "symbol-spacing": 420 * scale };
  if (layer.geometry === "polygon") return {};
  return {
    "text-variable-anchor": ["left", "right", "top", "bottom"] as ("left" | "right" | "top" | "bottom")[],
    "text-radial-offset": 0.4 + layer.style.radius / 12,
    "text-justify": "auto" as const,
  };
}

/** Few and large areas: their names are set wide and win over all others. */
const isRegional = (layer: Layer) => layer.geometry === "polygon" && zoomWithRoom(layer, 64) < 6;

/** The field whose text stands beside a feature and on its card: a headline is told in both languages. */
export function labelField(layer: Layer, lang: Language): string | null {
  const english = `${layer.style.label}_en`;
  const isHeadline = layer.style.label === "headline" && layer.fields.some(({ name }) => name === english);
  return lang === "en" && isHeadline ? english : layer.style.label;
}

function labelLayers(layer: Layer, scale: number, lang: Language): LayerSpecification[] {
  const { style, cluster } = layer;
  const groups = cluster ? [groupLabel(layer, cluster.cell, scale)] : [];
  if (!style.label) return groups;
  const area = layer.geometry === "polygon";
  const regional = isRegional(layer);
  const minzoom = Math.max(layer.minzoom, zoomWithRoom(layer, layer.geometry === "line" ? 24 : 64));
  const maxzoom = area ? Math.max(minzoom + 1, zoomWithRoom(layer, 1600)) : 24;
  // The last of them is given room first.
  return [{
    ...drawn(layer), id: `${layer.id}:label`, type: "symbol", source: labelSource(layer), minzoom, maxzoom,
    ...(cluster ? { filter: ofFeatures } : {}),
    layout: {
      ...labelPlacement(layer, scale),
      "text-field": ["to-string", ["get", labelField(layer, lang) ?? style.label]],
      "text-font": [LABEL_FONT],
      "text-size": (regional ? 14 : 11.5) * scale,
      "text-letter-spacing": regional ? 0.14 : 0.01,
      "text-transform": regional ? "uppercase" : "none",
      "text-max-width": 8,
      "text-padding": area ? 6 : 3,
    },
    paint: {
      "text-color": layer.style.group === "boundaries" ? PAPER.border : inked(style.color, 0.6),
      "text-halo-color": PAPER.halo,
      "text-halo-width": 1.4 * scale,
    },
  }, ...groups];
}

/** Land is the provinces' own shape, drawn whether or not that layer is on. */
function landLayers(catalog: Catalog, scale: number): LayerSpecification[] {
  const land = catalog.layers.find((layer) => layer.id === "provinces" && layer.geometry === "polygon");
  if (!land) return [];
  return [
    {
      ...drawn(land), id: "@land:shore", type: "line",
      layout: { "line-join": "round" },
      paint: { "line-color": PAPER.shore, "line-width": 9 * scale, "line-blur": 9 * scale },
    },
    { ...drawn(land), id: "@land:fill", type: "fill", paint: { "fill-color": PAPER.land } },
  ];
}

export function inDrawingOrder(layers: Layer[]): Layer[] {
  return [...layers].sort((a, b) => a.style.order - b.style.order);
}

function styleLayersOf(layer: Layer, { scale, lang = "vi" }: StyleOptions): { geometry: LayerSpecification[]; labels: LayerSpecification[] } {
  return { geometry: geometryLayers(layer, scale), labels: labelLayers(layer, scale, lang) };
}

/** Tiles hold every version of a plan; old ones must not lie over what is in force. Units that are no more are drawn for whoever asks. */
function presentOnly(layer: Layer, part: LayerSpecification, today: string): LayerSpecification {
  const now = layer.planning?.role === "plan" ? inForce(layer, today) : null;
  const { hide } = layer.style;
  const shown: ExpressionSpecification | null = hide ? ["!", ["in", ["get", hide.field], ["literal", hide.codes]]] : null;
  const own = "filter" in part ? part.filter : undefined;
  const all = [own, now, shown].filter(Boolean);
  if (all.length === 0) return part;
  return { ...part, filter: all.length > 1 ? ["all", ...all] : all[0] } as LayerSpecification;
}

function withVisibility(layer: LayerSpecification, visible: boolean): LayerSpecification {
  return { ...layer, layout: { ...layer.layout, visibility: visible ? "visible" : "none" } } as LayerSpecification;
}

export function buildStyle(catalog: Catalog, visible: ReadonlySet<string>, options: StyleOptions): StyleSpecification {
  const ordered = inDrawingOrder(catalog.layers).map((layer) => ({ layer, parts: styleLayersOf(layer, options) }));
  // MapLibre gives room to the labels of the last style layer first.
  const labelled = [...ordered].sort((a, b) => Number(isRegional(a.layer)) - Number(isRegional(b.layer)));
  const shown = (kind: "geometry" | "labels") =>
    (kind === "labels" ? labelled : ordered)
      .flatMap(({ layer, parts }) => parts[kind].map((part) =>
        withVisibility(presentOnly(layer, part, options.today), visible.has(layer.id))));
  return {
    version: 8,
    sources: Object.assign({}, ...catalog.layers.map((layer) => sourcesOf(layer, options.origin))),
    ...(options.fontFaces ? { "font-faces": options.fontFaces } : {}),
    layers: [
      { id: "@beyond", type: "background", paint: { "background-color": PAPER.beyond } },
      ...landLayers(catalog, options.scale),
      ...shown("geometry"),
      ...shown("labels"),
    ],
  };
}

/** A ring at some distance around a feature, and at the edge of a group. */
function selectionRings(layer: Layer, selected: ExpressionSpecification, scale: number): LayerSpecification[] {
  const { style, cluster } = layer;
  const ring = (suffix: string, filter: FilterSpecification, radius: ExpressionSpecification): LayerSpecification => ({
    ...drawn(layer), id: `@selection:${suffix}`, type: "circle", filter,
    paint: {
      "circle-color": "rgba(0, 0, 0, 0)",
      "circle-radius": radius,
      "circle-stroke-color": PAPER.selected,
      "circle-stroke-width": 2.5 * scale,
    },
  });
  const around = overZooms(style.radius * scale * 1.5 + 3 * scale, [0.7, 0.85, 1.3]);
  if (!cluster) return [ring("ring", selected, around)];
  return [
    ring("ring", ["all", selected, ofFeatures], around),
    ring("group", ["all", selected, ofGroups], groupRadius(cluster.cell, scale)),
  ];
}

/** Style layers that mark one feature, named `@selection:*`, to lie above all geometry. */
export function selectionLayers(layer: Layer, id: string, scale: number): LayerSpecification[] {
  const selected: ExpressionSpecification = ["==", ["to-string", ["get", layer.id_field]], id];
  if (layer.geometry === "point") return selectionRings(layer, selected, scale);
  const line = (suffix: string, color: string, width: number): LayerSpecification => ({
    ...drawn(layer), id: `@selection:${suffix}`, filter: selected, type: "line",
    layout: { "line-join": "round", "line-cap": "round" },
    paint: { "line-color": color, "line-width": width * scale },
  });
  const outline = [line("halo", "#ffffff", 5.5), line("line", PAPER.selected, 2.5)];
  if (layer.geometry === "line") return outline;
  return [{ ...drawn(layer), id: "@selection:fill", filter: selected, type: "fill", paint: { "fill-color": PAPER.selected, "fill-opacity": 0.08 } }, ...outline];
}
