import { createExpression, latest, validateStyleMin, type StylePropertySpecification, type StyleSpecification } from "@maplibre/maplibre-gl-style-spec";
import { describe, expect, it } from "vitest";
import { buildStyle, colourOf, faintWhereSilent, inDrawingOrder, inked, labelField, selectionLayers } from "../../src/style";
import { catalog, field, layer, status } from "./catalogue";

const all = new Set(catalog.layers.map(({ id }) => id));
const style = buildStyle(catalog, all, { origin: "http://city.test", scale: 1, today: "2026-06-01" });
const ids = style.layers.map(({ id }) => id);
const find = (id: string) => catalog.layers.find((candidate) => candidate.id === id) ?? layer("absent", "point");

const faults = (candidate: unknown) => validateStyleMin(candidate as StyleSpecification).map(({ message }) => message);

describe("the style", () => {
  it("is valid by the style specification", () => {
    expect(faults(style)).toEqual([]);
    expect(faults(buildStyle({ ...catalog, layers: [] }, all, { origin: "http://city.test", scale: 1, today: "2026-06-01" }))).toEqual([]);
  });

  it("writes headlines in the language of the page, and names as they are", () => {
    const alerts = { ...layer("alerts", "point"), fields: [field("headline", "text"), field("headline_en", "text")] };
    const named = { ...layer("sights", "point"), fields: [field("name", "text"), field("name_en", "text")] };
    const label = (one: typeof alerts, text: string, lang: "vi" | "en") => labelField({ ...one, style: { ...one.style, label: text } }, lang);
    expect([label(alerts, "headline", "vi"), label(alerts, "headline", "en")]).toEqual(["headline", "headline_en"]);
    expect([label(named, "name", "vi"), label(named, "name", "en")]).toEqual(["name", "name"]);
  });

  it("stays valid with any feature selected", () => {
    for (const selected of catalog.layers) {
      const marked = { ...style, layers: [...style.layers, ...selectionLayers(selected, "a'b\"c", 1)] };
      expect(faults(marked), selected.id).toEqual([]);
    }
  });

  it("draws by the catalogue's order, labels above all geometry", () => {
    expect(inDrawingOrder(catalog.layers).map(({ id }) => id)).toEqual(["provinces", "wards", "roads", "lamps", "empty"]);
    const geometry = ids.filter((id) => !id.endsWith(":label"));
    expect(geometry).toEqual([
      "@beyond", "@land:shore", "@land:fill", "provinces:fill", "provinces:outline", "wards:fill", "wards:outline",
      "roads:casing", "roads:line", "lamps:circle", "empty:circle",
    ]);
    expect(ids.slice(0, geometry.length)).toEqual(geometry);
  });

  it("shows groups as circles with their number, and features apart from them", () => {
    const grouped = layer("parking", "point", { cluster: { max_zoom: 12, cell: 64, sum: ["capacity"], totals: [] }, style: { label: "name" } });
    const built = buildStyle({ ...catalog, layers: [grouped] }, new Set(["parking"]), { origin: "http://city.test", scale: 1, today: "2026-06-01" });
    expect(faults(built)).toEqual([]);
    const filters = built.layers.flatMap((part) => ("filter" in part ? [[part.id, part.filter?.toString()]] : []));
    expect(filters).toEqual([
      ["parking:circle", "<=,coalesce,get,point_count,1,1"], ["parking:group", ">,coalesce,get,point_count,1,1"],
      ["parking:label", "<=,coalesce,get,point_count,1,1"], ["parking:group:label", ">,coalesce,get,point_count,1,1"],
    ]);
  });

  it("rings a selected group at its edge", () => {
    const grouped = layer("parking", "point", { cluster: { max_zoom: 12, cell: 64, sum: [], totals: [] } });
    const built = buildStyle({ ...catalog, layers: [grouped] }, new Set(["parking"]), { origin: "http://city.test", scale: 1, today: "2026-06-01" });
    const rings = selectionLayers(grouped, "cluster/11/1625/915", 1);
    expect(faults({ ...built, layers: [...built.layers, ...rings] })).toEqual([]);
    const radius = (parts: typeof rings, id: string) => (parts.find((part) => part.id === id)?.paint as Record<string, unknown>)["circle-radius"];
    expect(radius(rings, "@selection:group")).toEqual(radius(built.layers, "parking:group"));
  });

  it("names regions before everything else", () => {
    expect(ids.at(-1)).toBe("provinces:label");
  });

  it("takes every layer from its own tiles, within its zooms and without bounds, which may change", () => {
    expect(style.sources["lamps"]).toEqual({
      type: "vector", tiles: ["http://city.test/tiles/lamps/{z}/{x}/{y}.mvt"], minzoom: 12, maxzoom: 16,
    });
    expect(style.layers.find(({ id }) => id === "lamps:circle")).toMatchObject({ minzoom: 12, "source-layer": "lamps" });
  });

  it("names areas from coarser tiles, in which few are cut", () => {
    const zoom = (id: string) => (style.sources[id] as { maxzoom: number }).maxzoom;
    expect(zoom("wards@labels")).toBeLessThan(zoom("wards"));
    expect(zoom("provinces@labels")).toBeLessThan(zoom("wards@labels"));
    expect(style.sources).not.toHaveProperty("roads@labels");
  });

  it("hides what is off and keeps the land", () => {
    const dark = buildStyle(catalog, new Set(["wards"]), { origin: "", scale: 1, today: "2026-06-01" });
    const visible = dark.layers.filter(({ layout }) => layout?.visibility !== "none").map(({ id }) => id);
    expect(visible).toEqual(["@beyond", "@land:shore", "@land:fill", "wards:fill", "wards:outline", "wards:label"]);
  });

  it("grows with the wall", () => {
    const radius = (scale: number) =>
      JSON.stringify(buildStyle(catalog, all, { origin: "", scale, today: "2026-06-01" }).layers.find(({ id }) => id === "lamps:circle"));
    expect(radius(1)).toContain("14,4,");
    expect(radius(2)).toContain("14,8,");
  });
});

