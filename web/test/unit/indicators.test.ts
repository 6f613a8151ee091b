import { describe, expect, it } from "vitest";
import { isBetter } from "../../src/indicators/facts";
import { classColours, NO_DATA, tilesOf } from "../../src/indicators/paint";
import { parseSheet, type Sheet } from "../../src/indicators/service";
import { distanceOf, formatFigure, periodName, signed } from "../../src/indicators/words";

describe("periods and numbers", () => {
  it.each([
    ["2026-10", "Tháng 10/2026", "October 2026"],
    ["2026-01", "Tháng 1/2026", "January 2026"],
    ["2026-Q3", "Quý III/2026", "Q3 2026"],
    ["2025", "Năm 2025", "2025"],
  ])("names %s", (period, vi, en) => {
    expect([periodName(period, "vi"), periodName(period, "en")]).toEqual([vi, en]);
  });

  it.each<[number, number, string, string]>([
    [92.44, 1, "92,4", "92.4"],
    [92, 1, "92,0", "92.0"],
    [1234, 0, "1234", "1234"],
    [38_120, 0, "38.120", "38,120"],
    [9999.96, 1, "10.000,0", "10,000.0"],
  ])("writes %d with %d digits", (value, decimals, vi, en) => {
    expect([formatFigure(value, decimals, "vi"), formatFigure(value, decimals, "en")]).toEqual([vi, en]);
  });

  it("tells how far a share is from its target in points", () => {
    const share = { decimals: 1, unit: { vi: "%", en: "%" } };
    expect([distanceOf(-18.3, share, "vi"), distanceOf(-18.3, share, "en")]).toEqual(["18,3\u00a0điểm %", "18.3\u00a0points"]);
    expect(distanceOf(-3, { decimals: 0, unit: { vi: "ca", en: "cases" } }, "en")).toBe("3\u00a0cases");
  });

  it("tells changes with their sign", () => {
    expect(signed(0.5, 1, "vi")).toBe("+0,5");
    expect(signed(-12_345, 0, "en")).toBe("\u221212,345");
    expect(signed(0.04, 1, "vi")).toBe("không đổi");
  });
});

describe("a sheet", () => {
  const text = { vi: "a", en: "b" };
  const sheet = {
    id: "share", title: text, description: text, unit: text, agency: text, source: "", layer: "wards", every: "month", direction: "higher",
    decimals: 1, periods: ["2026-10"], period: "2026-10", target: 95, summary: {}, units: [{ id: "1" }],
    legend: [{ class: 0, color: "#111111", count: 1, text }, { class: 1, color: "#222222", count: 2, text }],
  };

  it("is read when it has its shape, and else not", () => {
    expect(parseSheet(sheet).id).toBe("share");
    for (const wrong of [{ ...sheet, every: "week" }, { ...sheet, legend: [{}] }, { ...sheet, units: null }, { ...sheet, period: 7 }, null]) {
      expect(() => parseSheet(wrong)).toThrow(/is not/);
    }
  });

  it("paints classes, and what has none in no class's colour", () => {
    expect(classColours(sheet as unknown as Sheet)).toEqual(["match", ["coalesce", ["get", "class"], -1], 0, "#111111", 1, "#222222", NO_DATA]);
    expect(classColours({ legend: [] })).toBe(NO_DATA);
    expect(tilesOf({ tiles: "/t/{z}.mvt" }, { id: "share", period: "2026-Q3" })).toBe("/t/{z}.mvt?indicator=share&period=2026-Q3");
    expect(tilesOf({ tiles: "/t/{z}.mvt" }, null)).toBe("/t/{z}.mvt");
  });

  it("knows what is better", () => {
    const of = (direction: Sheet["direction"], difference: number) => isBetter({ from: 1, difference }, { ...sheet, direction } as unknown as Sheet);
    expect([of("higher", 1), of("higher", -1), of("lower", 1), of("lower", -1), of(null, 1), of("higher", 0.01)]).toEqual([true, false, false, true, null, null]);
  });
});
