import { describe, expect, it } from "vitest";
import { formatHash, parseHash, type Link } from "../../src/hash";

describe("a link", () => {
  const whole: Link = {
    view: { zoom: 8.5, lat: 19.25, lon: 104.875 },
    layers: ["provinces", "wards"],
    lang: "en",
    feature: { layer: "wards", id: "16681" },
  };

  it("is readable", () => {
    expect(formatHash(whole)).toBe("#map=8.5/19.2500/104.8750&layers=provinces,wards&lang=en&feature=wards/16681");
  });

  it.each<[string, Link]>([
    ["everything", whole],
    ["nothing", {}],
    ["no layer at all", { layers: [] }],
    ["an indicator", { indicator: { id: "population" } }],
    ["an indicator of a period", { indicator: { id: "on_time_procedures", period: "2026-Q3" } }],
    ["an id with every awkward sign", { feature: { layer: "roads", id: "QL 1A/Vinh&b=c#d+e%f,ố" } }],
    ["the far corner", { view: { zoom: 0, lat: -85.05, lon: -180 } }],
  ])("gives back %s", (_, link) => {
    expect(parseHash(formatHash(link))).toEqual(link);
  });

  it("keeps the place to within one pixel at every zoom", () => {
    for (let zoom = 0; zoom <= 22; zoom++) {
      const view = { zoom, lat: 18.123456789, lon: 105.987654321 };
      const back = parseHash(formatHash({ view })).view;
      const pixel = 360 / (512 * 2 ** zoom);
      expect(Math.abs((back?.lon ?? 999) - view.lon), `zoom ${zoom}`).toBeLessThan(pixel);
      expect(Math.abs((back?.lat ?? 999) - view.lat), `zoom ${zoom}`).toBeLessThan(pixel);
    }
  });

  it.each([
    ["", {}],
    ["#", {}],
    ["#map=8/19", {}],
    ["#map=8//105", {}],
    ["#map=a/b/c", {}],
    ["#map=8/91/105", {}],
    ["#map=8/19/181", {}],
    ["#map=99/19/105", {}],
    ["#lang=fr&layers=wards", { layers: ["wards"] }],
    ["#feature=wards", {}],
    ["#feature=wards/", {}],
    ["#feature=/1", {}],
    ["#layers=,wards,,roads,", { layers: ["wards", "roads"] }],
    ["#%E0%A4%A&lang=vi", { lang: "vi" }],
  ])("understands what it can of %j", (hash, link) => {
    expect(parseHash(hash)).toEqual(link);
  });
});
