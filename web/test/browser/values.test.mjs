/** Features are coloured by what is measured of them now, as the layer's file says, while the page is open. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before } from "node:test";
import { axeFaults, BASE, coloursAt, launch, link, newPage, open, picture, settled, test } from "./chromium.mjs";

/** What a layer's file says, read line by line: the service under test reads it in its own way. */
function fileOf(id) {
  const text = readFileSync(new URL(`../../../data/layers/${id}.toml`, import.meta.url), "utf8");
  const style = text.slice(text.indexOf("[style]"));
  const classes = [...style.matchAll(/\{ (from|above) = ([\d.]+), color = "(#\w{6})", title = \{ vi = "([^"]+)", en = "([^"]+)" \} \}/g)]
    .map(([, begin, value, color, vi, en]) => ({ begin, value: Number(value), color, vi, en }));
  return { property: style.match(/^property = "(\w+)"$/m)[1], own: style.match(/^color = "(#\w{6})"$/m)[1], classes };
}

const colourFor = ({ classes }, value) =>
  classes.findLast(({ begin, value: bound }) => (begin === "from" ? value >= bound : value > bound)).color;

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

/** Not the first ones, which other tests measure. */
async function featureOf(layer, number = 3) {
  const answer = await fetch(`${BASE}/collections/${layer}/items?limit=${number + 1}`);
  return (await answer.json()).features[number];
}

async function observe(layer, { id }, values, time) {
  const answer = await fetch(`${BASE}/observations`, {
    method: "POST", headers: { "content-type": "application/json" },
    body: JSON.stringify([{ layer, feature: String(id), values, ...(time ? { time } : {}) }]),
  });
  assert.deepEqual((await answer.json()).refused, [], "the reading is taken");
}

/** The map at a feature. */
async function openAt(page, layer, { geometry: { coordinates: [lon, lat] } }, zoom, lang) {
  await open(page, link({ view: { zoom, lat, lon }, layers: [layer], lang }));
}

/** The colour in the middle of a feature's circle, `#rrggbb`. */
async function colourOf(page, { geometry: { coordinates } }) {
  const place = await page.evaluate((lonLat) => {
    const { x, y } = window.citylayers.map.project(lonLat);
    return { x, y };
  }, coordinates);
  const [rgb] = await coloursAt(page, [place]);
  return `#${rgb.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}

/** Looks again until the circle has that colour. */
async function assertColour(page, feature, wanted, why) {
  let seen;
  for (const end = Date.now() + 15_000; Date.now() < end;) {
    seen = await colourOf(page, feature);
    if (seen === wanted) return;
  }
  assert.equal(seen, wanted, why);
}

/** What the page holds of a feature beside its tile. */
const stateOf = (page, layer, { id }) => page.evaluate(([layer, id]) => {
  const { map } = window.citylayers;
  const [feature] = map.querySourceFeatures(layer, { sourceLayer: layer, filter: ["==", ["get", "id"], id] });
  return { tile: feature.properties, state: map.getFeatureState({ source: layer, sourceLayer: layer, id: feature.id }) };
}, [layer, String(id)]);

for (const [layer, zoom, values] of [
  ["air_stations", 14, [20, 50, 51, 100, 101, 150, 151, 250, 400, 10]],
  ["parking", 15, [0, 1, 9, 10, 0, 300]],
  ["street_lights", 16, [1, 0, 1]],
]) {
  test(`${layer}: the colour changes on the open map as readings come, without a tile`, async () => {
    const file = fileOf(layer);
    assert.ok(file.classes.length >= 2, "its file has classes");
    const feature = await featureOf(layer);
    const page = await newPage(browser);
    await openAt(page, layer, feature, zoom);
    const known = (await stateOf(page, layer, feature)).tile[file.property];
    assert.equal(await colourOf(page, feature), known === undefined ? file.own : colourFor(file, known), `${known} before`);
    let tiles = 0;
    page.on("request", (request) => (tiles += Number(request.url().includes(`/tiles/${layer}/`))));
    for (const value of values) {
      await observe(layer, feature, { [file.property]: value });
      await assertColour(page, feature, colourFor(file, value), `${file.property} = ${value}`);
    }
    assert.equal(tiles, 0, "no tile was asked for");
    await picture(page, `values-${layer}`);
    assert.deepEqual(page.complaints, []);
    await page.context().close();
    const later = await newPage(browser, "phone");
    await openAt(later, layer, feature, zoom);
    const { tile, state } = await stateOf(later, layer, feature);
    assert.deepEqual([tile[file.property], state], [values.at(-1), {}], "who comes later reads it in the tile");
    await picture(later, `values-${layer}-later`);
    await later.context().close();
  });
}

test("newer tiles tell the value themselves, and nothing of a reading stays", async () => {
  const file = fileOf("air_stations");
  const feature = await featureOf("air_stations", 4);
  const page = await newPage(browser);
  await openAt(page, "air_stations", feature, 14);
  await observe("air_stations", feature, { aqi: 180 });
  await assertColour(page, feature, colourFor(file, 180));
  const before = await stateOf(page, "air_stations", feature);
  assert.notEqual(before.tile.aqi, 180, "the tile is of before");
  assert.equal(before.state.value, 180);
  // Another layer comes on: the page listens anew, and asks for tiles.
  await page.evaluate(() => document.querySelector('[data-layer="cameras"]').click());
  await page.waitForFunction((id) => {
    const { map } = window.citylayers;
    const [tile] = map.querySourceFeatures("air_stations", { sourceLayer: "air_stations", filter: ["==", ["get", "id"], id] });
    return tile?.properties.aqi === 180
      && map.getFeatureState({ source: "air_stations", sourceLayer: "air_stations", id: tile.id }).value === undefined;
  }, String(feature.id));
  await assertColour(page, feature, colourFor(file, 180), "the tile says the same");
  await page.evaluate(() => {
    const { map } = window.citylayers;
    const set = map.setFeatureState.bind(map);
    window.drawn = [];
    map.setFeatureState = (feature, state) => {
      if ("value" in state) window.drawn.push(state.value);
      return set(feature, state);
    };
  });
  await observe("air_stations", feature, { aqi: 20 }, new Date(Date.now() - 3_600_000).toISOString());
  await observe("air_stations", feature, { aqi: 220 });
  await assertColour(page, feature, colourFor(file, 220));
  assert.deepEqual(await page.evaluate(() => window.drawn), [220], "what comes late colours nothing");
  await observe("air_stations", feature, { aqi: 20 });
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

for (const lang of ["vi", "en"]) {
  test(`the legend shows the classes: ${lang}`, async () => {
    const page = await newPage(browser);
    const layers = ["parking", "street_lights", "air_stations"];
    await open(page, link({ layers, lang }));
    for (const layer of layers) {
      const { classes, own } = fileOf(layer);
      const rows = page.locator(`.layer:has([data-layer="${layer}"]) .legend li`);
      assert.deepEqual(await rows.allTextContents(), [...classes.map((one) => one[lang]), lang === "vi" ? "Chưa có số đo" : "Not measured"]);
      const swatches = await rows.locator(".swatch").evaluateAll((all) => all.map((swatch) => swatch.style.getPropertyValue("--swatch")));
      assert.deepEqual(swatches, [...classes.map(({ color }) => color), own]);
      await rows.last().scrollIntoViewIfNeeded();
    }
    assert.deepEqual(await axeFaults(page), []);
    await settled(page);
    await picture(page, `values-legend-${lang}`);
    await page.context().close();
  });
}
