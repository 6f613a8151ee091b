/** The time of the city, as the service has it. */

import type { Language } from "../catalog";

const LOCALE: Record<Language, string> = { vi: "vi-VN", en: "en-GB" };
const ZONE = { timeZone: "Asia/Ho_Chi_Minh" };

/** Less is the way of an answer through the network. */
const TOLERATED = 3000;

let ahead = 0;

/** Milliseconds since 1970. */
export const now = () => Date.now() + ahead;

/** Hears what time it is: the clock of a wall that nobody looks after may be wrong by hours. */
export function hearTime(moment: number): void {
  const difference = moment - Date.now();
  ahead = Math.abs(difference) > TOLERATED ? difference : 0;
}

/** Formats are made once: making one takes longer than using it a thousand times. */
const formats = new Map<string, Intl.DateTimeFormat>();

function format(lang: Language, name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${lang} ${name}`;
  const known = formats.get(key) ?? new Intl.DateTimeFormat(LOCALE[lang], { ...ZONE, ...options });
  formats.set(key, known);
  return known;
}

/** `14:05:09` */
export const secondsOf = (moment: number) =>
  format("en", "seconds", { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false }).format(moment);

/** `14:05` */
export const minutesOf = (moment: number) =>
  format("en", "minutes", { hour: "2-digit", minute: "2-digit", hour12: false }).format(moment);

/** `Chủ Nhật, 22 tháng 11, 2026` */
export const dayOf = (moment: number, lang: Language) =>
  format(lang, "day", { weekday: "long", day: "numeric", month: "long", year: "numeric" }).format(moment);

const sameDay = (one: number, other: number) => dayOf(one, "en") === dayOf(other, "en");

/** `14:05`, with its day unless that is today: `14:05 21/11`. */
export function shortMoment(moment: number, lang: Language): string {
  if (sameDay(moment, now())) return minutesOf(moment);
  return `${minutesOf(moment)} ${format(lang, "short", { day: "2-digit", month: "2-digit" }).format(moment)}`;
}
