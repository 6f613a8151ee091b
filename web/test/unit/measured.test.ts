import { expect, it, vi } from "vitest";
import { Live, parseReading, type Reading } from "../../src/live";
import { agoOf, learned, measuredIn } from "../../src/measured";
import type { Hit } from "../../src/map";

vi.mock("maplibre-gl", () => ({}));

const reading = (time: string, values: Record<string, number>): Reading => ({ layer: "parking", feature: "P", tile_id: 7, time, values });

it("a time ago is told in the largest unit that fits", () => {
  const minute = 60_000;
  const table: [number, string][] = [
    [-5, "vừa xong"], [59_000, "vừa xong"], [minute, "1 phút trước"], [59 * minute, "59 phút trước"], [60 * minute, "1 giờ trước"],
    [47 * 60 * minute, "47 giờ trước"], [48 * 60 * minute, "2 ngày trước"],
  ];
  for (const [milliseconds, told] of table) expect(agoOf(milliseconds, "vi")).toBe(told);
  expect(agoOf(2 * minute, "en")).toBe("2 min ago");
});

it("what is measured is read from the tile, and a reading says more", () => {
  const observed = [{ name: "free", unit: null, title: { vi: "Trống", en: "Free" } }, { name: "full", unit: null, title: { vi: "", en: "" } }];
  const hit = { layer: { observed }, id: "P", properties: { free: 3, age: 60, capacity: 20 } } as unknown as Hit;
  const known = measuredIn(hit, 100_000);
  expect(known).toEqual({ values: { free: 3 }, at: 40_000 });
  expect(measuredIn({ ...hit, properties: { free: 3 } }, 0)).toBeNull();
  expect(learned(known, reading("1970-01-01T00:00:50Z", { full: 1 }))).toEqual({ values: { free: 3, full: 1 }, at: 50_000 });
  expect(learned(null, reading("1970-01-01T00:00:50Z", { free: 1 }))).toEqual({ values: { free: 1 }, at: 50_000 });
});

it("events are read once at the border", () => {
  expect(parseReading(JSON.stringify(reading("2026-01-01T00:00:00Z", { free: 1 }))).values).toEqual({ free: 1 });
  for (const wrong of ["{", "7", "{}", JSON.stringify({ ...reading("x", {}), tile_id: "7" })]) expect(() => parseReading(wrong)).toThrow();
});

it("many readings are one beat, the newest of each, and tiles are asked for once a second", () => {
  vi.useFakeTimers({ now: 10_000 });
  const heard: Record<string, (event: { data: string }) => void> = {};
  const urls: string[] = [];
  const sources: { readyState: number }[] = [];
  class Source {
    static CLOSED = 2;
    readyState = 0;
    constructor(url: string) {
      sources.push(this);
      urls.push(url);
    }
    addEventListener(name: string, listener: (event: { data: string }) => void) {
      heard[name] = listener;
    }
    close() {
      urls.push("closed");
    }
  }
  vi.stubGlobal("EventSource", Source);
  const told: unknown[] = [];
  const live = new Live({
    read: (readings) => told.push(readings.map(({ values }) => values)),
    changed: (layers) => told.push([...layers]),
    forgotten: () => told.push("forgotten"),
  });
  live.listen(["roads", "parking"]);
  live.listen(["parking", "roads"]);
  for (const free of [1, 2]) heard["observe"]?.({ data: JSON.stringify(reading("2026-01-01T00:00:00Z", { free })) });
  heard["observe"]?.({ data: JSON.stringify(reading("2026-01-01T00:00:01Z", { full: 0 })) });
  heard["tiles"]?.({ data: '{"layer":"parking","tiles":"all"}' });
  expect(told).toEqual([]);
  vi.advanceTimersByTime(100);
  expect(told).toEqual([[{ free: 2, full: 0 }], ["parking"]]);
  heard["tiles"]?.({ data: '{"layer":"roads","tiles":"all"}' });
  vi.advanceTimersByTime(900);
  expect(told).toHaveLength(2);
  vi.advanceTimersByTime(200);
  expect(told[2]).toEqual(["roads"]);
  // A service that starts anew answers 503, and the browser gives up.
  heard["error"]?.({ data: "" });
  vi.advanceTimersByTime(5000);
  expect(urls).toEqual(["/live?layers=parking,roads"]);
  sources[0]!.readyState = 2;
  heard["error"]?.({ data: "" });
  vi.advanceTimersByTime(4000);
  expect(urls).toEqual(["/live?layers=parking,roads", "closed", "/live?layers=parking,roads"]);
  expect(told.slice(3)).toEqual(["forgotten", ["parking", "roads"]]);
  live.listen([]);
  expect(urls).toHaveLength(4);
  vi.useRealTimers();
  vi.unstubAllGlobals();
});
