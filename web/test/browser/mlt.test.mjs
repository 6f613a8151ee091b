/** MapLibre Tiles in a real MapLibre GL JS: the same picture and the same features as from Mapbox vector tiles. */

import assert from "node:assert/strict";
import { after, before } from "node:test";
import { AREA, BASE, fetchCatalog, launch, link, newPage, open, test } from "./chromium.mjs";

let browser;
let catalog;
before(async () => {
  browser = await launch();
  catalog = await fetchCatalog();
});
after(() => browser.close());

const TYPES = { mvt: "application/vnd.mapbox-vector-tile", mlt: "application/vnd.maplibre-tile" };

/** Draws the page's own style from tiles of a format; what is then on the canvas is kept in `window.seen[format]`. */
function show(page, format) {
  return page.evaluate(async (format) => {
    const { map } = window.citylayers;
    window.seen ??= { style: map.getStyle() };
    const style = structuredClone(window.seen.style);
    for (const source of Object.values(style.sources)) {
      // As they are drawn: readings are carried by MVT alone.
      source.tiles = source.tiles.map((template) => template.replace(/\.mvt$/, `.${format}?live=false`));
      source.encoding = format;
    }
    map.setStyle(style, { diff: false });
    await map.once("idle");
    const drawn = map.once("render");
    map.triggerRepaint();
    await drawn;
    const { width, height } = map.getCanvas();
    const drawing = map.getCanvas().getContext("webgl2");
    const pixels = new Uint8Array(width * height * 4);
    drawing.readPixels(0, 0, width, height, drawing.RGBA, drawing.UNSIGNED_BYTE, pixels);
    const features = Object.keys(style.sources).flatMap((source) => {
      const found = map.querySourceFeatures(source, { sourceLayer: source.replace(/@labels$/, "") });
      return found.map(({ id, properties, geometry }) => {
        const values = Object.entries(properties).sort(([a], [b]) => (a < b ? -1 : 1));
        return JSON.stringify({ source, id, values, geometry });
      });
    });
    window.seen[format] = { pixels: new Uint32Array(pixels.buffer), features: features.sort() };
  }, format);
}

/** What differs between the two formats, and how much there was to differ. */
function compare(page) {
  return page.evaluate(() => {
    const { mvt, mlt } = window.seen;
    const types = mvt.features.flatMap((text) => JSON.parse(text).values.map(([, value]) => typeof value));
    return {
      pixels: mvt.pixels.length,
      colours: new Set(mvt.pixels).size,
      features: mvt.features.length,
      types: [...new Set(types)],
      faults: {
        pixels: mvt.pixels.filter((pixel, i) => pixel !== mlt.pixels[i]).length,
        features: mvt.features.map((text, i) => [text, mlt.features[i]]).filter(([a, b]) => a !== b).slice(0, 3),
        more: mlt.features.length - mvt.features.length,
      },
    };
  });
}

const VIEWS = [
  { name: "the province", view: AREA },
  { name: "a town", view: { zoom: 13, lat: 18.67, lon: 105.68 } },
  { name: "its streets", view: { zoom: 16, lat: 18.672, lon: 105.677 } },
];

for (const { name, view } of VIEWS) {
  test(`${name}: every layer looks and reads the same in both formats`, async () => {
    const page = await newPage(browser);
    await open(page, link({ view, layers: catalog.layers.map(({ id }) => id) }));
    const answers = [];
    page.on("response", (response) => {
      const format = new URL(response.url()).pathname.match(/^\/tiles\/.*\.(mvt|mlt)$/)?.[1];
      if (format) answers.push({ format, status: response.status(), type: response.headers()["content-type"] });
    });
    for (const format of ["mvt", "mlt"]) {
      await show(page, format);
      const tiles = answers.splice(0).filter(({ status }) => status !== 204);
      assert.ok(tiles.length > 10, `${tiles.length} tiles`);
      for (const tile of tiles) assert.deepEqual([tile.format, tile.type], [format, TYPES[format]]);
    }
    const { pixels, colours, features, types, faults } = await compare(page);
    assert.ok(pixels > 1_000_000 && colours > 50 && features > 500, `${colours} colours, ${features} features`);
    assert.ok(types.includes("number") && types.includes("string"), types.join());
    assert.deepEqual(faults, { pixels: 0, features: [], more: 0 });
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  });
}

test("a source that names only a TileJSON reads the format from it", async () => {
  const page = await newPage(browser);
  await open(page, link({ layers: [] }));
  for (const encoding of ["mvt", "mlt"]) {
    const url = `${BASE}/tiles/provinces,wards.json?encoding=${encoding}`;
    const asked = page.waitForRequest((request) => request.url().endsWith(`.${encoding}`));
    const found = await page.evaluate(async ({ encoding, url }) => {
      const { map } = window.citylayers;
      map.addSource(encoding, { type: "vector", url });
      map.addLayer({ id: encoding, type: "fill", source: encoding, "source-layer": "wards" });
      await map.once("idle");
      return map.querySourceFeatures(encoding, { sourceLayer: "wards" }).length;
    }, { encoding, url });
    await asked;
    assert.ok(found > 50, `${found} wards from ${encoding}`);
  }
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});
