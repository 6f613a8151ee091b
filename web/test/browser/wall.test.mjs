/** The wall: what stands on it, what changes by itself, and what it outlives. */

import assert from "node:assert/strict";
import { after, before } from "node:test";
import { axeFaults, BASE, launch, newPage, picture, test } from "./chromium.mjs";
import { observe, openWall, showing, shows, speak, turnsOf, WALLS } from "./wall.mjs";
import { Relay } from "./relay.mjs";

let browser;
let scenes;
before(async () => {
  browser = await launch();
  await speak();
  ({ scenes } = await (await fetch(`${BASE}/scenes`)).json());
});
after(() => browser.close());

const counters = (page) => page.locator("#counters dd").allInnerTexts();
const wall = (size, options = {}) => newPage(browser, undefined, { ...WALLS[size], ...options });

/** The scenes at another pace: a test does not wait for half a minute. */
const hurried = (page, seconds, url = BASE) =>
  page.context().route(`${url}/scenes`, async (route) => {
    const answer = await route.fetch();
    const { scenes } = await answer.json();
    await route.fulfill({ response: answer, json: { scenes: scenes.map((scene) => ({ ...scene, seconds })) } });
  });

for (const size of Object.keys(WALLS)) {
  test(`every scene on a ${size}`, { timeout: 600_000 }, async () => {
    // Buses are silent after five minutes, and count no more. No page is open that would ask and be led away.
    await speak(Date.now(), 0);
    const page = await wall(size);
    page.setDefaultTimeout(180_000);
    for (const scene of scenes) {
      if (size === "vast" && !["overview", "lighting", "indicators"].includes(scene.id)) continue;
      await openWall(page, `?scene=${scene.id}`);
      assert.equal(await showing(page), turnsOf(scene)[0]);
      // What a scene of indicators tells has its own tests.
      if (scene.indicators.length === 0) {
        assert.equal(await page.locator("h1").innerText(), scene.title.vi);
        assert.deepEqual(await page.locator("#counters dt").allInnerTexts(), scene.counters.map(({ title }) => title.vi));
      }
      await page.locator("#sources li[data-mood]").first().waitFor();
      const sticking = await page.evaluate(() => [...document.querySelectorAll("#scene, #watch, #scene *, #watch *")]
        .filter((one) => !one.closest("#clock") && one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).overflow !== "hidden" && one.clientWidth > 0)
        .map((one) => `${one.tagName} ${one.id} ${one.className} ${one.textContent.slice(0, 30)}`));
      assert.deepEqual(sticking, [], "nothing sticks out of its place");
      assert.ok(await page.evaluate(() => document.documentElement.scrollHeight <= innerHeight && document.documentElement.scrollWidth <= innerWidth));
      await page.waitForFunction(() => {
        const numbers = [...document.querySelectorAll("#counters dd")].map((number) => number.innerText);
        return numbers.filter((text) => /\d/.test(text)).length >= numbers.length - 1;
      }).catch(async () => assert.fail(`${scene.id}: ${await counters(page)}`));
      // Chromium without a screen takes no picture that is wider than 8192 pixels.
      const parts = size === "vast" ? [0, 3840, 7680] : [null];
      for (const x of parts) await picture(page, `wall-${size}-${scene.id}${x === null ? "" : `-${x}`}`, x === null ? {} : { clip: { x, y: 0, width: 3840, height: 3240 } });
      if (size === "vast") {
        const drawn = await page.evaluate(() => {
          const canvas = document.querySelector(".face.front canvas");
          return [canvas.width, canvas.getBoundingClientRect().width];
        });
        assert.ok(Math.abs(drawn[0] - drawn[1]) < 3 && drawn[0] > 6000, `the map is drawn as fine as the screen is: ${drawn}`);
      }
    }
    // Without a graphics card the vast picture keeps the page from hearing answers for longer than it waits for them; then it asks again.
    assert.deepEqual(page.complaints.filter((text) => !/signal timed out/.test(text)), []);
    await page.context().close();
  });
}

test("axe finds nothing, in both languages", async () => {
  for (const lang of ["vi", "en"]) {
    const page = await wall("hall");
    await openWall(page, `?scene=environment&lang=${lang}`);
    await page.locator("#sources li[data-mood]").first().waitFor();
    assert.equal(await page.locator("h1").innerText(), lang === "vi" ? "Môi trường" : "Environment");
    assert.deepEqual(await axeFaults(page), []);
    await page.context().close();
  }
});

