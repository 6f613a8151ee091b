/** Groups, in which a layer with `[cluster]` shows its points from afar: their number, what a click tells, how they break up. */

import assert from "node:assert/strict";
import { after, before } from "node:test";
import { VectorTile } from "@mapbox/vector-tile";
import { PbfReader } from "pbf";
import { AREA, axeFaults, BASE, coloursAt, fetchCatalog, launch, link, newPage, open, picture, settled, test } from "./chromium.mjs";

let browser;
let layer;
/** The largest group of the area with nothing else under a finger, and the features it stands for. */
let group;
let features;
before(async () => {
  browser = await launch();
  const { layers } = await fetchCatalog();
  layer = layers.find(({ id }) => id === "parking");
  assert.ok(layer?.cluster.sum.length > 0, "parking is grouped, and something of it is added up");
  group = await findGroup();
  features = await featuresIn(cellOf(group));
});
after(() => browser.close());

const onGroups = (more = {}) => link({ view: AREA, layers: [layer.id], ...more });
const WORDS = {
  vi: { count: (number) => `${number} đối tượng`, total: (title) => `${title} (tổng)` },
  en: { count: (number) => `${number} features`, total: (title) => `${title} (total)` },
};

/** Whatever of the layer is drawn in the window, each once: its id, count and place, and of a group the number on it. */
function drawn(page) {
  return page.evaluate(({ id, field, sums }) => {
    const { map } = window.citylayers;
    const rendered = (part) => map.queryRenderedFeatures({ layers: [`${id}:${part}`] });
    const text = ({ layer }) => layer.layout["text-field"].sections.map((section) => section.text).join("");
    const numbers = new Map(rendered("group:label").map((label) => [label.properties[field], text(label)]));
    const found = ["circle", "group"].flatMap((part) => rendered(part).map(({ properties, geometry }) => {
      const [lon, lat] = geometry.coordinates;
      const { x, y } = map.project([lon, lat]);
      const clear = document.elementFromPoint(x, y) === map.getCanvas();
      const totals = Object.fromEntries(sums.map((name) => [name, properties[name]]));
      const key = String(properties[field]);
      return [key, { id: key, part, count: properties.point_count, number: numbers.get(properties[field]), totals, lon, lat, x, y, clear }];
    }));
    return [...new Map(found).values()];
  }, { id: layer.id, field: layer.id_field, sums: layer.cluster.sum });
}

const isGroup = ({ part }) => part === "group";
const total = (marks) => marks.reduce((sum, { count }) => sum + count, 0);

/** The square of the world that a group of zoom 8 stands for: `2 ** level` of them lie side by side around the globe. */
function cellOf({ lon, lat }) {
  const level = AREA.zoom + Math.log2(512 / layer.cluster.cell);
  const south = (1 - Math.asinh(Math.tan((lat * Math.PI) / 180)) / Math.PI) / 2;
  return { level, x: Math.floor(((lon + 180) / 360) * 2 ** level), y: Math.floor(south * 2 ** level) };
}

const isIn = ({ x, y }) => (mark) => cellOf(mark).x === x && cellOf(mark).y === y;

/** The features in a square, one by one: from the tiles of the first zoom without groups, each without its buffer. */
async function featuresIn(cell) {
  const zoom = layer.cluster.max_zoom + 1;
  const across = 2 ** (zoom - cell.level);
  const features = [];
  for (let i = 0; i < across * across; i++) {
    const [x, y] = [cell.x * across + (i % across), cell.y * across + Math.floor(i / across)];
    const answer = await fetch(`${BASE}/tiles/${layer.id}/${zoom}/${x}/${y}.mvt`);
    if (answer.status === 204) continue;
    assert.equal(answer.status, 200);
    const tile = new VectorTile(new PbfReader(await answer.arrayBuffer())).layers[layer.id];
    for (let number = 0; number < tile.length; number++) {
      const feature = tile.feature(number);
      const [[place]] = feature.loadGeometry();
      const inside = [place.x, place.y].every((value) => value >= 0 && value < tile.extent);
      if (inside) features.push({ properties: feature.properties, place: feature.toGeoJSON(x, y, zoom).geometry.coordinates });
    }
  }
  return features;
}

