/** An indicator on the map: chosen, coloured, stepped through, told in a card, in both languages and on both screens. */

import assert from "node:assert/strict";
import { after, before } from "node:test";
import { axeFaults, BASE, coloursAt, launch, link, newPage, open, picture, settled, test } from "./chromium.mjs";

let browser;
let sheet;
const ID = "on_time_procedures";
const indicator = (path) => fetch(`${BASE}/indicators/${path}`).then((response) => response.json());

before(async () => {
  browser = await launch();
  sheet = await indicator(ID);
  assert.ok(sheet.periods.length >= 13 && sheet.legend.length === 5, "the demo tells of it");
});
after(() => browser.close());

const view = { zoom: 9.5, lat: 19.3, lon: 105.2 };

/** Waits until the wards on the screen carry a period's classes. */
async function painted(page, wanted) {
  await page.locator("#indicator h2").waitFor();
  await page.waitForFunction((classes) => {
    const drawn = window.citylayers.map.queryRenderedFeatures({ layers: ["wards:fill"] });
    return drawn.length > 10 && drawn.every(({ properties }) => properties.class === classes[properties.code]);
  }, Object.fromEntries(wanted.units.filter((unit) => unit.class !== null).map((unit) => [unit.id, unit.class])),
  // After a minute tiles are asked for anyway.
  { timeout: 40_000 });
  await settled(page);
}

/** Places well inside wards, clear of panel and box, with the ward's code. */
function wardsOnScreen(page) {
  return page.evaluate(() => {
    const { map } = window.citylayers;
    const canvas = map.getCanvas();
    const places = [];
    for (let x = 40; x < canvas.clientWidth - 60; x += 37) {
      for (let y = 60; y < canvas.clientHeight - 60; y += 41) {
        const at = (dx, dy) => map.queryRenderedFeatures([x + dx, y + dy], { layers: ["wards:fill"] })[0]?.properties.code;
        const code = at(0, 0);
        const inside = code && [[-6, 0], [6, 0], [0, -6], [0, 6]].every(([dx, dy]) => at(dx, dy) === code);
        if (inside && document.elementFromPoint(x, y) === canvas) places.push({ x, y, code });
      }
    }
    return places;
  });
}

