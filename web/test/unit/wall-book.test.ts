import { describe, expect, it } from "vitest";
import { parseAlert, type Alert } from "../../src/wall/alerts";
import { AlertBook, countsOf, MOST, type Listed } from "../../src/wall/book";
import { alert, feature, NOW } from "./wall-alert";

const ALL = ["Extreme", "Severe", "Moderate", "Minor", "Unknown"];
/** Something has happened to it since it was raised. */
const TOUCHED = { changed_at: "2026-11-22T09:59:59+07:00" };

/** A book and what it says; some hold the screen. */
function book(...held: string[]) {
  const said: string[] = [];
  const made = new AlertBook({
    changed: () => said.push("changed"), came: ({ id }) => said.push(`came ${id}`), settled: (id) => said.push(`settled ${id}`),
    doubted: () => said.push("doubted"), holds: (id) => held.includes(id),
  }, () => NOW);
  const heard = (word: string) => said.filter((what) => what.startsWith(word));
  return { said, made, heard };
}

/** The answer of a service that has these, and of some severities more. */
const listed = (alerts: Alert[], more: Partial<Record<Alert["severity"], number>> = {}): Listed =>
  ({ alerts, matched: countsOf((severity) => alerts.filter((one) => one.severity === severity).length + (more[severity] ?? 0)) });

const many = (count: number, severity: string, minutes: number) => Array.from({ length: count }, (_, at) => alert(`${severity}-${at}`, severity, minutes - at / 1e4));

describe("alerts of the wall", () => {
  it("are read as the service tells them", () => {
    const read = parseAlert(feature("7"));
    expect([read.id, read.place, read.raised, read.steps.length, read.untouched]).toEqual(["7", [105.68, 18.67], NOW - 60_000, 1, true]);
    expect(parseAlert(feature("7", TOUCHED)).untouched).toBe(false);
    expect(parseAlert({ ...feature("7"), geometry: null }).place).toBeNull();
    for (const [spoilt, said] of [
      [feature("7", { severity: "Grave" }), /severity/], [feature("7", { raised_at: "soon" }), /raised_at/],
      [feature("7", { headline: "text" }), /headline/], [{ type: "Feature", properties: {} }, /id/], [null, /object/],
    ] as const) expect(() => parseAlert(spoilt)).toThrow(said);
  });

  it("stand with the newest on top, those of the scene alone, and go when the list has them no more", () => {
    const { made, heard } = book();
    const all = [alert("old", "Severe", 50), alert("new", "Minor", 2), alert("mid", "Severe", 30)];
    made.replace(listed(all));
    expect(made.list(["Severe", "Minor"]).map(({ id }) => id)).toEqual(["new", "mid", "old"]);
    expect(made.list(["Severe"]).map(({ id }) => id)).toEqual(["mid", "old"]);
    made.replace(listed(all.slice(0, 1)));
    expect(heard("settled")).toEqual(["settled new", "settled mid"]);
  });
});

describe("the screen", () => {
  it("is taken once, by an alert that is severe and raised", () => {
    const table: [Record<string, unknown>, string[]][] = [
      [{}, ["came x", "changed"]],
      [{ severity: "Extreme" }, ["came x", "changed"]],
      [{ severity: "Moderate" }, ["changed"]],
      [{ status: "acknowledged" }, ["settled x", "changed"]],
      [{ status: "resolved" }, ["settled x", "changed"]],
    ];
    for (const [properties, expected] of table) {
      const { said, made } = book();
      made.learn(parseAlert(feature("x", properties)));
      expect(said, JSON.stringify(properties)).toEqual(expected);
    }
    const { said, made } = book();
    for (const properties of [{}, { value: 220 }, { status: "acknowledged" }, { status: "expired" }]) made.learn(parseAlert(feature("x", properties)));
    expect(said).toEqual(["came x", "changed", "changed", "settled x", "changed", "settled x", "changed"]);
    expect(made.size).toBe(0);
  });

  it("is not taken by what was old when the wall was opened, and by whatever comes later", () => {
    const [old, young] = [alert("x", "Severe", 60), alert("x", "Severe", 9)];
    const touched = alert("x", "Severe", 60, TOUCHED);
    const table: [string, (made: AlertBook) => void, boolean][] = [
      ["young in the first list", (made) => made.replace(listed([young])), true],
      ["old in the first list", (made) => made.replace(listed([old])), false],
      ["old in the first list, then changed", (made) => (made.replace(listed([old])), made.learn(touched)), false],
      ["old in the first list, and in the next", (made) => (made.replace(listed([old])), made.replace(listed([old]))), false],
      ["an event of a late reading", (made) => (made.replace(listed([])), made.learn(old)), true],
      ["an event of a late reading, changed when it is heard", (made) => (made.replace(listed([])), made.learn(touched)), true],
      ["an event of a late reading before the first list", (made) => made.learn(old), true],
      ["an event of an old one before the first list", (made) => (made.learn(touched), made.replace(listed([touched]))), false],
      ["new in a later list", (made) => (made.replace(listed([])), made.replace(listed([old]))), true],
      ["acknowledged in a later list", (made) => (made.replace(listed([])), made.replace(listed([alert("x", "Severe", 60, { status: "acknowledged" })]))), false],
      ["worse than it was", (made) => (made.replace(listed([alert("x", "Minor", 60)])), made.learn(touched)), true],
      // More were there than the first list told: these are not news when they move up.
      ["untold at first, in a later list", (made) => (made.replace(listed(many(3, "Severe", 50), { Severe: 1 })), made.replace(listed([old]))), false],
      ["untold at first, then changed", (made) => (made.replace(listed(many(3, "Severe", 50), { Severe: 1 })), made.learn(touched)), false],
      ["late, where more are untold", (made) => (made.replace(listed(many(3, "Severe", 50), { Severe: 1 })), made.learn(old)), true],
    ];
    for (const [what, happens, takes] of table) {
      const { made, heard } = book();
      happens(made);
      expect(heard("came x").length, what).toBe(takes ? 1 : 0);
    }
  });
});

