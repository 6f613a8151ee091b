import { expression, validateStyleMin } from "@maplibre/maplibre-gl-style-spec";
import { describe, expect, it } from "vitest";
import type { Field, Layer } from "../../src/catalog";
import { holds, roomy } from "../../src/planner/inview";
import { versionsOf } from "../../src/planner/periods";
import { buildStyle } from "../../src/style";
import { dayIn, inForce, isInForce } from "../../src/validity";
import { catalog, field, layer } from "./catalogue";

const plan = (type: Field["type"], more: Partial<Layer> = {}) => layer("plan", "polygon", {
  fields: [field("code", "text"), field("from", type), field("to", type)], validity: { from: "from", to: "to" }, planning: { role: "plan", code: null }, ...more,
  style: { outline: "#888888", label: "code" },
});

/** What MapLibre itself makes of a filter. */
function keeps(filter: unknown, properties: Record<string, unknown>): boolean {
  const parsed = expression.createExpression(filter as never, "layers[0].filter");
  if (parsed.result !== "success") throw new Error(JSON.stringify(parsed.value));
  return parsed.value.evaluate({ zoom: 10 } as never, { type: 3, properties } as never) as boolean;
}

describe("what is in force", () => {
  const table: [Field["type"], Record<string, unknown>, boolean][] = [
    ["date", {}, true],
    ["date", { from: "2026-01-01" }, true],
    ["date", { from: "2026-06-01", to: "2026-06-01" }, true],
    ["date", { from: "2026-06-02" }, false],
    ["date", { from: "2021-07-01", to: "2026-05-31" }, false],
    ["date", { to: "2026-06-01" }, true],
    ["integer", { from: 2026, to: 2026 }, true],
    ["integer", { from: 2027 }, false],
    ["integer", { to: 2025 }, false],
    // The first of June begins at five in the afternoon of the day before, in UTC.
    ["datetime", { to: "2026-05-31T17:00:00.000Z" }, true],
    ["datetime", { to: "2026-05-31T16:59:59.999Z" }, false],
    ["datetime", { from: "2026-06-01T16:59:00.000Z" }, true],
    ["datetime", { from: "2026-06-01T17:00:00.000Z" }, false],
  ];
  it.each(table)("%s %j: %s", (type, properties, kept) => {
    expect(keeps(inForce(plan(type), "2026-06-01"), properties)).toBe(kept);
    expect(isInForce(plan(type), properties, "2026-06-01")).toBe(kept);
  });

  it("is open where the layer has no field for an end", () => {
    const only = plan("date", { validity: { from: "from", to: null } });
    expect(keeps(inForce(only, "2026-06-01"), { from: "2026-01-01", to: "2026-02-01" })).toBe(true);
    expect(inForce(plan("date", { validity: null }), "2026-06-01")).toBeNull();
  });

  it("is drawn alone of plans, in every part of them, and units of before are drawn", () => {
    const units = { ...plan("date", { planning: { role: "district", code: null } }), id: "units" };
    const built = buildStyle({ ...catalog, layers: [plan("date"), units] }, new Set(["plan", "units"]), { origin: "http://city.test", scale: 1, today: "2026-06-01" });
    expect(validateStyleMin(built)).toEqual([]);
    const filtered = built.layers.filter((part) => "filter" in part).map(({ id }) => id);
    expect(filtered).toEqual(["plan:fill", "plan:outline", "plan:label"]);
  });

  it("is asked of the day in Viet Nam", () => {
    expect(dayIn(new Date("2026-01-01T16:59:59Z"))).toBe("2026-01-01");
    expect(dayIn(new Date("2026-01-01T17:00:00Z"))).toBe("2026-01-02");
  });
});

describe("the versions of a plan", () => {
  it("begin on the days that its features begin on", () => {
    expect(versionsOf(["2026-01-01", "2021-07-01"])).toEqual([{ time: "2021-07-01", begins: "2021-07-01" }, { time: "2026-01-01", begins: "2026-01-01" }]);
    expect(versionsOf([2026, 2021]).map(({ time }) => time)).toEqual(["2021-01-01", "2026-01-01"]);
    expect(versionsOf(["2026-01-01", null])).toEqual([{ time: "2025-12-31", begins: null }, { time: "2026-01-01", begins: "2026-01-01" }]);
    expect(versionsOf(["2026-01-01T00:00:00.000Z", null])[0]?.time).toBe("2025-12-31T23:59:59.999Z");
    expect(versionsOf([2026, null])[0]?.time).toBe("2025-12-31");
    expect(versionsOf([null])).toEqual([]);
    expect(versionsOf([])).toEqual([]);
  });

  it("are fetched with room around the view, within the world", () => {
    expect(roomy([104, 18, 108, 20])).toEqual([103, 17.5, 109, 20.5]);
    expect(roomy([-180, -90, 180, 90])).toEqual([-180, -90, 180, 90]);
    expect(holds([103, 17.5, 109, 20.5], [103, 18, 108, 20.5])).toBe(true);
    expect(holds([103, 17.5, 109, 20.5], [102.9, 18, 108, 20])).toBe(false);
  });
});
