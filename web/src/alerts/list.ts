/** A quiet list of the open alerts beside the map: the worst and newest on top. */

import type { Language } from "../catalog";
import { byId, icon, make } from "../dom";
import { formatCount } from "../format";
import { agoOf } from "../measured";
import { textIn } from "../words";
import { assigneeOf } from "./assignee";
import { isLate, type Alert } from "./service";
import { alertWords } from "./words";

export interface Told {
  /** In order; `null` while nobody knows. */
  alerts: Alert[] | null;
  /** With those that are not in the list. */
  count: number;
  /** The alert of the card. */
  selected: string | null;
}

/** Alerts in the list; of more it says how many. */
const MOST = 50;

export class AlertList {
  private readonly root = byId("alerts");
  private readonly toggle = byId("alerts-toggle");
  private readonly body = byId("alerts-body");

  constructor(private readonly choose: (id: string) => void) {
    this.toggle.addEventListener("click", () => this.setOpen(this.body.hidden));
    this.root.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || this.body.hidden) return;
      event.stopPropagation();
      this.setOpen(false);
      this.toggle.focus();
    });
  }

  setOpen(open: boolean): void {
    this.body.hidden = !open;
    this.toggle.setAttribute("aria-expanded", String(open));
    this.root.classList.toggle("unfolded", open);
  }

  /** Nothing is drawn where nobody asks for alerts and none is open. */
  draw(told: Told, wanted: boolean, lang: Language, now: number): void {
    const { alerts, count } = told;
    this.root.hidden = !(wanted || count > 0);
    document.body.classList.toggle("has-alerts", !this.root.hidden);
    const words = alertWords(lang);
    const [worst] = alerts ?? [];
    this.root.className = `alerts severity-${worst ? worst.severity.toLowerCase() : "none"} ${this.body.hidden ? "" : "unfolded"}`;
    const name = alerts === null ? words.unknown : count === 0 ? words.noneOpen : words.open;
    this.toggle.replaceChildren(
      make("span", { class: "mark", "aria-hidden": "true" }), make("span", { class: "what" }, name),
      count > 0 ? make("span", { class: "badge" }, formatCount(count, lang)) : "", icon("m8 10 4 4 4-4"));
    this.fill(told, lang, now);
  }

  private fill({ alerts, count, selected }: Told, lang: Language, now: number): void {
    const words = alertWords(lang);
    const focused = this.body.contains(document.activeElement) ? document.activeElement?.getAttribute("data-alert") : null;
    const shown = (alerts ?? []).slice(0, MOST);
    const more = count - shown.length;
    this.body.replaceChildren(
      ...(shown.length > 1 ? [make("p", { class: "order" }, words.listHint)] : []),
      make("ol", { "aria-label": words.open }, ...shown.map((alert) => make("li", {}, this.item(alert, alert.id === selected, lang, now)))),
      ...(more > 0 && shown.length > 0 ? [make("p", { class: "more" }, words.more(formatCount(more, lang)))] : []),
      ...(shown.length === 0 ? [make("p", { class: "none" }, alerts === null ? `${words.unknown}.` : `${words.noneOpen}.`)] : []));
    if (focused) (this.body.querySelector<HTMLElement>(`[data-alert="${CSS.escape(focused)}"]`) ?? this.toggle).focus();
  }

  private item(alert: Alert, selected: boolean, lang: Language, now: number): HTMLElement {
    const words = alertWords(lang);
    const late = alert.steps.some((step) => isLate(step, now));
    const facts = [words.severity[alert.severity], agoOf(now - Date.parse(alert.raised_at), lang), alert.status === "acknowledged" ? words.status.acknowledged : null, assigneeOf(alert.assigned_to, alert.steps, lang)];
    const item = make("button", { type: "button", class: `item severity-${alert.severity.toLowerCase()} ${alert.status}`, "data-alert": alert.id },
      make("span", { class: "headline" }, textIn(lang, alert.headline)),
      make("span", { class: "facts-line" }, facts.filter(Boolean).join(" · "), late ? make("span", { class: "overdue" }, words.overdue) : null));
    if (selected) item.setAttribute("aria-current", "true");
    item.addEventListener("click", () => this.choose(alert.id));
    return item;
  }
}
