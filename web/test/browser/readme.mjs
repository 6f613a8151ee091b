/** The picture of the README: the map page as it opens, with open alerts beside it. PICTURE names the file. */

import assert from "node:assert/strict";
import { BASE, launch, newPage, open, settled } from "./chromium.mjs";

const items = async (path) => (await (await fetch(`${BASE}/collections/${path}`)).json()).features;

async function observe(readings) {
  const answer = await fetch(`${BASE}/observations`, {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(readings),
  });
  assert.deepEqual((await answer.json()).refused, []);
}

const stations = await items("air_stations/items?limit=50");
const named = (part) => stations.find(({ properties }) => properties.name.includes(part));
await observe([["Sầm Sơn", 162], ["Hoàng Mai", 231], ["Thành Vinh", 206]].map(([name, aqi]) => ({ layer: "air_stations", feature: String(named(name).id), values: { aqi } })));
// The rule wants some minutes of bad air before it says so.
const later = new Date(Date.now() + 6 * 60_000).toISOString();
await observe([{ layer: "air_stations", feature: String(named("Sầm Sơn").id), values: { aqi: 164 }, time: later }]);

const browser = await launch();
const page = await newPage(browser);
await open(page);
await page.locator('[data-layer="alerts"]').check();
await page.locator("#alerts-toggle").click();
await page.locator("#alerts-body .item").first().waitFor();
await page.locator("#panel-body").evaluate((panel) => (panel.scrollTop = 0));
await settled(page);
await page.screenshot({ path: process.env.PICTURE });
await browser.close();