async function findGroup() {
  const page = await newPage(browser);
  await open(page, onGroups());
  const marks = await drawn(page);
  await page.context().close();
  const alone = (mark) => marks.every((other) => other === mark || Math.hypot(other.x - mark.x, other.y - mark.y) > 30);
  const [largest] = marks.filter((mark) => isGroup(mark) && alone(mark)).sort((a, b) => b.count - a.count);
  assert.ok(largest, "a group lies by itself");
  return largest;
}

/** A page with that group in the middle of the map. */
async function openAtGroup(size, more = {}) {
  const page = await newPage(browser, size);
  await open(page, onGroups({ view: { ...AREA, lat: group.lat, lon: group.lon }, ...more }));
  return page;
}

function placeOfGroup(page) {
  return page.evaluate(({ lon, lat }) => {
    const { x, y } = window.citylayers.map.project([lon, lat]);
    return { x, y };
  }, group);
}

/** Compares the card with the features themselves. */
async function assertTells(page, members, lang) {
  const card = page.locator("#card");
  await card.waitFor();
  const words = WORDS[lang];
  assert.equal(await card.locator("h2").innerText(), words.count(members.length));
  assert.equal(await card.locator(".kind").innerText(), layer.title[lang]);
  const rows = await card.locator(".facts > div").evaluateAll((all) => all.map((row) => [row.dataset.field, row.children[0].textContent, row.children[1].textContent]));
  const expected = layer.cluster.sum.map((name) => {
    const sum = members.reduce((before, { properties }) => before + (properties[name] ?? 0), 0);
    return [name, words.total(layer.fields.find((field) => field.name === name).title[lang]), String(sum)];
  });
  assert.deepEqual(rows.map(([name, title, value]) => [name, title, value.replace(/\D/g, "")]), expected);
}

test("groups are drawn with their number, and all numbers add up to the layer", async () => {
  const page = await newPage(browser);
  await open(page, onGroups());
  const marks = await drawn(page);
  const groups = marks.filter(isGroup);
  assert.ok(groups.length >= 3, `${groups.length} groups`);
  assert.deepEqual(groups.map(({ number }) => number), groups.map(({ count }) => String(count)));
  assert.ok(marks.every(({ part, count }) => (part === "group" ? count > 1 : count === 1)));
  assert.equal(total(marks), layer.count);
  assert.deepEqual(page.complaints, []);
  await picture(page, "groups");
  await page.context().close();
});

test("a group is seen as a disc with dark figures while its layer is on", async () => {
  const page = await newPage(browser);
  await open(page, onGroups());
  const groups = (await drawn(page)).filter((mark) => isGroup(mark) && mark.clear);
  const steps = Array.from({ length: 17 }, (_, i) => i - 8);
  const places = groups.flatMap(({ x, y }) => steps.flatMap((down) => steps.map((right) => ({ x: x + right, y: y + down }))));
  const look = async () => {
    const colours = await coloursAt(page, places);
    return groups.map((_, i) => colours.slice(i * steps.length ** 2, (i + 1) * steps.length ** 2));
  };
  const disc = [1, 3, 5].map((at) => Number.parseInt(layer.style.color.slice(at, at + 2), 16));
  const share = (colours, is) => colours.filter(is).length / colours.length;
  const isDisc = (colour) => Math.hypot(...colour.map((value, i) => value - disc[i])) < 30;
  const isDark = (colour) => Math.max(...colour) < 110;
  for (const colours of await look()) {
    assert.ok(share(colours, isDisc) > 0.25, `${share(colours, isDisc)} of the square is the disc`);
    assert.ok(share(colours, isDark) > 0.02, `${share(colours, isDark)} of the square is ink`);
  }
  await page.locator(`[data-layer="${layer.id}"]`).uncheck();
  await settled(page);
  for (const colours of await look()) assert.equal(share(colours, (colour) => isDisc(colour) || isDark(colour)), 0);
  await page.context().close();
});

