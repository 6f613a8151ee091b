/** A city whose sensors speak, and a wall that looks at it: what the tests of the wall share. */

import assert from "node:assert/strict";
import { BASE } from "./chromium.mjs";

export const WALLS = {
  hall: { viewport: { width: 3840, height: 1080 } },
  vast: { viewport: { width: 11520, height: 3240 } },
  screen: { viewport: { width: 1920, height: 1080 } },
};

export async function observe(readings) {
  const answer = await fetch(`${BASE}/observations`, {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(readings),
  });
  assert.deepEqual((await answer.json()).refused, [], "every reading is taken");
}

const ask = async (path) => (await fetch(`${BASE}${path}`)).json();

async function ids(layer, most) {
  const { features } = await ask(`/collections/${layer}/items?limit=${most}`);
  return features.map(({ id, geometry }) => ({ id: String(id), place: geometry.coordinates }));
}

/** A day of readings of every observed layer: waves over the hours, of which the last is just now. Of the last `span` hours alone. */
export async function speak(now = Date.now(), span = Infinity) {
  const wave = (at, hour, low, high) => low + (high - low) * (0.5 + 0.32 * Math.sin((hour + at * 1.7) / 3.8) + 0.18 * Math.sin((hour * 2.3 + at) / 2.1));
  const series = async (layer, most, hours, step, values, silent = () => false) => {
    const readings = [];
    for (const [at, { id, place }] of (await ids(layer, most)).entries()) {
      for (let hour = hours; hour >= 0; hour -= step) {
        if (hour > span || (silent(at) && hour < 8)) continue;
        readings.push({ layer, feature: id, time: new Date(now - hour * 3_600_000).toISOString(), ...values(at, hours - hour, place, wave) });
      }
    }
    for (let first = 0; first < readings.length; first += 5000) await observe(readings.slice(first, first + 5000));
  };
  const whole = (value) => Math.round(value);
  await series("air_stations", 50, 24, 0.5, (at, hour) => ({ values: {
    aqi: whole(wave(at, hour, 28, at % 5 === 3 ? 190 : 120)), pm25: wave(at, hour, 8, 62), pm10: wave(at, hour, 20, 110),
    temperature: wave(at, hour, 22, 33), humidity: whole(wave(at, hour, 55, 92)) } }), (at) => at % 7 === 2);
  await series("parking", 60, 12, 0.5, (at, hour) => ({ values: { free: whole(wave(at, hour, 0, 60)) } }), (at) => at % 9 === 4);
  await series("hydropower", 30, 72, 2, (at, hour) => ({ values: { reservoir_level_m: wave(at, hour / 8, 120, 190), discharge_m3s: wave(at, hour / 6, 40, at % 6 === 1 ? 900 : 320) } }));
  await series("buses", 60, 6, 0.25, (at, hour, place) => ({ lon: place[0] + 0.001 * Math.sin(hour), lat: place[1], values: { speed_kmh: wave(at, hour, 2, 46), passengers: whole(wave(at, hour, 3, 44)) } }));
  await series("vessels", 60, 4, 1, (at, hour, place) => ({ lon: place[0] + 0.004 * hour, lat: place[1], values: { speed_kn: wave(at, hour, 0, 9) } }), (at) => at % 4 === 3);
  await series("street_lights", 1500, 0, 1, (at) => ({ values: { lit: at % 23 === 0 ? 0 : 1, power_w: 90 + (at % 40) } }));
}

/** Opens the wall and waits until a scene is on it. */
export async function openWall(page, query = "") {
  await page.goto(`${BASE}/wall${query}`);
  await page.locator("html[data-showing]").waitFor({ state: "attached" });
  await page.locator(".face.front").waitFor();
}

/** What is on the screen in turn while a scene is on. */
export const turnsOf = ({ id, indicators }) => (indicators.length === 0 ? [id] : indicators.map((indicator) => `${id}/${indicator}`));

export const showing = (page) => page.evaluate(() => document.documentElement.dataset.showing);

/** Waits until this is on the screen. */
export const shows = (page, what) => page.waitForFunction((what) => document.documentElement.dataset.showing === what, what);
