/** An alert as the service tells it. */

import { rank, SEVERITIES, type Severity } from "../alerts/severity";
import { need, type Text } from "../catalog";

export { rank, SEVERITIES, type Severity };

export interface Step {
  n: number;
  title: Text;
  who: Text;
  due: string | null;
  late: boolean;
  /** To whom the alert passes when it is late. */
  escalate: Text | null;
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
  /** When it was found: of an event that happened again, the last time. */
  value: number | null;
  unit: string | null;
  /** How often it was found. */
  count: number;
  /** Milliseconds since 1970. */
  raised: number;
  /** Nothing has happened to it since it was raised. */
  untouched: boolean;
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
    untouched: properties["changed_at"] === properties["raised_at"],
    headline: properties["headline"] as Text,
    title: (isText(properties["title"]) ? properties["title"] : properties["headline"]) as Text,
    severity: properties["severity"] as Severity,
    status: properties["status"] as Alert["status"],
    layer: or("layer"), feature: or("feature"), fence: or("fence"), property: or("property"), value: or("value"),
    unit: or("unit"), count: or<number>("count") ?? 1,
    agency: or("agency"), assigned: or("assigned_to"),
    steps: (or<Step[]>("steps") ?? []).slice(0, 20),
  };
}

/** Something is still to be done. */
export const isOpen = ({ status }: Alert) => status === "raised" || status === "acknowledged";

/** One that takes the screen. */
export const isBad = ({ severity }: Alert) => rank(severity) >= rank("Severe");

/** The worst first, of equals the newest: what stays where there is no room for all. */
export const byWorth = (a: Alert, b: Alert) => rank(b.severity) - rank(a.severity) || b.raised - a.raised;
