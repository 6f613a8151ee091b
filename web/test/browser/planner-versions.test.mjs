/** Two versions of a plan, in the table and on the map. */

import assert from "node:assert/strict";
import { after, before } from "node:test";
import { axeFaults, BASE, coloursAt, fetchCatalog, launch, newPage, picture, settled, test } from "./chromium.mjs";
import { choice, json, numberIn, onMap, openDesk, tab } from "./desk.mjs";

const PLAN = "land_use_plan";

let browser;
let layer;
let days;
let changes;
before(async () => {
  browser = await launch();
  layer = (await fetchCatalog()).layers.find(({ id }) => id === PLAN);
  const { groups } = await json(`/collections/${PLAN}/summary?by=${layer.validity.from}`);
  days = groups.map(({ value }) => value).sort();
  changes = await json(`/collections/${PLAN}/changes?from=${days.at(-2)}&to=${days.at(-1)}`);
});
after(() => browser.close());

const hex = (color) => [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));
const far = (a, b) => Math.hypot(...a.map((value, at) => value - b[at]));
const colourOf = (code) => hex(layer.fields.find(({ name }) => name === layer.planning.code).codes.find((one) => one.code === code).color);
const view = (page, name) => page.getByLabel(name, { exact: true }).check({ force: true });

/** A place within land whose use changes, with its colours before and after: the pair that is easiest to tell apart. */
async function changedPlace() {
  const before = new Map(await Promise.all(changes.removed.slice(0, 40).map(async ({ id, value }) => {
    const { geometry } = await json(`/collections/${PLAN}/items/${id}`);
    return [JSON.stringify(geometry), value];
  })));
  const pairs = [];
  for (const { id, value } of changes.added.slice(0, 40)) {
    const { geometry } = await json(`/collections/${PLAN}/items/${id}`);
    const was = before.get(JSON.stringify(geometry));
    if (!was) continue;
    const ring = geometry.coordinates.flat(geometry.type === "MultiPolygon" ? 1 : 0)[0].slice(0, -1);
    const middle = [0, 1].map((axis) => ring.reduce((sum, place) => sum + place[axis], 0) / ring.length);
    const here = await json(`/at?lon=${middle[0]}&lat=${middle[1]}&layers=${PLAN}`);
    if (here.features.some((feature) => String(feature.id) === id)) pairs.push({ lon: middle[0], lat: middle[1], was: colourOf(was), is: colourOf(value) });
  }
  return pairs.sort((a, b) => far(b.was, b.is) - far(a.was, a.is))[0];
}

/** Both versions are on the map. */
const compared = async (page) => {
  await page.locator(".comparison").waitFor();
  await page.waitForFunction(() => document.querySelector(".stage-note").textContent === "");
  await settled(page);
  await page.waitForTimeout(500);
};

