/** When the server goes, and when it comes back. */

import assert from "node:assert/strict";
import { after, before } from "node:test";
import { BASE, launch, link, newPage, open, picture, settled, test } from "./chromium.mjs";

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

const everything = `${BASE}/**`;
const away = (route) => route.abort("connectionrefused");
const rendered = (page) => page.evaluate(() => window.citylayers.map.queryRenderedFeatures({ layers: ["wards:fill"] }).length);

test("a lost server is said plainly, and its tiles come once it is back", async () => {
  const page = await newPage(browser);
  await open(page, link({ view: { zoom: 9, lat: 19.2, lon: 111.0 }, layers: ["wards"] }));
  assert.equal(await rendered(page), 0);
  await page.context().route(everything, away);
  await page.evaluate(() => window.citylayers.map.jumpTo({ center: [105.2, 19.3], zoom: 10 }));
  const banner = page.getByRole("alert");
  await banner.waitFor();
  assert.equal(await banner.innerText(), "Mất kết nối với máy chủ. Bản đồ sẽ tự cập nhật khi máy chủ trở lại.");
  await picture(page, "server-gone");
  await page.getByRole("button", { name: "English" }).click();
  assert.match(await banner.innerText(), /server cannot be reached/);
  assert.equal(await rendered(page), 0);
  await page.context().unroute(everything, away);
  await banner.waitFor({ state: "hidden" });
  await page.getByText("The server is back.").waitFor();
  await page.waitForFunction(() => window.citylayers.map.queryRenderedFeatures({ layers: ["wards:fill"] }).length > 0);
  await page.context().close();
});

test("a still map notices too", async () => {
  const page = await newPage(browser);
  await open(page, link({ layers: ["wards"] }));
  await page.context().route(`${BASE}/readyz`, (route) => route.fulfill({ status: 503, body: "loading" }));
  await page.getByRole("alert").waitFor();
  assert.ok((await rendered(page)) > 0, "what was drawn stays");
  await page.context().unrouteAll();
  await page.getByRole("alert").waitFor({ state: "hidden" });
  await page.context().close();
});

test("lost tiles are asked for again though the server never went", async () => {
  const page = await newPage(browser);
  const lost = new Set();
  let broken = true;
  await page.context().route(`${BASE}/tiles/wards/**`, (route) => {
    if (!broken) return route.continue();
    lost.add(route.request().url());
    return route.abort("connectionreset");
  });
  await open(page, link({ view: { zoom: 9, lat: 19.3, lon: 105.2 }, layers: ["wards"] }));
  assert.equal(await rendered(page), 0);
  // Those of the zoom that is shown; a slow page loses some of the zoom above it on its way, which nobody needs any more.
  const missing = [...lost].filter((url) => url.startsWith(`${BASE}/tiles/wards/9/`));
  assert.ok(missing.length > 0);
  const again = missing.map((url) => page.waitForResponse(url));
  broken = false;
  await Promise.all(again);
  await page.waitForFunction(() => window.citylayers.map.queryRenderedFeatures({ layers: ["wards:fill"] }).length > 0);
  assert.equal(await page.getByRole("alert").isVisible(), false);
  await page.context().close();
});

test("a page opened without its server waits and then draws", async () => {
  const page = await newPage(browser);
  await page.context().route(/\/(catalog|readyz|tiles\/.*)$/, away);
  await page.goto(`${BASE}/`);
  await page.getByRole("alert").waitFor();
  await page.getByText("Chưa đọc được danh mục lớp. Đang thử lại…").waitFor();
  await page.context().unrouteAll();
  await page.locator("html[data-ready=true]").waitFor({ state: "attached" });
  await settled(page);
  assert.equal(await page.getByRole("alert").isVisible(), false);
  assert.ok((await rendered(page)) > 0);
  await page.context().close();
});
