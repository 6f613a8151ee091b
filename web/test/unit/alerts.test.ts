import { expect, it } from "vitest";
import { assigneeOf } from "../../src/alerts/assignee";
import { clockOf, consequence } from "../../src/alerts/playbook";
import { OpenAlerts } from "../../src/alerts/open";
import { isLate, parseAlert } from "../../src/alerts/service";

const geometry = { coordinates: [105.7, 18.7] };

const properties = {
  headline: { vi: "A", en: "A" }, severity: "Severe", status: "raised", layer: "air_stations", feature: "A-1", count: 1,
  raised_at: "2026-11-21T03:00:00Z", changed_at: "2026-11-21T03:00:00Z", agency: { vi: "S", en: "S" }, assigned_to: null, steps: [],
};

it("an alert is read with or without its trail, and nothing else is", () => {
  expect(parseAlert({ id: "a", geometry, properties }).trail).toEqual([]);
  expect(parseAlert({ id: "a", geometry, properties: { ...properties, trail: [{ at: "", by: null, action: "raised", note: null }] } }).trail).toHaveLength(1);
  for (const wrong of [null, {}, { id: "a" }, { id: "a", properties }, { id: "a", geometry, properties: { ...properties, severity: 3 } }, { id: "a", geometry, properties: { ...properties, steps: null } }]) {
    expect(() => parseAlert(wrong), JSON.stringify(wrong)).toThrow();
  }
});

it("moments are those of Viet Nam, with the day where it is another one", () => {
  const now = new Date("2026-11-21T10:00:00Z");
  expect(clockOf("2026-11-21T03:05:00Z", "vi", now)).toBe("10:05");
  expect(clockOf("2026-11-20T18:30:00Z", "en", now)).toBe("01:30");
  expect(clockOf("2026-11-20T03:05:00Z", "vi", now)).toMatch(/^10:05, 20[/-]11$/);
});

const alert = (id: string, severity: string, raised: string, more: object = {}) =>
  parseAlert({ id, geometry: { coordinates: [105.7, 18.7] }, properties: { ...properties, severity, raised_at: `2026-11-21T${raised}:00Z`, ...more } });

const BAD = ["Extreme", "Severe"] as const;
const OTHER = ["Moderate", "Minor", "Unknown"] as const;

it("one that was not told is older than all that were told of its severities, and no newer than they", () => {
  const opened = new OpenAlerts();
  const lists = [
    { severities: BAD, alerts: [alert("a", "Severe", "02:00"), alert("b", "Extreme", "01:00")], more: 3 },
    { severities: OTHER, alerts: [alert("c", "Minor", "05:00"), alert("d", "Moderate", "04:00")], more: 7 },
  ];
  opened.replace(lists);
  expect(opened.count).toBe(14);
  const touched = { changed_at: "2026-11-21T06:00:00Z" };
  const table: [string, string, object, string, number, boolean][] = [
    // Newer than the oldest that was told of its severities, older than the newest of another: it would have been told.
    ["Severe", "03:00", {}, "new", 15, false],
    ["Severe", "03:00", touched, "new", 15, false],
    ["Extreme", "01:30", touched, "new", 15, false],
    ["Minor", "04:30", touched, "new", 15, false],
    // Among those that are counted only.
    ["Severe", "00:30", touched, "changed", 14, true],
    ["Minor", "03:59", touched, "changed", 14, true],
    ["Unknown", "01:30", { ...touched, status: "expired" }, "ended", 13, true],
    // Only just raised, of a reading that came late.
    ["Extreme", "00:30", { changed_at: "2026-11-21T00:30:00Z" }, "new", 15, true],
  ];
  for (const [severity, raised, more, became, count, isDoubtful] of table) {
    opened.replace(lists);
    const one = alert("x", severity, raised, { changed_at: `2026-11-21T${raised}:00Z`, ...more });
    expect([opened.isDoubtful(one), opened.learn(one), opened.count], `${severity} ${raised} ${JSON.stringify(more)}`).toEqual([isDoubtful, became, count]);
  }
});

