/** The builder of filters, against counts that come from the service by other ways. */

import assert from "node:assert/strict";
import { after, before } from "node:test";
import { axeFaults, BASE, launch, newPage, picture, settled, test } from "./chromium.mjs";
import { choice, clickMap, json, openDesk, tab } from "./desk.mjs";

const PLACE = { zoom: 14, lat: 18.67, lon: 105.68 };

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

async function openFilter(page, layer, view = PLACE) {
  await openDesk(page, view);
  await tab(page, "Lọc");
  await choice(page, "Lớp").selectOption(layer);
}

const condition = (page, at) => {
  const row = page.locator(".condition").nth(at);
  return { field: row.getByLabel("Thuộc tính"), operator: row.getByLabel("Điều kiện"), value: row.getByLabel("Giá trị") };
};
const cql = (page) => page.getByLabel("Bộ lọc CQL2");
const matched = async (path) => (await json(path)).numberMatched;

/** Applies, and answers how many are said to match. */
async function applied(page) {
  const answer = page.waitForResponse((response) => response.url().includes("/items?"));
  await page.getByRole("button", { name: "Áp dụng" }).click();
  await answer;
  await page.waitForFunction(() => /đối tượng$/.test([...document.querySelectorAll(".form > .state")].map((one) => one.textContent).join("")));
  const said = (await page.locator(".form > .state").allTextContents()).join("");
  return Number(said.match(/([\d.]+) đối tượng$/)[1].replaceAll(".", ""));
}

test("a filter is built, shown as CQL2, counted and exported", async () => {
  const page = await newPage(browser);
  await openFilter(page, "land_use");
  const { field, value } = condition(page, 0);
  await field.selectOption("land_code");
  await value.selectOption("LUC");
  assert.equal(await cql(page).inputValue(), "land_code = 'LUC'");
  const counted = await applied(page);
  assert.equal(counted, await matched("/collections/land_use/items?land_code=LUC&limit=1"));
  const href = await page.getByRole("link", { name: "GeoJSON" }).getAttribute("href");
  const exported = await json(href);
  assert.equal(exported.numberMatched, counted);
  assert.ok(exported.features.every(({ properties }) => properties.land_code === "LUC"));
  assert.deepEqual(await axeFaults(page), []);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("any of the conditions, in the map's view, which the filter follows", async () => {
  const page = await newPage(browser);
  await openFilter(page, "land_use");
  const first = condition(page, 0);
  await first.field.selectOption("land_code");
  await first.value.selectOption("LUC");
  await page.getByRole("button", { name: "Thêm điều kiện" }).click();
  const second = condition(page, 1);
  await second.field.selectOption("land_code");
  await second.value.selectOption("ODT");
  assert.equal(await cql(page).inputValue(), "land_code = 'LUC' AND land_code = 'ODT'");
  assert.equal(await applied(page), 0);
  await page.getByLabel("Thỏa mãn").selectOption("any");
  const each = async (more = "") => (await matched(`/collections/land_use/items?land_code=LUC&limit=1${more}`)) + (await matched(`/collections/land_use/items?land_code=ODT&limit=1${more}`));
  assert.equal(await applied(page), await each());
  const inView = async () => {
    const bounds = await page.evaluate(() => window.citylayers.map.getBounds().toArray().flat());
    return each(`&bbox=${bounds.map((degrees) => degrees.toFixed(6)).join(",")}`);
  };
  await choice(page, "Nơi").selectOption("inView");
  await page.waitForFunction(() => document.querySelector("#cql").value.includes("S_INTERSECTS"));
  assert.match(await cql(page).inputValue(), /^\(land_code = 'LUC' OR land_code = 'ODT'\) AND S_INTERSECTS\(geometry, POLYGON\(\((\d+\.\d{1,6} \d+\.\d{1,6}(, )?){5}\)\)\)$/);
  const here = await applied(page);
  assert.equal(here, await inView());
  assert.ok(here > 0 && here < (await each()));
  const before = await cql(page).inputValue();
  await page.evaluate(() => window.citylayers.map.panBy([500, 0], { animate: false }));
  await settled(page);
  assert.notEqual(await cql(page).inputValue(), before);
  assert.equal(await applied(page), await inView());
  assert.deepEqual(await axeFaults(page), []);
  await picture(page, "planner-filter");
  await cql(page).fill("land_code = 'SON'");
  await page.evaluate(() => window.citylayers.map.panBy([-200, 0], { animate: false }));
  await settled(page);
  assert.equal(await cql(page).inputValue(), "land_code = 'SON'", "what was written by hand stays");
  assert.equal(await applied(page), await matched("/collections/land_use/items?land_code=SON&limit=1"));
  await choice(page, "Nơi").selectOption("everywhere");
  assert.equal(await cql(page).inputValue(), "land_code = 'LUC' OR land_code = 'ODT'");
  await page.getByRole("button", { name: "Bỏ" }).first().click();
  assert.equal(await cql(page).inputValue(), "land_code = 'ODT'");
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("a drawn area", async () => {
  const page = await newPage(browser);
  await openFilter(page, "land_use");
  await choice(page, "Nơi").selectOption("inDrawn");
  for (const [right, down] of [[0.3, 0.3], [0.7, 0.35], [0.5, 0.7]]) await clickMap(page, right, down);
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelector("#cql").value.includes("POLYGON"));
  const counted = await applied(page);
  const text = (await cql(page).inputValue()).match(/POLYGON\(\((.*)\)\)\)/)[1];
  const ring = text.split(", ").map((place) => place.split(" ").map(Number));
  assert.equal(ring.length, 4);
  const overlay = await json("/collections/land_use/overlay", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ type: "Polygon", coordinates: [ring] }) });
  assert.equal(counted, overlay.features.length);
  await picture(page, "planner-filter-drawn");
  await page.getByRole("button", { name: "Vẽ lại" }).click();
  await page.keyboard.press("Escape");
  assert.equal(await choice(page, "Nơi").inputValue(), "everywhere");
  assert.equal(await cql(page).inputValue(), "");
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("texts are found whatever they hold, and days are compared", async () => {
  const page = await newPage(browser);
  await openFilter(page, "wards");
  const { field, operator, value } = condition(page, 0);
  await field.selectOption("name");
  await operator.selectOption("LIKE");
  await value.fill("VINH");
  const named = (await json("/collections/wards/items?limit=10000")).features.filter(({ properties }) =>
    properties.name.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().includes("vinh"));
  assert.equal(await applied(page), named.length);
  for (const odd of ["100%", "a_b\\", "d'Or"]) {
    await value.fill(odd);
    assert.equal(await applied(page), 0, odd);
  }
  await field.selectOption("valid_from");
  await operator.selectOption(">=");
  await value.fill("2025-07-01");
  assert.equal(await cql(page).inputValue(), "valid_from >= DATE('2025-07-01')");
  const all = (await json("/collections/wards/items?limit=10000")).features.filter(({ properties }) => properties.valid_from >= "2025-07-01");
  assert.equal(await applied(page), all.length);
  await operator.selectOption("IS NULL");
  assert.equal(await value.count(), 0);
  assert.equal(await applied(page), 0);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("the builder fits on a phone", async () => {
  const page = await newPage(browser, "phone");
  await openFilter(page, "land_use");
  await page.getByRole("button", { name: "Thêm điều kiện" }).click();
  assert.deepEqual(await axeFaults(page), []);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  await picture(page, "planner-filter-phone");
  await page.context().close();
});
