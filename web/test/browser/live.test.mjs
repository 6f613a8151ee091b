/** What is measured changes on the open page, and nobody asks for it. */

import assert from "node:assert/strict";
import { after, before } from "node:test";
import { axeFaults, BASE, launch, link, newPage, open, picture, test } from "./chromium.mjs";

let browser;
let station;
let vessel;
let carParks;
before(async () => {
  browser = await launch();
  const first = async (layer) => (await (await fetch(`${BASE}/collections/${layer}/items?limit=1`)).json()).features[0];
  [station, vessel] = await Promise.all([first("air_stations"), first("vessels")]);
  carParks = (await (await fetch(`${BASE}/collections/parking/items?limit=1000`)).json()).features;
});
after(() => browser.close());

async function observe(...readings) {
  const answer = await fetch(`${BASE}/observations`, {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(readings),
  });
  assert.deepEqual((await answer.json()).refused, [], "every reading is taken");
}

/** The map at a feature, with its card open. */
async function openAt(page, layer, { id, geometry }, zoom) {
  const [lon, lat] = geometry.coordinates;
  await open(page, link({ view: { zoom, lat, lon }, layers: [layer], feature: `${layer}/${id}` }));
  await page.locator("#card h2").waitFor();
}

test("values come into the open card as they are measured", async () => {
  const page = await newPage(browser);
  await openAt(page, "air_stations", station, 14);
  assert.equal(await page.locator("#card .measured").count(), 0, "nothing was measured yet");
  await observe({ layer: "air_stations", feature: String(station.id), values: { pm25: 31.5, aqi: 92 } });
  const pm25 = page.locator('#card [data-observed="pm25"] dd');
  await pm25.waitFor();
  assert.match(await pm25.innerText(), /^31,5\sµg\/m³$/);
  await page.locator("#card .card-body").focus();
  await observe({ layer: "air_stations", feature: String(station.id), values: { pm25: 35 } });
  await page.waitForFunction(() => document.querySelector('#card [data-observed="pm25"] dd')?.textContent.startsWith("35"));
  assert.match(await page.locator('#card [data-observed="aqi"] dd').innerText(), /^92$/, "what was not measured again stays");
  assert.equal(await page.locator("#card .ago").innerText(), "Đo vừa xong");
  assert.ok(await page.evaluate(() => document.activeElement.classList.contains("card-body")), "the reader's place stays");
  assert.deepEqual(await axeFaults(page), []);
  assert.deepEqual(page.complaints, []);
  await picture(page, "live-card");
  await page.context().close();
});

test("a card that is opened after a reading tells it, too", async () => {
  const page = await newPage(browser);
  const [lon, lat] = station.geometry.coordinates;
  await open(page, link({ view: { zoom: 14, lat, lon }, layers: ["air_stations"] }));
  await observe({ layer: "air_stations", feature: String(station.id), values: { pm25: 37.5 } });
  const click = async () => {
    const { x, y } = await page.evaluate(([lon, lat]) => window.citylayers.map.project([lon, lat]), [lon, lat]);
    await page.mouse.click(x, y);
    await page.locator("#card h2").waitFor();
    return page.locator('#card [data-observed="pm25"] dd').innerText();
  };
  let told = await click();
  for (let tries = 0; tries < 50 && !told.startsWith("37,5"); tries += 1) {
    await page.keyboard.press("Escape");
    told = await click();
  }
  assert.match(told, /^37,5/);
  await page.context().close();
});

test("the card follows an edit of its feature, also of one that is drawn no more", async () => {
  const [report] = (await (await fetch(`${BASE}/collections/incidents/items?limit=1&filter=${encodeURIComponent("status = 'open'")}`)).json()).features;
  const path = `${BASE}/collections/incidents/items/${report.id}`;
  const change = async (status) => {
    const { headers } = await fetch(path);
    const answer = await fetch(path, {
      method: "PATCH", headers: { "content-type": "application/merge-patch+json", "if-match": headers.get("etag") }, body: JSON.stringify({ properties: { status } }),
    });
    assert.ok(answer.ok, `${answer.status}: ${await answer.text()}`);
  };
  const page = await newPage(browser);
  await openAt(page, "incidents", report, 14);
  const says = (text) => page.waitForFunction((text) => document.getElementById("card").textContent.includes(text), text);
  await says("Đang xử lý");
  await change("closed");
  await says("Đã xử lý");
  await change("open");
  await says("Đang xử lý");
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("who opens the map later sees the same values", async () => {
  await observe({ layer: "air_stations", feature: String(station.id), values: { pm25: 40 } });
  const page = await newPage(browser, "phone");
  await openAt(page, "air_stations", station, 14);
  assert.match(await page.locator('#card [data-observed="pm25"] dd').innerText(), /^40/);
  await picture(page, "live-card-phone");
  await page.context().close();
});

test("a vessel moves on the open map", async () => {
  const page = await newPage(browser);
  await openAt(page, "vessels", vessel, 11);
  const [lon, lat] = vessel.geometry.coordinates;
  const seen = (place) =>
    page.waitForFunction(([id, lon, lat]) => {
      const { map } = window.citylayers;
      const [feature] = map.querySourceFeatures("vessels", { sourceLayer: "vessels", filter: ["==", ["get", "id"], id] });
      return feature && Math.hypot(feature.geometry.coordinates[0] - lon, feature.geometry.coordinates[1] - lat) < 1e-3;
    }, [String(vessel.id), ...place]);
  await seen([lon, lat]);
  for (const place of [[lon + 0.03, lat], [lon + 0.03, lat + 0.02], [lon, lat]]) {
    await observe({ layer: "vessels", feature: String(vessel.id), lon: place[0], lat: place[1], values: { speed_kn: 8 } });
    await seen(place);
  }
  await page.context().close();
});

test("the card of a group tells the sum of what is measured, as it changes", async () => {
  const zoom = 8;
  const level = zoom + 3; // squares of 64 pixels, 512 to a tile
  const cellOf = ({ geometry: { coordinates: [lon, lat] } }) => {
    const south = (1 - Math.asinh(Math.tan((lat * Math.PI) / 180)) / Math.PI) / 2;
    return `cluster/${level}/${Math.floor(((lon + 180) / 360) * 2 ** level)}/${Math.floor(south * 2 ** level)}`;
  };
  const members = (id) => carParks.filter((other) => cellOf(other) === id);
  const one = carParks.find((carPark) => members(cellOf(carPark)).length > 1);
  assert.ok(one, "some car parks are a group");
  const [lon, lat] = one.geometry.coordinates;
  const read = (free) => observe({ layer: "parking", feature: String(one.id), values: { free } });
  await read(10);
  const page = await newPage(browser);
  await open(page, link({ view: { zoom, lat, lon }, layers: ["parking"], feature: `parking/${cellOf(one)}` }));
  const total = page.locator('#card [data-total="free"] dd');
  await total.waitFor();
  const told = async () => Number.parseInt(await total.innerText(), 10);
  const before = await told();
  assert.match(await total.innerText(), new RegExp(`/${members(cellOf(one)).length} có số đo`));
  await read(17);
  await page.waitForFunction((wanted) =>
    Number.parseInt(document.querySelector('#card [data-total="free"] dd')?.textContent, 10) === wanted, before + 7);
  assert.deepEqual(page.complaints, []);
  await picture(page, "live-group");
  await page.context().close();
});
