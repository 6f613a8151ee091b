/** What is drawn, and what a click on it tells. */

import assert from "node:assert/strict";
import { after, before } from "node:test";
import { coloursAt, fetchCatalog, launch, link, newPage, open, openOn, picture, placesOf, settled, test } from "./chromium.mjs";

let browser;
let catalog;
before(async () => {
  browser = await launch();
  catalog = await fetchCatalog();
});
after(() => browser.close());

const far = (a, b) => Math.hypot(...a.map((value, i) => value - b[i]));

test("opens on the whole area, in Vietnamese, without a complaint", async () => {
  const page = await newPage(browser);
  await open(page);
  assert.equal(await page.title(), catalog.title.vi);
  assert.equal(await page.locator("html").getAttribute("lang"), "vi");
  const bounds = await page.evaluate(() => window.citylayers.map.getBounds().toArray().flat());
  const [west, south, east, north] = catalog.bbox;
  assert.ok(bounds[0] <= west && bounds[1] <= south && bounds[2] >= east && bounds[3] >= north, `${bounds} holds ${catalog.bbox}`);
  assert.deepEqual(page.complaints, []);
  await picture(page, "desktop");
  await page.context().close();
});

test("lists every layer with its title, and says what is demo data", async () => {
  const page = await newPage(browser);
  await open(page);
  for (const layer of catalog.layers) {
    const row = page.locator(`.layer:has([data-layer="${layer.id}"])`);
    assert.match(await row.innerText(), new RegExp(layer.title.vi.replace(/[()]/g, "\\$&")));
    assert.equal(await row.locator("input").isChecked(), layer.style.visible, layer.id);
  }
  assert.equal(await page.locator("#demo").isVisible(), catalog.layers.some(({ demo }) => demo));
  await page.context().close();
});

