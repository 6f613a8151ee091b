import { expect, it } from "vitest";
import { zoomWithRoom } from "../../src/scale";
import type { BBox } from "../../src/catalog";

const world: BBox = [-180, -85.05112878, 180, 85.05112878];

it.each([
  ["one feature fills the world's 512 pixels at zoom 0", world, 1, 512, 0],
  ["each of four fills a tile at zoom 1", world, 4, 512, 1],
  ["each of 4^10 fills a tile at zoom 10", world, 4 ** 10, 512, 10],
  ["half the pixels are there one zoom earlier", world, 4 ** 10, 256, 9],
  ["nothing is known of an empty layer", null, 0, 64, 0],
  ["a single point has no extent", [105, 19, 105, 19] as BBox, 1, 64, 0],
  ["never beyond the street", world, 1e15, 512, 20],
])("%s", (_, bbox, count, pixels, zoom) => {
  expect(zoomWithRoom({ bbox, count }, pixels)).toBeCloseTo(zoom, 4);
});
