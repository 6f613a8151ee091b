/** An alert in the card of a feature: what was found, the playbook, and working on it where the service allows that. */

import { need, type Language, type Text } from "./catalog";
import { make } from "./dom";
import { agoOf } from "./measured";
import { textIn, wordsOf, type Words } from "./words";

/** The layer whose features are alerts. */
export const ALERTS = "alerts";

export interface Step {
  n: number;
  title: Text;
  who: Text;
  due: string;
  late: boolean;
  done: { at: string; by: string; note: string | null } | null;
}

export interface Alert {
  id: string;
  headline: Text;
  severity: string;
  status: string;
  layer: string;
  feature: string;
  count: number;
  raised_at: string;
  changed_at: string;
  agency: Text;
  assigned_to: string | null;
  steps: Step[];
  trail: { at: string; by: string | null; action: string; note: string | null }[];
}

/** What somebody does: a part of the path, and what more is said. */
export type Deed = { path: string; more?: Record<string, string> };

const NAME = "citylayers.operator";

/** Checks the shape of an alert; throws where the service says something else. */
export function parseAlert(value: unknown): Alert {
  const isRecord = (what: unknown): what is Record<string, unknown> => typeof what === "object" && what !== null;
  need(isRecord(value) && typeof value["id"] === "string" && isRecord(value["properties"]), "an alert", "a feature");
  const feature = value as { id: string; properties: Record<string, unknown> };
  for (const key of ["severity", "status", "layer", "feature", "raised_at", "changed_at"]) {
    need(typeof feature.properties[key] === "string", `alert.${key}`, "a text");
  }
  need(Array.isArray(feature.properties["steps"]), "alert.steps", "a list");
  return { trail: [], ...(feature.properties as unknown as Omit<Alert, "id" | "trail">), id: feature.id };
}

/** Asks the service about alerts, and tells it what was done. */
export class AlertDesk {
  private allowed: Promise<boolean> | null = null;

  /** `null` when there is none of that id. */
  async read(id: string): Promise<Alert | null> {
    const answer = await fetch(`./alerts/${encodeURIComponent(id)}`);
    if (answer.status === 404) return null;
    if (!answer.ok) throw new Error(`${answer.status} for alert ${id}`);
    return parseAlert(await answer.json());
  }

  /** Whether the service lets people work on alerts. */
  mayAct(): Promise<boolean> {
    this.allowed ??= fetch("./rules", { method: "OPTIONS" }).then((answer) => (answer.headers.get("allow") ?? "").includes("POST"));
    return this.allowed;
  }

  /** The alert as it is afterwards; throws what the service says against it. */
  async act(id: string, deed: Deed, by: string): Promise<Alert> {
    const answer = await fetch(`./alerts/${encodeURIComponent(id)}/${deed.path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ by, ...deed.more }),
    });
    const document: unknown = await answer.json();
    if (!answer.ok) throw new Error(String((document as { detail?: unknown }).detail ?? answer.status));
    return parseAlert(document);
  }
}

/** Who works at this screen, as they said last; storage may be forbidden, and that is fine. */
export function rememberedName(): string {
  try {
    return localStorage.getItem(NAME) ?? "";
  } catch {
    return "";
  }
}

function rememberName(name: string): void {
  try {
    localStorage.setItem(NAME, name);
  } catch {
    // Storage is forbidden here: the name is asked for again.
  }
}

/** `14:05`, of another day with the day before it. */
export function clockOf(moment: string, lang: Language, now: Date): string {
  const zone = { timeZone: "Asia/Ho_Chi_Minh" } as const;
  const day = (date: Date) => new Intl.DateTimeFormat("en-CA", zone).format(date);
  const date = new Date(moment);
  const clock = new Intl.DateTimeFormat(lang === "vi" ? "vi-VN" : "en-GB", { ...zone, hour: "2-digit", minute: "2-digit" }).format(date);
  if (day(date) === day(now)) return clock;
  const written = new Intl.DateTimeFormat(lang === "vi" ? "vi-VN" : "en-GB", { ...zone, day: "numeric", month: "numeric" }).format(date);
  return `${clock}, ${written}`;
}

export interface AlertEvents {
  act(deed: Deed, by: string): void;
}

function stepRow(step: Step, lang: Language, words: Words, now: Date, tick: (() => void) | null): HTMLElement {
  const state = step.done ? words.doneBy(step.done.by, clockOf(step.done.at, lang, now)) : words.dueAt(clockOf(step.due, lang, now));
  const mark = tick && !step.done
    ? make("button", { type: "button", class: "tick", "aria-label": words.tick(textIn(lang, step.title)) })
    : make("span", { class: "tick", "aria-hidden": "true" });
  if (tick && mark instanceof HTMLButtonElement) mark.addEventListener("click", tick);
  const kind = step.done ? "done" : step.late ? "late" : "open";
  return make("li", { class: kind }, mark,
    make("div", {}, make("p", {}, textIn(lang, step.title)),
      make("p", { class: "who" }, `${textIn(lang, step.who)} · ${state}${step.late && !step.done ? ` · ${words.late}` : ""}`)));
}

/** The alert as it is now; `events` is `null` where nobody may work on it. */
export function alertSection(alert: Alert, lang: Language, now: Date, events: AlertEvents | null): HTMLElement {
  const words = wordsOf(lang);
  const open = alert.status === "raised" || alert.status === "acknowledged";
  const name = make("input", { type: "text", id: "alert-by", maxlength: "100", autocomplete: "name", value: rememberedName() });
  const act = (deed: Deed) => {
    const by = name.value.trim();
    if (by === "") {
      name.focus();
      name.setAttribute("aria-invalid", "true");
      return;
    }
    rememberName(by);
    events?.act(deed, by);
  };
  const button = (label: string, deed: Deed, kind: string) => {
    const element = make("button", { type: "button", class: kind }, label);
    element.addEventListener("click", () => act(deed));
    return element;
  };
  const steps = alert.steps.map((step) =>
    stepRow(step, lang, words, now, open && events ? () => act({ path: `steps/${step.n}` }) : null));
  const trail = alert.trail.map((line) =>
    make("li", {}, `${clockOf(line.at, lang, now)} ${words.actions[line.action] ?? line.action}${line.by ? `, ${line.by}` : ""}${line.note ? `: ${line.note}` : ""}`));
  const status = words.alertStatus[alert.status] ?? alert.status;
  const facts = [status, agoOf(now.getTime() - Date.parse(alert.raised_at), lang), alert.count > 1 ? words.times(alert.count) : null, alert.assigned_to];
  return make("section", { class: `alert severity-${alert.severity.toLowerCase()}`, "aria-label": words.alert },
    make("p", { class: "alert-headline" }, textIn(lang, alert.headline)),
    make("p", { class: "alert-facts" }, facts.filter(Boolean).join(" · ")),
    steps.length > 0 ? make("ol", { class: "playbook", "aria-label": words.playbook }, ...steps) : null,
    open && events
      ? make("div", { class: "alert-acts" },
          make("label", { for: "alert-by" }, words.yourName), name,
          alert.status === "raised" ? button(words.acknowledge, { path: "acknowledge" }, "primary") : null,
          button(words.resolve, { path: "resolve" }, "plain"))
      : null,
    make("p", { class: "alert-fault", role: "alert" }),
    trail.length > 0 ? make("details", { class: "trail" }, make("summary", {}, words.trail), make("ul", {}, ...trail)) : null);
}