test("the clock is that of Viet Nam, wherever the wall stands and whatever its own clock says", async () => {
  const page = await wall("screen", { timezoneId: "America/Lima" });
  // Three days slow.
  await page.addInitScript(() => {
    const real = Date.now;
    Date.now = () => real() - 3 * 86_400_000;
  });
  await openWall(page, "?scene=overview");
  await page.locator("#sources li[data-mood]").first().waitFor();
  const expected = new Intl.DateTimeFormat("vi-VN", { timeZone: "Asia/Ho_Chi_Minh", weekday: "long", day: "numeric", month: "long", year: "numeric" });
  await page.waitForFunction((day) => document.getElementById("date").textContent === day, expected.format(new Date()));
  const shown = (await page.locator("#time .minutes").innerText()).replace(/\s/g, "");
  const clock = new Intl.DateTimeFormat("en-GB", { timeZone: "Asia/Ho_Chi_Minh", hour: "2-digit", minute: "2-digit" });
  assert.ok([0, 60_000].some((ago) => clock.format(new Date(Date.now() - ago)) === shown), shown);
  await page.context().close();
});

test("numbers, trends and sources follow what is measured", async () => {
  const page = await wall("hall");
  await openWall(page, "?scene=environment");
  const at = scenes.find(({ id }) => id === "environment").counters.findIndex(({ title }) => title.en === "Highest AQI");
  const stations = (await (await fetch(`${BASE}/collections/air_stations/items?limit=50`)).json()).features;
  await observe(stations.map(({ id }) => ({ layer: "air_stations", feature: String(id), values: { aqi: 90 } })));
  for (const value of [191, 195, 199]) {
    await observe([{ layer: "air_stations", feature: String(stations[0].id), values: { aqi: value } }]);
    await page.waitForFunction(([at, text]) => document.querySelectorAll("#counters dd")[at].textContent === text, [at, String(value)]);
  }
  assert.ok(await page.locator("#counters dd").nth(at).evaluate((number) => number.classList.contains("warning")));
  await observe(stations.map(({ id }) => ({ layer: "air_stations", feature: String(id), values: { aqi: 40 } })));
  await page.waitForFunction((at) => document.querySelectorAll("#counters dd")[at].textContent === "40", at);
  // The map's own values, too: written beside the stations.
  await page.waitForFunction(() => {
    const found = window.cityWall.stage.map.queryRenderedFeatures({ layers: ["air_stations:value"] });
    return found.length > 0 && found.every(({ properties }) => properties.aqi === 40);
  });
  const silent = page.locator('#sources [data-source="parking"]');
  assert.match(await silent.innerText(), /\d+ \/ \d+ im lặng/);
  await page.context().close();
});

test("counters are asked for when there is news, and at most once a second", async () => {
  const page = await wall("screen");
  const asked = [];
  page.on("request", (request) => request.url().endsWith("/counters") && asked.push(performance.now()));
  await openWall(page, "?scene=environment");
  const [station] = (await (await fetch(`${BASE}/collections/air_stations/items?limit=1`)).json()).features;
  const value = (number) => observe([{ layer: "air_stations", feature: String(station.id), values: { aqi: number } }]);
  // Nobody else measures more.
  const stations = (await (await fetch(`${BASE}/collections/air_stations/items?limit=50`)).json()).features;
  await observe(stations.map(({ id }) => ({ layer: "air_stations", feature: String(id), values: { aqi: 20 } })));
  await value(100);
  await page.waitForFunction(() => [...document.querySelectorAll("#counters dd")].some((one) => one.textContent === "100"));
  const begun = performance.now();
  for (let number = 101; number <= 199; number += 1) await value(number);
  await page.waitForFunction(() => [...document.querySelectorAll("#counters dd")].some((one) => one.textContent === "199"));
  const during = asked.filter((moment) => moment >= begun).length;
  assert.ok(during <= (performance.now() - begun) / 1000 + 2, `${during} questions for 99 readings`);
  await page.context().close();
});

test("scenes follow each other, each whole before it is seen", async () => {
  const page = await wall("screen");
  await hurried(page, 1);
  await page.addInitScript(() => {
    window.seen = [];
    const watcher = new MutationObserver(() => {
      const { map } = window.cityWall.stage;
      window.seen.push([document.documentElement.dataset.showing, map.areTilesLoaded(), document.querySelectorAll(".face canvas").length]);
    });
    addEventListener("DOMContentLoaded", () => watcher.observe(document.documentElement, { attributes: true, attributeFilter: ["data-showing"] }));
  });
  await openWall(page, "?least=1");
  const order = scenes.flatMap(turnsOf);
  await page.waitForFunction((many) => window.seen.length > many, order.length);
  const seen = await page.evaluate(() => window.seen);
  assert.deepEqual(seen.map(([id]) => id), seen.map((_, at) => order[at % order.length]));
  for (const [id, whole, maps] of seen) assert.ok(whole && maps <= 2, `${id}: whole ${whole}, ${maps} maps`);
  // The strip is drawn with the next beat of the clock.
  await page.waitForFunction(() => document.querySelector("#rotation li[aria-current]")?.dataset.scene === document.documentElement.dataset.showing.split("/")[0]);
  await page.context().close();
});

