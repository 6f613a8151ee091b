/** The alerts that are open: asked for once, then followed as they come, change and end. */

import { isOpen, type Alert, type Listed } from "./service";
import { rank, type Severity } from "./severity";

export type Became = "new" | "changed" | "ended";

/** Alerts that are open and were not told when their list was long. None of them was raised after `horizon`. */
interface Untold {
  more: number;
  horizon: number;
}

const raisedAt = ({ raised_at }: Alert) => Date.parse(raised_at);

export class OpenAlerts {
  private readonly known = new Map<string, Alert>();
  /** Severities that were asked for together share one. */
  private readonly untold = new Map<Severity, Untold>();

  replace(lists: readonly Listed[]): void {
    this.known.clear();
    this.untold.clear();
    for (const { severities, alerts, more } of lists) {
      for (const alert of alerts) this.known.set(alert.id, alert);
      const untold = { more, horizon: Math.min(...alerts.map(raisedAt)) };
      for (const severity of severities) this.untold.set(severity, untold);
    }
  }

  /** The list of its severity, where it may be among those that are counted only. */
  private untoldOf(alert: Alert): Untold | null {
    const untold = this.untold.get(alert.severity);
    return untold && untold.more > 0 && !this.known.has(alert.id) && raisedAt(alert) <= untold.horizon ? untold : null;
  }

  /** Whether only the service can tell if one was counted already. */
  isDoubtful(alert: Alert): boolean {
    return this.untoldOf(alert) !== null;
  }

  /** One that came or changed. To which nothing has happened since it was raised has just come, however old its reading is. */
  learn(alert: Alert): Became {
    const isKnown = this.known.has(alert.id);
    const isUntouched = isOpen(alert) && alert.changed_at === alert.raised_at;
    const untold = isUntouched ? null : this.untoldOf(alert);
    if (untold) untold.more -= 1;
    if (!isOpen(alert)) {
      this.known.delete(alert.id);
      return "ended";
    }
    this.known.set(alert.id, alert);
    return isKnown || untold ? "changed" : "new";
  }

  get count(): number {
    return this.known.size + [...new Set(this.untold.values())].reduce((sum, { more }) => sum + more, 0);
  }

  get(id: string): Alert | undefined {
    return this.known.get(id);
  }

  /** The worst first; of equals the newest. */
  get list(): Alert[] {
    return [...this.known.values()].sort((a, b) =>
      rank(b.severity) - rank(a.severity) || Date.parse(b.raised_at) - Date.parse(a.raised_at) || a.id.localeCompare(b.id));
  }
}
