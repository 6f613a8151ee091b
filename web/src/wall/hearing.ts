/** Hears of alerts: the list once, then each as it comes, and the list again whenever something may have been missed. */

import { need } from "../catalog";
import { byWorth, parseAlert, SEVERITIES, type Alert, type Severity } from "./alerts";
import { countsOf, type Listed } from "./book";
import { ask, AnswerError } from "./service";

export interface Hearing {
  /** All that are open, and what was heard since they were asked for. */
  all(listed: Listed, meanwhile: Iterable<Alert>): void;
  one(alert: Alert): void;
  /** The service has no alerts at all. */
  none(): void;
}

/** Milliseconds until a connection is opened again that the browser has given up. */
const RETRY = 3000;
/** Milliseconds between two questions when there is only a doubt. */
const REST = 5000;
/** Alerts that are asked for: each severity by itself, so that many of one do not crowd out another, and a scene's own are counted. */
const ASKED: Record<Severity, number> = { Extreme: 100, Severe: 100, Moderate: 50, Minor: 50, Unknown: 50 };
/** Alerts that are remembered while the list is asked for. */
const MOST_MEANWHILE = 500;

async function openAlerts(): Promise<Listed> {
  const matched = countsOf(() => 0);
  const told = await Promise.all(SEVERITIES.map(async (severity) => {
    const path = `/alerts?severity=${severity}&limit=${ASKED[severity]}`;
    const { features, numberMatched } = await ask(path);
    need(Array.isArray(features) && Number.isInteger(numberMatched), path, "features and how many there are");
    matched[severity] = numberMatched as number;
    return (features as unknown[]).map(parseAlert);
  }));
  return { alerts: told.flat(), matched };
}

export class AlertLine {
  private source: EventSource | null = null;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private soon: ReturnType<typeof setTimeout> | undefined;
  /** When the last answer came. */
  private asked = -Infinity;
  private asking = false;
  private again = false;
  private doubtful = false;
  private readonly meanwhile = new Map<string, Alert>();

  constructor(private readonly hearing: Hearing) {}

  open(): void {
    clearTimeout(this.retry);
    this.source?.close();
    const source = new EventSource("/live?layers=alerts");
    source.addEventListener("open", () => void this.list());
    source.addEventListener("reset", () => void this.list());
    source.addEventListener("alert", (event) => this.hear(event.data));
    source.addEventListener("error", () => {
      if (source.readyState !== EventSource.CLOSED) return;
      clearTimeout(this.retry);
      this.retry = setTimeout(() => this.open(), RETRY);
    });
    this.source = source;
  }

  /** Asks for the list again, soon: a storm of alerts does not become a storm of questions. */
  doubted(): void {
    this.doubtful = true;
    if (this.asking || this.soon !== undefined) return;
    this.soon = setTimeout(() => void this.list(), Math.max(0, this.asked + REST - performance.now()));
  }

  private hear(data: string): void {
    try {
      const alert = parseAlert(JSON.parse(data));
      if (this.asking) this.keep(alert);
      this.hearing.one(alert);
    } catch (error) {
      console.error(error);
    }
  }

  /** The list may be of a moment before this. */
  private keep(alert: Alert): void {
    this.meanwhile.set(alert.id, alert);
    if (this.meanwhile.size <= MOST_MEANWHILE) return;
    const least = [...this.meanwhile.values()].sort(byWorth).pop();
    if (least) this.meanwhile.delete(least.id);
    this.doubted();
  }

  /** One question at a time; who asks meanwhile gets another one behind it. */
  private async list(): Promise<void> {
    this.again = this.asking;
    if (this.asking) return;
    clearTimeout(this.soon);
    this.soon = undefined;
    this.doubtful = false;
    this.asking = true;
    try {
      this.hearing.all(await openAlerts(), this.meanwhile.values());
    } catch (error) {
      if (error instanceof AnswerError && error.status === 404) {
        this.hearing.none();
      } else {
        console.warn(error);
        // Without a connection its return asks.
        if (this.source?.readyState === EventSource.OPEN) this.doubted();
      }
    } finally {
      this.asking = false;
      this.asked = performance.now();
      this.meanwhile.clear();
      if (this.again) void this.list();
      else if (this.doubtful) this.doubted();
    }
  }
}