describe("a colour", () => {
  it("follows the codes that have one", () => {
    expect(colourOf(find("lamps"))).toEqual(["match", ["to-string", ["get", "status"]], "on", "#e0a52c", "broken", "#c0452f", "#336699"]);
  });

  it.each([
    ["no field is named", layer("a", "point")],
    ["the field is absent", layer("a", "point", { style: { color_by: "absent" } })],
    ["no code has a colour", layer("a", "point", { style: { color_by: "code" } })],
  ])("is the layer's own where %s", (_, plain) => {
    expect(colourOf(plain)).toBe("#336699");
  });

  it("is that of the present value: what was heard last, else what the tile tells, else the layer's own", () => {
    const title = { vi: "", en: "" };
    const value = { property: "aqi", classes: [{ from: 0, color: "#00aa00", title }, { above: 50, color: "#aaaa00", title }, { from: 150, color: "#aa0000", title }] };
    const air = layer("air", "point", { fields: [field("code", "text"), status], style: { color_by: "status", value } });
    const built = buildStyle({ ...catalog, layers: [air] }, new Set(["air"]), { origin: "http://city.test", scale: 1, today: "2026-06-01" });
    expect(faults(built)).toEqual([]);
    const specification = latest["paint_circle"]["circle-color"] as StylePropertySpecification;
    const expression = createExpression(colourOf(air), "circle-color", specification);
    if (expression.result === "error") throw new Error(expression.value.join());
    const drawn = (properties: Record<string, unknown>, state = {}) =>
      expression.value.evaluateWithoutErrorHandling({ zoom: 12 }, { type: "Point", properties } as never, state).toString();
    const rgba = (hex: string) => `rgba(${[1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)).join(",")},1)`;
    const table: [Record<string, unknown>, Record<string, unknown>, string][] = [
      [{}, {}, "#336699"], [{ status: "on" }, {}, "#e0a52c"], [{ aqi: -1 }, {}, "#336699"], [{ aqi: null }, {}, "#336699"],
      [{ aqi: 0, status: "on" }, {}, "#00aa00"], [{ aqi: 50 }, {}, "#00aa00"], [{ aqi: 50.5 }, {}, "#aaaa00"],
      [{ aqi: 149.9 }, {}, "#aaaa00"], [{ aqi: 150 }, {}, "#aa0000"], [{ aqi: 999 }, {}, "#aa0000"],
      [{ aqi: 10 }, { value: 160 }, "#aa0000"], [{}, { value: 0 }, "#00aa00"], [{ aqi: 160 }, { fresh: true }, "#aa0000"],
    ];
    for (const [properties, state, color] of table) expect(drawn(properties, state), JSON.stringify([properties, state])).toBe(rgba(color));
  });

  it("draws faintly what is silent, until it is heard again", () => {
    const observed = [{ name: "aqi", title: { vi: "AQI", en: "AQI" }, unit: null }];
    const kinds = (["point", "line", "polygon"] as const).map((geometry) => layer(`air_${geometry}`, geometry, { observed, silent_after: 600 }));
    const built = buildStyle({ ...catalog, layers: kinds }, new Set(kinds.map(({ id }) => id)), { origin: "http://city.test", scale: 1, today: "2026-06-01" });
    expect(faults(built)).toEqual([]);
    const still = layer("trees", "point");
    expect(faintWhereSilent(still, 0.8)).toBe(0.8);
    const buses = layer("buses", "point", { moving: true, silent_after: 600 });
    const expression = createExpression(faintWhereSilent(buses, 0.5), "circle-opacity", latest["paint_circle"]["circle-opacity"] as StylePropertySpecification);
    if (expression.result === "error") throw new Error(expression.value.join());
    const table: [Record<string, unknown>, Record<string, unknown>, number][] = [
      [{}, {}, 0.5], [{ age: 0 }, {}, 0.5], [{ age: 600 }, {}, 0.5], [{ age: 601 }, {}, 0.2], [{ age: 86_400, aqi: 140 }, {}, 0.2],
      [{ age: 601 }, { value: 0 }, 0.5], [{ age: 601 }, { fresh: true }, 0.5], [{ age: 601 }, { fresh: false }, 0.2],
    ];
    for (const [properties, state, opacity] of table) {
      const drawn = expression.value.evaluateWithoutErrorHandling({ zoom: 12 }, { type: "Point", properties } as never, state);
      expect(drawn, JSON.stringify([properties, state])).toBe(opacity);
    }
  });

  it("mixes with the ink", () => {
    expect(inked("#ffffff", 0)).toBe("#ffffff");
    expect(inked("#ffffff", 1)).toBe("#2b3635");
  });
});
