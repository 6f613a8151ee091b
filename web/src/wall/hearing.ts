/** Hears of alerts: the list once, then each as it comes, and the list again whenever something may have been missed. */

import { parseAlert, type Alert } from "./alerts";
import { ask, AnswerError } from "./service";

export interface Hearing {
  /** All that are open. */
  all(alerts: Alert[]): void;
  one(alert: Alert): void;
  /** The service has no alerts at all. */
  none(): void;
}

/** Milliseconds until a connection is opened again that the browser has given up. */
const RETRY = 3000;

export class AlertLine {
  private source: EventSource | null = null;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private asking = false;
  private again = false;

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

  private hear(data: string): void {
    try {
      this.hearing.one(parseAlert(JSON.parse(data)));
    } catch (error) {
      console.error(error);
    }
  }

  /** One question at a time; who asks meanwhile gets another one behind it. */
  async list(): Promise<void> {
    this.again = this.asking;
    if (this.asking) return;
    this.asking = true;
    try {
      const answer = await ask("/alerts?limit=200");
      this.hearing.all((answer["features"] as unknown[]).map(parseAlert));
    } catch (error) {
      if (error instanceof AnswerError && error.status === 404) this.hearing.none();
      else console.warn(error);
    } finally {
      this.asking = false;
      if (this.again) void this.list();
    }
  }
}
