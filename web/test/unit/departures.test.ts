import { expect, it, vi } from "vitest";
import { clockOf, parseDepartures } from "../../src/departures";

vi.mock("maplibre-gl", () => ({}));

it("a departure is told on the clocks of its place, with the day where it is another", () => {
  const now = Date.parse("2026-11-23T16:30:00Z"); // 23:30 in Viet Nam
  const zone = "Asia/Ho_Chi_Minh";
  expect(clockOf("2026-11-23T23:45:00+07:00", zone, "vi", now)).toBe("23:45");
  expect(clockOf("2026-11-23T16:45:00Z", zone, "en", now)).toBe("23:45");
  expect(clockOf("2026-11-24T05:30:00+07:00", zone, "en", now)).toBe("Tue 05:30");
  expect(clockOf("2026-11-24T05:30:00+07:00", zone, "vi", now)).toMatch(/^Th(ứ)? 3 05:30$/);
  expect(clockOf("2026-11-24T05:30:00+07:00", "Africa/Abidjan", "en", now)).toBe("22:30");
});

it("an answer of another shape is none", () => {
  const good = { timezone: "Asia/Ho_Chi_Minh", message: null, departures: [{ time: "2026-11-23T23:45:00+07:00", route: "01" }] };
  expect(parseDepartures(good).departures).toHaveLength(1);
  for (const wrong of [null, {}, { ...good, departures: {} }, { ...good, departures: [{ time: 3, route: "01" }] }]) {
    expect(() => parseDepartures(wrong)).toThrow();
  }
});
