/** A feature changed from the desk, as the service keeps it. Everything is put back. */

import assert from "node:assert/strict";
import { after, before } from "node:test";
import { axeFaults, BASE, launch, newPage, picture, settled, test } from "./chromium.mjs";
import { clickMap, json, openDesk, tab } from "./desk.mjs";

const PLACE = { zoom: 16, lat: 18.666, lon: 105.672 };

let browser;
let land;
let station;
before(async () => {
  browser = await launch();
  const { features } = await json(`/at?lon=${PLACE.lon}&lat=${PLACE.lat}&layers=land_use`);
  land = await item("land_use", features[0].id);
  const stations = await json("/collections/air_stations/items?limit=1");
  station = await item("air_stations", stations.features[0].id);
});
after(() => browser.close());

async function item(layer, id) {
  const answer = await fetch(`${BASE}/collections/${layer}/items/${id}`);
  return { ...(await answer.json()), etag: answer.headers.get("etag") };
}

async function patch(layer, id, changes) {
  const { etag } = await item(layer, id);
  const headers = { "content-type": "application/merge-patch+json", "if-match": etag };
  const answer = await fetch(`${BASE}/collections/${layer}/items/${id}`, { method: "PATCH", headers, body: JSON.stringify(changes) });
  assert.ok(answer.ok, await answer.text());
}

async function putBack(layer, { id, geometry, properties }) {
  const { etag } = await item(layer, id);
  const headers = { "content-type": "application/geo+json", "if-match": etag };
  const answer = await fetch(`${BASE}/collections/${layer}/items/${id}`, { method: "PUT", headers, body: JSON.stringify({ type: "Feature", id, geometry, properties }) });
  assert.ok(answer.ok, await answer.text());
}

/** The details of a feature in the middle of the map, with its form open. */
async function openForm(page, title) {
  await tab(page, "Tại đây");
  await clickMap(page, 0.5, 0.5);
  const details = page.locator("#here details", { hasText: title }).first();
  await details.locator("summary").click();
  await details.getByRole("button", { name: "Sửa" }).click();
  await details.locator("form").waitFor();
  // Its own name may change.
  return page.locator("#here details[open]");
}

const save = (details) => details.getByRole("button", { name: "Lưu" }).click();
const control = (details, name) => details.getByLabel(name);
/** A refusal is an answer that Chromium writes into its console, too. */
const complaintsOf = (page) => page.complaints.filter((text) => !/status of (412|422)/.test(text));

test("an edit is kept by the service, told by the desk and drawn by the map", async () => {
  const page = await newPage(browser);
  await openDesk(page, PLACE);
  const asked = [];
  page.on("request", (request) => request.method() === "OPTIONS" && asked.push(request.url()));
  const other = land.properties.land_code === "NTD" ? "TON" : "NTD";
  // What is drawn by the plan lies above it.
  await page.locator("#layers summary").click();
  await page.locator("#layers [data-layer=land_use]").check();
  await page.locator("#layers summary").click();
  const details = await openForm(page, "Sử dụng đất");
  assert.equal(await control(details, "Mã khoanh đất").count(), 0, "an id stays");
  assert.deepEqual(await axeFaults(page), []);
  await picture(page, "planner-edit");
  try {
    await save(details);
    await details.getByText("Chưa có gì thay đổi.").waitFor();
    await control(details, /^Loại đất/).selectOption(other);
    await control(details, "Năm").fill("2031");
    await control(details, "Thời kỳ").selectOption("");
    await save(details);
    await details.getByText("Đã lưu.").waitFor();
    const now = await item("land_use", land.id);
    const { stage, ...rest } = land.properties;
    assert.deepEqual(now.properties, { ...rest, ...("stage" in now.properties ? { stage: null } : {}), land_code: other, year: 2031 });
    assert.deepEqual(now.geometry, land.geometry);
    const facts = await details.locator(".facts").innerText();
    assert.match(facts, other === "NTD" ? /nghĩa trang/ : /tôn giáo/);
    assert.match(facts, /2031/);
    assert.doesNotMatch(facts, /Thời kỳ/);
    await page.waitForFunction(({ id, other }) => {
      const { map } = window.citylayers;
      return map.queryRenderedFeatures({ layers: ["land_use:fill"] }).some(({ properties }) => String(properties.id) === String(id) && properties.land_code === other);
    }, { id: land.id, other });
    assert.equal(await page.evaluate(() => document.activeElement.textContent), "Sửa");
    await picture(page, "planner-edited");
    await details.getByRole("button", { name: "Sửa" }).click();
    await details.getByRole("button", { name: "Thôi" }).click();
    assert.deepEqual(asked.filter((url) => url.includes("/land_use/")).length, 1, "asked once a layer");
    assert.deepEqual(page.complaints, []);
  } finally {
    await putBack("land_use", land);
  }
  await page.context().close();
});

