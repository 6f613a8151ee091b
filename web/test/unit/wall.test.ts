import { describe, expect, it } from "vitest";
import { AlertBook, parseAlert, type Alert } from "../../src/wall/alerts";
import { lit, mixed } from "../../src/wall/dark";
import { wallNumber } from "../../src/wall/numbers";
import { lineOf } from "../../src/wall/sparkline";

const NOW = Date.parse("2026-11-22T10:00:00+07:00");

/** A feature as `GET /alerts` has it. */
const feature = (id: string, properties: Record<string, unknown> = {}) => ({
  type: "Feature", id, geometry: { type: "Point", coordinates: [105.68, 18.67] },
  properties: {
    rule: "aqi", title: { vi: "Không khí", en: "Air" }, headline: { vi: "AQI 210 tại Vinh", en: "AQI 210 at Vinh" }, severity: "Severe",
    urgency: "Immediate", certainty: "Observed", category: "Env", status: "raised", layer: "air_stations", feature: "A-1", fence: null,
    property: "aqi", value: 210, count: 1, raised_at: "2026-11-22T09:59:00+07:00", changed_at: "2026-11-22T09:59:00+07:00", expires_at: null,
    agency: { vi: "Sở Nông nghiệp và Môi trường", en: "Department of Environment" }, assigned_to: null,
    steps: [{ n: 1, title: { vi: "Gọi", en: "Call" }, who: { vi: "Trực ban", en: "Duty officer" }, due: null, late: false, done: null }],
    ...properties,
  },
});

describe("alerts", () => {
  const book = () => {
    const said: string[] = [];
    const made = new AlertBook({ changed: () => said.push("changed"), came: ({ id }) => said.push(`came ${id}`), settled: (id) => said.push(`settled ${id}`) }, () => NOW);
    return { said, made };
  };

  it("are read as the service tells them", () => {
    const alert = parseAlert(feature("7"));
    expect([alert.id, alert.place, alert.raised, alert.steps.length]).toEqual(["7", [105.68, 18.67], NOW - 60_000, 1]);
    expect(parseAlert({ ...feature("7"), geometry: null }).place).toBeNull();
    for (const [spoilt, said] of [
      [feature("7", { severity: "Grave" }), /severity/], [feature("7", { raised_at: "soon" }), /raised_at/],
      [feature("7", { headline: "text" }), /headline/], [{ type: "Feature", properties: {} }, /id/], [null, /object/],
    ] as const) expect(() => parseAlert(spoilt)).toThrow(said);
  });

  it("take the screen once, when they are severe, new, and raised", () => {
    const { said, made } = book();
    const table: [Record<string, unknown>, string[]][] = [
      [{}, ["came x", "changed"]],
      [{ severity: "Extreme" }, ["came x", "changed"]],
      [{ severity: "Moderate" }, ["changed"]],
      [{ status: "acknowledged" }, ["settled x", "changed"]],
      [{ status: "resolved" }, ["settled x", "changed"]],
      [{ raised_at: "2026-11-22T09:00:00+07:00" }, ["changed"]],
    ];
    for (const [properties, expected] of table) {
      const { said: own, made: fresh } = book();
      fresh.learn(parseAlert(feature("x", properties)));
      expect(own, JSON.stringify(properties)).toEqual(expected);
    }
    made.learn(parseAlert(feature("x")));
    made.learn(parseAlert(feature("x", { value: 220 })));
    made.learn(parseAlert(feature("x", { status: "acknowledged" })));
    made.learn(parseAlert(feature("x", { status: "expired" })));
    expect(said).toEqual(["came x", "changed", "changed", "settled x", "changed", "settled x", "changed"]);
    expect(made.size).toBe(0);
  });

  it("stand with the newest on top, those of the scene alone, and go when the list has them no more", () => {
    const { said, made } = book();
    const at = (minute: number) => `2026-11-22T09:${minute}:00+07:00`;
    const listed: Alert[] = [
      feature("old", { raised_at: at(10) }), feature("new", { raised_at: at(58), severity: "Minor" }), feature("mid", { raised_at: at(30) }),
    ].map(parseAlert);
    made.replace(listed);
    expect(made.list(["Severe", "Minor"]).map(({ id }) => id)).toEqual(["new", "mid", "old"]);
    expect(made.list(["Severe"]).map(({ id }) => id)).toEqual(["mid", "old"]);
    made.replace(listed.slice(0, 1));
    expect(said.filter((what) => what.startsWith("settled"))).toEqual(["settled mid", "settled new"]);
  });

  it("are bounded, however many come", () => {
    const { made } = book();
    for (let number = 0; number < 3000; number += 1) {
      made.learn(parseAlert(feature(`x${number}`, { raised_at: new Date(NOW - 500_000 + number).toISOString() })));
    }
    expect(made.size).toBe(200);
    expect(made.list(["Severe"])[0]?.id).toBe("x2999");
  });
});

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

  it("of a value that stays is flat in the middle", () => {
    expect(lineOf(went([0.5, 7]), NOW - hour, NOW, 300, 100).last).toEqual({ x: 150, y: 50, value: 7 });
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
