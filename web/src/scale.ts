/** How densely a layer is strewn, and from which zoom its labels find room. Pure arithmetic. */

import type { BBox, Layer } from "./catalog";

/** MapLibre counts zoom in tiles of 512 CSS pixels. */
const TILE_PIXELS = 512;

/** Web Mercator y of a latitude, 0 at the north edge of the world square and 1 at the south. */
function mercatorY(lat: number): number {
  const clamped = Math.max(-85.0511, Math.min(85.0511, lat));
  return 0.5 - Math.log(Math.tan(Math.PI / 4 + (clamped * Math.PI) / 360)) / (2 * Math.PI);
}

/** Side of the square that an average feature has to itself, as a share of the world's width. */
function spacing(bbox: BBox, count: number): number {
  const width = (bbox[2] - bbox[0]) / 360;
  const height = mercatorY(bbox[1]) - mercatorY(bbox[3]);
  return Math.sqrt((width * height) / count);
}

/** Zoom at which an average feature of the layer has `pixels` CSS pixels to itself; 0 when unknown. */
export function zoomWithRoom(layer: Pick<Layer, "bbox" | "count">, pixels: number): number {
  if (!layer.bbox || layer.count < 1) return 0;
  const share = spacing(layer.bbox, layer.count);
  if (!(share > 0)) return 0;
  return Math.max(0, Math.min(20, Math.log2(pixels / TILE_PIXELS / share)));
}
