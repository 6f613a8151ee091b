/** The alerts that are open: asked for once, then followed as they come, change and end. */

import { isOpen, type Alert, type Listed } from "./service";
import { rank } from "./severity";

export type Became = "new" | "changed" | "ended";

export class OpenAlerts {
  private readonly known = new Map<string, Alert>();
  /** Those that were not told when the list was long. */
  private more = 0;
  private newest = 0;

  replace({ alerts, more }: Listed): void {
    this.known.clear();
    for (const alert of alerts) this.known.set(alert.id, alert);
    this.more = more;
    this.newest = Math.max(0, ...alerts.map(({ raised_at }) => Date.parse(raised_at)));
  }

  /** One that came or changed. */
  learn(alert: Alert): Became {
    const isKnown = this.known.has(alert.id);
    const wasUntold = !isKnown && this.more > 0 && Date.parse(alert.raised_at) <= this.newest;
    if (wasUntold) this.more -= 1;
    if (!isOpen(alert)) {
      this.known.delete(alert.id);
      return "ended";
    }
    this.known.set(alert.id, alert);
    return isKnown || wasUntold ? "changed" : "new";
  }

  get count(): number {
    return this.known.size + this.more;
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
