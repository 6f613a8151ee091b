/** The planner's desk, as a planner uses it. */

import assert from "node:assert/strict";
import { after, before } from "node:test";
import { axeFaults, BASE, launch, newPage, picture, settled, test } from "./chromium.mjs";
import { openDesk, tab } from "./desk.mjs";

const ZONE = "http://www.opengis.net/def/crs/EPSG/0/9208";

let browser;
let parcel;
before(async () => {
  browser = await launch();
  const answer = await (await fetch(`${BASE}/collections/parcels/items?limit=1&bbox=105.62,18.62,105.72,18.72&crs=${ZONE}`)).json();
  [parcel] = answer.features;
});
after(() => browser.close());

/** The corners of a parcel as a certificate has them: number, X to the north, Y to the east, to the centimetre. */
function certificate(feature) {
  const ring = feature.geometry.coordinates[0][0].slice(0, -1);
  return ring.map(([east, north], at) => `${at + 1}\t${north.toFixed(2)}\t${east.toFixed(2)}`).join("\n");
}

test("the corners of a certificate become a report", async () => {
  const page = await newPage(browser);
  await openDesk(page);
  await page.getByLabel("Bảng tọa độ góc ranh").fill(certificate(parcel));
  await page.getByLabel("Diện tích ghi trên giấy (m²)").fill(String(parcel.properties.area_m2).replace(".", ","));
  await page.getByRole("button", { name: "Kiểm tra" }).click();
  const report = page.locator("#report");
  await report.waitFor();
  await report.getByText("Không có cảnh báo.").waitFor();
  const area = await report.locator(".figures dd").first().textContent();
  const number = Number(area.replace(/[^\d,]/g, "").replace(",", "."));
  assert.ok(Math.abs(number - parcel.properties.area_m2) < 1, `${area} beside ${parcel.properties.area_m2}`);
  const sketch = await report.locator("img").getAttribute("src");
  assert.ok(sketch.startsWith("data:image/png;base64,") && sketch.length > 10_000, "a picture of the map");
  assert.ok((await report.locator("section").count()) >= 4);
  assert.deepEqual(await axeFaults(page), []);
  await picture(page, "planner-report");
  await page.emulateMedia({ media: "print" });
  assert.ok(await report.isVisible());
  assert.equal(await page.locator("#desk").isVisible(), false);
  await picture(page, "planner-print");
  await page.emulateMedia({ media: "screen" });
  await report.getByRole("button", { name: "Đóng" }).click();
  assert.equal(await report.isVisible(), false);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("what is wrong with a table is said in Vietnamese", async () => {
  const page = await newPage(browser);
  await openDesk(page);
  await page.getByLabel("Bảng tọa độ góc ranh").fill(certificate(parcel));
  await page.getByLabel("Hệ tọa độ").selectOption("EPSG:5897");
  await page.getByRole("button", { name: "Kiểm tra" }).click();
  const warnings = page.locator("#report .warnings li");
  await warnings.first().waitFor();
  assert.match((await warnings.allTextContents()).join(" "), /104°45/);
  await page.getByRole("button", { name: "Đóng" }).click();
  await page.getByLabel("Bảng tọa độ góc ranh").fill("1 2064850.60 597068.62\n2 2064850.60 597088.62\n3 abc\n");
  await page.getByRole("button", { name: "Kiểm tra" }).click();
  await page.getByText("3: 3 abc").waitFor();
  await page.context().close();
});

test("a click tells what is there in every layer, and names are found as they are typed", async () => {
  const page = await newPage(browser);
  await openDesk(page);
  await tab(page, "Tại đây");
  await page.getByLabel("Tìm tên, mã").pressSequentially("vinh");
  const first = page.locator(".results button").first();
  await first.waitFor();
  await first.click();
  await settled(page);
  const { x, y, width, height } = await page.locator("#map canvas").boundingBox();
  await page.mouse.click(x + width / 2, y + height / 2);
  await page.locator("#here summary").first().waitFor();
  const titles = (await page.locator("#here summary small").allTextContents()).join(" ");
  assert.match(titles, /Phường, xã, đặc khu/);
  await page.locator("#here summary").first().click();
  assert.deepEqual(await axeFaults(page), []);
  await picture(page, "planner-here");
  const coordinates = await page.locator("#place").textContent();
  assert.match(coordinates, /^X [\d.]+,\d {1,2}Y [\d.]+,\d$/);
  await page.context().close();
});

test("a drawn area adds up by land use", async () => {
  const page = await newPage(browser);
  await openDesk(page);
  await page.evaluate(() => new Promise((resolve) => {
    const { map } = window.citylayers;
    fetch("/collections/land_use").then((answer) => answer.json()).then(({ extent }) => {
      const [west, south, east, north] = extent.spatial.bbox[0];
      map.jumpTo({ center: [(west + east) / 2, (south + north) / 2], zoom: 12 });
      map.once("idle", resolve);
    });
  }));
  await tab(page, "Vùng");
  await page.getByRole("button", { name: "Vẽ trên bản đồ" }).click();
  const { x, y, width, height } = await page.locator("#map canvas").boundingBox();
  const at = (right, down) => [x + width * right, y + height * down];
  await page.mouse.click(...at(0.2, 0.2));
  await page.mouse.click(...at(0.8, 0.2));
  await page.mouse.click(...at(0.8, 0.8));
  await page.mouse.click(...at(0.2, 0.8));
  await page.keyboard.press("Enter");
  await page.locator(".outcome table").waitFor();
  const shares = await page.locator(".outcome tbody tr td:nth-child(3)").allTextContents();
  const sum = shares.filter((text) => text !== "").map((text) => Number(text.replace(/[^\d,]/g, "").replace(",", "."))).reduce((a, b) => a + b, 0);
  assert.ok(Math.abs(sum - 100) < 1.5, `${shares} add up to ${sum}`);
  await picture(page, "planner-area");
  await page.context().close();
});

for (const size of ["phone", "wall"]) {
  test(`the desk fits on a ${size}`, async () => {
    const page = await newPage(browser, size);
    await openDesk(page);
    assert.deepEqual(await axeFaults(page), []);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
    await picture(page, `planner-${size}`);
    await page.context().close();
  });
}

test("layers are switched over the map", async () => {
  const page = await newPage(browser);
  await openDesk(page, { zoom: 14, lon: 105.672, lat: 18.666 });
  const shown = (layer) => page.evaluate((id) => {
    const { map } = window.citylayers;
    return map.getLayersOrder().some((name) => name.startsWith(`${id}:`) && map.getLayoutProperty(name, "visibility") !== "none");
  }, layer);
  assert.deepEqual([await shown("land_use_plan"), await shown("land_use"), await shown("hazard_zones")], [true, false, false]);
  await page.locator("#layers summary").click();
  await page.locator("#layers [data-layer=hazard_zones]").check();
  await page.locator("#layers [data-layer=land_use_plan]").uncheck();
  await settled(page);
  assert.deepEqual([await shown("land_use_plan"), await shown("hazard_zones")], [false, true]);
  assert.deepEqual(await axeFaults(page), []);
  await picture(page, "planner-layers");
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});