test("a lost network is said, the last picture stays, and all goes on by itself", async () => {
  const relay = await Relay.start(BASE);
  const page = await wall("hall");
  await hurried(page, 1, relay.url);
  await page.goto(`${relay.url}/wall?scene=environment`);
  await shows(page, "environment");
  await relay.stop();
  const banner = page.getByRole("alert");
  await banner.waitFor();
  assert.match(await banner.innerText(), /^Mất kết nối từ \d\d:\d\d:\d\d\. Hình trên màn là lúc \d\d:\d\d:\d\d\.$/);
  assert.ok(await page.evaluate(() => window.cityWall.stage.map.queryRenderedFeatures({ layers: ["air_stations:circle"] }).length > 0));
  await picture(page, "wall-away");
  const stations = (await (await fetch(`${BASE}/collections/air_stations/items?limit=50`)).json()).features;
  await observe(stations.map(({ id }) => ({ layer: "air_stations", feature: String(id), values: { aqi: 77 } })));
  await relay.again();
  await banner.waitFor({ state: "hidden" });
  await page.waitForFunction(() => [...document.querySelectorAll("#counters dd")].filter((one) => one.textContent === "77").length === 2);
  await observe(stations.map(({ id }) => ({ layer: "air_stations", feature: String(id), values: { aqi: 78 } })));
  await page.waitForFunction(() => [...document.querySelectorAll("#counters dd")].filter((one) => one.textContent === "78").length === 2);
  await page.context().close();
  await relay.stop();
});

test("after an upgrade the wall opens itself anew, and after a mere restart it does not", async () => {
  const relay = await Relay.start(BASE);
  const page = await wall("screen");
  await page.goto(`${relay.url}/wall?scene=overview`);
  await shows(page, "overview");
  await page.evaluate(() => (window.same = true));
  const restart = async () => {
    await relay.stop();
    await page.getByRole("alert").waitFor();
    await relay.again();
  };
  await restart();
  await page.getByRole("alert").waitFor({ state: "hidden" });
  await shows(page, "overview");
  assert.ok(await page.evaluate(() => window.same), "the same page goes on");
  relay.page = (html) => html.replace(/assets\/wall-[\w-]+\.css/, "assets/wall-another.css");
  const reloaded = page.waitForEvent("load");
  await restart();
  await reloaded;
  await shows(page, "overview");
  assert.equal(await page.evaluate(() => window.same), undefined, "another page");
  await page.context().close();
  await relay.stop();
});

test("an upgrade is noticed behind a proxy that answers all the while", async () => {
  const relay = await Relay.start(BASE);
  const page = await wall("screen");
  await page.addInitScript(() => {
    const real = performance.now.bind(performance);
    window.later = 0;
    performance.now = () => real() + window.later;
  });
  await page.goto(`${relay.url}/wall?scene=overview`);
  await shows(page, "overview");
  await page.evaluate(() => (window.same = true));
  const compared = page.waitForResponse((answer) => answer.url() === `${relay.url}/scenes`);
  await page.evaluate(() => (window.later = 180_000));
  await compared;
  assert.ok(await page.evaluate(() => window.same), "nothing is another");
  relay.page = (html) => html.replace(/assets\/wall-[\w-]+\.css/, "assets/wall-another.css");
  const reloaded = page.waitForEvent("load");
  await page.evaluate(() => (window.later = 360_000));
  await reloaded;
  await shows(page, "overview");
  assert.equal(await page.evaluate(() => window.same), undefined, "another page");
  await page.context().close();
  await relay.stop();
});

test("a wall that is opened without its server waits for it", async () => {
  const relay = await Relay.start(BASE);
  const page = await wall("screen");
  await page.context().route(`${relay.url}/{catalog,scenes}`, (route) => route.abort("connectionrefused"));
  await page.goto(`${relay.url}/wall?scene=overview`);
  await page.getByText("Đang chờ máy chủ…").waitFor();
  await page.context().unrouteAll();
  await shows(page, "overview");
  await page.context().close();
  await relay.stop();
});

test("a scene that there is not is told with those that there are", async () => {
  const page = await wall("screen");
  await page.goto(`${BASE}/wall?scene=nowhere`);
  const banner = page.getByRole("alert");
  await banner.waitFor();
  assert.equal(await banner.innerText(), `Không có cảnh “nowhere”; hiện có: ${scenes.map(({ id }) => id).join(", ")}.`);
  await page.context().close();
});

