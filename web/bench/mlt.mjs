/**
 * What a browser spends on the same tiles as MVT and as MLT: `CITYLAYERS_URL=http://127.0.0.1:8080 node bench/mlt.mjs`.
 * Read: every value and every vertex, with the readers that MapLibre GL JS has. Idle: MapLibre itself, from new tiles to a
 * complete picture, the server's answers cached. Medians of rounds in which the two take turns.
 */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { fetchCatalog, BASE, launch, newPage, open, link } from "../test/browser/chromium.mjs";

const ROUNDS = Number(process.env.ROUNDS ?? 15);
const TILES = 20;

const median = (times) => [...times].sort((a, b) => a - b)[times.length >> 1];
const column = (ours, theirs) => `${theirs.toFixed(1).padStart(8)} ${ours.toFixed(1).padStart(8)} ${(ours / theirs).toFixed(2).padStart(6)}`;

/** The tiles of a zoom around the middle of a layer, outwards, those that hold something. */
async function tilesOf(layer, zoom) {
  const [west, south, east, north] = layer.bbox;
  const row = (lat) => (1 - Math.asinh(Math.tan((lat * Math.PI) / 180)) / Math.PI) / 2;
  const size = 2 ** zoom;
  const [x0, x1] = [west, east].map((lon) => Math.floor(((lon + 180) / 360) * size));
  const [y0, y1] = [north, south].map((lat) => Math.floor(row(lat) * size));
  const [midX, midY] = layer.middle ? [((layer.middle[0] + 180) / 360) * size - 0.5, row(layer.middle[1]) * size - 0.5] : [(x0 + x1) / 2, (y0 + y1) / 2];
  const places = [];
  for (let x = Math.max(x0, Math.round(midX) - 6); x <= Math.min(x1, Math.round(midX) + 6); x++) {
    for (let y = Math.max(y0, Math.round(midY) - 6); y <= Math.min(y1, Math.round(midY) + 6); y++) places.push([x, y]);
  }
  places.sort((a, b) => Math.hypot(a[0] - midX, a[1] - midY) - Math.hypot(b[0] - midX, b[1] - midY));
  const tiles = [];
  for (const [x, y] of places) {
    if (tiles.length === TILES) break;
    const path = `/tiles/${layer.id}/${zoom}/${x}/${y}`;
    if ((await fetch(`${BASE}${path}.mvt`)).status === 200) tiles.push(path);
  }
  return tiles;
}

/** Milliseconds to read all tiles once, in each format. */
function read(page, tiles) {
  return page.evaluate(async ({ tiles, rounds }) => {
    const { readers } = window;
    const bytes = {};
    for (const format of ["mvt", "mlt"]) {
      const answers = await Promise.all(tiles.map((path) => fetch(`${path}.${format}`)));
      bytes[format] = await Promise.all(answers.map(async (answer) => new Uint8Array(await answer.arrayBuffer())));
    }
    const once = (format) => {
      const begin = performance.now();
      const counts = bytes[format].map((tile) => readers[format](tile));
      return { took: performance.now() - begin, values: counts.reduce((sum, [, values]) => sum + values, 0) };
    };
    const times = { mvt: [], mlt: [] };
    const values = {};
    for (let round = -5; round < rounds; round++) {
      for (const format of ["mvt", "mlt"]) {
        const result = once(format);
        values[format] = result.values;
        if (round >= 0) times[format].push(result.took);
      }
    }
    return { times, values };
  }, { tiles, rounds: ROUNDS });
}

/** Milliseconds from new tiles to idle, in each format. */
function idle(page, id) {
  return page.evaluate(async ({ id, rounds }) => {
    const { map } = window.citylayers;
    const style = map.getStyle();
    const layers = style.layers.filter((layer) => layer.source === id && layer.type !== "symbol");
    const sources = Object.fromEntries(["mvt", "mlt"].map((format) => {
      const source = style.sources[id];
      return [format, { ...source, encoding: format, tiles: source.tiles.map((url) => url.replace(".mvt", `.${format}`)) }];
    }));
    const times = { mvt: [], mlt: [] };
    for (let round = -2; round < rounds; round++) {
      for (const format of ["mvt", "mlt"]) {
        map.setStyle({ version: 8, sources: {}, layers: [] }, { diff: false });
        await map.once("idle");
        const begin = performance.now();
        map.setStyle({ version: 8, sources: { [id]: sources[format] }, layers }, { diff: false });
        await map.once("idle");
        if (round >= 0) times[format].push(performance.now() - begin);
      }
    }
    return times;
  }, { id, rounds: ROUNDS });
}

const catalog = await fetchCatalog();
const browser = await launch();
const entry = fileURLToPath(new URL("readers.mjs", import.meta.url));
const [bundle] = await build({
  configFile: false,
  logLevel: "warn",
  build: { write: false, target: "esnext", minify: false, lib: { entry, formats: ["iife"], name: "readers", fileName: "readers" } },
});
console.log("layer            zoom tiles |  read: mvt      mlt  times |  idle: mvt      mlt  times   (ms, medians)");
for (const [id, zoom] of [["wards", 9], ["land_use", 12], ["roads", 9], ["roads", 13], ["parcels", 15], ["buildings", 15], ["street_lights", 13]]) {
  const layer = catalog.layers.find((candidate) => candidate.id === id);
  layer.middle = zoom > 11 ? [105.68, 18.67] : undefined;
  const tiles = await tilesOf(layer, zoom);
  assert.ok(tiles.length > 0, `${id} has tiles at ${zoom}`);
  const [lon, lat] = layer.middle ?? [(layer.bbox[0] + layer.bbox[2]) / 2, (layer.bbox[1] + layer.bbox[3]) / 2];
  const page = await newPage(browser, "desktop", { bypassCSP: true });
  await open(page, link({ view: { zoom, lat, lon }, layers: [id] }));
  await page.addScriptTag({ content: bundle.output[0].code });
  const { times, values } = await read(page, tiles);
  assert.equal(values.mvt, values.mlt, `${id} ${zoom}`);
  const shown = await idle(page, id);
  await page.context().close();
  console.log(`${id.padEnd(16)} ${String(zoom).padStart(4)} ${String(tiles.length).padStart(5)} | ${column(median(times.mlt), median(times.mvt))} | ${column(median(shown.mlt), median(shown.mvt))}`);
}
await browser.close();