test("the table tells what became of what", async () => {
  const page = await newPage(browser);
  await openDesk(page);
  await tab(page, "Phiên bản");
  await page.locator(".comparison").waitFor();
  assert.equal(await choice(page, "Lớp").inputValue(), PLAN);
  assert.equal(await page.getByLabel("Phiên bản trước").inputValue(), days.at(-2));
  assert.equal(await page.getByLabel("Phiên bản sau").inputValue(), days.at(-1));
  await page.getByRole("button", { name: "So sánh" }).click();
  await page.locator(".became table").waitFor();
  const rows = await page.locator(".became tbody tr").evaluateAll((all) => all.map((row) => [...row.cells].map((cell) => cell.textContent)));
  const sum = changes.table.reduce((total, { area }) => total + area, 0);
  assert.ok(sum > 0);
  assert.ok(Math.abs(numberIn(rows.at(-1)[2]) - sum) < 0.1, `${rows.at(-1)} beside ${sum}`);
  assert.equal(rows.length, changes.table.length + 1);
  changes.table.forEach(({ from, to, area }, at) => {
    for (const [column, side] of [[0, from], [1, to]]) assert.ok(rows[at][column].startsWith(side ? `${side.value} · ${side.title.vi}` : "Chưa có quy hoạch"), rows[at][column]);
    assert.ok(Math.abs(numberIn(rows[at][2]) - area) < 0.06);
  });
  const numbers = (await page.locator(".figures dd").allTextContents()).map(numberIn);
  assert.deepEqual(numbers, [changes.added.length, changes.removed.length, changes.kept]);
  assert.deepEqual(await axeFaults(page), []);
  await compared(page);
  await picture(page, "planner-versions");
  await page.getByRole("button", { name: "English" }).click();
  await page.locator(".became table").waitFor();
  const [first] = changes.table;
  const cell = await page.locator(".became tbody td").first().textContent();
  assert.equal(cell, first.from ? `${first.from.value} · ${first.from.title.en}` : "No plan");
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("the map shows either version, both beside a divider, and what changed", async () => {
  const page = await newPage(browser);
  const place = await changedPlace();
  await openDesk(page, { zoom: 17, ...place });
  await page.evaluate(() => {
    const { map } = window.citylayers;
    for (const id of map.getLayersOrder()) if (!id.startsWith("land_use_plan") && !id.startsWith("@")) map.setLayoutProperty(id, "visibility", "none");
  });
  await tab(page, "Phiên bản");
  await compared(page);
  const own = await page.evaluate(() => window.citylayers.map.getLayoutProperty("land_use_plan:fill", "visibility"));
  assert.equal(own, "none", "tiles hold both versions");
  const middle = await onMap(page, 0.5, 0.5);
  const spot = { x: middle.x - 30, y: middle.y };
  const seen = async () => {
    await page.waitForTimeout(400);
    const [colour] = await coloursAt(page, [spot]);
    return far(colour, place.was) < far(colour, place.is) ? "before" : "after";
  };
  assert.equal(await seen(), "before", "left of the divider");
  const divider = page.getByRole("slider");
  await divider.focus();
  for (let step = 0; step < 3; step++) await page.keyboard.press("PageDown");
  assert.equal(await divider.getAttribute("aria-valuenow"), "20");
  assert.equal(await seen(), "after", "right of the divider");
  await picture(page, "planner-versions-divider");
  const { x, y, width, height } = await divider.boundingBox();
  await page.mouse.move(x + width / 2, y + height / 3);
  await page.mouse.down();
  await page.mouse.move(middle.x + 60, y + height / 3, { steps: 4 });
  await page.mouse.up();
  assert.ok(Number(await divider.getAttribute("aria-valuenow")) > 50);
  assert.equal(await seen(), "before", "the divider was dragged over it");
  await view(page, "Sau");
  assert.equal(await seen(), "after");
  await view(page, "Trước");
  assert.equal(await seen(), "before");
  await view(page, "Thay đổi");
  await page.waitForTimeout(400);
  assert.ok(await page.locator(".change-key").isVisible());
  assert.deepEqual(await axeFaults(page), []);
  await page.evaluate(() => window.citylayers.map.jumpTo({ zoom: 13 }));
  await compared(page);
  await picture(page, "planner-versions-changes");
  await tab(page, "Lọc");
  assert.equal(await page.locator("#map canvas").count(), 1);
  assert.equal(await page.evaluate(() => window.citylayers.map.getLayoutProperty("land_use_plan:fill", "visibility")), "visible");
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("what the tiles draw of a plan is what is in force today", async () => {
  const page = await newPage(browser);
  const place = await changedPlace();
  await openDesk(page, { zoom: 16, ...place });
  const drawn = await page.evaluate(() => {
    const { map } = window.citylayers;
    const ids = (features) => [...new Set(features.map(({ properties }) => String(properties.id)))];
    return { shown: ids(map.queryRenderedFeatures({ layers: ["land_use_plan:fill"] })), all: ids(map.querySourceFeatures("land_use_plan", { sourceLayer: "land_use_plan" })) };
  });
  const removed = new Set(changes.removed.map(({ id }) => id));
  assert.ok(drawn.shown.length > 0);
  assert.ok(drawn.all.some((id) => removed.has(id)), "the tiles hold what is past");
  assert.deepEqual(drawn.shown.filter((id) => removed.has(id)), []);
  await page.context().close();
});

test("another view is fetched, an overtaken answer is dropped, and too much is said to be so", async () => {
  const page = await newPage(browser);
  const asked = [];
  await page.route(`${BASE}/collections/${PLAN}/items?**`, async (route) => {
    asked.push(new URL(route.request().url()).searchParams.get("bbox"));
    await route.continue();
  });
  const dropped = [];
  page.on("requestfailed", (request) => request.url().includes(`/${PLAN}/items?`) && dropped.push(request.failure().errorText));
  await openDesk(page, { zoom: 14, lat: 18.67, lon: 105.68 });
  await tab(page, "Phiên bản");
  await compared(page);
  assert.equal(asked.length, 2);
  await page.evaluate(() => window.citylayers.map.panBy([40, 0], { animate: false }));
  await compared(page);
  assert.equal(asked.length, 2, "a small step needs nothing new");
  await page.evaluate(() => {
    window.citylayers.map.panBy([900, 0], { animate: false });
    window.citylayers.map.panBy([900, 0], { animate: false });
  });
  await compared(page);
  assert.ok(asked.length > 2);
  assert.deepEqual(dropped, ["net::ERR_ABORTED", "net::ERR_ABORTED"], "both versions of the view that was left at once");
  await page.unrouteAll();
  await page.route(`${BASE}/collections/${PLAN}/items?**`, (route) => route.fulfill({ json: { type: "FeatureCollection", numberMatched: 23456, features: [] } }));
  await page.evaluate(() => window.citylayers.map.jumpTo({ zoom: 9 }));
  await page.getByText("Ở đây có 23.456 đối tượng, nhiều hơn 10.000. Hãy phóng to để thấy các phiên bản.").waitFor();
  await picture(page, "planner-versions-many");
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("a layer without versions says so", async () => {
  const page = await newPage(browser);
  await openDesk(page);
  await tab(page, "Phiên bản");
  await page.locator(".comparison").waitFor();
  await choice(page, "Lớp").selectOption("land_use");
  await page.getByText("Lớp này chưa có hai phiên bản để so sánh.").waitFor();
  assert.equal(await page.locator(".comparison").count(), 0);
  await picture(page, "planner-versions-none");
  await page.context().close();
});

for (const size of ["phone", "wall"]) {
  test(`versions fit on a ${size}`, async () => {
    const page = await newPage(browser, size);
    await openDesk(page, { zoom: 14, lat: 18.67, lon: 105.68 });
    await tab(page, "Phiên bản");
    await compared(page);
    await page.getByRole("button", { name: "So sánh" }).click();
    await page.locator(".became table").waitFor();
    assert.deepEqual(await axeFaults(page), []);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
    const cut = await page.locator(".tools, .tool, .views").evaluateAll((parts) => parts.filter((part) => part.scrollWidth > part.clientWidth).map(({ className }) => className));
    assert.deepEqual(cut, []);
    await picture(page, `planner-versions-${size}`);
    await page.context().close();
  });
}

test("five tools fit beside each other in twenty rem", async () => {
  const page = await newPage(browser, "desktop", { viewport: { width: 320, height: 700 } });
  for (const lang of ["vi", "en"]) {
    await openDesk(page, undefined, lang);
    await page.reload();
    await page.locator("html[data-ready=true]").waitFor({ state: "attached" });
    const { inside, tops } = await page.evaluate(() => {
      const boxes = [...document.querySelectorAll("[role=tab]")].map((one) => one.getBoundingClientRect());
      return { inside: boxes.every(({ left, right }) => left >= 0 && right <= innerWidth), tops: new Set(boxes.map(({ top }) => top)).size };
    });
    assert.ok(inside && tops === 1, lang);
  }
  await page.context().close();
});
