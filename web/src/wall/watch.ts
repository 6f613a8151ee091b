/** What stands beside every scene: the clock, the alerts, and how fresh the sources are. */

import type { Language } from "../catalog";
import { make } from "../dom";
import { formatCount } from "../format";
import { agoOf } from "../measured";
import { textIn } from "../words";
import type { Alert } from "./alerts";
import { dayOf, minutesOf, secondsOf } from "./clock";
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

/** The newest on top, as many as there is room for. */
export function drawAlerts(list: HTMLElement, more: HTMLElement, alerts: Alert[], shown: string | null, now: number, lang: Language, empty: string): void {
  const words = wallWords(lang);
  const most = alerts.slice(0, 12);
  list.replaceChildren(...(most.length === 0 ? [make("li", { class: "none" }, empty)] : most.map((alert) => {
    const taken = alert.status === "acknowledged";
    const state = (words.status[alert.status] ?? alert.status) + (alert.assigned ? ` · ${alert.assigned}` : "");
    const item = make("li", { "data-severity": alert.severity, "data-alert": alert.id, class: taken ? "taken" : "" },
      make("p", { class: "kind" }, make("span", {}, words.severity[alert.severity] ?? alert.severity), make("span", { class: "state" }, state), make("span", { class: "ago" }, agoOf(now - alert.raised, lang))),
      make("p", { class: "text" }, textIn(lang, alert.headline)));
    if (alert.id === shown) item.setAttribute("aria-current", "true");
    return item;
  })));
  const room = list.getBoundingClientRect().bottom + 1;
  const items = [...list.children] as HTMLElement[];
  let hidden = 0;
  for (const item of items.slice(1)) {
    if (item.getBoundingClientRect().bottom <= room) continue;
    item.hidden = true;
    hidden += 1;
  }
  const rest = hidden + alerts.length - most.length;
  more.textContent = rest > 0 ? words.more(formatCount(rest, lang)) : "";
}

export function drawSources(list: HTMLElement, sources: Source[], now: number, lang: Language): void {
  const words = wallWords(lang);
  const count = (number: number) => formatCount(number, lang);
  const heard = sources.filter(({ measured }) => measured > 0);
  const unheard = sources.filter(({ measured }) => measured === 0).map(({ title }) => textIn(lang, title));
  list.replaceChildren(...heard.map(({ layer, title, measured, silent, newest }) => {
    const state = silent > 0 ? words.silent(count(silent), count(measured)) : words.allHeard(count(measured));
    const mood = silent === 0 ? "fresh" : silent * 2 > measured ? "lost" : "thin";
    const share = make("span", { class: "share" });
    const bar = make("span", { class: "bar", "aria-hidden": "true" }, share);
    share.style.width = `${(100 * (measured - silent)) / measured}%`;
    return make("li", { "data-source": layer, "data-mood": mood },
      make("span", { class: "name" }, textIn(lang, title)),
      make("span", { class: "heard" }, state),
      bar,
      make("span", { class: "newest" }, newest ? agoOf(now - Date.parse(newest), lang) : ""));
  }));
  if (unheard.length > 0) list.append(make("li", { class: "none" }, words.unheard(unheard.join(", "))));
  if (sources.length === 0) list.append(make("li", { class: "none" }, words.noSources));
}
