/** Features of a layer that are in force at a time and lie in the map's view. */

import type { BBox, Language, Layer } from "../catalog";
import { get, type Feature, type Features } from "./service";

/** Features that the service gives at once, and that a map still draws well. */
export const MOST = 10_000;

/** More than [`MOST`] features lie there. */
export class TooMany extends Error {
  constructor(readonly count: number) {
    super(String(count));
  }
}

const DECIMALS = 6;

/** A view with a quarter of itself around it, so that a small step of the map needs nothing new. */
export function roomy([west, south, east, north]: BBox): BBox {
  const [right, up] = [(east - west) / 4, (north - south) / 4];
  return [Math.max(west - right, -180), Math.max(south - up, -90), Math.min(east + right, 180), Math.min(north + up, 90)];
}

export const holds = (outer: BBox, inner: BBox) =>
  outer[0] <= inner[0] && outer[1] <= inner[1] && outer[2] >= inner[2] && outer[3] >= inner[3];

export async function featuresAt(layer: Layer, datetime: string, box: BBox, lang: Language, signal: AbortSignal): Promise<Feature[]> {
  const ask = (limit: number) =>
    get<Features>(`/collections/${layer.id}/items`, { datetime, bbox: box.map((degrees) => degrees.toFixed(DECIMALS)).join(","), limit: String(limit) }, lang, signal);
  // Thousands of features are not fetched to be counted only.
  if (layer.count > MOST) {
    const { numberMatched = 0 } = await ask(1);
    if (numberMatched > MOST) throw new TooMany(numberMatched);
  }
  const { features, numberMatched = features.length } = await ask(MOST);
  if (numberMatched > features.length) throw new TooMany(numberMatched);
  return features;
}
