/** What leaves a stop next, as its card tells it. */

import { need, type Language } from "./catalog";
import { make } from "./dom";
import type { Hit } from "./map";
import { wordsOf } from "./words";

export interface Departure {
  /** RFC 3339, with the offset of the place. */
  time: string;
  name: string | null;
  route: string;
  headsign: string | null;
  approximate: boolean;
}

export interface Departures {
  timezone: string;
  message: Record<Language, string> | null;
  departures: Departure[];
}

/** Departures in a card. */
const SHOWN = 5;
/** Milliseconds after which the timetable is asked anew. */
const BEAT = 30_000;

/** Checks the shape the card relies on. */
export function parseDepartures(value: unknown): Departures {
  const answer = value as Record<string, unknown>;
  need(typeof answer === "object" && answer !== null && typeof answer["timezone"] === "string", "departures.timezone", "a zone");
  const list = answer["departures"];
  need(Array.isArray(list), "departures", "a list");
  for (const one of list) need(typeof one?.time === "string" && typeof one.route === "string", "departures", "a list of departures");
  return value as Departures;
}

/** `05:30`; with the day where it is not today's. */
export function clockOf(time: string, timezone: string, lang: Language, now: number): string {
  const locale = lang === "vi" ? "vi-VN" : "en-GB";
  const part = (options: Intl.DateTimeFormatOptions, at: number) =>
    new Intl.DateTimeFormat(locale, { timeZone: timezone, ...options }).format(at);
  const at = Date.parse(time);
  const clock = part({ hour: "2-digit", minute: "2-digit", hour12: false }, at);
  const day: Intl.DateTimeFormatOptions = { day: "2-digit", month: "2-digit" };
  return part(day, at) === part(day, now) ? clock : `${part({ weekday: "short" }, at)} ${clock}`;
}

/** The section of a card. */
export function departuresSection({ timezone, message, departures }: Departures, lang: Language, now: number): HTMLElement {
  const words = wordsOf(lang);
  const rows = departures.slice(0, SHOWN).map((one) => {
    const clock = clockOf(one.time, timezone, lang, now);
    return make("li", {},
      make("span", { class: "line" }, one.name ?? one.route),
      make("span", { class: "to" }, one.headsign ?? ""),
      make("time", { datetime: one.time }, one.approximate ? words.aroundTime(clock) : clock));
  });
  return make("section", { class: "departures", "aria-labelledby": "departures-title" },
    make("h3", { id: "departures-title" }, words.departures),
    message ? make("p", { class: "ago" }, message[lang]) : null,
    rows.length > 0 ? make("ol", {}, ...rows) : null);
}

/** The departures of the stop whose card is open. */
export class Timetable {
  private hit: Hit | null = null;
  private known: Departures | null = null;

  constructor(private readonly card: HTMLElement, private readonly language: () => Language) {
    setInterval(() => void this.ask(), BEAT);
  }

  /** The card was drawn for a feature. */
  show(hit: Hit | null): void {
    const same = hit !== null && hit.id === this.hit?.id && hit.layer === this.hit.layer;
    this.hit = hit?.layer.timetable === "stops" ? hit : null;
    if (!same) this.known = null;
    this.draw();
    if (!same) void this.ask();
  }

  private async ask(): Promise<void> {
    const { hit } = this;
    if (!hit || document.hidden) return;
    try {
      const answer = await fetch(`/collections/${hit.layer.id}/items/${encodeURIComponent(hit.id)}/departures?limit=${SHOWN}`);
      if (!answer.ok || this.hit !== hit) return;
      this.known = parseDepartures(await answer.json());
      if (this.hit === hit) this.draw();
    } catch (error) {
      // The page says elsewhere that the server is away; the card keeps what it knows, and asks again.
      console.info(error);
    }
  }

  private draw(): void {
    this.card.querySelector(".departures")?.remove();
    if (!this.hit || !this.known) return;
    const section = departuresSection(this.known, this.language(), Date.now());
    const generated = this.card.querySelector(".demo");
    if (generated) generated.after(section);
    else this.card.querySelector(".card-body")?.prepend(section);
  }
}
