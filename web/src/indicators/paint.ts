/** The units' tiles with an indicator, in the colours of its classes. */

import type { ExpressionSpecification, Map as MapLibreMap, VectorTileSource } from "maplibre-gl";
import type { Layer } from "../catalog";
import { colourOf } from "../style";
import type { Sheet } from "./service";

/** Units of which nothing is told. */
export const NO_DATA = "#cbc8c1";

/** Opaque enough that a colour is that of the legend, with roads and names above it. */
const OPACITY = 0.88;

/** Tiles know the class of a unit; which colour that is the legend says. */
export function classColours(sheet: Pick<Sheet, "legend">): ExpressionSpecification | string {
  if (sheet.legend.length === 0) return NO_DATA;
  const pairs = sheet.legend.flatMap((entry) => [entry.class, entry.color]);
  return ["match", ["coalesce", ["get", "class"], -1], ...pairs, NO_DATA] as unknown as ExpressionSpecification;
}

/** The template of the tiles that carry it. */
export function tilesOf(layer: Pick<Layer, "tiles">, sheet: Pick<Sheet, "id" | "period"> | null): string {
  if (!sheet || sheet.period === null) return layer.tiles;
  return `${layer.tiles}?indicator=${encodeURIComponent(sheet.id)}&period=${encodeURIComponent(sheet.period)}`;
}

function ask(map: MapLibreMap, layer: Layer, sheet: Sheet | null): void {
  const source = map.getSource<VectorTileSource>(layer.id);
  const tiles = location.origin + tilesOf(layer, sheet);
  if (source && source.tiles[0] !== tiles) source.setTiles([tiles]);
}

/** Colours the units of a layer. */
export function paint(map: MapLibreMap, layer: Layer, sheet: Sheet): void {
  ask(map, layer, sheet);
  map.setPaintProperty(`${layer.id}:fill`, "fill-color", classColours(sheet));
  map.setPaintProperty(`${layer.id}:fill`, "fill-opacity", OPACITY);
}

/** Draws them as the catalogue says again. */
export function unpaint(map: MapLibreMap, layer: Layer): void {
  ask(map, layer, null);
  map.setPaintProperty(`${layer.id}:fill`, "fill-color", colourOf(layer));
  map.setPaintProperty(`${layer.id}:fill`, "fill-opacity", layer.style.opacity);
}