test("a click on a group tells its exact number and sums, in both languages", async () => {
  const page = await newPage(browser);
  await open(page, onGroups());
  const groups = (await drawn(page)).filter((mark) => isGroup(mark) && mark.clear);
  for (const { id, lon, lat } of groups) {
    const members = await featuresIn(cellOf({ lon, lat }));
    await open(page, onGroups());
    const { x, y } = (await drawn(page)).find((mark) => mark.id === id);
    await page.mouse.click(x, y);
    await assertTells(page, members, "vi");
    await page.getByRole("button", { name: "English" }).click();
    await assertTells(page, members, "en");
    await page.getByRole("button", { name: "Tiếng Việt" }).click();
  }
  await settled(page);
  await picture(page, "group-card");
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

for (const size of ["desktop", "phone"]) {
  test(`the card of a group can be read before its animation goes on: ${size}`, async () => {
    const page = await openAtGroup(size);
    await page.emulateMedia({ reducedMotion: "no-preference" });
    await page.evaluate(() => (document.getElementById("card").style.animationPlayState = "paused"));
    await page.evaluate(() => window.citylayers.map.getCanvas().focus());
    await page.keyboard.press("Enter");
    await page.locator("#card").waitFor();
    await settled(page);
    const playing = await page.locator("#card").evaluate((card) => card.getAnimations().map(({ currentTime }) => currentTime));
    assert.deepEqual(playing, [0], "it has an animation, which is held at its beginning");
    const { x, y, width } = await page.locator("#card").boundingBox();
    const ratio = await page.evaluate(() => devicePixelRatio);
    const [colour] = await coloursAt(page, [{ x: (x + width / 2) * ratio, y: (y + 6) * ratio }]);
    const paper = await page.locator("#card").evaluate((card) => getComputedStyle(card).backgroundColor.match(/\d+/g).map(Number));
    assert.deepEqual(colour, paper);
    await picture(page, `group-first-frame-${size}`);
    await page.context().close();
  });
}

test("a link brings the selected group back", async () => {
  const page = await openAtGroup("desktop");
  const { x, y } = await placeOfGroup(page);
  await page.mouse.click(x, y);
  const heading = page.locator("#card h2");
  assert.equal(await heading.innerText(), WORDS.vi.count(features.length));
  await settled(page);
  const hash = new URL(page.url()).hash;
  await page.goto("about:blank");
  await open(page, hash);
  assert.equal(await heading.innerText(), WORDS.vi.count(features.length));
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("zooming in breaks a group up and loses nothing, down to the features", async () => {
  const page = await openAtGroup("desktop");
  const cell = cellOf(group);
  let before = 1;
  for (const zoom of [AREA.zoom + 1, AREA.zoom + 2]) {
    await page.getByRole("button", { name: "Phóng to", exact: true }).click();
    await settled(page);
    const parts = (await drawn(page)).filter(isIn(cell));
    assert.equal(total(parts), features.length, `zoom ${zoom}`);
    assert.ok(parts.length >= before, `${parts.length} after ${before} at zoom ${zoom}`);
    before = parts.length;
  }
  assert.ok(before > 1, "it broke up");
  await picture(page, "group-broken-up");
  const [{ place: [lon, lat], properties }] = features;
  await open(page, onGroups({ view: { zoom: layer.cluster.max_zoom + 1, lat, lon } }));
  const near = await drawn(page);
  assert.ok(near.some(({ id }) => id === properties[layer.id_field]), `${properties[layer.id_field]} in ${JSON.stringify(near)}`);
  assert.deepEqual(near.filter(isGroup), []);
  await page.context().close();
});

test("the keyboard alone reads a group and breaks it up", async () => {
  const page = await openAtGroup("desktop");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  assert.ok(await page.evaluate(() => document.activeElement === window.citylayers.map.getCanvas()));
  await page.keyboard.press("Enter");
  await assertTells(page, features, "vi");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), WORDS.vi.count(features.length));
  await page.keyboard.press("Escape");
  await page.locator("#card").waitFor({ state: "hidden" });
  for (let press = 0; press < 2; press++) {
    await page.keyboard.press("NumpadAdd");
    await settled(page);
  }
  const parts = (await drawn(page)).filter(isIn(cellOf(group)));
  assert.ok(parts.length > 1, `${parts.length} parts`);
  assert.equal(total(parts), features.length);
  await page.context().close();
});

for (const lang of ["vi", "en"]) {
  for (const size of ["desktop", "phone"]) {
    test(`axe finds nothing with a group on the card: ${size}, ${lang}`, async () => {
      const page = await openAtGroup(size, { lang });
      const { x, y } = await placeOfGroup(page);
      if (size === "phone") await page.touchscreen.tap(x, y);
      else await page.mouse.click(x, y);
      assert.equal(await page.locator("#card h2").innerText(), WORDS[lang].count(features.length));
      assert.deepEqual(await axeFaults(page), []);
      await settled(page);
      await picture(page, `group-${size}-${lang}`);
      assert.deepEqual(page.complaints, []);
      await page.context().close();
    });
  }
}
