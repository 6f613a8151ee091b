/** What is to be done about an alert and what was: its steps, and its log. */

import type { Language } from "../catalog";
import { icon, make } from "../dom";
import { textIn } from "../words";
import { isLate, type Alert, type Entry, type Step } from "./service";
import { alertWords, type AlertWords } from "./words";

const CHECK = "m6 12.5 4 4 8-9";

/** `14:05`, of another day with the day behind it. */
export function clockOf(moment: string, lang: Language, now: Date): string {
  const zone = { timeZone: "Asia/Ho_Chi_Minh" } as const;
  const day = (date: Date) => new Intl.DateTimeFormat("en-CA", zone).format(date);
  const date = new Date(moment);
  const clock = new Intl.DateTimeFormat(lang === "vi" ? "vi-VN" : "en-GB", { ...zone, hour: "2-digit", minute: "2-digit" }).format(date);
  if (day(date) === day(now)) return clock;
  const written = new Intl.DateTimeFormat(lang === "vi" ? "vi-VN" : "en-GB", { ...zone, day: "numeric", month: "numeric" }).format(date);
  return `${clock}, ${written}`;
}

/** What came of a late step. Nobody is told by the service; the alert passes on, but not from whom a person has given it to. */
export function consequence({ trail }: Alert, { n, late, escalate }: Step, lang: Language): string | null {
  if (!late || !escalate) return null;
  const at = trail.findIndex(({ action, note }) => action === "escalated" && (note === String(n) || note?.startsWith(`${n}:`)));
  if (at < 0) return null;
  const words = alertWords(lang);
  const isByHand = trail.slice(0, at).some(({ action }) => action === "assigned");
  return (isByHand ? words.toTell : words.passedOn)(textIn(lang, escalate));
}

function stateOf(alert: Alert, step: Step, lang: Language, words: AlertWords, now: Date): string {
  if (step.done) return words.doneBy(step.done.by, clockOf(step.done.at, lang, now));
  const clock = clockOf(step.due, lang, now);
  if (!isLate(step, now.getTime())) return words.due(clock);
  return [words.late(clock), consequence(alert, step, lang)].filter(Boolean).join(" · ");
}

function row(alert: Alert, step: Step, lang: Language, words: AlertWords, now: Date, tick: (() => void) | null): HTMLElement {
  const title = textIn(lang, step.title);
  const kind = step.done ? "done" : isLate(step, now.getTime()) ? "late" : "open";
  const offered = tick !== null && !step.done;
  const mark = offered
    ? make("button", { type: "button", class: "tick", "aria-label": words.tick(title) }, icon(CHECK))
    : make("span", { class: "tick", ...(step.done ? { role: "img", "aria-label": words.isDone } : { "aria-hidden": "true" }) }, step.done ? icon(CHECK) : null);
  if (offered) mark.addEventListener("click", tick);
  return make("li", { class: kind, "data-step": String(step.n) }, mark,
    make("div", {},
      make("p", { class: "what" }, title),
      make("p", { class: "who" }, textIn(lang, step.who), make("span", { class: "state" }, stateOf(alert, step, lang, words, now))),
      step.done?.note ? make("p", { class: "said" }, step.done.note) : null));
}

/** `tick` is `null` where nobody may work on it. */
export function playbook(alert: Alert, lang: Language, now: Date, tick: ((n: number) => void) | null): HTMLElement | null {
  if (alert.steps.length === 0) return null;
  const words = alertWords(lang);
  const done = alert.steps.filter((step) => step.done).length;
  return make("div", { class: "playbook" },
    make("h3", { id: "playbook-title" }, words.playbook, make("span", {}, words.doneOf(done, alert.steps.length))),
    make("ol", { "aria-labelledby": "playbook-title" },
      ...alert.steps.map((step) => row(alert, step, lang, words, now, tick && (() => tick(step.n))))));
}

function line(entry: Entry, lang: Language, words: AlertWords, now: Date): HTMLElement {
  return make("li", {},
    make("time", { datetime: entry.at }, clockOf(entry.at, lang, now)),
    make("span", {}, make("strong", {}, entry.by ?? words.system), ` ${words.actions[entry.action] ?? entry.action}${entry.note ? ` ${entry.note}` : ""}`));
}

/** Everything that happened to it, the newest on top. */
export function trail(alert: Alert, lang: Language, now: Date, open: boolean): HTMLElement | null {
  if (alert.trail.length === 0) return null;
  const words = alertWords(lang);
  return make("details", { class: "trail", open },
    make("summary", {}, `${words.trail} (${alert.trail.length})`),
    make("ol", { reversed: true }, ...[...alert.trail].reverse().map((entry) => line(entry, lang, words, now))));
}
