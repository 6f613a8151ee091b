/** A wall runs for weeks: what it holds must not grow with the scenes that it showed and the events that it heard. */

import assert from "node:assert/strict";
import { after, before } from "node:test";
import { BASE, launch, newPage, test } from "./chromium.mjs";
import { observe, openWall, speak } from "./wall.mjs";

/** Changes of scene, and readings for each of them. */
const [CHANGES, READINGS] = [60, 100];
/** Bytes that the heap may have grown by from the one half to the other: less than a leaked map holds, or what was heard in so many scenes. */
const MOST_BYTES = 2 << 20;

let browser;
before(async () => {
  browser = await launch();
  await speak();
});
after(() => browser.close());

/** What the page holds, once nothing that can go is left. */
async function held(session) {
  for (let times = 0; times < 3; times += 1) await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  const { metrics } = await session.send("Performance.getMetrics");
  const of = (name) => metrics.find((metric) => metric.name === name).value;
  return { bytes: usedSize, nodes: of("Nodes"), listeners: of("JSEventListeners") };
}

test("scenes and events leave nothing behind", { timeout: 900_000 }, async () => {
  const page = await newPage(browser, undefined, { viewport: { width: 1280, height: 400 } });
  page.setDefaultTimeout(120_000);
  await page.context().route(`${BASE}/scenes`, async (route) => {
    const answer = await route.fetch();
    const { scenes } = await answer.json();
    await route.fulfill({ response: answer, json: { scenes: scenes.map((scene) => ({ ...scene, seconds: 0.2 })) } });
  });
  await page.addInitScript(() => {
    window.changes = 0;
    const watch = () => new MutationObserver(() => (window.changes += 1)).observe(document.documentElement, { attributes: true, attributeFilter: ["data-showing"] });
    addEventListener("DOMContentLoaded", watch);
  });
  await openWall(page, "?least=0.2");
  const session = await page.context().newCDPSession(page);
  await session.send("HeapProfiler.enable");
  await session.send("Performance.enable");
  const features = (await (await fetch(`${BASE}/collections/street_lights/items?limit=${READINGS}`)).json()).features;
  const changed = async (many) => {
    for (let at = await page.evaluate(() => window.changes); at < many; at = await page.evaluate(() => window.changes)) {
      await observe(features.map(({ id }) => ({ layer: "street_lights", feature: String(id), values: { lit: at % 2, power_w: 90 + at } })));
      await page.waitForFunction((at) => window.changes > at, at);
    }
  };
  // A scene that is just being drawn holds more: the least of some looks counts.
  const least = async (...looks) => {
    const all = [];
    for (const look of looks) {
      await changed(look);
      all.push(await held(session));
    }
    const of = (name) => Math.min(...all.map((one) => one[name]));
    return { bytes: of("bytes"), nodes: of("nodes"), listeners: of("listeners") };
  };
  // The first scenes warm up: fonts, shaders, the caches of the browser and of the map.
  const before = await least(15, 20, 25, 30);
  const now = await least(CHANGES - 15, CHANGES - 10, CHANGES - 5, CHANGES);
  console.log(`after 30 scenes ${JSON.stringify(before)}, after ${CHANGES} scenes ${JSON.stringify(now)}`);
  assert.ok(now.bytes - before.bytes < MOST_BYTES, `${now.bytes - before.bytes} bytes more`);
  assert.ok(now.nodes - before.nodes < 500 && now.listeners - before.listeners < 100, JSON.stringify([before, now]));
  assert.equal(await page.evaluate(() => document.querySelectorAll(".face canvas").length), 2, "two maps");
  await page.context().close();
});
