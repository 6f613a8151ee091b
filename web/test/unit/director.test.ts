import { describe, expect, it } from "vitest";
import type { Severity } from "../../src/wall/alerts";
import { Director, type Showing } from "../../src/wall/director";

const SCENES = [{ id: "a", seconds: 30 }, { id: "b", seconds: 20 }];
const PACE = { least: 8000, hold: 60_000 };

/** Follows the director second by second and writes down what came on when. */
function played(until: number, events: Record<number, (director: Director) => void> = {}, scenes = SCENES): string[] {
  const director = new Director(scenes, PACE);
  const said: string[] = [];
  let before = null as Showing | null;
  for (let second = 0; second <= until; second += 1) {
    events[second]?.(director);
    const wanted = director.wanted(second * 1000);
    if (wanted && (wanted.kind !== before?.kind || wanted.id !== before.id)) {
      director.show(wanted, second * 1000);
      said.push(`${second} ${wanted.kind === "alert" ? "!" : ""}${wanted.id}`);
      before = wanted;
    }
  }
  return said;
}

const raise = (id: string, severity: Severity = "Severe") => (director: Director) => director.raise(id, severity);

describe("the director", () => {
  it("goes round the scenes, each for its time", () => {
    expect(played(100)).toEqual(["0 a", "30 b", "50 a", "80 b", "100 a"]);
    expect(played(100, {}, SCENES.slice(0, 1))).toEqual(["0 a"]);
    expect(played(10, {}, [])).toEqual([]);
  });

  it("gives the screen to an alert, and goes on with the next scene when it is looked after", () => {
    expect(played(70, { 12: raise("x"), 25: (director) => director.settle("x") })).toEqual(["0 a", "12 !x", "25 b", "45 a"]);
  });

  it("takes it back when nobody comes", () => {
    expect(played(100, { 12: raise("x") })).toEqual(["0 a", "12 !x", "72 b", "92 a"]);
  });

  it("never flips faster than is read", () => {
    const hasty = { 1: raise("x"), 2: (director: Director) => director.settle("x"), 3: raise("y"), 4: raise("z", "Extreme") };
    expect(played(30, hasty)).toEqual(["0 a", "8 !z"]);
    expect(played(20, { 1: raise("x"), 9: (director) => director.settle("x") })).toEqual(["0 a", "8 !x", "16 b"]);
  });

  it("shows the worst first, and of equals the one that came first", () => {
    const many = { 5: (director: Director) => {
      director.raise("s1", "Severe");
      director.raise("s2", "Severe");
      director.raise("e", "Extreme");
      director.raise("s1", "Severe");
    } };
    expect(played(200, many)).toEqual(["0 a", "8 !e", "68 !s1", "128 !s2", "188 b"]);
  });

  it("lets a worse one in between, and gives the other the rest of its time", () => {
    expect(played(150, { 10: raise("s"), 30: raise("e", "Extreme") })).toEqual(["0 a", "10 !s", "30 !e", "90 !s", "130 b", "150 a"]);
  });

  it("forgets an alert that is over before it had the screen", () => {
    expect(played(60, { 3: raise("x"), 5: (director) => director.settle("x") })).toEqual(["0 a", "30 b", "50 a"]);
  });

  it("knows which alerts have the screen or wait for it", () => {
    const director = new Director(SCENES, PACE);
    for (const id of ["x", "y", "z"]) director.raise(id, "Severe");
    director.show({ kind: "alert", id: "x" }, 0);
    director.settle("y");
    expect(["x", "y", "z", "other"].map((id) => director.holds(id))).toEqual([true, false, true, false]);
    director.show({ kind: "scene", id: "a" }, 60_000);
    expect(director.holds("x")).toBe(false);
  });

  it("keeps a bounded queue", () => {
    const director = new Director(SCENES, PACE);
    for (let number = 0; number < 10_000; number += 1) director.raise(`x${number}`, "Severe");
    expect(JSON.stringify(director).length).toBeLessThan(4000);
  });

  it("tells how far a scene is", () => {
    const director = new Director(SCENES, PACE);
    director.show({ kind: "scene", id: "a" }, 0);
    expect([director.progress(0), director.progress(15_000), director.progress(90_000)]).toEqual([0, 0.5, 1]);
  });
});
