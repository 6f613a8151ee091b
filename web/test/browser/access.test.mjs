/** For every hand, eye and screen. */

import assert from "node:assert/strict";
import { after, before } from "node:test";
import { axeFaults, fetchCatalog, launch, link, newPage, open, picture, settled, test } from "./chromium.mjs";

let browser;
let catalog;
before(async () => {
  browser = await launch();
  catalog = await fetchCatalog();
});
after(() => browser.close());

const ward = link({ view: { zoom: 9.5, lat: 19.3, lon: 105.2 }, layers: ["provinces", "wards", "roads"] });

test("the keyboard alone reaches a feature and comes back", async () => {
  const page = await newPage(browser);
  await open(page, ward);
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.id), "skip");
  await page.keyboard.press("Enter");
  assert.ok(await page.evaluate(() => document.activeElement === window.citylayers.map.getCanvas()));
  assert.equal(await page.locator("#crosshair").evaluate((mark) => getComputedStyle(mark).opacity), "1");
  const before = await page.evaluate(() => window.citylayers.map.getCenter().lng);
  await page.keyboard.press("ArrowRight");
  await settled(page);
  const moved = await page.evaluate(() => window.citylayers.map.getCenter().lng);
  assert.ok(moved > before, `${moved} lies east of ${before}`);
  const name = await page.evaluate(() => {
    const { map } = window.citylayers;
    return map.queryRenderedFeatures(map.project(map.getCenter()), { layers: ["wards:fill"] })[0].properties.name;
  });
  await page.keyboard.press("Enter");
  await page.locator("#card").waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.textContent), name);
  await settled(page);
  await picture(page, "keyboard");
  await page.keyboard.press("Escape");
  await page.locator("#card").waitFor({ state: "hidden" });
  assert.ok(await page.evaluate(() => document.activeElement === window.citylayers.map.getCanvas()));
  await page.context().close();
});

test("layers are switched from the keyboard", async () => {
  const page = await newPage(browser);
  await open(page, ward);
  await page.locator('[data-layer="wards"]').focus();
  await page.keyboard.press("Space");
  await settled(page);
  const left = await page.evaluate(() => window.citylayers.map.queryRenderedFeatures({ layers: ["wards:fill"] }).length);
  assert.equal(left, 0);
  await page.context().close();
});

test("Enter where nothing lies says so", async () => {
  const page = await newPage(browser);
  await open(page, link({ view: { zoom: 9, lat: 19.2, lon: 106.8 }, layers: ["wards"] }));
  await page.evaluate(() => window.citylayers.map.getCanvas().focus());
  await page.keyboard.press("Enter");
  await page.getByText("Không có đối tượng nào ở đây.").waitFor();
  await page.context().close();
});

for (const lang of ["vi", "en"]) {
  for (const size of ["desktop", "phone", "wall"]) {
    test(`axe finds nothing: ${size}, ${lang}`, async () => {
      const page = await newPage(browser, size);
      await open(page, `${ward}&lang=${lang}`);
      assert.deepEqual(await axeFaults(page), []);
      if (size === "phone") await page.locator("#panel-toggle").click();
      for (const button of await page.locator(".more").all()) await button.click();
      assert.deepEqual(await axeFaults(page), [], "with everything unfolded");
      if (size === "phone") await page.keyboard.press("Escape");
      await page.evaluate(() => window.citylayers.map.getCanvas().focus());
      await page.keyboard.press("Enter");
      await page.locator("#card").waitFor();
      assert.deepEqual(await axeFaults(page), [], "with a card");
      await page.context().close();
    });
  }
}

test("a phone shows one thing at a time", async () => {
  const page = await newPage(browser, "phone");
  await open(page, ward);
  const list = page.locator("#panel-body");
  assert.equal(await list.isVisible(), false);
  if (catalog.layers.find(({ id }) => id === "wards").demo) assert.match(await page.locator("#attribution").innerText(), /Dữ liệu minh hoạ/);
  const names = page.locator("#attribution p");
  const told = await names.textContent();
  await names.evaluate((line) => (line.textContent = Array(12).fill("Sở Giao thông vận tải").join(" · ")));
  await page.waitForFunction(() => {
    const [line, scale] = ["#attribution", ".maplibregl-ctrl-scale"].map((part) => document.querySelector(part).getBoundingClientRect());
    return line.height > 40 && scale.bottom < line.top;
  }, null, { timeout: 10_000 }).catch(() => assert.fail("the scale does not stand above all lines of the attribution"));
  await names.evaluate((line, text) => (line.textContent = text), told);
  await picture(page, "phone");
  await page.locator("#panel-toggle").tap();
  await list.waitFor();
  await picture(page, "phone-layers");
  await page.locator("#panel-toggle").tap();
  await page.touchscreen.tap(195, 300);
  const card = page.locator("#card");
  await card.waitFor();
  assert.equal(await page.locator("#panel").isVisible(), false);
  const box = await card.boundingBox();
  assert.ok(Math.abs(box.y + box.height - 844) < 1 && box.width === 390 && box.height < 844 * 0.6, JSON.stringify(box));
  await settled(page);
  await picture(page, "phone-card");
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "nothing sticks out sideways");
  await page.getByRole("button", { name: "Đóng" }).tap();
  await page.locator("#panel").waitFor();
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("a wall is written larger", async () => {
  const [desktop, wall] = [await newPage(browser), await newPage(browser, "wall")];
  await open(desktop, ward);
  await open(wall, ward);
  const size = (page) => page.locator("h1").evaluate((title) => Number.parseFloat(getComputedStyle(title).fontSize));
  const label = (page) => page.evaluate(() => window.citylayers.map.getLayoutProperty("wards:label", "text-size"));
  assert.ok((await size(wall)) >= 1.4 * (await size(desktop)));
  assert.ok((await label(wall)) >= 1.4 * (await label(desktop)));
  await picture(wall, "wall");
  await desktop.context().close();
  await wall.context().close();
});

test("the legend speaks of every colour a layer is drawn in", async () => {
  const page = await newPage(browser);
  await open(page);
  for (const layer of catalog.layers.filter(({ style }) => style.color_by)) {
    const codes = layer.fields.find(({ name }) => name === layer.style.color_by).codes.filter(({ color }) => color);
    const entries = await page.locator(`.layer:has([data-layer="${layer.id}"]) .legend li`).allTextContents();
    assert.deepEqual(entries, codes.map(({ title }) => title.vi), layer.id);
  }
  await page.context().close();
});
