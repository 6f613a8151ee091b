/** Alerts on the map page: the list of those that are open, and the card of one; both follow what happens. */

import type { Catalog, Language, Layer } from "../catalog";
import type { Hit } from "../map";
import { announce } from "../notice";
import { textIn } from "../words";
import { AlertCard } from "./card";
import { AlertList } from "./list";
import { OpenAlerts } from "./open";
import { ALERTS, AlertService, parseAlert, type Alert } from "./service";
import { rank } from "./severity";
import { alertWords } from "./words";

export interface AlertDeskEvents {
  /** Somebody wants to see it: the map goes there, the card opens. */
  open(layer: Layer, alert: Alert): void;
  /** A link to a feature. */
  linkTo(layer: string, feature: string): string;
}

/** Milliseconds until the list is asked for again that did not come, or that may not count what there is. */
const RETRY = 3000;

/** Milliseconds in which many changes of the list are drawn once. */
const BEAT = 150;

export class AlertDesk {
  /** The layer of alerts; a city may have none. */
  readonly layer: Layer | undefined;
  private readonly service = new AlertService();
  private readonly opened = new OpenAlerts();
  private readonly list: AlertList;
  private readonly card: AlertCard;
  /** The alert of the card, as soon as it is chosen. */
  private shown: string | null = null;
  private isKnown = false;
  private isWanted = false;
  private asking = false;
  private again = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private doubted: ReturnType<typeof setTimeout> | undefined;

  constructor(card: HTMLElement, catalog: Catalog, private lang: Language, private readonly events: AlertDeskEvents) {
    this.layer = catalog.layers.find(({ id }) => id === ALERTS);
    this.list = new AlertList((id) => this.choose(id));
    this.card = new AlertCard(card, catalog, this.service, {
      learned: (alert) => this.learn(alert),
      linkTo: (layer, feature) => events.linkTo(layer, feature),
    });
  }

  setLanguage(lang: Language): void {
    this.lang = lang;
    this.draw();
  }

  /** The layer of alerts is on: then the list says so, too, when none is open. */
  setWanted(wanted: boolean): void {
    if (this.isWanted === wanted) return;
    this.isWanted = wanted;
    this.draw();
  }

  /** An alert as a feature of the map. */
  hitOf(layer: Layer, alert: Alert): Hit {
    const { id, severity, status, headline } = alert;
    return { layer, id, properties: { [layer.id_field]: id, severity, status, headline: headline.vi, headline_en: headline.en } };
  }

  /** One that a link names, open or over. */
  async find(id: string): Promise<Alert | null> {
    return this.opened.get(id) ?? this.service.read(id);
  }

  /** Fills the card of an alert; of anything else there is nothing to say. */
  async show(hit: Hit | null): Promise<void> {
    const id = hit?.layer.id === ALERTS ? hit.id : null;
    this.shown = id;
    this.card.show(id === null ? null : (this.opened.get(id) ?? null), this.lang);
    this.draw();
    if (id === null || this.card.id === id) return;
    try {
      const alert = await this.service.read(id);
      if (alert && this.shown === id) this.card.show(alert, this.lang);
    } catch (error) {
      console.warn(error);
      announce(alertWords(this.lang).unreachable);
    }
  }

  /** Time goes on. */
  age(): void {
    this.card.draw(this.lang);
    this.draw();
  }

  /** An event of `GET /live`. */
  hear(text: string): void {
    const alert = parseAlert(JSON.parse(text));
    this.learn(alert);
    if (this.card.id === alert.id) void this.card.renew(this.lang);
  }

  private learn(alert: Alert): void {
    // A list that is on its way may be of a moment before this.
    if (this.asking || this.opened.isDoubtful(alert)) this.doubted ??= setTimeout(() => void this.ask(), RETRY);
    const became = this.opened.learn(alert);
    if (became === "new" && this.isKnown && rank(alert.severity) >= rank("Severe")) announce(alertWords(this.lang).came(textIn(this.lang, alert.headline)));
    this.schedule();
  }

  /** The list as it is now; something may have been missed. One question at a time. */
  async ask(): Promise<void> {
    this.again = this.asking;
    if (!this.layer || this.asking) return;
    clearTimeout(this.doubted);
    this.doubted = undefined;
    this.asking = true;
    try {
      this.opened.replace(await this.service.open());
      this.isKnown = true;
    } catch (error) {
      console.warn(error);
      setTimeout(() => void this.ask(), RETRY);
    } finally {
      this.asking = false;
      this.draw();
      if (this.again) void this.ask();
      else if (this.card.id !== null) void this.card.renew(this.lang);
    }
  }

  private choose(id: string): void {
    const alert = this.opened.get(id);
    if (alert && this.layer) this.events.open(this.layer, alert);
  }

  fold(): void {
    this.list.setOpen(false);
  }

  private schedule(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.draw();
    }, BEAT);
  }

  private draw(): void {
    if (!this.layer) return;
    this.list.draw({ alerts: this.isKnown ? this.opened.list : null, count: this.opened.count, selected: this.shown }, this.isWanted, this.lang, Date.now());
  }
}
