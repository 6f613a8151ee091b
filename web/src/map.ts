/** The MapLibre map: made once, asked what lies at a point, told what to show. */

import {
  Map as MapLibreMap,
  ScaleControl,
  setWorkerUrl,
  type LngLatBoundsLike,
  type MapGeoJSONFeature,
  type MapOptions,
  type PointLike,
  type StyleSpecification,
} from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import type { BBox, Language, Layer } from "./catalog";
import type { View } from "./hash";
import { comeToRest } from "./rest";
import { labelField, labelSource, selectionLayers } from "./style";

/** One feature under the pointer. */
export interface Hit {
  layer: Layer;
  id: string;
  properties: Record<string, unknown>;
}

export const stillness = matchMedia("(prefers-reduced-motion: reduce)");

/** What every map of the pages has in common, so that two of them lie upon each other. */
const common = (): Omit<MapOptions, "container"> => ({
  minZoom: 3,
  maxZoom: 20,
  maxPitch: 0,
  attributionControl: false,
  renderWorldCopies: false,
  // Splitting tiles beyond a source's last zoom would name one area many times over.
  zoomLevelsToOverscale: 24,
  fadeDuration: stillness.matches ? 0 : 200,
});

export function createMap(style: StyleSpecification, start: View | null): MapLibreMap {
  setWorkerUrl(new URL(workerUrl, document.baseURI).href);
  const map = new MapLibreMap({
    ...common(),
    container: "map",
    style,
    ...(start ? { center: [start.lon, start.lat], zoom: start.zoom } : {}),
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.addControl(new ScaleControl({ maxWidth: 110, unit: "metric" }), "bottom-right");
  comeToRest(map);
  return map;
}

/** A second map above another, that shows the same place and leaves mouse and keyboard to it. */
export function createTwin(map: MapLibreMap, container: HTMLElement, style: StyleSpecification): MapLibreMap {
  const twin = new MapLibreMap({ ...common(), container, style, interactive: false, center: map.getCenter(), zoom: map.getZoom() });
  comeToRest(twin);
  const follow = () => twin.jumpTo({ center: map.getCenter(), zoom: map.getZoom() });
  map.on("move", follow);
  twin.once("remove", () => map.off("move", follow));
  return twin;
}

export function viewOf(map: MapLibreMap): View {
  const { lat, lng } = map.getCenter();
  return { zoom: map.getZoom(), lat, lon: lng };
}

export function showAll(map: MapLibreMap, bbox: BBox, animate: boolean): void {
  const bounds: LngLatBoundsLike = [[bbox[0], bbox[1]], [bbox[2], bbox[3]]];
  map.fitBounds(bounds, { padding: 28, animate: animate && !stillness.matches, maxZoom: 16 });
}

const isOf = (layer: Layer, styleLayerId: string) => styleLayerId.startsWith(`${layer.id}:`);

/** Style layers that belong to one layer of the catalogue. */
export function styleLayerIds(map: MapLibreMap, layer: Layer): string[] {
  return map.getLayersOrder().filter((id) => isOf(layer, id));
}

export function setVisible(map: MapLibreMap, layer: Layer, visible: boolean): void {
  for (const id of styleLayerIds(map, layer)) {
    map.setLayoutProperty(id, "visibility", visible ? "visible" : "none");
  }
}

export const isVisible = (map: MapLibreMap, layer: Layer) =>
  styleLayerIds(map, layer).some((id) => map.getLayoutProperty(id, "visibility") !== "none");

/** Asks for a layer's tiles anew after one of its features was changed. */
export function refresh(map: MapLibreMap, layer: Layer): void {
  for (const source of [layer.id, labelSource(layer)]) {
    if (map.getSource(source)) map.refreshTiles(source);
  }
}

/** How long a feature that was just measured stands out, milliseconds. */
const STANDS_OUT = 1200;

/** Features that were measured stand out for a moment, where they are drawn. */
export function showMeasured(map: MapLibreMap, layer: Layer, ids: number[]): void {
  if (stillness.matches || !map.getSource(layer.id)) return;
  for (const id of ids) {
    const feature = { source: layer.id, sourceLayer: layer.id, id };
    map.setFeatureState(feature, { fresh: true });
    setTimeout(() => {
      if (map.getSource(layer.id)) map.removeFeatureState(feature, "fresh");
    }, STANDS_OUT);
  }
}

function toHit(feature: MapGeoJSONFeature, layers: Layer[]): Hit | null {
  const layer = layers.find((candidate) => candidate.id === feature.sourceLayer);
  const id = layer && feature.properties[layer.id_field];
  if (!layer || id === undefined) return null;
  return { layer, id: String(id), properties: feature.properties };
}

/** Features at a point of the canvas, topmost first, each once; `reach` is the finger's width in pixels. */
export function featuresAt(map: MapLibreMap, point: { x: number; y: number }, layers: Layer[], reach: number): Hit[] {
  const box: [PointLike, PointLike] = [[point.x - reach, point.y - reach], [point.x + reach, point.y + reach]];
  // Of areas that cover each other the finest comes first, whichever is drawn on top: a layer that shows only from near is
  // finer than one that shows from afar, a ward than its province.
  const areas = layers.filter((layer) => layer.geometry === "polygon").sort((a, b) => b.minzoom - a.minzoom);
  const slender = layers.filter((layer) => layer.geometry !== "polygon");
  const ids = (some: Layer[]) => some.flatMap((layer) => styleLayerIds(map, layer));
  const found = [
    ...map.queryRenderedFeatures(box, { layers: ids(slender) }),
    ...areas.flatMap((layer) => map.queryRenderedFeatures([point.x, point.y], { layers: ids([layer]) })),
  ];
  const hits = new Map<string, Hit>();
  for (const feature of found) {
    const hit = toHit(feature, layers);
    const key = hit && `${hit.layer.id}/${hit.id}`;
    if (hit && key && !hits.has(key)) hits.set(key, hit);
  }
  return [...hits.values()];
}

/** Looks a feature up among the loaded tiles; `null` when none of them holds it. */
/** Labels in another language, where they stand in both. */
export function setLabel(map: MapLibreMap, layer: Layer, lang: Language): void {
  const field = labelField(layer, lang);
  if (field && labelField(layer, "en") !== labelField(layer, "vi") && map.getLayer(`${layer.id}:label`)) {
    map.setLayoutProperty(`${layer.id}:label`, "text-field", ["to-string", ["get", field]]);
  }
}

export function findFeature(map: MapLibreMap, layer: Layer, id: string): Hit | null {
  const [feature] = map.querySourceFeatures(layer.id, {
    sourceLayer: layer.id,
    filter: ["==", ["to-string", ["get", layer.id_field]], id],
  });
  return feature ? { layer, id, properties: feature.properties } : null;
}

export function markSelection(map: MapLibreMap, hit: Hit | null, scale: number): void {
  for (const id of map.getLayersOrder()) {
    if (id.startsWith("@selection:")) map.removeLayer(id);
  }
  if (!hit) return;
  const firstLabel = map.getLayersOrder().find((id) => id.endsWith(":label"));
  for (const layer of selectionLayers(hit.layer, hit.id, scale)) map.addLayer(layer, firstLabel);
}
