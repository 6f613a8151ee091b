/** What stands beside every scene: the clock, the alerts, and how fresh the sources are. */

import { assigneeOf } from "../alerts/assignee";
import type { Language } from "../catalog";
import { make } from "../dom";
import { formatCount } from "../format";
import { agoOf } from "../measured";
import { textIn } from "../words";
import { byWorth, type Alert } from "./alerts";
import { dayOf, minutesOf, secondsOf } from "./clock";
import { isLate } from "./playbook";
import type { Source } from "./service";
import { wallWords } from "./words";

/** Digits of one width: a clock that trembles draws the eye. */
const digits = (text: string) => [...text].map((sign) => make("span", { class: sign === ":" ? "colon" : "digit" }, sign));

export class Clock {
  private shown = "";
  private day = "";
  private readonly minutes = make("span", { class: "minutes" });
  private readonly seconds = make("span", { class: "seconds" });

  constructor(time: HTMLTimeElement, private readonly date: HTMLElement, private readonly lang: Language) {
    time.replaceChildren(this.minutes, this.seconds);
  }

  tick(now: number): void {
    const text = secondsOf(now);
    if (text === this.shown) return;
    if (minutesOf(now) !== this.shown.slice(0, 5)) this.minutes.replaceChildren(...digits(text.slice(0, 5)));
    this.seconds.replaceChildren(...digits(text.slice(6)));
    this.shown = text;
    const day = dayOf(now, this.lang);
    if (day !== this.day) this.date.textContent = this.day = day;
  }
}

/** Alerts that are drawn at most: no screen has room for more. */
const MOST_DRAWN = 12;

export interface Watched {
  alerts: Alert[];
  /** How many there are beyond these. */
  more: number;
  /** The one that has the screen. */
  shown: string | null;
  /** What is said when there are none. */
  empty: string;
}

/** The newest on top. Where there is no room for all, the worst are drawn, and the one that has the screen. */
export function drawAlerts(list: HTMLElement, rest: HTMLElement, { alerts, more, shown, empty }: Watched, now: number, lang: Language): void {
  const words = wallWords(lang);
  const byNeed = [...alerts].sort((a, b) => Number(b.id === shown) - Number(a.id === shown) || byWorth(a, b)).slice(0, MOST_DRAWN);
  const items = new Map(alerts.filter((alert) => byNeed.includes(alert)).map((alert) => [alert.id, alertItem(alert, shown, now, lang)]));
  list.replaceChildren(...(items.size === 0 && more === 0 ? [make("li", { class: "none" }, empty)] : items.values()));
  const hidden = hideWithoutRoom(list, byNeed.flatMap(({ id }) => items.get(id) ?? []));
  const left = hidden + alerts.length - items.size + more;
  rest.textContent = left > 0 ? words.more(formatCount(left, lang)) : "";
}

function alertItem(alert: Alert, shown: string | null, now: number, lang: Language): HTMLElement {
  const words = wallWords(lang);
  const taken = alert.status === "acknowledged";
  const state = words.status[alert.status] ?? alert.status;
  const late = alert.steps.some((step) => isLate(step, now)) ? make("span", { class: "late" }, words.late) : null;
  const assigned = assigneeOf(alert.assigned, alert.steps, lang);
  const whose = late || assigned ? make("p", { class: "whose" }, late, late && assigned ? " · " : null, assigned) : null;
  const item = make("li", { "data-severity": alert.severity, "data-alert": alert.id, class: taken ? "taken" : "" },
    make("p", { class: "kind" }, make("span", {}, words.severity[alert.severity] ?? alert.severity), make("span", { class: "state" }, state), make("span", { class: "ago" }, agoOf(now - alert.raised, lang))),
    make("p", { class: "text" }, textIn(lang, alert.headline)), whose);
  if (alert.id === shown) item.setAttribute("aria-current", "true");
  return item;
}

/** Hides those that are needed least until the others fit, the first of all never. Says how many. */
function hideWithoutRoom(list: HTMLElement, byNeed: HTMLElement[]): number {
  const boxes = new Map(byNeed.map((item) => [item, item.getBoundingClientRect()]));
  const [first, second] = [...list.children].map((item) => item.getBoundingClientRect());
  const gap = first && second ? second.top - first.bottom : 0;
  let over = Math.max(0, ...[...boxes.values()].map(({ bottom }) => bottom)) - list.getBoundingClientRect().bottom - 1;
  let hidden = 0;
  for (const item of byNeed.slice(1).reverse()) {
    if (over <= 0) break;
    item.hidden = true;
    hidden += 1;
    over -= (boxes.get(item)?.height ?? 0) + gap;
  }
  return hidden;
}

/** How much of a source is heard: in words, as a share of all its features, and how bad that is. */
export function heardOf({ features, measured, silent, unheard }: Source, lang: Language): { state: string; share: number; mood: "fresh" | "thin" | "lost" } {
  const words = wallWords(lang);
  const [all, quiet, never] = [features, silent, unheard].map((number) => formatCount(number, lang)) as [string, string, string];
  const missing = silent > 0
    ? [words.silent(quiet, all), unheard > 0 ? words.andNever(never) : null].filter(Boolean).join(" · ")
    : unheard > 0 ? words.never(never, all) : null;
  const share = features === 0 ? 0 : (measured - silent) / features;
  return { state: missing ?? words.allHeard(all), share, mood: missing === null ? "fresh" : share < 0.5 ? "lost" : "thin" };
}

export function drawSources(list: HTMLElement, sources: Source[], now: number, lang: Language): void {
  const words = wallWords(lang);
  const heard = sources.filter(({ measured }) => measured > 0);
  const unheard = sources.filter(({ measured }) => measured === 0).map(({ title }) => textIn(lang, title));
  list.replaceChildren(...heard.map((source) => {
    const { layer, title, newest } = source;
    const { state, share, mood } = heardOf(source, lang);
    const filled = make("span", { class: "share" });
    const bar = make("span", { class: "bar", "aria-hidden": "true" }, filled);
    filled.style.width = `${100 * share}%`;
    return make("li", { "data-source": layer, "data-mood": mood },
      make("span", { class: "name" }, textIn(lang, title)),
      make("span", { class: "heard" }, state),
      bar,
      make("span", { class: "newest" }, newest ? agoOf(now - Date.parse(newest), lang) : ""));
  }));
  if (unheard.length > 0) list.append(make("li", { class: "none" }, words.unheard(unheard.join(" · "))));
  if (sources.length === 0) list.append(make("li", { class: "none" }, words.noSources));
}
