/** The alerts that are open, as many as there is room for, how many more there are, and which of them are news. */

import { byWorth, isBad, isOpen, SEVERITIES, type Alert, type Severity } from "./alerts";

export type Counts = Record<Severity, number>;

export const countsOf = (count: (severity: Severity) => number) => Object.fromEntries(SEVERITIES.map((severity) => [severity, count(severity)])) as Counts;

/** What the service answers: of every severity the newest, and how many there are. */
export interface Listed {
  alerts: Alert[];
  matched: Counts;
}

export interface AlertEvents {
  /** The list is another one. */
  changed(): void;
  /** A severe one that was not known. */
  came(alert: Alert): void;
  /** Nobody needs to look at it any more. */
  settled(id: string): void;
  /** What is known may not be what there is: only the service can tell. */
  doubted(): void;
  /** Whether it has the screen or waits for it. */
  holds(id: string): boolean;
}

/** Alerts that are kept; of more the least severe go, of equals the oldest. */
export const MOST = 350;
/** Severe ones that were known once and are not kept any more: they are no news when they come again. */
const MOST_SEEN = 1000;
/** Milliseconds after which an alert of the first list is no news any more: who opens a wall is not led through the week. */
const NEWS = 10 * 60_000;
/** So many of a severity are wanted where there are as many: the list beside the map has room for no more. */
const SCREENFUL = 12;

export class AlertBook {
  private open = new Map<string, Alert>();
  private readonly seen = new Set<string>();
  private listed = false;
  /** Alerts of each severity that are open and not kept. */
  private untold = countsOf(() => 0);
  /** None of those was raised later. */
  private horizon = countsOf(() => -Infinity);

  constructor(private readonly events: AlertEvents, private readonly now: () => number) {}

  /** Those of some severities, the newest first. */
  list(severities: readonly string[]): Alert[] {
    return [...this.open.values()].filter(({ severity }) => severities.includes(severity)).sort((a, b) => b.raised - a.raised);
  }

  /** Those of some severities that are open and not in the list. */
  more(severities: readonly string[]): number {
    return SEVERITIES.reduce((sum, severity) => sum + (severities.includes(severity) ? this.untold[severity] : 0), 0);
  }

  get(id: string): Alert | undefined {
    return this.open.get(id);
  }

  get size(): number {
    return this.open.size;
  }

  /** All that are open. `meanwhile`: what was learned since the service was asked, which its answer may not know. */
  replace({ alerts, matched }: Listed, meanwhile: Iterable<Alert> = []): void {
    const before = this.open;
    const news = new Set(alerts.filter((alert) => this.isNews(alert, false)).map(({ id }) => id));
    const held = [...before.values()].filter(({ id }) => this.events.holds(id));
    this.listed = true;
    this.open = new Map(alerts.map((alert) => [alert.id, alert]));
    for (const severity of SEVERITIES) this.reckon(severity, matched[severity]);
    // What has the screen or waits for it is not taken away because others are newer.
    for (const alert of held) {
      if (!this.mayBeUntold(alert)) continue;
      this.open.set(alert.id, alert);
      this.untold[alert.severity] -= 1;
    }
    for (const alert of meanwhile) this.enter(alert);
    for (const id of before.keys()) if (!this.open.has(id)) this.events.settled(id);
    for (const alert of [...this.open.values()].sort((a, b) => a.raised - b.raised)) this.tell(alert, before.get(alert.id), news.has(alert.id));
    this.trim();
    this.events.changed();
  }

  /** One that came or changed. */
  learn(alert: Alert): void {
    const before = this.open.get(alert.id);
    const isNews = this.isNews(alert, true);
    this.enter(alert);
    if (isOpen(alert)) this.tell(alert, before, isNews);
    else this.events.settled(alert.id);
    this.trim();
    this.events.changed();
  }

  /** How many of a severity are not told, after the service has told the newest. */
  private reckon(severity: Severity, matched: number): void {
    const told = [...this.open.values()].filter((alert) => alert.severity === severity);
    this.untold[severity] = Math.max(0, matched - told.length);
    this.horizon[severity] = this.untold[severity] === 0 ? -Infinity : Math.min(...told.map(({ raised }) => raised));
  }

  /** Whether one that is not kept may be among those that are counted only. */
  private mayBeUntold({ id, severity, raised }: Alert): boolean {
    return !this.open.has(id) && this.untold[severity] > 0 && raised <= this.horizon[severity];
  }

  /**
   * Whether one that is not known has only just come. An alert is raised at the time of its reading, which may come late:
   * the age counts only where it may have been there before the wall was opened.
   */
  private isNews(alert: Alert, heard: boolean): boolean {
    if (this.now() - alert.raised < NEWS) return true;
    const mayBeOld = !this.listed || this.mayBeUntold(alert);
    return !mayBeOld || (heard && alert.untouched);
  }

  private enter(alert: Alert): void {
    const isKept = this.open.has(alert.id);
    const { severity } = alert;
    let isDoubtful = false;
    if (this.mayBeUntold(alert)) {
      isDoubtful = true;
      if (!isOpen(alert) || !alert.untouched) this.untold[severity] -= 1;
    }
    if (isOpen(alert)) this.open.set(alert.id, alert);
    else this.open.delete(alert.id);
    // Those that are counted only move up into the room of one that is over.
    if (isKept && !isOpen(alert) && this.untold[severity] > 0 && this.list([severity]).length < SCREENFUL) isDoubtful = true;
    if (isDoubtful) this.events.doubted();
  }

  private tell(alert: Alert, before: Alert | undefined, isNews: boolean): void {
    if (alert.status !== "raised") {
      this.events.settled(alert.id);
    } else if (isBad(alert) && !(before && isBad(before)) && !this.seen.has(alert.id)) {
      this.remember(alert.id);
      if (isNews) this.events.came(alert);
    }
  }

  /** Keeps as many as there is room for. */
  private trim(): void {
    if (this.open.size <= MOST) return;
    const free = [...this.open.values()].filter(({ id }) => !this.events.holds(id)).sort(byWorth);
    for (const { id, severity, raised } of free.slice(MOST - this.open.size)) {
      this.open.delete(id);
      this.untold[severity] += 1;
      this.horizon[severity] = Math.max(this.horizon[severity], raised);
    }
  }

  private remember(id: string): void {
    this.seen.add(id);
    const [first] = this.seen;
    if (this.seen.size > MOST_SEEN && first !== undefined) this.seen.delete(first);
  }
}
