import { expect, it } from "vitest";
import { cqlOf, nameOf, polygonOf } from "../../src/planner/cql";
import { field } from "./catalogue";

const fields = [
  field("name", "text"), field("area_m2", "real"), field("floors", "integer"), field("valid_from", "date"), field("seen", "datetime"), field("shelter", "boolean"),
  field("kind", "code"), field("date", "text"), field("Số nhà", "text"), field('a"b', "integer"),
];
const condition = (name: string, operator: string, value: string) => ({ field: name, operator, value });
const one = (name: string, operator: string, value: string) => cqlOf([condition(name, operator, value)], fields);
const corners: [number, number][] = [[105.66, 18.66], [105.7, 18.66], [105.7, 18.7]];

it("literals are written by the type of their field", () => {
  expect(one("area_m2", ">=", "10,5")).toBe("area_m2 >= 10.5");
  expect(one("area_m2", ">=", "1.234,5")).toBe("area_m2 >= 1234.5");
  expect(one("floors", "=", " 3 ")).toBe("floors = 3");
  expect(one("valid_from", "<", "2025-07-01")).toBe("valid_from < DATE('2025-07-01')");
  expect(one("seen", ">", "2025-07-01T08:30")).toBe("seen > TIMESTAMP('2025-07-01T01:30:00.000Z')");
  expect(one("shelter", "=", "true")).toBe("shelter = true");
  expect(one("kind", "<>", "LUC")).toBe("kind <> 'LUC'");
});

it("quotes stay quoted, and a backslash is itself", () => {
  expect(one("name", "=", "O'Hara")).toBe("name = 'O''Hara'");
  expect(one("name", "=", "a\\n")).toBe("name = 'a\\\\n'");
});

it("texts are found as people type them, and what is a pattern to LIKE is none here", () => {
  expect(one("name", "LIKE", "vinh")).toBe("CASEI(ACCENTI(name)) LIKE CASEI(ACCENTI('%vinh%'))");
  // Read once as a text, the pattern is %50\%\_\\%.
  expect(one("name", "LIKE", "50%_\\")).toBe("CASEI(ACCENTI(name)) LIKE CASEI(ACCENTI('%50\\\\%\\\\_\\\\\\\\%'))");
  expect(one("name", "LIKE", "d'Or")).toBe("CASEI(ACCENTI(name)) LIKE CASEI(ACCENTI('%d''Or%'))");
});

it("conditions without a value or a field are left out, but for those of no value", () => {
  expect(cqlOf([condition("area_m2", "IS NULL", ""), condition("name", "=", " "), condition("gone", "=", "x")], fields)).toBe("area_m2 IS NULL");
  expect(cqlOf([], fields)).toBe("");
});

it("names that are no plain names are quoted", () => {
  expect(one("Số nhà", "=", "1A")).toBe("\"Số nhà\" = '1A'");
  expect(one("date", "=", "x")).toBe("\"date\" = 'x'");
  expect(one('a"b', "IS NOT NULL", "")).toBe('"a""b" IS NOT NULL');
  expect(["area_m2", "_a", "Land", "like", "S_WITHIN", "t_before", "2nd", "a-b", "a.b", ""].map(nameOf))
    .toEqual(["area_m2", "_a", "Land", '"like"', '"S_WITHIN"', '"t_before"', '"2nd"', '"a-b"', '"a.b"', '""']);
});

it("all of the conditions, or any of them", () => {
  const both = [condition("kind", "=", "ONT"), condition("floors", ">", "2")];
  expect(cqlOf(both, fields)).toBe("kind = 'ONT' AND floors > 2");
  expect(cqlOf(both, fields, { any: true })).toBe("kind = 'ONT' OR floors > 2");
});

it("a place holds whichever of the conditions does", () => {
  const both = [condition("kind", "=", "ONT"), condition("floors", ">", "2")];
  const where = "S_INTERSECTS(geometry, POLYGON((105.66 18.66, 105.7 18.66, 105.7 18.7, 105.66 18.66)))";
  const place = { geometry: "geometry", corners };
  expect(cqlOf(both, fields, { place })).toBe(`kind = 'ONT' AND floors > 2 AND ${where}`);
  expect(cqlOf(both, fields, { any: true, place })).toBe(`(kind = 'ONT' OR floors > 2) AND ${where}`);
  expect(cqlOf(both.slice(1), fields, { any: true, place })).toBe(`floors > 2 AND ${where}`);
  expect(cqlOf([], fields, { any: true, place })).toBe(where);
  expect(cqlOf([], fields, { place: { geometry: "the geom", corners } })).toMatch(/^S_INTERSECTS\("the geom", /);
});

it("a polygon is closed, to six decimals, and has no place twice", () => {
  expect(polygonOf([[105.12345678, 18.1], [105.12345681, 18.1], [105.2, 18.1], [105.2, 18.25]]))
    .toBe("POLYGON((105.123457 18.1, 105.2 18.1, 105.2 18.25, 105.123457 18.1))");
  expect(polygonOf([...corners, [105.66, 18.66]])).toBe(polygonOf(corners).replace(/\(\(105.66 18.66, (.*), 105.66 18.66\)\)/, "((105.7 18.66, 105.7 18.7, 105.66 18.66, 105.7 18.66))"));
});
