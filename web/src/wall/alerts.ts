/** The alerts that are open, as the service tells them. */

import { rank, SEVERITIES, type Severity } from "../alerts/severity";
import { need, type Text } from "../catalog";

export { rank, SEVERITIES, type Severity };

export interface Step {
  n: number;
  title: Text;
  who: Text;
  due: string | null;
  late: boolean;
  done: { at: string; by: string; note: string | null } | null;
}

export interface Alert {
  id: string;
  place: [number, number] | null;
  title: Text;
  headline: Text;
  severity: Severity;
  status: "raised" | "acknowledged" | "resolved" | "expired";
  layer: string | null;
  feature: string | null;
  fence: { layer: string; feature: string } | null;
  property: string | null;
  value: number | null;
  /** Milliseconds since 1970. */
  raised: number;
  agency: Text | null;
  assigned: string | null;
  steps: Step[];
}

type Record_ = Record<string, unknown>;
const isText = (value: unknown): value is Text => typeof value === "object" && value !== null && typeof (value as Record_)["vi"] === "string";

/** An alert of a GeoJSON feature; throws where the service says something else. */
export function parseAlert(value: unknown): Alert {
  need(typeof value === "object" && value !== null, "an alert", "an object");
  const { id, geometry, properties } = value as { id: unknown; geometry: { coordinates?: unknown } | null; properties: Record_ };
  need((typeof id === "string" || typeof id === "number") && typeof properties === "object" && properties !== null, "an alert", "a feature with an id");
  need(isText(properties["headline"]), `alert ${id}: headline`, "a text in vi and en");
  need(SEVERITIES.includes(properties["severity"] as Severity), `alert ${id}: severity`, SEVERITIES.join(", "));
  const raised = Date.parse(String(properties["raised_at"]));
  need(Number.isFinite(raised), `alert ${id}: raised_at`, "a moment");
  const at = geometry?.coordinates;
  const place = Array.isArray(at) && at.slice(0, 2).every(Number.isFinite) && at.length >= 2 ? [Number(at[0]), Number(at[1])] as [number, number] : null;
  const or = <T>(name: string) => (properties[name] ?? null) as T | null;
  return {
    id: String(id), place, raised,
    headline: properties["headline"] as Text,
    title: (isText(properties["title"]) ? properties["title"] : properties["headline"]) as Text,
    severity: properties["severity"] as Severity,
    status: properties["status"] as Alert["status"],
    layer: or("layer"), feature: or("feature"), fence: or("fence"), property: or("property"), value: or("value"),
    agency: or("agency"), assigned: or("assigned_to"),
    steps: (or<Step[]>("steps") ?? []).slice(0, 20),
  };
}

export interface AlertEvents {
  /** The list is another one. */
  changed(): void;
  /** A severe one came, just now. */
  came(alert: Alert): void;
  /** Nobody needs to look at it any more. */
  settled(id: string): void;
}

/** Alerts that are kept, the newest of them. */
const MOST = 200;
/** Alerts that took the screen once do not take it again. */
const MOST_SEEN = 1000;
/** Milliseconds after which an alert is no news any more: who opens a wall is not led through the week. */
const NEWS = 10 * 60_000;

export class AlertBook {
  private open = new Map<string, Alert>();
  private readonly seen = new Set<string>();

  constructor(private readonly events: AlertEvents, private readonly now: () => number) {}

  /** Those of some severities, the newest first. */
  list(severities: readonly string[]): Alert[] {
    return [...this.open.values()].filter(({ severity }) => severities.includes(severity)).sort((a, b) => b.raised - a.raised);
  }

  get(id: string): Alert | undefined {
    return this.open.get(id);
  }

  get size(): number {
    return this.open.size;
  }

  /** All that are open. */
  replace(alerts: Alert[]): void {
    const there = new Set(alerts.map(({ id }) => id));
    for (const id of [...this.open.keys()]) if (!there.has(id)) this.close(id);
    for (const alert of [...alerts].sort((a, b) => a.raised - b.raised)) this.take(alert);
    this.events.changed();
  }

  /** One that came or changed. */
  learn(alert: Alert): void {
    this.take(alert);
    this.events.changed();
  }

  private take(alert: Alert): void {
    if (alert.status === "resolved" || alert.status === "expired") {
      this.close(alert.id);
      return;
    }
    this.open.set(alert.id, alert);
    if (alert.status !== "raised") {
      this.events.settled(alert.id);
    } else if (rank(alert.severity) >= rank("Severe") && !this.seen.has(alert.id) && this.now() - alert.raised < NEWS) {
      this.remember(alert.id);
      this.events.came(alert);
    }
    if (this.open.size > MOST) {
      const [oldest] = [...this.open.values()].sort((a, b) => a.raised - b.raised);
      if (oldest) this.close(oldest.id);
    }
  }

  private close(id: string): void {
    this.open.delete(id);
    this.events.settled(id);
  }

  private remember(id: string): void {
    this.seen.add(id);
    const [first] = this.seen;
    if (this.seen.size > MOST_SEEN && first !== undefined) this.seen.delete(first);
  }
}
