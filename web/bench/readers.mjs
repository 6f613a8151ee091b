/** A tile read to its last value and vertex, by the readers of MapLibre GL JS: package.json pins the versions that it brings along. */

import Point from "@mapbox/point-geometry";
import { VectorTile } from "@mapbox/vector-tile";
import { decodeTile } from "@maplibre/mlt";
import { PbfReader } from "pbf";

/** Numbers of vertices and values. */
export function mvt(bytes) {
  let places = 0, values = 0;
  for (const layer of Object.values(new VectorTile(new PbfReader(bytes)).layers)) {
    for (let i = 0; i < layer.length; i++) {
      const feature = layer.feature(i);
      for (const path of feature.loadGeometry()) places += path.length;
      values += Object.keys(feature.properties).length;
    }
  }
  return [places, values];
}

/** Numbers of vertices and values. */
export function mlt(bytes) {
  let places = 0, values = 0;
  for (const table of decodeTile(bytes)) {
    for (const feature of table.getFeatures()) {
      // As MapLibre does, for which a place is a Point.
      for (const path of feature.geometry.coordinates) places += path.map(({ x, y }) => new Point(x, y)).length;
      values += Object.keys(feature.properties).length;
    }
  }
  return [places, values];
}