test("what the service refuses stands beside its field, and nothing is changed", async () => {
  const page = await newPage(browser);
  await openDesk(page, PLACE);
  const details = await openForm(page, "Sử dụng đất");
  const refused = async (field, sentence) => {
    await save(details);
    const wrong = details.locator("[aria-invalid=true]");
    await details.getByText(sentence, { exact: true }).waitFor();
    assert.equal(await wrong.count(), 1);
    assert.equal(await wrong.getAttribute("id"), await control(details, field).getAttribute("id"));
    assert.equal(await page.locator(`#${await wrong.getAttribute("aria-describedby")}`).innerText(), sentence);
    assert.ok(await wrong.evaluate((one) => one === document.activeElement));
  };
  assert.equal(await control(details, /^Loại đất/).getAttribute("aria-required"), "true");
  await control(details, /^Loại đất/).selectOption("");
  await refused(/^Loại đất/, "Cần có giá trị.");
  assert.deepEqual(await axeFaults(page), []);
  await picture(page, "planner-refused");
  await control(details, /^Loại đất/).evaluate((select) => {
    select.append(new Option("XYZ", "XYZ"));
    select.value = "XYZ";
  });
  await refused(/^Loại đất/, "Không có trong danh mục mã.");
  await control(details, /^Loại đất/).selectOption(land.properties.land_code);
  await control(details, "Năm").fill("hai nghìn");
  await refused("Năm", "Cần một số nguyên.");
  await clickMap(page, 0.2, 0.2);
  await details.getByText("Hãy lưu hoặc thôi sửa trước khi xem nơi khác.").waitFor();
  assert.equal((await item("land_use", land.id)).etag, land.etag);
  assert.deepEqual(complaintsOf(page), []);
  await page.context().close();
});

test("what somebody else changed meanwhile is not overwritten", async () => {
  const page = await newPage(browser);
  await openDesk(page, PLACE);
  const details = await openForm(page, "Sử dụng đất");
  try {
    await patch("land_use", land.id, { properties: { year: 2040 } });
    await control(details, "Năm").fill("2041");
    await save(details);
    await details.getByText("Người khác vừa sửa đối tượng này. Chưa có gì được lưu.").waitFor();
    assert.equal((await item("land_use", land.id)).properties.year, 2040);
    assert.deepEqual(await axeFaults(page), []);
    await picture(page, "planner-conflict");
    await details.getByRole("button", { name: "Tải lại" }).click();
    await page.waitForFunction(() => [...document.querySelectorAll("form.edit input")].some(({ value }) => value === "2040"));
    await control(details, "Năm").fill("2041");
    await save(details);
    await details.getByText("Đã lưu.").waitFor();
    assert.equal((await item("land_use", land.id)).properties.year, 2041);
    assert.deepEqual(complaintsOf(page), []);
  } finally {
    await putBack("land_use", land);
  }
  await page.context().close();
});

test("a point is moved by a click on the map, with its values", async () => {
  const page = await newPage(browser);
  const [lon, lat] = station.geometry.coordinates;
  await openDesk(page, { zoom: 16, lat, lon });
  const details = await openForm(page, station.properties.name);
  const wanted = await page.evaluate(() => {
    const { map } = window.citylayers;
    const { width, height } = map.getCanvas().getBoundingClientRect();
    return map.unproject([width * 0.6, height * 0.4]).toArray();
  });
  try {
    await details.getByRole("button", { name: "Dời vị trí" }).click();
    await page.keyboard.press("Escape");
    await details.getByRole("button", { name: "Dời vị trí" }).click();
    await clickMap(page, 0.6, 0.4);
    await details.getByText("Vị trí mới sẽ được lưu cùng các giá trị.").waitFor();
    await picture(page, "planner-move");
    await control(details, /^Tên/).fill("Trạm 'thử'");
    await save(details);
    await details.getByText("Đã lưu.").waitFor();
    const now = await item("air_stations", station.id);
    now.geometry.coordinates.forEach((degrees, axis) => assert.ok(Math.abs(degrees - wanted[axis]) < 2e-5, `${now.geometry.coordinates} beside ${wanted}`));
    assert.equal(now.properties.name, "Trạm 'thử'");
    assert.equal(await details.locator("summary b").innerText(), "Trạm 'thử'");
    await details.getByRole("button", { name: "Sửa" }).click();
    await details.getByRole("button", { name: "Dời vị trí" }).click();
    await page.evaluate(() => window.citylayers.map.jumpTo({ center: [107.5, 25] }));
    await settled(page);
    await clickMap(page, 0.5, 0.5);
    await save(details);
    await details.getByText("Vị trí nằm ngoài phạm vi của lớp.").waitFor();
    assert.deepEqual(complaintsOf(page), []);
  } finally {
    await putBack("air_stations", station);
  }
  await page.context().close();
});

test("where the service takes no changes there is nothing to edit", async () => {
  const page = await newPage(browser);
  await page.route(`${BASE}/collections/**`, (route) =>
    route.request().method() === "OPTIONS" ? route.fulfill({ status: 204, headers: { allow: "GET, HEAD, OPTIONS" } }) : route.continue());
  await openDesk(page, PLACE);
  await tab(page, "Tại đây");
  await clickMap(page, 0.5, 0.5);
  const details = page.locator("#here details", { hasText: "Sử dụng đất" }).first();
  const answered = page.waitForResponse((response) => response.request().method() === "OPTIONS");
  await details.locator("summary").click();
  await answered;
  await page.waitForTimeout(100);
  assert.ok(await details.locator(".facts").isVisible());
  assert.equal(await page.getByRole("button", { name: "Sửa" }).count(), 0);
  await page.context().close();
});

test("the form fits on a phone", async () => {
  const page = await newPage(browser, "phone");
  await openDesk(page, PLACE);
  const details = await openForm(page, "Sử dụng đất");
  await details.locator("form").scrollIntoViewIfNeeded();
  assert.deepEqual(await axeFaults(page), []);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  await picture(page, "planner-edit-phone");
  await page.context().close();
});