test("wards take the colours of the legend", async () => {
  const page = await newPage(browser);
  await open(page, link({ view, layers: ["wards", "protected_areas"] }));
  // Other areas would mix their colour into that of the wards.
  const opacity = () => page.evaluate(() => JSON.stringify(window.citylayers.map.getPaintProperty("protected_areas:fill", "fill-opacity")));
  const areas = await opacity();
  await page.getByLabel("Chỉ số", { exact: true }).selectOption(ID);
  await painted(page, sheet);
  assert.deepEqual([await opacity(), areas === "0"], ["0", false]);
  assert.match(await page.evaluate(() => location.hash), new RegExp(`indicator=${ID}/${sheet.period}`));
  // Names lie over the colours.
  await page.evaluate(() => window.citylayers.map.setLayoutProperty("wards:label", "visibility", "none"));
  await page.evaluate(() => window.citylayers.map.setLayoutProperty("protected_areas:label", "visibility", "none"));
  await settled(page);
  const places = (await wardsOnScreen(page)).slice(0, 120);
  assert.ok(places.length > 20, `${places.length} places`);
  const colours = await coloursAt(page, places);
  const byCode = new Map(sheet.units.map((unit) => [unit.id, unit.class]));
  const rgb = (hex) => [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
  const far = (a, b) => Math.hypot(...a.map((value, i) => value - b[i]));
  let same = 0;
  places.forEach(({ code }, i) => {
    const distances = sheet.legend.map(({ color }) => far(rgb(color), colours[i]));
    if (distances.indexOf(Math.min(...distances)) === byCode.get(code)) same += 1;
  });
  // A border may run under a place.
  assert.ok(same >= places.length * 0.95, `${same} of ${places.length}`);
  const texts = await page.locator("#indicator .classes li span:nth-child(2)").allInnerTexts();
  assert.deepEqual(texts, [...sheet.legend].reverse().map(({ text }) => text.vi));
  const explained = page.locator('.layer:has([data-layer="wards"]) .legend');
  assert.equal(await explained.isVisible(), false, "colours that are not there are not explained");
  await picture(page, "indicator-desktop");
  assert.deepEqual(await axeFaults(page), []);
  await page.getByLabel("Chỉ số", { exact: true }).selectOption("");
  assert.equal(await opacity(), areas, "as it was");
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("the pointer and a click tell of a ward", async () => {
  const page = await newPage(browser);
  await open(page, `${link({ view, layers: ["provinces", "wards", "roads"], lang: "en" })}&indicator=${ID}`);
  await painted(page, sheet);
  const [{ x, y, code }] = await wardsOnScreen(page);
  const unit = sheet.units.find(({ id }) => id === code);
  await page.mouse.move(x, y);
  const value = unit.value.toFixed(1);
  await page.locator("#indicator .readout", { hasText: `${unit.name}: ${value}` }).waitFor();
  await page.mouse.click(x, y);
  const told = page.locator("#card .told");
  await told.waitFor();
  const text = await told.innerText();
  assert.match(text, new RegExp(`${value}\\s%`));
  assert.match(text, new RegExp(`${unit.rank} of ${sheet.summary.known}`));
  assert.match(text, unit.target_met ? /met/ : /missed by/);
  assert.match(text, /Since a year before/);
  await settled(page);
  await picture(page, "indicator-card");
  assert.deepEqual(await axeFaults(page), []);
  // The language and the period change what is told, and the card stays.
  await page.getByRole("button", { name: "VI – Tiếng Việt" }).click();
  await told.getByText("Xếp hạng").waitFor();
  const before = sheet.periods.at(-2);
  await page.getByRole("button", { name: "Kỳ trước" }).click();
  const earlier = await indicator(`${ID}?period=${before}`);
  await painted(page, earlier);
  const then = earlier.units.find(({ id }) => id === code).value.toFixed(1).replace(".", ",");
  await told.getByText(then).first().waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute("aria-label")), "Kỳ trước", "the keyboard stays");
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("periods end, and the indicator goes", async () => {
  const page = await newPage(browser);
  const first = sheet.periods[0];
  await open(page, `${link({ view, layers: ["roads"] })}&indicator=${ID}/${first}`);
  await painted(page, await indicator(`${ID}?period=${first}`));
  assert.ok(await page.locator('[data-layer="wards"]').isChecked(), "its units are switched on");
  assert.ok(await page.getByRole("button", { name: "Kỳ trước" }).isDisabled());
  await page.getByRole("button", { name: "Kỳ sau" }).click();
  await painted(page, await indicator(`${ID}?period=${sheet.periods[1]}`));
  await page.getByRole("button", { name: "Thôi tô màu theo chỉ số" }).click();
  await page.locator("#indicator").waitFor({ state: "hidden" });
  await settled(page);
  const left = await page.evaluate(() => {
    const { map } = window.citylayers;
    return [map.getSource("wards").tiles[0].includes("indicator"), map.getPaintProperty("wards:fill", "fill-opacity"), location.hash];
  });
  assert.equal(left[0], false);
  assert.ok(await page.locator('.layer:has([data-layer="wards"]) .legend').isVisible());
  assert.ok(left[1] < 0.88 && !left[2].includes("indicator"), left[2]);
  assert.equal(await page.getByLabel("Chỉ số", { exact: true }).inputValue(), "");
  await page.context().close();
});

for (const lang of ["vi", "en"]) {
  test(`a phone shows map, legend and period: ${lang}`, async () => {
    const page = await newPage(browser, "phone");
    await open(page, `${link({ view: { ...view, zoom: 8 }, layers: ["provinces", "wards"], lang })}&indicator=${ID}`);
    await painted(page, sheet);
    const box = await page.locator("#indicator").boundingBox();
    assert.ok(box.x >= 0 && box.x + box.width <= 390 && box.height < 844 / 3, JSON.stringify(box));
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "nothing sticks out sideways");
    assert.deepEqual(await axeFaults(page), []);
    await picture(page, `indicator-phone-${lang}`);
    await page.touchscreen.tap(195, 200);
    await page.locator("#card .told").waitFor();
    assert.equal(await page.locator("#indicator").isVisible(), false, "one thing at a time");
    await settled(page);
    await picture(page, `indicator-phone-card-${lang}`);
    assert.deepEqual(await axeFaults(page), []);
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  });
}

test("an old link to an indicator that is no more opens the map", async () => {
  const page = await newPage(browser);
  await open(page, `${link({ view, layers: ["wards"] })}&indicator=happiness/2026-10`);
  assert.equal(await page.locator("#indicator").isVisible(), false);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});
