/** Alerts as the service tells them, and telling it what was done about one. */

import { need, type Text } from "../catalog";
import { SEVERITIES, type Severity } from "./severity";

/** The layer whose features are alerts. */
export const ALERTS = "alerts";

export interface Step {
  /** Counted from 1. */
  n: number;
  title: Text;
  who: Text;
  due: string;
  late: boolean;
  /** To whom the alert passes when it is late, unless somebody has given it to another. */
  escalate: Text | null;
  done: { at: string; by: string; note: string | null } | null;
}

export interface Entry {
  at: string;
  /** The service itself without it. */
  by: string | null;
  action: string;
  note: string | null;
}

export interface Alert {
  id: string;
  /** Longitude and latitude. */
  place: [number, number];
  headline: Text;
  severity: Severity;
  status: "raised" | "acknowledged" | "resolved" | "expired";
  /** What it is about. */
  layer: string;
  feature: string;
  count: number;
  raised_at: string;
  changed_at: string;
  agency: Text;
  assigned_to: string | null;
  steps: Step[];
  /** Only of an alert that was asked for by its id. */
  trail: Entry[];
}

/** Something is still to be done. */
export const isOpen = ({ status }: Alert) => status === "raised" || status === "acknowledged";

/** A step that should have been done by now. */
export const isLate = (step: Step, now: number) => !step.done && (step.late || Date.parse(step.due) < now);

/** What somebody does: a part of the path, and to whom it is given. */
export type Deed = { path: string; to?: string };

/** Alerts of a question: the newest of the bad ones, and of the others. */
const BAD = 200;
const OTHER = 100;

/** The service says no. */
export class Refusal extends Error {
  constructor(readonly status: number, detail: string) {
    super(detail);
  }
}

const isRecord = (what: unknown): what is Record<string, unknown> => typeof what === "object" && what !== null;

/** Checks the shape of an alert; throws where the service says something else. */
export function parseAlert(value: unknown): Alert {
  need(isRecord(value) && typeof value["id"] === "string" && isRecord(value["properties"]), "an alert", "a feature");
  const { id, geometry, properties } = value as { id: string; geometry?: { coordinates?: unknown }; properties: Record<string, unknown> };
  for (const key of ["status", "layer", "feature", "raised_at", "changed_at"]) {
    need(typeof properties[key] === "string", `alert.${key}`, "a text");
  }
  need(SEVERITIES.includes(properties["severity"] as Severity), "alert.severity", SEVERITIES.join(", "));
  for (const key of ["headline", "agency"]) need(isRecord(properties[key]), `alert.${key}`, "a text in vi and en");
  need(Array.isArray(properties["steps"]), "alert.steps", "a list");
  const place = geometry?.coordinates;
  need(Array.isArray(place) && place.length >= 2 && place.every(Number.isFinite), "alert.geometry", "a point");
  return { trail: [], ...(properties as unknown as Omit<Alert, "id" | "place" | "trail">), id, place: [Number(place[0]), Number(place[1])] };
}

export interface Listed {
  severities: readonly Severity[];
  /** The newest of them. */
  alerts: Alert[];
  /** Those that are open beyond these. */
  more: number;
}

async function listed(severities: readonly Severity[], limit: number): Promise<Listed> {
  const answer = await fetch(`./alerts?severity=${severities.join(",")}&limit=${limit}`);
  if (!answer.ok) throw new Refusal(answer.status, `${answer.status} for the open alerts`);
  const { features, numberMatched } = (await answer.json()) as { features: unknown[]; numberMatched: number };
  need(Array.isArray(features) && Number.isInteger(numberMatched), "alerts", "features and how many there are");
  return { severities, alerts: features.map(parseAlert), more: Math.max(0, numberMatched - features.length) };
}

export class AlertService {
  private allowed: Promise<boolean> | null = null;

  /** Those that are open. Where there are many the bad ones are not crowded out by the others. */
  open(): Promise<Listed[]> {
    return Promise.all([listed(["Extreme", "Severe"], BAD), listed(["Moderate", "Minor", "Unknown"], OTHER)]);
  }

  /** `null` when there is none of that id. */
  async read(id: string): Promise<Alert | null> {
    const answer = await fetch(`./alerts/${encodeURIComponent(id)}`);
    if (answer.status === 404) return null;
    if (!answer.ok) throw new Refusal(answer.status, `${answer.status} for alert ${id}`);
    return parseAlert(await answer.json());
  }

  /** Whether the service lets people work on alerts. */
  async mayAct(): Promise<boolean> {
    this.allowed ??= fetch("./rules", { method: "OPTIONS" }).then((answer) => (answer.headers.get("allow") ?? "").includes("POST"));
    try {
      return await this.allowed;
    } catch (error) {
      this.allowed = null;
      throw error;
    }
  }

  /** The alert as it is afterwards; throws a `Refusal` with what the service says against it. */
  async act(id: string, { path, to }: Deed, by: string, note: string): Promise<Alert> {
    const answer = await fetch(`./alerts/${encodeURIComponent(id)}/${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ by, ...(to === undefined ? {} : { to }), ...(note === "" ? {} : { note }) }),
    });
    if (answer.ok) return parseAlert(await answer.json());
    const problem = (await answer.json().catch(() => null)) as { detail?: unknown } | null;
    throw new Refusal(answer.status, String(problem?.detail ?? answer.status));
  }
}
