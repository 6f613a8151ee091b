/** A stop's card tells what leaves next, a route's card how often and for how much. */

import assert from "node:assert/strict";
import { after, before } from "node:test";
import { axeFaults, BASE, launch, link, newPage, open, picture, test } from "./chromium.mjs";

let browser;
let stop;
let told;
before(async () => {
  browser = await launch();
  const { features } = await (await fetch(`${BASE}/collections/bus_stops/items?limit=40`)).json();
  stop = features.find((feature) => feature.properties.kind === "station");
  told = await (await fetch(`${BASE}/collections/bus_stops/items/${stop.id}/departures?limit=5`)).json();
});
after(() => browser.close());

async function openStop(page) {
  const [lon, lat] = stop.geometry.coordinates;
  await open(page, link({ view: { zoom: 15, lat, lon }, layers: ["bus_stops"], feature: `bus_stops/${stop.id}` }));
  await page.locator("#card .departures li").first().waitFor();
}

test("a stop's card has the next departures, in both languages", async () => {
  assert.equal(told.departures.length, 5, "the demo has a timetable");
  const page = await newPage(browser);
  await openStop(page);
  const section = page.locator("#card .departures");
  assert.equal(await section.locator("h3").innerText(), "Chuyến sắp tới");
  assert.equal(await section.locator("li").count(), 5);
  const first = section.locator("li").first();
  // A departure may have left since the test asked: then the second is the first.
  const names = told.departures.map(({ name, headsign }) => `${name} ${headsign}`);
  const shown = `${await first.locator(".line").innerText()} ${await first.locator(".to").innerText()}`;
  assert.ok(names.includes(shown), `${shown} is one of ${names.join(", ")}`);
  assert.match(await first.locator("time").innerText(), /\d\d:\d\d$/);
  await page.locator("[data-language=en]").click();
  await page.locator("#card .departures h3", { hasText: "Next departures" }).waitFor();
  assert.deepEqual(await axeFaults(page), []);
  await picture(page, "departures-stop");
  assert.deepEqual(page.complaints, []);
  await page.keyboard.press("Escape");
  assert.equal(await section.count(), 0);
  await page.context().close();
});

test("a route's card has first and last departure, headway and fare", async () => {
  const route = await (await fetch(`${BASE}/collections/bus_routes/items/01`)).json();
  const [lon, lat] = route.geometry.coordinates[0][0];
  const page = await newPage(browser, "phone");
  await open(page, link({ view: { zoom: 13, lat, lon }, layers: ["bus_routes"], feature: "bus_routes/01" }));
  await page.locator("#card h2").waitFor();
  for (const [field, shown] of [["first_departure", "05:30"], ["last_departure", "19:30"], ["headway_min", "15\u00a0min"], ["currency", "VND"]]) {
    assert.equal(await page.locator(`#card [data-field="${field}"] dd`).innerText(), shown, field);
  }
  assert.match(await page.locator('#card [data-field="fare"] dd').innerText(), /^\d+[.]?000$/);
  assert.equal(await page.locator("#card .departures").count(), 0);
  await page.context().close();
});
