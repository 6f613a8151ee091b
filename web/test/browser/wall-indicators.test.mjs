/** Indicators on the wall: one after another, in the colours of their legend, with what the service tells of them. */

import assert from "node:assert/strict";
import { after, before } from "node:test";
import { axeFaults, BASE, coloursAt, launch, newPage, picture, test } from "./chromium.mjs";
import { openWall, showing, shows, turnsOf, WALLS } from "./wall.mjs";

let browser;
let scene;
const sheets = new Map();
before(async () => {
  browser = await launch();
  const { scenes } = await (await fetch(`${BASE}/scenes`)).json();
  scene = scenes.find(({ indicators }) => indicators.length > 1);
  assert.ok(scene, "a scene of indicators is shipped");
  for (const id of scene.indicators) sheets.set(id, await (await fetch(`${BASE}/indicators/${id}`)).json());
});
after(() => browser.close());

const number = (value, decimals, lang) =>
  new Intl.NumberFormat(lang, { minimumFractionDigits: decimals, maximumFractionDigits: decimals, useGrouping: Math.abs(value) >= 10_000 }).format(Number(value.toFixed(decimals)) + 0);

/** Units as they stand in the lists, by the ranks of the service. */
function listed({ units, decimals }, lang) {
  const ranked = units.filter(({ rank }) => rank !== null).sort((a, b) => a.rank - b.rank || a.id.localeCompare(b.id));
  const line = ({ rank, name, value }) => `${rank} ${name} ${number(value, decimals, lang)}`;
  return [...ranked.slice(0, 5), ...ranked.slice(-5).reverse()].map(line);
}

const texts = async (locator) => (await locator.allInnerTexts()).map((text) => text.replace(/\s+/g, " ").trim());

for (const [size, lang, locale] of [["hall", "vi", "vi-VN"], ["screen", "en", "en-GB"]]) {
  test(`every indicator in its turn on a ${size}, ${lang}`, { timeout: 300_000 }, async () => {
    const page = await newPage(browser, undefined, WALLS[size]);
    await page.context().route(`${BASE}/scenes`, async (route) => {
      const answer = await route.fetch();
      const { scenes } = await answer.json();
      await route.fulfill({ response: answer, json: { scenes: scenes.map((one) => ({ ...one, seconds: 4 })) } });
    });
    await openWall(page, `?scene=${scene.id}&lang=${lang}&least=4`);
    for (const turn of turnsOf(scene)) {
      await shows(page, turn);
      // What stands there is read at once, before the next one comes.
      const [title, note, counters, list, legend, sticking] = await page.evaluate(() => {
        const all = (selector) => [...document.querySelectorAll(selector)];
        const text = (element) => element.innerText.replace(/\s+/g, " ").trim();
        return [text(document.querySelector("h1")), text(document.querySelector("#scene-note")), all("#counters dd").map(text),
          all(".ranking li").map(text), all("#legend li").map(text),
          all("#scene, #scene *").filter((one) => one.getBoundingClientRect().bottom > innerHeight || (one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).overflow !== "hidden" && one.clientWidth > 0)).map((one) => one.outerHTML.slice(0, 80))];
      });
      assert.equal(await showing(page), turn, "it was read in its own time");
      const sheet = sheets.get(turn.split("/")[1]);
      assert.equal(title, sheet.title[lang]);
      assert.match(note, new RegExp(sheet.period.slice(0, 4)));
      const { value, met, known, units } = sheet.summary;
      const unit = sheet.unit[lang].length > 2 ? "" : ` ${sheet.unit[lang]}`;
      if (value !== null) assert.equal(counters[0], number(value, sheet.decimals, locale) + unit);
      assert.ok(counters.includes(met === null ? `${known} / ${units}` : `${met} / ${known}`), `${turn}: ${counters}`);
      assert.deepEqual(list, listed(sheet, locale), turn);
      assert.deepEqual(legend.slice(0, sheet.legend.length), sheet.legend.map(({ text }) => text[lang]));
      assert.deepEqual(sticking, [], "nothing sticks out of its place");
      if (lang === "vi") await picture(page, `wall-${size}-${turn.replace("/", "-")}`);
    }
    await shows(page, turnsOf(scene)[0]);
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  });
}

test("the units have the colours of the legend, and axe finds nothing", { timeout: 200_000 }, async () => {
  const page = await newPage(browser, undefined, WALLS.screen);
  await openWall(page, `?scene=${scene.id}&least=600`);
  const [turn] = turnsOf(scene);
  assert.equal(await showing(page), turn);
  const sheet = sheets.get(scene.indicators[0]);
  await page.evaluate(() => {
    const { map } = window.cityWall.stage;
    for (const id of map.getLayersOrder()) if (map.getLayer(id).type !== "fill" && map.getLayer(id).type !== "background") map.setLayoutProperty(id, "visibility", "none");
  });
  const places = await page.evaluate((layer) => new Promise((resolve) => {
    const { map } = window.cityWall.stage;
    map.once("idle", () => {
      const canvas = map.getCanvas().getBoundingClientRect();
      const scale = canvas.width / map.getContainer().clientWidth;
      const found = [];
      for (let x = 120; x < map.getContainer().clientWidth - 120; x += 23) for (let y = 170; y < map.getContainer().clientHeight - 220; y += 29) {
        const at = (dx, dy) => map.queryRenderedFeatures([x + dx, y + dy], { layers: [`${layer}:fill`] })[0]?.properties;
        const own = at(0, 0);
        if (own && [[-4, 0], [4, 0], [0, -4], [0, 4]].every(([dx, dy]) => at(dx, dy)?.code === own.code)) found.push({ x: canvas.left + x * scale, y: canvas.top + y * scale, code: own.code, class: own.class });
      }
      resolve(found);
    });
    map.triggerRepaint();
  }), sheet.layer);
  const classes = new Map(sheet.units.map((unit) => [unit.id, unit.class]));
  const sample = places.filter((_, at) => at % Math.ceil(places.length / 80) === 0);
  assert.ok(sample.length > 20, `${places.length} places`);
  const shown = await page.locator("#legend .mark").evaluateAll((marks) => marks.map((mark) => getComputedStyle(mark).color.match(/\d+/g).map(Number)));
  const colours = await coloursAt(page, sample);
  for (const [at, { code, class: own }] of sample.entries()) {
    assert.equal(own, classes.get(code), `the class of ${code}`);
    const expected = shown[sheet.legend.findIndex((entry) => entry.class === own)];
    assert.ok(expected.every((channel, i) => Math.abs(channel - colours[at][i]) <= 6), `${code}: ${colours[at]} is not ${expected}`);
  }
  assert.deepEqual(await axeFaults(page), []);
  await page.context().close();
});
