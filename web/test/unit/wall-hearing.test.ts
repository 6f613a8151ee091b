import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Alert } from "../../src/wall/alerts";
import type { Listed } from "../../src/wall/book";
import { AlertLine } from "../../src/wall/hearing";
import { feature } from "./wall-alert";

class Source extends EventTarget {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSED = 2;
  static last: Source;
  readyState: number = Source.OPEN;
  constructor() {
    super();
    Source.last = this;
  }
  say(type: string, data?: unknown) {
    this.dispatchEvent(Object.assign(new Event(type), { data: JSON.stringify(data) }));
  }
}

let asked: string[];
let status: number;
/** Milliseconds until the service answers. */
let slow: number;
let told: { listed: Listed; meanwhile: string[] }[];
let heard: Alert[];
let none: number;
let line: AlertLine;

beforeEach(() => {
  vi.useFakeTimers();
  [asked, status, slow, told, heard, none] = [[], 200, 0, [], [], 0];
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
  vi.stubGlobal("EventSource", Source);
  vi.stubGlobal("fetch", async (path: string) => {
    asked.push(path);
    await new Promise((done) => setTimeout(done, slow));
    const severity = new URLSearchParams(path.split("?")[1]).get("severity") ?? "";
    return Response.json({ features: [feature(`a-${severity}`, { severity })], numberMatched: severity === "Minor" ? 4000 : 1 }, { status });
  });
  line = new AlertLine({
    all: (listed, meanwhile) => told.push({ listed, meanwhile: [...meanwhile].map(({ id }) => id) }),
    one: (alert) => heard.push(alert),
    none: () => (none += 1),
  });
  line.open();
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

it("asks for every severity by itself, so that none crowds out another", async () => {
  Source.last.say("open");
  await vi.advanceTimersByTimeAsync(10);
  expect(asked.map((path) => path.replace(/\d+$/, "N"))).toEqual(["Unknown", "Minor", "Moderate", "Severe", "Extreme"].map((one) => `/alerts?severity=${one}&limit=N`));
  expect(told).toHaveLength(1);
  expect(told[0]?.listed.alerts.map(({ severity }) => severity)).toEqual(["Unknown", "Minor", "Moderate", "Severe", "Extreme"]);
  expect(told[0]?.listed.matched).toEqual({ Unknown: 1, Minor: 4000, Moderate: 1, Severe: 1, Extreme: 1 });
});

it("asks again when in doubt, once in five seconds, and at once after a lost connection", async () => {
  Source.last.say("open");
  for (let tenth = 0; tenth < 200; tenth += 1) {
    await vi.advanceTimersByTimeAsync(100);
    line.doubted();
  }
  expect(told.length).toBe(4);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(told.length, "and no more than that").toBe(5);
  line.doubted();
  await vi.advanceTimersByTimeAsync(0);
  line.doubted();
  Source.last.say("reset");
  await vi.advanceTimersByTimeAsync(60_000);
  expect(told.length, "the question is answered").toBe(7);
});

it("remembers what comes while it asks, the worst of it when that is much", async () => {
  slow = 3000;
  Source.last.say("alert", feature("before"));
  Source.last.say("open");
  Source.last.say("alert", feature("bad", { severity: "Extreme" }));
  for (let number = 0; number < 2000; number += 1) Source.last.say("alert", feature(`small-${number}`, { severity: "Minor" }));
  await vi.advanceTimersByTimeAsync(slow);
  Source.last.say("alert", feature("after"));
  expect([heard.length, told.length, told[0]?.meanwhile.length, told[0]?.meanwhile[0]]).toEqual([2003, 1, 500, "bad"]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect([told.length, told[1]?.meanwhile]).toEqual([2, []]);
});

it.each([
  ["tries again when the service cannot answer", 503, Source.OPEN, 3, 0],
  ["waits when there is no connection: its return asks", 503, Source.CONNECTING, 1, 0],
  ["does not try again when the service has no alerts", 404, Source.OPEN, 1, 1],
])("%s", async (_what, code, readyState, questions, nones) => {
  status = code;
  Source.last.readyState = readyState;
  Source.last.say("open");
  await vi.advanceTimersByTimeAsync(12_000);
  expect([asked.length / 5, none, told.length]).toEqual([questions, nones, 0]);
});
