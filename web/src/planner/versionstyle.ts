/** How the versions of a plan are drawn: what is in force on a day, and what came and went. */

import type * as GeoJSON from "geojson";
import type { ExpressionSpecification, GeoJSONSource, LayerSpecification, Map as MapLibreMap } from "maplibre-gl";
import type { Layer } from "../catalog";
import { styleLayerIds } from "../map";
import { colourOf, PAPER } from "../style";
import type { Feature } from "./service";

const VERSION = "@version";
/** Features of the earlier version that the later one has no more. */
const GONE = "@version:gone";
/** Marks a feature that the other version does not have. */
const NEW = "@new";
const EMPTY: GeoJSON.FeatureCollection = { type: "FeatureCollection", features: [] };

/** Colours are those of the table, whatever lies below. */
const opacityOf = ({ style }: Layer) => Math.max(style.opacity, 0.9);

const isNew: ExpressionSpecification = ["==", ["get", NEW], true];

function layersOf(layer: Layer, scale: number): LayerSpecification[] {
  // From afar the edges of small pieces would be all that is seen of them.
  const thinner = (width: number): ExpressionSpecification => ["interpolate", ["linear"], ["zoom"], 9, width * 0.1 * scale, 13, width * scale];
  const line = (id: string, source: string, color: string, width: ExpressionSpecification | number, more: object = {}): LayerSpecification => ({
    id, source, type: "line", layout: { "line-join": "round" }, paint: { "line-color": color, "line-width": width, ...more },
  });
  const hidden = (part: LayerSpecification) => ({ ...part, layout: { ...part.layout, visibility: "none" } }) as LayerSpecification;
  return [
    { id: `${VERSION}:fill`, source: VERSION, type: "fill", paint: { "fill-color": colourOf(layer), "fill-opacity": opacityOf(layer) } },
    line(`${VERSION}:outline`, VERSION, layer.style.outline ?? PAPER.halo, thinner(Math.max(layer.style.width, 0.5))),
    hidden({ ...line(`${VERSION}:new`, VERSION, PAPER.ink, 3 * scale), filter: isNew } as LayerSpecification),
    hidden(line(`${GONE}:line`, GONE, PAPER.selected, 1.5 * scale, { "line-dasharray": [3, 2] })),
  ];
}

/** Adds an empty version where the layer's own tiles are drawn, below all names. */
export function addVersion(map: MapLibreMap, layer: Layer, scale: number): void {
  const above = styleLayerIds(map, layer)[0];
  for (const id of [VERSION, GONE]) map.addSource(id, { type: "geojson", data: EMPTY });
  for (const part of layersOf(layer, scale)) map.addLayer(part, above);
}

export function removeVersion(map: MapLibreMap): void {
  for (const id of map.getLayersOrder().filter((name) => name.startsWith(VERSION))) map.removeLayer(id);
  for (const id of [VERSION, GONE]) if (map.getSource(id)) map.removeSource(id);
}

const collection = (features: Feature[], properties: (feature: Feature) => GeoJSON.GeoJsonProperties): GeoJSON.FeatureCollection => ({
  type: "FeatureCollection",
  features: features.map((feature) => ({ type: "Feature", geometry: feature.geometry, properties: properties(feature) })),
});

/** Shows a version beside the other: each knows what the other does not have. */
export function showVersion(map: MapLibreMap, own: Feature[], other: Feature[]): void {
  const ids = (features: Feature[]) => new Set(features.map(({ id }) => String(id)));
  const [here, there] = [ids(own), ids(other)];
  map.getSource<GeoJSONSource>(VERSION)?.setData(collection(own, ({ id, properties }) => ({ ...properties, [NEW]: !there.has(String(id)) })));
  map.getSource<GeoJSONSource>(GONE)?.setData(collection(other.filter(({ id }) => !here.has(String(id))), () => ({})));
}

/** What stayed turns pale, so that what came and went stands out. */
export function stressChanges(map: MapLibreMap, layer: Layer, on: boolean): void {
  const opacity = opacityOf(layer);
  map.setPaintProperty(`${VERSION}:fill`, "fill-opacity", on ? ["case", isNew, opacity, opacity * 0.25] : opacity);
  for (const id of [`${VERSION}:new`, `${GONE}:line`]) map.setLayoutProperty(id, "visibility", on ? "visible" : "none");
}
