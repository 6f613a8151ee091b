import { describe, expect, it } from "vitest";
import type { Language } from "../../src/catalog";
import { formatCount, formatUnit, formatValue } from "../../src/format";
import { field, status } from "./catalogue";

const nbsp = "\u00a0";

describe("a value", () => {
  it.each([
    ["real", "km²", 1234.5678, `1234,57${nbsp}km²`, `1234.57${nbsp}km²`],
    ["real", "m", 12015.934977, `12.015,93${nbsp}m`, `12,015.93${nbsp}m`],
    ["real", null, 0.000123456, "0,000123", "0.000123"],
    ["real", null, -0.5, "-0,5", "-0.5"],
    ["integer", null, 2025, "2025", "2025"],
    ["integer", "kW", 1250000, `1.250.000${nbsp}kW`, `1,250,000${nbsp}kW`],
    ["integer", null, 0, "0", "0"],
    ["integer", null, "not a number", "not a number", "not a number"],
    ["boolean", null, true, "Có", "Yes"],
    ["boolean", null, false, "Không", "No"],
    ["date", null, "2025-07-01", "1 tháng 7, 2025", "1 July 2025"],
    ["date", null, "mùa hè", "mùa hè", "mùa hè"],
    ["datetime", null, "2026-10-20T18:30:00Z", "01:30 21/10/2026", "21/10/2026, 01:30"],
    ["text", null, "Phường Thành Vinh", "Phường Thành Vinh", "Phường Thành Vinh"],
  ] as const)("%s (%s) %j reads %j and %j", (type, unit, value, vi, en) => {
    expect(formatValue(field("f", type, { unit }), value, "vi")).toBe(vi);
    expect(formatValue(field("f", type, { unit }), value, "en")).toBe(en);
  });

  it.each<[Language, unknown, string]>([
    ["vi", "on", "Đang sáng"],
    ["en", "on", "On"],
    ["en", "unheard of", "unheard of"],
  ])("of a code in %s: %j reads %j", (lang, value, expected) => {
    expect(formatValue(status, value, lang)).toBe(expected);
  });

  it.each([null, undefined, ""])("that is %j says nothing", (value) => {
    for (const type of ["text", "real", "boolean", "date", "code"] as const) {
      expect(formatValue(field("f", type), value, "vi")).toBeNull();
    }
  });
});

it.each([
  ["km2", "km²"], ["m3/s", "m³/s"], ["ug/m3", "ug/m³"], ["m²", "m²"], ["MW", "MW"], ["CO2", "CO2"], ["m", "m"],
])("the unit %s is written %s", (unit, written) => {
  expect(formatUnit(unit)).toBe(written);
});

it("counts are grouped as the language does", () => {
  expect(formatCount(4556, "vi")).toBe("4.556");
  expect(formatCount(4556, "en")).toBe("4,556");
});
