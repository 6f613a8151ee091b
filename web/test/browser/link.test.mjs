/** A link brings back what was on the screen. */

import assert from "node:assert/strict";
import { after, before } from "node:test";
import { fetchCatalog, launch, link, newPage, open, openOn, placesOf, settled, test } from "./chromium.mjs";

let browser;
let catalog;
before(async () => {
  browser = await launch();
  catalog = await fetchCatalog();
});
after(() => browser.close());

const view = (page) => page.evaluate(() => {
  const { map } = window.citylayers;
  return { zoom: map.getZoom(), ...map.getCenter() };
});
const checked = (page) => page.locator("#layers input:checked").evaluateAll((boxes) => boxes.map((box) => box.dataset.layer).sort());

test("a link keeps centre, zoom, layers, language and selection", async () => {
  const first = await newPage(browser);
  const layer = await openOn(first, catalog, "tourism_sites", { zoom: 9, lang: "en" });
  await first.locator('[data-layer="wards"]').check();
  await first.locator('[data-layer="roads"]').check();
  const [place] = await placesOf(first, layer.id);
  await first.mouse.click(place.x, place.y);
  await first.locator("#card").waitFor();
  await settled(first);

  const second = await newPage(browser);
  await open(second, new URL(first.url()).hash);
  await second.locator("#card").waitFor();
  const [a, b] = [await view(first), await view(second)];
  for (const key of ["zoom", "lng", "lat"]) assert.ok(Math.abs(a[key] - b[key]) < 0.02, `${key}: ${a[key]} and ${b[key]}`);
  assert.deepEqual(await checked(second), ["roads", "tourism_sites", "wards"]);
  assert.equal(await second.locator("html").getAttribute("lang"), "en");
  for (const part of ["h2", ".kind", ".facts"]) {
    assert.equal(await second.locator(`#card ${part}`).innerText(), await first.locator(`#card ${part}`).innerText());
  }
  assert.deepEqual(second.complaints, []);
  await first.context().close();
  await second.context().close();
});

test("a changed hash is followed", async () => {
  const page = await newPage(browser);
  await open(page, link({ layers: ["wards"] }));
  await page.evaluate((hash) => (location.hash = hash), link({ view: { zoom: 10, lat: 18.7, lon: 105.6 }, layers: ["roads"], lang: "en" }));
  await page.locator("html[lang=en]").waitFor({ state: "attached" });
  await settled(page);
  assert.deepEqual(await checked(page), ["roads"]);
  const now = await view(page);
  assert.ok(Math.abs(now.zoom - 10) < 0.01 && Math.abs(now.lat - 18.7) < 0.01 && Math.abs(now.lng - 105.6) < 0.01, JSON.stringify(now));
  await page.context().close();
});

test("a mangled link opens the map all the same", async () => {
  const page = await newPage(browser);
  await open(page, "#map=x/y/z&layers=no_such_layer&feature=wards/no-such-ward&lang=xx");
  assert.deepEqual(await checked(page), ["wards"]);
  assert.equal(await page.locator("#card").isVisible(), false);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("the language is remembered, and a link's own language wins", async () => {
  const page = await newPage(browser);
  await open(page);
  await page.getByRole("button", { name: "English" }).click();
  assert.equal(await page.locator("h1").innerText(), catalog.title.en);
  assert.equal(await page.locator("html").getAttribute("lang"), "en");
  const other = await page.context().newPage();
  await open(other);
  assert.equal(await other.locator("h1").innerText(), catalog.title.en);
  await other.goto("about:blank");
  await open(other, "#lang=vi");
  assert.equal(await other.locator("h1").innerText(), catalog.title.vi);
  await page.context().close();
});

test("the map and the planner's desk lead to each other, at the same place and in the same language", async () => {
  const page = await newPage(browser);
  await open(page, link({ view: { zoom: 11, lat: 18.7, lon: 105.6 }, layers: ["wards"], lang: "en" }));
  await page.evaluate(() => window.citylayers.map.panBy([120, 0], { animate: false }));
  await settled(page);
  const left = await view(page);
  const same = (now) => Math.abs(now.zoom - left.zoom) < 0.02 && Math.abs(now.lng - left.lng) < 0.002 && Math.abs(now.lat - left.lat) < 0.002;
  await page.getByRole("link", { name: "Planner's desk" }).click();
  await page.getByRole("tab", { name: "Versions" }).waitFor();
  await page.locator("html[data-ready=true]").waitFor({ state: "attached" });
  assert.ok(same(await view(page)), JSON.stringify(await view(page)));
  await page.getByRole("link", { name: "Map", exact: true }).click();
  await page.locator("#layers").waitFor();
  await page.locator("html[data-ready=true]").waitFor({ state: "attached" });
  assert.ok(same(await view(page)), JSON.stringify(await view(page)));
  await page.getByRole("button", { name: "VI – Tiếng Việt" }).click();
  assert.equal(await page.locator("#to-planner").innerText(), "Bàn làm việc quy hoạch");
  await page.locator("#panel-toggle").click();
  assert.equal(await page.locator("#to-planner").isVisible(), false);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});