describe("where there is no room for all", () => {
  it("the least severe go, and of equals the oldest", () => {
    const { made } = book();
    made.replace(listed([alert("bad", "Severe", 600), alert("worst", "Extreme", 900), alert("odd", "Unknown", 1)]));
    for (const one of many(3000, "Minor", 5)) made.learn(one);
    expect(made.size).toBe(MOST);
    expect(["bad", "worst", "odd", "Minor-0", "Minor-2999"].map((id) => made.get(id) !== undefined)).toEqual([true, true, false, false, true]);
    expect([made.more(ALL), made.more(["Minor"]), made.more(["Severe", "Extreme"])]).toEqual([3003 - MOST, 3002 - MOST, 0]);
    for (const one of many(3000, "Extreme", 4)) made.learn(one);
    expect(made.size).toBe(MOST);
    expect([made.list(["Extreme"]).length, made.more(ALL)]).toEqual([MOST, 6003 - MOST]);
  });

  it("what holds the screen stays, whatever comes and whatever a list leaves out", () => {
    const { made, heard } = book("held");
    made.learn(alert("held", "Severe", 5));
    for (const one of many(1000, "Extreme", 4)) made.learn(one);
    expect([made.size, made.get("held")?.id]).toEqual([MOST, "held"]);
    made.replace(listed(many(100, "Severe", 3), { Severe: 5 }));
    expect([made.get("held")?.id, made.size, made.more(ALL), heard("settled held").length]).toEqual(["held", 101, 4, 0]);
    // Now the list leaves nobody out: it is over.
    made.replace(listed(many(100, "Severe", 3)));
    expect([made.get("held"), heard("settled held").length]).toEqual([undefined, 1]);
  });

  it("the others are counted, and the service is asked when that is in doubt", () => {
    const over = (id: string, severity: string, minutes: number) => alert(id, severity, minutes, { status: "resolved", ...TOUCHED });
    const table: [string, Alert[], number, boolean][] = [
      ["nothing", [], 1020, false],
      ["a new one", [alert("x", "Minor", 1)], 1021, false],
      ["a new one of another severity", [alert("x", "Severe", 600)], 1021, false],
      ["one that is told is over", [over("Minor-7", "Minor", 9)], 1019, false],
      ["one of the others is over", [over("x", "Minor", 30)], 1019, true],
      ["one of the others has changed", [alert("x", "Minor", 30, TOUCHED)], 1020, true],
      ["one of a late reading", [alert("x", "Minor", 30)], 1021, true],
      ["one that was never told is over", [over("x", "Minor", 1)], 1020, false],
      ["few are left of those that are told", many(10, "Minor", 9).map(({ id }) => over(id, "Minor", 9)), 1010, true],
    ];
    for (const [what, events, count, doubted] of table) {
      const { made, said } = book();
      made.replace(listed(many(20, "Minor", 9), { Minor: 1000 }));
      for (const event of events) made.learn(event);
      expect([made.size + made.more(ALL), said.includes("doubted")], what).toEqual([count, doubted]);
    }
  });
});

describe("what is heard while the list is asked for", () => {
  it("is newer than the list", () => {
    const { made, said, heard } = book();
    made.replace(listed([alert("ends", "Severe", 5)]));
    const events = [alert("comes", "Extreme", 1), alert("ends", "Severe", 5, { status: "resolved" }), alert("taken", "Severe", 4, { status: "acknowledged" })];
    for (const event of events) made.learn(event);
    said.length = 0;
    made.replace(listed([alert("ends", "Severe", 5), alert("taken", "Severe", 4)]), events);
    expect(made.list(ALL).map(({ id, status }) => `${id} ${status}`)).toEqual(["comes raised", "taken acknowledged"]);
    expect([heard("came"), heard("settled"), made.more(ALL)]).toEqual([[], ["settled taken"], 0]);
  });
});