const alerts = async (query) => (await (await fetch(`${BASE}/alerts?${query}`)).json()).features;
const act = async (id, deed) => {
  const answer = await fetch(`${BASE}/alerts/${id}/${deed}`, {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ by: "Lan", note: "đã gọi" }),
  });
  assert.equal(answer.status, 200, await answer.text());
};

test("a severe alert takes the screen, its steps are ticked as they are done, and it gives the screen back", { timeout: 300_000 }, async () => {
  const page = await wall("hall", { reducedMotion: "no-preference" });
  await openWall(page, "?scene=overview&least=1");
  const stations = (await (await fetch(`${BASE}/collections/air_stations/items?limit=50`)).json()).features;
  const [first, second] = stations.map(({ id, geometry }) => ({ id: String(id), place: geometry.coordinates }));
  await observe([{ layer: "air_stations", feature: first.id, values: { aqi: 260 } }]);
  await page.waitForFunction(() => document.documentElement.dataset.showing.startsWith("alert/"));
  const [alert] = await alerts("severity=Severe&status=raised");
  assert.equal(await showing(page), `alert/${alert.id}`);
  assert.equal(await page.locator("#headline").innerText(), alert.properties.headline.vi);
  assert.equal(await page.locator("#alerts li").first().getAttribute("data-alert"), String(alert.id), "the newest is on top");
  assert.deepEqual(await page.locator("#playbook .what").allInnerTexts(), alert.properties.steps.map(({ title }) => title.vi));
  await page.waitForFunction(([lon, lat]) => {
    const { map } = window.cityWall.stage;
    const at = map.getCenter();
    return !map.isMoving() && Math.hypot(at.lng - lon, at.lat - lat) < 1e-4 && map.getZoom() > 12 && map.areTilesLoaded();
  }, first.place);
  assert.deepEqual(await axeFaults(page), []);
  await picture(page, "wall-alert");
  await act(alert.id, "steps/1");
  const step = page.locator('#playbook [data-step="1"]');
  await page.locator('#playbook [data-step="1"].done').waitFor();
  assert.match(await step.innerText(), /xong \d\d:\d\d · Lan/);
  await picture(page, "wall-alert-ticked");
  // Another one waits until this one is looked after.
  await observe([{ layer: "air_stations", feature: second.id, values: { aqi: 270 } }]);
  await page.locator("#alerts li").nth(1).waitFor();
  assert.equal(await showing(page), `alert/${alert.id}`);
  await act(alert.id, "acknowledge");
  const [other] = await alerts("severity=Severe&status=raised");
  await shows(page, `alert/${other.id}`);
  await act(other.id, "resolve");
  await shows(page, "overview");
  assert.ok(await page.locator("#counters").isVisible() && !(await page.locator("#playbook").isVisible()));
  await page.waitForFunction((id) => !document.querySelector(`#alerts [data-alert="${id}"]`), String(other.id));
  await act(alert.id, "resolve");
  await observe([first, second].map(({ id }) => ({ layer: "air_stations", feature: id, values: { aqi: 60 } })));
  await page.context().close();
});

test("many small alerts push no severe one out of the list, and are counted", async () => {
  const page = await wall("hall");
  const alert = (severity, at, minutes) => {
    const time = new Date(Date.now() - minutes * 60_000).toISOString();
    const headline = { vi: `Cảnh báo ${severity} ${at}`, en: `Alert ${severity} ${at}` };
    const properties = { title: headline, headline, severity, status: "raised", raised_at: time, changed_at: time, steps: [] };
    return { type: "Feature", id: `${severity}-${at}`, geometry: { type: "Point", coordinates: [105.68, 18.67] }, properties };
  };
  const open = { Severe: [alert("Severe", 0, 600)], Moderate: Array.from({ length: 50 }, (_, at) => alert("Moderate", at, 1 + at / 100)) };
  await page.context().route(`${BASE}/alerts?*`, (route) => {
    const severity = new URL(route.request().url()).searchParams.get("severity");
    const features = open[severity] ?? [];
    return route.fulfill({ json: { features, numberMatched: severity === "Moderate" ? 4000 : features.length } });
  });
  await openWall(page, "?scene=environment");
  await page.locator('#alerts [data-alert="Severe-0"]').waitFor();
  assert.equal(await showing(page), "environment", "it is older than the wall");
  assert.equal(await page.locator("#alerts li").first().getAttribute("data-alert"), "Moderate-0", "the newest is on top");
  const seen = await page.locator("#alerts li:not([hidden])").count();
  assert.equal(await page.locator("#alerts-more").innerText(), `và ${(4001 - seen).toLocaleString("vi-VN")} cảnh báo khác`);
  await page.context().close();
});
