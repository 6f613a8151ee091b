import { expect, it } from "vitest";
import { clockOf, parseAlert } from "../../src/alerts";

const properties = {
  headline: { vi: "A", en: "A" }, severity: "Severe", status: "raised", layer: "air_stations", feature: "A-1", count: 1,
  raised_at: "2026-11-21T03:00:00Z", changed_at: "2026-11-21T03:00:00Z", agency: { vi: "S", en: "S" }, assigned_to: null, steps: [],
};

it("an alert is read with or without its trail, and nothing else is", () => {
  expect(parseAlert({ id: "a", properties }).trail).toEqual([]);
  expect(parseAlert({ id: "a", properties: { ...properties, trail: [{ at: "", by: null, action: "raised", note: null }] } }).trail).toHaveLength(1);
  for (const wrong of [null, {}, { id: "a" }, { id: "a", properties: { ...properties, severity: 3 } }, { id: "a", properties: { ...properties, steps: null } }]) {
    expect(() => parseAlert(wrong), JSON.stringify(wrong)).toThrow();
  }
});

it("moments are those of Viet Nam, with the day where it is another one", () => {
  const now = new Date("2026-11-21T10:00:00Z");
  expect(clockOf("2026-11-21T03:05:00Z", "vi", now)).toBe("10:05");
  expect(clockOf("2026-11-20T18:30:00Z", "en", now)).toBe("01:30");
  expect(clockOf("2026-11-20T03:05:00Z", "vi", now)).toMatch(/^10:05, 20[/-]11$/);
});
