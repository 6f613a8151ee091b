/** Alerts on the map page: they come by themselves, are found in the list, and are worked on to their end. */

import assert from "node:assert/strict";
import { after, before, beforeEach } from "node:test";
import { axeFaults, BASE, launch, link, newPage, open, picture, settled, test } from "./chromium.mjs";

let browser;
let stations;
before(async () => {
  browser = await launch();
  const { features } = await (await fetch(`${BASE}/collections/air_stations/items?limit=50`)).json();
  // Not the first ones: other tests want a station that was never measured.
  stations = features.slice(5, 9).map(({ id, geometry }) => ({ id: String(id), place: geometry.coordinates }));
});
after(async () => {
  await nothingToDo();
  await browser.close();
});

const post = (path, body) => fetch(`${BASE}${path}`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

async function read(station, aqi) {
  const answer = await post("/observations", [{ layer: "air_stations", feature: station.id, values: { aqi } }]);
  assert.deepEqual((await answer.json()).refused, [], "every reading is taken");
}

const openAlerts = async () => (await (await fetch(`${BASE}/alerts?limit=1000`)).json()).features;
const alertOf = async (id) => (await fetch(`${BASE}/alerts/${id}`)).json();

async function act(id, deed, by = "Minh") {
  const answer = await post(`/alerts/${id}/${deed}`, { by });
  assert.equal(answer.status, 200, await answer.text());
}

/** Good air at these stations, and nothing to be done anywhere. */
async function nothingToDo() {
  for (const station of stations) await read(station, 20);
  for (const { id } of await openAlerts()) await act(id, "resolve");
}
beforeEach(nothingToDo);

/** The air of a station is bad: the alert that this raises. */
async function raise(station, aqi = 230) {
  await read(station, aqi);
  const alert = (await openAlerts()).find(({ properties }) => properties.feature === station.id && properties.severity === "Severe");
  assert.ok(alert, `an alert of ${station.id}`);
  return alert;
}

const at = ({ place: [lon, lat] }, zoom, more = {}) => link({ view: { zoom, lat, lon }, layers: ["wards", "air_stations"], ...more });
const status = (page, wanted) => page.locator(`#card [data-status="${wanted}"]`).waitFor();
const badge = (page) => page.locator("#alerts-toggle .badge");

async function choose(page, alert) {
  if (!(await page.locator("#alerts-body").isVisible())) await page.locator("#alerts-toggle").click();
  await page.locator(`#alerts-body [data-alert="${alert.id}"]`).click();
  await page.locator("#card .alert-acts").waitFor();
}

/** Where on the screen an alert lies, and what is on top there. */
const seenAt = (page, alert) => page.evaluate(([lon, lat]) => {
  const { map } = window.citylayers;
  const { x, y } = map.project([lon, lat]);
  return { x, y, free: document.elementFromPoint(x, y) === map.getCanvas() };
}, alert.geometry.coordinates);

test("a value changes on the map, an alert comes by itself, and what is done about it is seen by all", async () => {
  const [station] = stations;
  const page = await newPage(browser, "desktop", { reducedMotion: "no-preference" });
  await open(page, at(station, 12));
  const other = await page.context().newPage();
  other.setDefaultTimeout(60_000);
  await open(other, at(station, 9));
  assert.equal(await page.locator("#alerts").isVisible(), false, "nothing is said where nothing is open");
  await page.evaluate(() => (window.same = true));
  const shines = page.waitForFunction((id) => {
    const { map } = window.citylayers;
    const own = map.querySourceFeatures("air_stations", { sourceLayer: "air_stations", filter: ["==", ["to-string", ["get", "id"]], id] });
    return own.some((feature) => map.getFeatureState({ source: "air_stations", sourceLayer: "air_stations", id: feature.id }).fresh === true);
  }, station.id, { polling: "raf" });
  const alert = await raise(station);
  await shines;
  for (const each of [page, other]) {
    await badge(each).waitFor();
    assert.equal(await badge(each).innerText(), "1");
  }
  await page.getByText(`Cảnh báo mới: ${alert.properties.headline.vi}`).waitFor();
  await picture(page, "alerts-came");

  for (const each of [page, other]) await choose(each, alert);
  const card = page.locator("#card");
  assert.equal(await card.locator("h2").innerText(), alert.properties.headline.vi);
  assert.deepEqual(await card.locator(".playbook .what").allInnerTexts(), alert.properties.steps.map(({ title }) => title.vi));
  await page.bringToFront(); // nobody draws for a tab that is not seen
  await page.waitForFunction((id) => {
    const { map } = window.citylayers;
    return !map.isMoving() && map.queryRenderedFeatures({ layers: ["alerts:circle"] }).some(({ properties }) => properties.id === id);
  }, alert.id);
  assert.ok((await seenAt(page, alert)).free, "the place lies beside the card");
  assert.deepEqual(await axeFaults(page), []);
  await picture(page, "alerts-card");

  await card.getByRole("button", { name: "Tiếp nhận" }).click();
  await card.getByText("Hãy ghi tên người xử lý.").waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.id), "alert-by");
  assert.equal((await alertOf(alert.id)).properties.status, "raised", "nobody is nobody");
  await card.getByLabel("Người xử lý").fill("Trần Thị Lan");
  await card.getByRole("button", { name: "Tiếp nhận" }).click();
  for (const each of [page, other]) await status(each, "acknowledged");

  await card.getByLabel("Ghi chú").fill("đã gọi trạm");
  await card.locator('[data-step="1"] button').click();
  for (const each of [page, other]) {
    await each.locator('#card [data-step="1"].done').waitFor();
    assert.match(await each.locator('#card [data-step="1"]').innerText(), /Trần Thị Lan, \d\d:\d\d\s+đã gọi trạm/);
  }
  assert.equal(await card.getByLabel("Ghi chú").inputValue(), "", "a note is of one deed");

  await card.getByRole("button", { name: "Giao việc…" }).click();
  await card.getByLabel("Giao cho").fill("Lê Văn Hà");
  await page.keyboard.press("Enter");
  await other.locator('#card [data-fact="assigned"]', { hasText: "Lê Văn Hà" }).waitFor();
  await card.locator(".trail summary").click();
  await picture(page, "alerts-worked-on");

  await card.getByRole("button", { name: "Kết thúc" }).click();
  for (const each of [page, other]) {
    await status(each, "resolved");
    await each.locator("#card .alert-acts").waitFor({ state: "hidden" });
    await each.locator(`#alerts-body [data-alert="${alert.id}"]`).waitFor({ state: "detached" });
  }
  assert.equal(await page.locator("#card button.tick").count(), 0);
  assert.ok(await card.locator(".trail").evaluate((trail) => trail.open), "the log stays open while it grows");
  assert.deepEqual(await card.locator(".trail strong").allInnerTexts(), ["Trần Thị Lan", "Trần Thị Lan", "Trần Thị Lan", "Trần Thị Lan", "hệ thống"]);
  const { properties } = await alertOf(alert.id);
  assert.equal(properties.status, "resolved");
  assert.equal(properties.assigned_to, "Lê Văn Hà");
  assert.deepEqual({ ...properties.steps[0].done, at: null }, { at: null, by: "Trần Thị Lan", note: "đã gọi trạm" });
  assert.deepEqual(properties.trail.map(({ action, by }) => [action, by]), [
    ["raised", null], ["acknowledged", "Trần Thị Lan"], ["step", "Trần Thị Lan"], ["assigned", "Trần Thị Lan"], ["resolved", "Trần Thị Lan"]]);
  assert.ok(await page.evaluate(() => window.same), "the page was never loaded anew");
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("the worst and the newest stand on top, and what changes keeps its place", async () => {
  const [first, second, third] = stations;
  const page = await newPage(browser);
  await open(page, at(first, 9));
  const older = await raise(first);
  const newer = await raise(second);
  await act(older.id, "acknowledge");
  await page.locator(`#alerts-body .acknowledged[data-alert="${older.id}"]`).waitFor({ state: "attached" });
  const order = () => page.locator("#alerts-body [data-alert]").evaluateAll((items) => items.map((item) => item.dataset.alert));
  assert.deepEqual(await order(), [newer.id, older.id]);
  const newest = await raise(third);
  await page.locator(`#alerts-body [data-alert="${newest.id}"]`).waitFor({ state: "attached" });
  assert.deepEqual(await order(), [newest.id, newer.id, older.id]);
  assert.equal(await badge(page).innerText(), "3");
  // The air is good again: the alert is over without anybody.
  await read(third, 20);
  await page.locator(`#alerts-body [data-alert="${newest.id}"]`).waitFor({ state: "detached" });
  assert.equal(await badge(page).innerText(), "2");
  // Who opens the page later sees the same.
  const later = await newPage(browser);
  await open(later, at(first, 9, { lang: "en" }));
  await badge(later).waitFor();
  await later.locator("#alerts-toggle").click();
  assert.deepEqual(await later.locator("#alerts-body .headline").allInnerTexts(), [newer, older].map(({ properties }) => properties.headline.en));
  assert.match(await later.locator("#alerts-body .acknowledged").innerText(), /Severe · .*· Acknowledged/);
  assert.deepEqual(await axeFaults(later), []);
  await picture(later, "alerts-list");
  await page.context().close();
  await later.context().close();
});

test("what somebody else did first is said, and the card shows it", async () => {
  const [station] = stations;
  const alert = await raise(station);
  const page = await newPage(browser);
  await open(page, at(station, 12, { feature: `alerts/${alert.id}` }));
  const card = page.locator("#card");
  await card.locator(".alert-acts").waitFor();
  await card.getByLabel("Người xử lý").fill("Lan");
  // Minh is faster by the time that the request is on its way.
  await page.context().route(`${BASE}/alerts/*/acknowledge`, async (route) => {
    await act(alert.id, "acknowledge");
    await route.continue();
  });
  await card.getByRole("button", { name: "Tiếp nhận" }).click();
  await card.getByText("Người khác vừa làm việc này; thẻ đã được cập nhật.").waitFor();
  await status(page, "acknowledged");
  await card.locator(".trail summary").click();
  assert.match(await card.locator(".trail li").first().innerText(), /Minh tiếp nhận/);
  await page.context().close();
});

test("a service that takes no work on alerts shows them all the same", async () => {
  const [station] = stations;
  const alert = await raise(station);
  const page = await newPage(browser);
  await page.context().route(`${BASE}/rules`, (route) => route.fulfill({ status: 204, headers: { allow: "GET, HEAD, OPTIONS" } }));
  await open(page, at(station, 12, { feature: `alerts/${alert.id}`, lang: "en" }));
  const card = page.locator("#card");
  await card.getByText("View only: this server takes no work on alerts.").waitFor();
  assert.equal(await card.locator("h2").innerText(), alert.properties.headline.en);
  assert.equal(await card.locator(".alert-acts").isVisible(), false);
  assert.equal(await card.locator("button.tick").count(), 0);
  assert.deepEqual(await axeFaults(page), []);
  await page.context().close();
});

test("a link to an alert that is over tells how it ended, and the language changes with the page", async () => {
  const [station] = stations;
  const alert = await raise(station);
  await act(alert.id, "resolve", "Hà");
  const page = await newPage(browser);
  await open(page, at(station, 12, { feature: `alerts/${alert.id}` }));
  await status(page, "resolved");
  assert.equal(await page.locator("#card .alert-acts").isVisible(), false);
  await page.getByRole("button", { name: "English" }).click();
  await page.locator("#card h2", { hasText: alert.properties.headline.en }).waitFor();
  await page.locator("#card .trail summary").click();
  assert.match(await page.locator("#card .trail li").first().innerText(), /Hà resolved/);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("the keyboard alone finds an alert, works on it and goes back", async () => {
  const [station] = stations;
  const alert = await raise(station);
  const page = await newPage(browser);
  await open(page, at(station, 9));
  await badge(page).waitFor();
  await page.locator("#alerts-toggle").focus();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.dataset.alert), alert.id);
  await page.keyboard.press("Enter");
  await page.locator("#card button.tick").first().waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.id), "card-title");
  await page.locator("#alert-by").fill("Lan");
  await page.locator("#card .alert-acts .primary").focus();
  await page.keyboard.press("Enter");
  await status(page, "acknowledged");
  assert.ok(await page.evaluate(() => document.activeElement.closest(".alert-acts") !== null), "the keyboard stays where the work is");
  await page.locator('#card [data-step="1"] button').focus();
  await page.keyboard.press("Space");
  await page.locator('#card [data-step="1"].done').waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.closest("[data-step]")?.dataset.step), "2", "the next step");
  await page.keyboard.press("Escape");
  await page.locator("#card").waitFor({ state: "hidden" });
  await page.locator("#alerts-toggle").focus();
  await page.keyboard.press("Escape");
  assert.equal(await page.locator("#alerts-body").isVisible(), false);
  await page.context().close();
});