it("open alerts: the worst first, of equals the newest, and those untold are counted", () => {
  const opened = new OpenAlerts();
  opened.replace([
    { severities: BAD, alerts: [alert("b", "Severe", "01:00"), alert("c", "Severe", "02:00")], more: 0 },
    { severities: OTHER, alerts: [alert("a", "Minor", "03:00")], more: 2 },
  ]);
  expect(opened.list.map(({ id }) => id)).toEqual(["c", "b", "a"]);
  expect(opened.count).toBe(5);
  expect(opened.learn(alert("d", "Extreme", "04:00"))).toBe("new");
  expect(opened.list[0]?.id).toBe("d");
  expect(opened.count).toBe(6);
  expect(opened.learn(alert("b", "Severe", "01:00", { status: "acknowledged" }))).toBe("changed");
  expect(opened.count).toBe(6);
  // Raised before the list was asked for, and not in it: one of those that were not told.
  expect(opened.learn(alert("e", "Minor", "00:30", { status: "acknowledged" }))).toBe("changed");
  expect(opened.count).toBe(6);
  expect(opened.learn(alert("f", "Minor", "00:20", { status: "expired" }))).toBe("ended");
  expect(opened.learn(alert("c", "Severe", "02:00", { status: "resolved" }))).toBe("ended");
  expect(opened.list.map(({ id }) => id)).toEqual(["d", "b", "a", "e"]);
  expect(opened.count).toBe(4);
});

it("a late step passes the alert on, but not from whom a person has given it to, and nobody is told", () => {
  const step = { n: 2, title: { vi: "", en: "" }, who: { vi: "", en: "" }, due: "2026-11-21T03:00:00Z", late: true, escalate: { vi: "Trưởng ca", en: "Head" }, done: null };
  const entry = (action: string, note: string | null = null) => ({ at: "2026-11-21T03:00:00Z", by: null, action, note });
  const told = (trail: object[], one: object = {}) => {
    const alert = parseAlert({ id: "a", geometry, properties: { ...properties, trail } });
    return [consequence(alert, { ...step, ...one }, "vi"), consequence(alert, { ...step, ...one }, "en")];
  };
  const late = entry("escalated", "2: Trưởng ca");
  expect(told([entry("raised"), late])).toEqual(["chuyển lên Trưởng ca", "passed on to Head"]);
  expect(told([late, entry("assigned", "Lan")]), "given to somebody afterwards").toEqual(["chuyển lên Trưởng ca", "passed on to Head"]);
  expect(told([entry("assigned", "Lan"), late])).toEqual(["cần báo Trưởng ca", "tell Head"]);
  expect(told([entry("escalated", "1: Trưởng ca")]), "of another step").toEqual([null, null]);
  expect(told([]), "a list has no trail").toEqual([null, null]);
  expect(told([late], { late: false })).toEqual([null, null]);
  expect(told([late], { escalate: null })).toEqual([null, null]);
});

it("an office that got the alert by a late step is named in the reader's language, a person as they are called", () => {
  const steps = [{ escalate: null }, { escalate: { vi: "Trưởng ca", en: "Head of shift" } }];
  const named = (assigned: string | null) => [assigneeOf(assigned, steps, "vi"), assigneeOf(assigned, steps, "en")];
  expect(named("Trưởng ca")).toEqual(["Trưởng ca", "Head of shift"]);
  expect(named("Lê Văn Hà")).toEqual(["Lê Văn Hà", "Lê Văn Hà"]);
  expect(named(null)).toEqual([null, null]);
});

it("a step is late when the service says so, or its time is over, and not when it is done", () => {
  const step = { n: 1, title: { vi: "", en: "" }, who: { vi: "", en: "" }, due: "2026-11-21T03:00:00Z", late: false, escalate: null, done: null };
  const due = Date.parse(step.due);
  expect(isLate(step, due)).toBe(false);
  expect(isLate(step, due + 1)).toBe(true);
  expect(isLate({ ...step, late: true }, due - 1)).toBe(true);
  expect(isLate({ ...step, late: true, done: { at: step.due, by: "Lan", note: null } }, due + 1)).toBe(false);
});
