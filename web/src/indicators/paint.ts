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

/** The template that a source is to have. */
const wanted = new WeakMap<VectorTileSource, string>();

/**
 * Once the map rests: a layer that gets other colours has its tiles parsed anew, and a tile that is asked for meanwhile would be
 * parsed anew, too, instead of being fetched.
 */
function ask(map: MapLibreMap, layer: Layer, sheet: Sheet | null): void {
  const source = map.getSource<VectorTileSource>(layer.id);
  if (!source) return;
  wanted.set(source, location.origin + tilesOf(layer, sheet));
  void map.once("idle").then(() => {
    const tiles = wanted.get(source);
    if (tiles !== undefined && tiles !== source.tiles[0] && map.getSource(layer.id) === source) source.setTiles([tiles]);
  });
  map.triggerRepaint();
}

/** How areas above the units are filled when no indicator is on, by their style layers. */
const filled = new WeakMap<MapLibreMap, Map<string, unknown>>();

/** Areas of other layers would mix their colour into that of the units: their borders stay. */
function emptyAreasAbove(map: MapLibreMap, layer: Layer): void {
  if (filled.has(map)) return;
  const order = map.getLayersOrder();
  const above = order.slice(order.indexOf(`${layer.id}:fill`) + 1).filter((id) => id.endsWith(":fill") && !id.startsWith("@"));
  filled.set(map, new Map(above.map((id) => [id, map.getPaintProperty(id, "fill-opacity")])));
  for (const id of above) map.setPaintProperty(id, "fill-opacity", 0);
}

function fillAreasAgain(map: MapLibreMap): void {
  for (const [id, opacity] of filled.get(map) ?? []) map.setPaintProperty(id, "fill-opacity", opacity as number);
  filled.delete(map);
}

/** Colours the units of a layer. */
export function paint(map: MapLibreMap, layer: Layer, sheet: Sheet): void {
  ask(map, layer, sheet);
  emptyAreasAbove(map, layer);
  map.setPaintProperty(`${layer.id}:fill`, "fill-color", classColours(sheet));
  map.setPaintProperty(`${layer.id}:fill`, "fill-opacity", OPACITY);
}

/** Draws them as the catalogue says again. */
export function unpaint(map: MapLibreMap, layer: Layer): void {
  ask(map, layer, null);
  fillAreasAgain(map);
  map.setPaintProperty(`${layer.id}:fill`, "fill-color", colourOf(layer));
  map.setPaintProperty(`${layer.id}:fill`, "fill-opacity", layer.style.opacity);
}
