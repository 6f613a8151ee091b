import { describe, expect, it } from "vitest";
import { parseAlert } from "../../src/wall/alerts";
import { lit, mixed } from "../../src/wall/dark";
import { explained } from "../../src/wall/legend";
import { wallNumber } from "../../src/wall/numbers";
import { valueOf } from "../../src/wall/playbook";
import { lineOf } from "../../src/wall/sparkline";
import { heardOf } from "../../src/wall/watch";
import { catalog, field, layer, status } from "./catalogue";
import { feature } from "./wall-alert";

const NOW = Date.parse("2026-11-22T10:00:00+07:00");

describe("a trend's line", () => {
  const hour = 3_600_000;
  const went = (...points: [number, number][]) => ({ interval: 1200, points: points.map(([at, value]) => ({ time: new Date(NOW - at * hour).toISOString(), value })) });

  it("runs from left to right, high values above", () => {
    const line = lineOf(went([4, 10], [3, 20], [2, 15]), NOW - 4 * hour, NOW, 400, 100);
    expect([line.least, line.most, line.last]).toEqual([10, 20, { x: 200, y: 50, value: 15 }]);
    expect(line.path).toBe("M0 92L100 8L200 50");
  });

  it("is broken where nothing is known, and empty without points", () => {
    const near = lineOf(went([1, 10], [0.8, 20], [0.6, 15]), NOW - hour, NOW, 300, 100);
    expect(near.path.match(/M/g)?.length).toBe(1);
    const broken = lineOf(went([4, 10], [3.8, 12], [1, 20], [0.8, 15]), NOW - 4 * hour, NOW, 400, 100);
    expect(broken.path.match(/M/g)?.length).toBe(2);
    expect(lineOf(went(), NOW - hour, NOW, 300, 100)).toMatchObject({ path: "", area: "", last: null });
  });

  it("ends with the newest point, also where this clock is some seconds slow", () => {
    const line = lineOf(went([1, 10], [0.5, 20], [-0.0006, 10]), NOW - hour, NOW, 300, 100);
    expect(line.last).toEqual({ x: 300, y: 92, value: 10 });
  });

  it("of a value that stays is flat in the middle", () => {
    expect(lineOf(went([0.5, 7]), NOW - hour, NOW, 300, 100).last).toEqual({ x: 150, y: 50, value: 7 });
  });
});

describe("a source", () => {
  const of = (features: number, measured: number, silent: number, lang: "vi" | "en" = "vi") =>
    heardOf({ layer: "air_stations", title: { vi: "Trạm", en: "Stations" }, features, measured, silent, unheard: features - measured, newest: null }, lang);

  it("is heard only when all of it is", () => {
    const table: [number, number, number, string, string, string][] = [
      [14, 14, 0, "14 nguồn, đủ tin", "all 14 heard", "fresh"],
      [14, 14, 2, "2 / 14 im lặng", "2 of 14 silent", "thin"],
      [14, 11, 2, "2 / 14 im lặng · 3 chưa có số liệu", "2 of 14 silent · 3 without data", "thin"],
      [14, 13, 0, "1 / 14 chưa có số liệu", "1 of 14 without data", "thin"],
      [14, 14, 8, "8 / 14 im lặng", "8 of 14 silent", "lost"],
      [40_000, 1, 0, "39.999 / 40.000 chưa có số liệu", "39,999 of 40,000 without data", "lost"],
    ];
    for (const [features, measured, silent, vi, en, mood] of table) {
      expect(of(features, measured, silent)).toMatchObject({ state: vi, mood });
      expect(of(features, measured, silent, "en").state).toBe(en);
    }
    expect(of(40_000, 1, 0).share).toBe(1 / 40_000);
    expect(of(14, 12, 2).share).toBe(10 / 14);
  });
});

