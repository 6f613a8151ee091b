/** An alert in the card of a feature: what was found, the playbook, and working on it where the service allows that. */

import type { Catalog, Language } from "../catalog";
import { make } from "../dom";
import { formatCount } from "../format";
import { agoOf } from "../measured";
import { textIn } from "../words";
import { assigneeOf } from "./assignee";
import { DeedForm } from "./form";
import { clockOf, playbook, trail } from "./playbook";
import { isOpen, Refusal, type Alert, type AlertService, type Deed } from "./service";
import { alertWords } from "./words";

export interface AlertCardEvents {
  /** The service said how the alert is now. */
  learned(alert: Alert): void;
  /** A link to the feature that it is about. */
  linkTo(layer: string, feature: string): string;
}

export class AlertCard {
  private alert: Alert | null = null;
  private mayAct: boolean | null = null;
  private told: HTMLElement | null = null;
  private readonly form: DeedForm;

  constructor(
    private readonly card: HTMLElement,
    private readonly catalog: Catalog,
    private readonly service: AlertService,
    private readonly events: AlertCardEvents,
  ) {
    this.form = new DeedForm((deed, by, note) => this.act(deed, by, note));
  }

  /** The alert of the card; `null` when it tells of something else. */
  get id(): string | null {
    return this.alert?.id ?? null;
  }

  /** Tells of an alert in a card that was just filled; what was typed about the same one stays. */
  show(alert: Alert | null, lang: Language): void {
    if (alert?.id !== this.alert?.id) this.form.forget();
    else if (alert && this.alert && this.alert.trail.length > alert.trail.length) alert = this.alert;
    this.alert = alert;
    this.told = null;
    this.card.classList.toggle("of-alert", alert !== null);
    if (!alert) return;
    this.told = make("section", { class: "alert", "aria-label": alertWords(lang).alert, tabindex: "-1" });
    this.card.querySelector(".card-body")?.prepend(this.told);
    this.card.append(this.form.make(lang));
    this.draw(lang);
    void this.renew(lang);
  }

  /** Asks how the alert is now, and whether it may be worked on. */
  async renew(lang: Language): Promise<void> {
    const id = this.id;
    if (id === null) return;
    try {
      const [alert, mayAct] = await Promise.all([this.service.read(id), this.service.mayAct()]);
      this.mayAct = mayAct;
      if (this.id !== id) return;
      if (alert) this.take(alert, lang);
      else this.form.complain(alertWords(lang).missing);
    } catch (error) {
      console.warn(error);
      if (this.id === id) this.form.complain(alertWords(lang).unreachable);
    }
  }

  /** What happened to an alert is only ever added to: an answer that was overtaken knows less of it. */
  private take(alert: Alert, lang: Language): void {
    if (this.alert && alert.trail.length < this.alert.trail.length) return;
    this.alert = alert;
    this.draw(lang);
  }

  /** Draws it anew, also because time goes on; the reader's place in it stays. */
  draw(lang: Language): void {
    const { alert, told } = this;
    if (!alert || !told) return;
    const now = new Date();
    const place = this.placeIn(told);
    const tick = isOpen(alert) && this.mayAct ? (n: number) => this.form.submit({ path: `steps/${n}` }) : null;
    told.className = `alert severity-${alert.severity.toLowerCase()} ${isOpen(alert) ? "" : "over"}`;
    told.replaceChildren(
      ...[this.state(alert, lang), this.facts(alert, lang, now), playbook(alert, lang, now, tick), trail(alert, lang, now, place.trailOpen)].filter((part) => part !== null),
      ...(this.mayAct === false ? [make("p", { class: "read-only" }, alertWords(lang).readOnly)] : []));
    const title = this.card.querySelector("h2");
    if (title) title.textContent = textIn(lang, alert.headline);
    this.form.fit(this.mayAct === true ? alert : null);
    place.restore();
  }

  private state(alert: Alert, lang: Language): HTMLElement {
    const words = alertWords(lang);
    return make("p", { class: "alert-state" },
      make("span", { class: "severity" }, words.severity[alert.severity]),
      make("span", { class: "status", "data-status": alert.status }, words.status[alert.status]));
  }

  private facts(alert: Alert, lang: Language, now: Date): HTMLElement {
    const words = alertWords(lang);
    const layer = this.catalog.layers.find(({ id }) => id === alert.layer);
    const name = `${layer ? textIn(lang, layer.title) : alert.layer} · ${alert.feature}`;
    const since = [clockOf(alert.raised_at, lang, now), agoOf(now.getTime() - Date.parse(alert.raised_at), lang), alert.count > 1 ? words.times(formatCount(alert.count, lang)) : null];
    const rows: [string, string | Node, string][] = [
      [words.since, since.filter(Boolean).join(" · "), "since"],
      [words.agency, textIn(lang, alert.agency), "agency"],
      [words.assigned, assigneeOf(alert.assigned_to, alert.steps, lang) ?? make("span", { class: "nobody" }, words.nobody), "assigned"],
      [words.about, layer ? make("a", { href: this.events.linkTo(alert.layer, alert.feature) }, name) : name, "about"],
    ];
    return make("dl", { class: "facts" }, ...rows.map(([title, value, key]) => make("div", { "data-fact": key }, make("dt", {}, title), make("dd", {}, value))));
  }

  /** Where the keyboard is, and whether the log is open; `restore` finds the same place, or the next step to do. */
  private placeIn(told: HTMLElement): { trailOpen: boolean; restore: () => void } {
    const focused = told.contains(document.activeElement) ? document.activeElement : null;
    const step = focused?.closest("[data-step]")?.getAttribute("data-step");
    const selector = step ? `[data-step="${step}"] button` : focused?.matches("summary") ? "summary" : focused?.matches("a") ? "a" : null;
    return {
      trailOpen: told.querySelector("details")?.open ?? false,
      restore: () => {
        if (!focused) return;
        const same = selector === null ? null : told.querySelector<HTMLElement>(selector);
        (same ?? told.querySelector<HTMLElement>("button.tick") ?? told).focus({ preventScroll: true });
      },
    };
  }

  /** What went wrong is said in the form; resolves to whether it was done. */
  private async act(deed: Deed, by: string, note: string): Promise<string | null> {
    const { id } = this;
    const lang: Language = document.documentElement.lang === "en" ? "en" : "vi";
    const words = alertWords(lang);
    if (id === null) return words.missing;
    try {
      const alert = await this.service.act(id, deed, by, note);
      this.events.learned(alert);
      if (this.id === id) this.take(alert, lang);
      return null;
    } catch (error) {
      console.warn(error);
      if (!(error instanceof Refusal)) return words.unreachable;
      if (error.status === 409) void this.renew(lang);
      const known: Record<number, string> = { 403: words.notAllowed, 404: words.missing, 405: words.notAllowed, 409: words.conflict };
      return known[error.status] ?? error.message;
    }
  }
}
