import { expect, it, vi } from "vitest";
import type { Map as MapLibreMap } from "maplibre-gl";
import type { Reading } from "../../src/live";
import { PresentValues } from "../../src/values";
import { layer } from "./catalogue";

vi.mock("maplibre-gl", () => ({}));

const title = { vi: "", en: "" };
const parking = layer("parking", "point", { style: { value: { property: "free", classes: [{ from: 0, color: "#aa0000", title }] } } });
const cameras = layer("cameras", "point");
const reading = (tile_id: number, values: Record<string, number>): Reading => ({ layer: "parking", feature: `P${tile_id}`, tile_id, time: "2026-06-01T00:00:00Z", values });

/** What of MapLibre's map is asked here: states of features, and whether tiles are under way. */
function desk() {
  const state = new Map<number, number>();
  const told = new Map<string, (event: { sourceId?: string }) => void>();
  const tiles = { loaded: true };
  let now = 0;
  const map = {
    on: (name: string, hear: (event: { sourceId?: string }) => void) => told.set(name, hear),
    getSource: () => ({}),
    isSourceLoaded: () => tiles.loaded,
    setFeatureState: ({ id }: { id: number }, { value }: { value: number }) => state.set(id, value),
    removeFeatureState: ({ id }: { id: number }, key: string) => key === "value" && state.delete(id),
  };
  const values = new PresentValues(map as unknown as MapLibreMap, () => ++now);
  const come = (name = "sourcedata") => {
    tiles.loaded = true;
    told.get(name)?.(name === "idle" ? {} : { sourceId: "parking" });
  };
  const ask = () => {
    tiles.loaded = false;
    values.asked(parking);
  };
  return { values, tiles, come, ask, told, state: () => Object.fromEntries(state) };
}

it("a value stays until tiles have come that were asked for after it", () => {
  const { values, come, ask, told, state } = desk();
  expect(values.hear(parking, [reading(1, { free: 3 }), reading(2, { other: 5 })])).toBe(true);
  expect(state()).toEqual({ 1: 3 });
  come();
  expect(state(), "nothing was asked for").toEqual({ 1: 3 });
  ask();
  told.get("sourcedata")?.({ sourceId: "parking" });
  expect(state(), "tiles are under way").toEqual({ 1: 3 });
  values.hear(parking, [reading(4, { free: 0 })]);
  come();
  expect(state(), "heard after they were asked for").toEqual({ 4: 0 });
  ask();
  values.hear(parking, [reading(4, { free: 9 })]);
  ask();
  come();
  expect(state(), "the first of two answers").toEqual({ 4: 9 });
  ask();
  come("idle");
  expect(state(), "tiles that are the same are not told of").toEqual({});
});

it("a layer without colours by value, and one that is off, hold nothing", () => {
  const { values, state } = desk();
  expect(values.hear(cameras, [reading(1, { free: 3 })])).toBe(true);
  expect(state()).toEqual({});
  values.hear(parking, [reading(1, { free: 3 })]);
  values.forget(parking);
  expect(state()).toEqual({});
});

it("beyond ten thousand features the tiles have to tell", () => {
  const { values, come, ask, state } = desk();
  const all = Array.from({ length: 10_001 }, (_, id) => reading(id, { free: 1 }));
  expect(values.hear(parking, all)).toBe(false);
  expect(Object.keys(state()).length).toBe(10_000);
  expect(values.hear(parking, [reading(5, { free: 2 })]), "one that is held already").toBe(true);
  ask();
  come();
  expect(state()).toEqual({});
});
