import { expect, it } from "vitest";
import { CornerError, readCorners, readNumber } from "../../src/planner/corners";
import { toZone, ZONES, zoneName } from "../../src/planner/zones";

it("numbers are read as people write them", () => {
  const table: [string, number | null][] = [
    ["2064850.60", 2064850.6], ["2064850,60", 2064850.6], ["2.064.850,60", 2064850.6], ["2,064,850.60", 2064850.6],
    ["2.064.850", 2064850], ["12", 12], ["-3,5", -3.5], ["", null], ["abc", null], ["1e5", null], ["1-2", null],
  ];
  for (const [text, number] of table) expect(readNumber(text), text).toBe(number);
});

it("a certificate's table becomes corners with the easting first", () => {
  const certificate = "Số hiệu\tX (m)\tY (m)\tCạnh (m)\n1\t2064850,60\t597068,62\t20,00\n2\t2064850,60\t597088,62\t15,00\n3\t2064835,60\t597088,62\t25,00\n";
  expect(readCorners(certificate, "guess")).toEqual({
    corners: [[597068.62, 2064850.6], [597088.62, 2064850.6], [597088.62, 2064835.6]],
    sides: [20, 15, 25],
  });
  const bare = "597068.62 2064850.60\n597088.62 2064850.60\n597088.62, 2064835.60";
  expect(readCorners(bare, "guess").corners[0]).toEqual([597068.62, 2064850.6]);
  expect(readCorners(bare, "north").corners[0]).toEqual([2064850.6, 597068.62]);
  expect(readCorners("18.666 105.672\n18.667 105.672\n18.667 105.673", "guess").corners[0]).toEqual([105.672, 18.666]);
  expect(readCorners("105.672;18.666\n105.672;18.667\n105.673;18.667", "guess").corners[0]).toEqual([105.672, 18.666]);
});

it("a line that is no corner is named", () => {
  const text = "1 2064850.60 597068.62\n2 2064850.60 597088.62\n3 xyz\n";
  expect(() => readCorners(text, "guess")).toThrow(CornerError);
  expect(() => readCorners(text, "guess")).toThrow("3: 3 xyz");
});

/** Vinh and Sầm Sơn by the official seven parameters (PROJ 9.5.1). */
it("the coordinates under the pointer are those of VN-2000 to the centimetre", () => {
  const known: [string, [number, number], [number, number]][] = [
    ["EPSG:9208", [105.672, 18.666], [597068.6238, 2064850.5966]],
    ["EPSG:5897", [105.906, 19.735], [594765.2271, 2183174.0375]],
  ];
  for (const [code, lonLat, [east, north]] of known) {
    const zone = ZONES.find((one) => one.code === code);
    const [x, y] = zone ? toZone(zone, lonLat) : [0, 0];
    expect(Math.hypot(x - east, y - north), code).toBeLessThan(0.01);
  }
  expect(ZONES[0] && zoneName(ZONES[0])).toBe("VN-2000 104°45′ (EPSG:9208)");
});