describe("the value of an alert", () => {
  const observed = [{ name: "aqi", title: { vi: "Chỉ số", en: "Index" }, unit: null }, { name: "pm25", title: { vi: "Bụi mịn", en: "Fine dust" }, unit: "ug/m3" }];
  const city = { ...catalog, layers: [layer("air_stations", "point", { observed })] };
  const told = (properties: Record<string, unknown>, lang: "vi" | "en" = "vi") => valueOf(parseAlert(feature("a", properties)), city, lang);

  it("has the unit that the service tells, and else that of the catalogue", () => {
    expect(told({ property: "aqi", value: 210, unit: null })).toBe("Chỉ số: 210");
    expect(told({ property: "pm25", value: 61.5, unit: "ug/m3" })).toBe("Bụi mịn: 61,5 ug/m³");
    expect(told({ property: "pm25", value: 61.5 })).toBe("Bụi mịn: 61,5 ug/m³");
    expect([told({ property: null, value: 121, unit: "min" }), told({ property: null, value: 121, unit: "min" }, "en")]).toEqual(["121 phút", "121 min"]);
    expect(told({ property: null, value: 48.25, unit: "m" })).toBe("48,3 m");
    expect(told({ property: null, value: 71.4, unit: "%" })).toBe("71,4 %");
    expect(told({ property: "aqi", value: null, unit: null })).toBeNull();
  });
});

describe("the legend", () => {
  const text = (vi: string, en: string) => ({ vi, en });
  const value = { property: "free", classes: [{ from: 0, color: "#a8483a", title: text("Hết chỗ", "Full") }, { above: 0, color: "#3f8f86", title: text("Còn chỗ", "Free") }] };
  const shown = (...colors: [number, string, { vi: string; en: string } | null][]) =>
    ({ layer: "parking", property: "free", text: true, colors: colors.map(([from, color, title]) => ({ from, color, title })) });
  const texts = (...told: Parameters<typeof explained>) => explained(...told).entries.map((entry) => entry.text);

  it("tells the scene's colours of values, by their names or by the values", () => {
    const parking = layer("parking", "point", { style: { value, label: "name" } });
    const colours = shown([0, "#ff0000", text("Ít", "Few")], [10, "#00ff00", null], [1200.5, "#0000ff", null]);
    expect(explained(parking, colours, "vi")).toEqual({ title: "Lớp parking", entries: [
      { color: "#ff0000", text: "Ít" }, { color: "#00ff00", text: "10 – <1.201" }, { color: "#0000ff", text: "≥ 1.201" }] });
    expect(texts(parking, shown(), "en"), "a scene without colours has the layer's").toEqual(["Full", "Free"]);
    expect(texts(parking, undefined, "vi")).toEqual(["Hết chỗ", "Còn chỗ"]);
  });

  it("tells codes only of what has no names beside it", () => {
    const fields = [field("code", "text"), status];
    const lamps = (label: string | null) => texts(layer("lamps", "point", { fields, style: { color_by: "status", label } }), undefined, "en");
    expect(lamps(null)).toEqual(["On", "Faulty"]);
    expect(lamps("code")).toEqual(["Layer lamps"]);
  });
});

describe("numbers and colours", () => {
  it("have no more digits than count", () => {
    const table: [number, string, string][] = [[0, "0", "0"], [12.34, "12,3", "12.3"], [38214.6, "38.215", "38,215"], [-4.06, "-4,1", "-4.1"], [99.96, "100,0", "100.0"], [1013, "1.013", "1,013"]];
    for (const [value, vi, en] of table) expect([wallNumber(value, "vi"), wallNumber(value, "en")]).toEqual([vi, en]);
  });

  it("are mixed and lit", () => {
    expect(mixed("#000000", "#ffffff", 0.5)).toBe("#808080");
    const brightness = (color: string) => Math.max(...[1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16)));
    for (const color of ["#6fa39a", "#557f9a", "#b5785f", "#222222"]) expect(brightness(lit(color)), color).toBeGreaterThanOrEqual(220);
  });
});
