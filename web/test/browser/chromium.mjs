/** A real Chromium that looks at a real server: CITYLAYERS_URL, CHROMIUM, and SCREENSHOTS for pictures. */

import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test as unlimited } from "node:test";
import { chromium } from "playwright-core";

const { CITYLAYERS_URL, CHROMIUM = "/usr/bin/chromium", SCREENSHOTS } = process.env;
if (!CITYLAYERS_URL) throw new Error("CITYLAYERS_URL must name a running server, e.g. http://127.0.0.1:8080");
export const BASE = CITYLAYERS_URL.replace(/\/$/, "");

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export const SIZES = {
  desktop: { viewport: { width: 1440, height: 900 } },
  phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
  wall: { viewport: { width: 3840, height: 1080 } },
};

/** Contexts that are open. */
const contexts = new Set();

/**
 * A test that hangs fails after three minutes, or the `timeout` of its options, and those after it go on. The pages of one that fails are closed:
 * a wall that goes on drawing would slow those after it until they fail, too.
 */
export function test(name, ...rest) {
  const [body, options] = rest.reverse();
  return unlimited(name, { timeout: 180_000, ...options }, async (context) => {
    const before = new Set(contexts);
    try {
      await body(context);
    } catch (error) {
      await Promise.all([...contexts].filter((one) => !before.has(one)).map((one) => one.close()));
      throw error;
    }
  });
}

/** Whole area of the demo province. */
export const AREA = { zoom: 8, lat: 19.5, lon: 105.0 };

export function launch() {
  return chromium.launch({
    executablePath: CHROMIUM,
    headless: true,
    args: [
      "--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--disable-quic", "--no-first-run",
      "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ],
  });
}

/** A page in a context of its own; what the console complains of is kept in `page.complaints`. */
export async function newPage(browser, size = "desktop", options = {}) {
  const context = await browser.newContext({ ...SIZES[size], reducedMotion: "reduce", ...options });
  contexts.add(context);
  context.once("close", () => contexts.delete(context));
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  page.complaints = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) page.complaints.push(message.text());
  });
  page.on("pageerror", (error) => page.complaints.push(String(error)));
  return page;
}

/** Opens the map and waits until its first picture is complete. */
export async function open(page, hash = "") {
  await page.goto(`${BASE}/${hash}`);
  await page.locator("html[data-ready=true]").waitFor({ state: "attached" });
  await settled(page);
}

/** Waits until the map has nothing left to load, move or draw; after a minute, tells what it waits for. */
export function settled(page) {
  return page.evaluate((limit) => new Promise((resolve, reject) => {
    const { map } = window.citylayers;
    const tell = (frames) => reject(new Error(`after ${limit} ms the map is not idle: ${JSON.stringify({
      frames, visibility: document.visibilityState, moving: map.isMoving(), style: map.isStyleLoaded(), tiles: map.areTilesLoaded(),
      loading: Object.keys(map.getStyle().sources).filter((id) => !map.isSourceLoaded(id)),
    })}`));
    const over = setTimeout(() => {
      const none = setTimeout(() => tell("none are drawn"), 2000);
      requestAnimationFrame(() => {
        clearTimeout(none);
        tell("are drawn");
      });
    }, limit);
    map.once("idle", () => {
      clearTimeout(over);
      resolve();
    });
    map.triggerRepaint();
  }), 60_000);
}

/** Link to layers at a view, e.g. `link({ layers: ["wards"], lang: "en" })`. */
export function link({ view = AREA, layers, lang, feature }) {
  const parts = [`map=${view.zoom}/${view.lat}/${view.lon}`];
  if (layers) parts.push(`layers=${layers.join(",")}`);
  if (lang) parts.push(`lang=${lang}`);
  if (feature) parts.push(`feature=${feature}`);
  return `#${parts.join("&")}`;
}

export async function fetchCatalog() {
  const response = await fetch(`${BASE}/catalog`);
  assert.equal(response.status, 200);
  return response.json();
}

/** Opens a view around a layer's features, where they are drawn, with only these layers on. */
export async function openOn(page, catalog, id, { zoom, ...rest } = {}) {
  const layer = catalog.layers.find((candidate) => candidate.id === id);
  assert.ok(layer, `the server's catalogue has a layer ${id}`);
  const [west, south, east, north] = layer.bbox;
  const view = { zoom: Math.max(zoom ?? 8, layer.minzoom), lat: (south + north) / 2, lon: (west + east) / 2 };
  await open(page, link({ view, layers: [id], ...rest }));
  return layer;
}

/** Places on the screen, clear of panel and controls, where a feature of the layer is drawn. */
export function placesOf(page, id) {
  return page.evaluate((layer) => {
    const { map } = window.citylayers;
    const styleLayers = map.getLayersOrder().filter((name) => name.startsWith(`${layer}:`) && !name.endsWith(":label"));
    const canvas = map.getCanvas().getBoundingClientRect();
    const clear = (x, y) => document.elementFromPoint(x, y) === map.getCanvas() && y < canvas.height * 0.8;
    const seen = new Map();
    for (const feature of map.queryRenderedFeatures({ layers: styleLayers })) {
      const key = JSON.stringify(feature.properties);
      if (seen.has(key) || feature.geometry.type !== "Point") continue;
      const { x, y } = map.project(feature.geometry.coordinates);
      if (clear(x, y)) seen.set(key, { x, y, properties: feature.properties });
    }
    return [...seen.values()];
  }, id);
}

/** Colours `[r, g, b]` of the picture on the screen at these places, decoded by the browser itself. */
export async function coloursAt(page, places) {
  const picture = (await page.screenshot()).toString("base64");
  const reader = await page.context().newPage();
  try {
    return await reader.evaluate(async ({ picture, places }) => {
      const image = new Image();
      image.src = `data:image/png;base64,${picture}`;
      await image.decode();
      const canvas = new OffscreenCanvas(image.width, image.height);
      const drawing = canvas.getContext("2d");
      drawing.drawImage(image, 0, 0);
      return places.map(({ x, y }) => [...drawing.getImageData(Math.round(x), Math.round(y), 1, 1).data.slice(0, 3)]);
    }, { picture, places });
  } finally {
    await reader.close();
  }
}

/** What axe-core finds fault with, as short lines. */
export async function axeFaults(page) {
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate(() => window.axe.run());
  return violations.map(({ id, impact, nodes }) => `${impact} ${id}: ${nodes.map(({ target }) => target.join(" ")).join(", ")}`);
}

export async function picture(page, name, options = {}) {
  if (!SCREENSHOTS) return;
  mkdirSync(SCREENSHOTS, { recursive: true });
  await page.screenshot({ ...options, path: join(SCREENSHOTS, `${name}.png`) });
}