test("a phone shows the list, then the place and its card", async () => {
  const [station] = stations;
  const alert = await raise(station);
  const page = await newPage(browser, "phone");
  await open(page, link({ layers: ["wards", "air_stations"] }));
  await badge(page).waitFor();
  await page.locator("#alerts-toggle").tap();
  await page.locator("#alerts-body .item").waitFor();
  assert.deepEqual(await axeFaults(page), []);
  await picture(page, "alerts-phone-list");
  await page.locator("#alerts-body .item").tap();
  await page.locator("#card .alert-acts").waitFor();
  await settled(page);
  const seen = await seenAt(page, alert);
  assert.ok(seen.free && seen.y > 40, `the place is seen above the card: ${JSON.stringify(seen)}`);
  assert.equal(await page.locator("#alerts").isVisible(), false, "one thing at a time");
  for (const button of await page.locator("#card .alert-acts button:visible, #card button.tick").all()) {
    const { width, height } = await button.boundingBox();
    assert.ok(width >= 43.9 && height >= 43.9, `${width} × ${height} is wide enough for a finger`);
  }
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "nothing sticks out sideways");
  assert.deepEqual(await axeFaults(page), []);
  await picture(page, "alerts-phone-card");
  await page.getByRole("button", { name: "Đóng" }).tap();
  await page.locator("#alerts").waitFor();
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});