test("points are seen while their layer is on and not while it is off", async () => {
  const page = await newPage(browser);
  const layer = await openOn(page, catalog, "tourism_sites");
  const places = await placesOf(page, layer.id);
  assert.ok(places.length >= 3, `${places.length} features of ${layer.id} on the screen`);
  const on = await coloursAt(page, places);
  await page.locator('[data-layer="tourism_sites"]').uncheck();
  await settled(page);
  const off = await coloursAt(page, places);
  await page.locator('[data-layer="tourism_sites"]').check();
  await settled(page);
  const again = await coloursAt(page, places);
  on.forEach((colour, i) => {
    assert.ok(far(colour, off[i]) > 40, `${colour} was drawn over ${off[i]} at ${JSON.stringify(places[i])}`);
    assert.deepEqual(again[i], colour);
  });
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("land is told from what lies beyond", async () => {
  const page = await newPage(browser);
  await open(page, link({ layers: [] }));
  const places = await page.evaluate(() => {
    const { map } = window.citylayers;
    const at = (lon, lat) => map.project([lon, lat]);
    return [at(105.69, 18.68), at(106.6, 19.2)].map(({ x, y }) => ({ x, y }));
  });
  const [vinh, sea] = await coloursAt(page, places);
  assert.ok(far(vinh, sea) > 10, `${vinh} in Vinh, ${sea} in the gulf`);
  await page.context().close();
});

test("a click opens a card with titled fields, and the feature is marked", async () => {
  const page = await newPage(browser);
  const layer = await openOn(page, catalog, "tourism_sites");
  const [place] = await placesOf(page, layer.id);
  const unmarked = await page.screenshot({ clip: { x: place.x - 30, y: place.y - 30, width: 60, height: 60 } });
  await page.mouse.click(place.x, place.y);
  const card = page.locator("#card");
  await card.waitFor();
  const name = place.properties[layer.style.label ?? layer.id_field];
  assert.equal(await card.locator("h2").innerText(), String(name));
  assert.equal(await card.locator(".kind").innerText(), layer.title.vi);
  for (const field of layer.fields) {
    const shown = place.properties[field.name];
    const row = card.locator(`[data-field="${field.name}"]`);
    if (shown === undefined || field.name === layer.style.label) assert.equal(await row.count(), 0, field.name);
    else assert.equal(await row.locator("dt").innerText(), field.title.vi);
  }
  const text = await card.innerText();
  for (const word of [layer.source, layer.licence, layer.attribution]) assert.ok(text.includes(word), `${word} in ${text}`);
  await settled(page);
  const marked = await page.screenshot({ clip: { x: place.x - 30, y: place.y - 30, width: 60, height: 60 } });
  assert.notDeepEqual(marked, unmarked);
  await picture(page, "card");
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("codes, units and dates are read out in the language", async () => {
  const page = await newPage(browser);
  const layer = await openOn(page, catalog, "wards", { zoom: 9 });
  const spot = await page.evaluate(() => {
    const { map } = window.citylayers;
    const [feature] = map.queryRenderedFeatures(map.project(map.getCenter()), { layers: ["wards:fill"] });
    const { x, y } = map.project(map.getCenter());
    return { x, y, properties: feature.properties };
  });
  await page.mouse.click(spot.x, spot.y);
  const value = (field) => page.locator(`#card [data-field="${field}"] dd`).innerText();
  const unit = layer.fields.find(({ name }) => name === "unit_type").codes.find(({ code }) => code === spot.properties.unit_type);
  assert.equal(await page.locator("#card h2").innerText(), spot.properties.name);
  assert.equal(await value("unit_type"), unit.title.vi);
  assert.match(await value("area_km2"), /^[\d.]+(,\d+)?\u00a0km²$/);
  assert.match(await value("valid_from"), /^\d+ tháng \d+, \d{4}$/);
  await page.getByRole("button", { name: "English" }).click();
  assert.equal(await value("unit_type"), unit.title.en);
  assert.match(await value("area_km2"), /^[\d,]+(\.\d+)?\u00a0km²$/);
  assert.match(await value("valid_from"), /^\d+ [A-Z][a-z]+ \d{4}$/);
  await page.context().close();
});

test("several features at one place are stepped through", async () => {
  const page = await newPage(browser);
  await open(page, link({ view: { zoom: 9, lat: 19.3, lon: 105.2 }, layers: ["provinces", "wards"] }));
  const { x, y } = await page.evaluate(() => window.citylayers.map.project([105.2, 19.3]));
  await page.mouse.click(x, y);
  const kind = page.locator("#card .kind");
  const title = (id) => catalog.layers.find((layer) => layer.id === id).title.vi;
  assert.equal(await kind.innerText(), title("wards"));
  await page.getByRole("button", { name: "Đối tượng sau" }).press("Enter");
  assert.equal(await kind.innerText(), title("provinces"));
  await page.keyboard.press("Enter");
  assert.equal(await kind.innerText(), title("wards"), "the button keeps the focus and goes round");
  await page.context().close();
});

test("the layers that are on are credited, and no others", async () => {
  const page = await newPage(browser);
  await open(page, link({ layers: ["wards"] }));
  const wards = catalog.layers.find(({ id }) => id === "wards");
  const line = page.locator("#attribution");
  assert.ok((await line.innerText()).includes(wards.attribution));
  await page.locator('[data-layer="wards"]').uncheck();
  assert.equal(await line.innerText(), "MapLibre");
  await page.context().close();
});

test("a click beside all features closes the card", async () => {
  const page = await newPage(browser);
  const layer = await openOn(page, catalog, "tourism_sites");
  const [place] = await placesOf(page, layer.id);
  await page.mouse.click(place.x, place.y);
  await page.locator("#card").waitFor();
  const { x, y } = await page.evaluate(() => window.citylayers.map.project([106.4, 19.2]));
  await page.mouse.click(x, y);
  await page.locator("#card").waitFor({ state: "hidden" });
  await page.context().close();
});

test("the map rests when its tiles come again and are the same", async () => {
  const page = await newPage(browser);
  let slow = false;
  await page.route("**/tiles/**", async (route) => {
    // Long after the last frame.
    if (slow) await new Promise((resolve) => setTimeout(resolve, 1000));
    await route.continue();
  });
  await open(page, link({ layers: ["provinces"] }));
  slow = true;
  const unchanged = page.waitForResponse((response) => response.url().includes("/tiles/provinces/"));
  await page.evaluate(() => window.citylayers.map.refreshTiles("provinces"));
  await settled(page);
  await unchanged;
  await page.locator("#progress").waitFor({ state: "hidden" });
  await page.context().close();
});
