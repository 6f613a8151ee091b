/** The page once the catalogue is there: what is on, what is selected, and the link that says so. */

import type { Map as MapLibreMap, MapMouseEvent } from "maplibre-gl";
import { AlertDesk } from "./alerts/desk";
import { ALERTS, type Alert } from "./alerts/service";
import { renderCard, renderMeasured, titleOf } from "./card";
import { Timetable } from "./departures";
import type { Catalog, Language, Layer } from "./catalog";
import { byId } from "./dom";
import { labelFontFaces } from "./fonts";
import { formatHash, parseHash, type FeatureRef, type Link } from "./hash";
import { Choropleth } from "./indicators/choropleth";
import { Live, type Reading } from "./live";
import { createMap, featuresAt, findFeature, markSelection, refresh, setLabel, setVisible, showAll, showMeasured, viewOf, type Hit } from "./map";
import { learned, measuredIn, type Measured } from "./measured";
import { fitAround, flyBesideCard, isNarrow, isPhone, placeCrosshair, revealBesideCard } from "./layout";
import { announce } from "./notice";
import { Panel } from "./panel";
import { attributionLine, foldPanel, followAttribution, isPanelOpen, setPanelOpen, setStaticWords } from "./chrome";
import { buildStyle } from "./style";
import { today } from "./validity";
import { PresentValues } from "./values";
import { wordsOf } from "./words";

const FINGER_PIXELS = 14;
const POINTER_PIXELS = 4;
/** Milliseconds after which the card tells anew how long ago a feature was measured. */
const AGES = 20_000;
/** Milliseconds after which tiles with what is measured are asked for anew. */
const TILES = 60_000;

export class Page {
  readonly map: MapLibreMap;
  private readonly panel: Panel;
  private readonly card = byId("card");
  private readonly visible: Set<string>;
  private readonly scale: number;
  private readonly live: Live;
  private readonly timetable: Timetable;
  private readonly choropleth: Choropleth;
  private readonly values: PresentValues;
  /** What was measured of the selected feature. */
  private measured: Measured | null = null;
  /** What was told since the tiles were loaded, by layer and feature. */
  private readonly readings = new Map<string, Reading>();
  private hits: Hit[] = [];
  private at = 0;
  private readonly alerts: AlertDesk;

  constructor(private readonly catalog: Catalog, private lang: Language, link: Link) {
    this.visible = new Set(this.layersOf(link));
    this.scale = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
    const style = buildStyle(catalog, this.visible, { origin: location.origin, scale: this.scale, today: today(), lang, fontFaces: labelFontFaces() });
    this.map = createMap(style, link.view ?? null);
    this.values = new PresentValues(this.map);
    fitAround(this.map);
    followAttribution();
    if (!link.view && catalog.bbox) showAll(this.map, catalog.bbox, false);
    this.panel = new Panel(byId("layers"), {
      toggle: (layer, on) => this.toggle(layer, on),
      zoomTo: (layer) => this.map.easeTo({ zoom: layer.minzoom + 0.5 }),
    });
    this.timetable = new Timetable(this.card, () => this.lang);
    this.alerts = new AlertDesk(this.card, catalog, lang, {
      open: (layer, alert) => this.goTo(layer, alert),
      linkTo: (layer, feature) => formatHash({ ...this.link, feature: { layer, id: feature } }),
    });
    this.live = new Live({
      read: (readings) => this.learn(readings),
      changed: (layers) => {
        this.choropleth.stir(layers);
        this.redraw(layers);
      },
      forgotten: () => this.readings.clear(),
      alert: (text) => this.alerts.hear(text),
      opened: () => void this.alerts.ask(),
    });
    this.choropleth = new Choropleth(this.map, catalog, lang, link.indicator ?? null, {
      show: (layer) => this.reveal(layer),
      changed: () => this.drawTold(),
    });
    this.drawWords();
    this.listenToMap();
    this.listenToPage();
    setInterval(() => {
      this.drawMeasured();
      this.alerts.age();
    }, AGES);
    setInterval(() => this.redrawObserved(), TILES);
    if (link.feature) this.restore(link.feature);
    void this.map.once("load").then(() => this.choropleth.open());
  }

  setLanguage(lang: Language): void {
    this.lang = lang;
    this.choropleth.setLanguage(lang);
    this.alerts.setLanguage(lang);
    for (const layer of this.catalog.layers) setLabel(this.map, layer, lang);
    this.drawWords();
    if (this.hits.length > 0) this.drawCard();
    this.writeLink();
  }

  private layersOf(link: Link): string[] {
    const asked = link.layers ?? this.catalog.layers.filter(({ style }) => style.visible).map(({ id }) => id);
    const known = new Set(this.catalog.layers.map(({ id }) => id));
    const selected = link.feature ? [link.feature.layer] : [];
    return [...asked, ...selected].filter((id) => known.has(id));
  }

  private get shown(): Layer[] {
    return this.catalog.layers.filter(({ id }) => this.visible.has(id));
  }

  private drawWords(): void {
    setStaticWords(this.lang, this.catalog, this.map);
    this.drawPanel();
    this.linkToPlanner();
    this.drawShown();
  }

  private drawPanel(): void {
    this.panel.render(this.catalog, this.lang, this.visible);
    this.choropleth.mark();
  }

  private drawShown(): void {
    const words = wordsOf(this.lang);
    this.panel.setZoom(this.map.getZoom(), this.visible);
    const empty = this.catalog.layers.length === 0 ? words.noLayers : words.nothingVisible;
    byId("panel-state").textContent = this.shown.length === 0 ? empty : "";
    byId("attribution").replaceChildren(attributionLine(this.shown, this.lang));
    this.alerts.setWanted(this.visible.has(ALERTS));
    // An alert comes whatever is on.
    const heard = new Set([...this.shown, ...(this.alerts.layer ? [this.alerts.layer] : [])].map(({ id }) => id));
    this.live.listen([...heard]);
  }

  /** Values change in place: on the map, and in the card. */
  private learn(readings: Reading[]): void {
    for (const reading of readings) {
      const key = `${reading.layer}/${reading.feature}`;
      const values = { ...this.readings.get(key)?.values, ...reading.values };
      this.readings.set(key, { ...reading, values });
    }
    for (const layer of this.shown) {
      const own = readings.filter((reading) => reading.layer === layer.id);
      if (own.length === 0) continue;
      showMeasured(this.map, layer, own.map((reading) => reading.tile_id));
      if (!this.values.hear(layer, own)) this.live.stir(layer.id);
      if (layer.cluster && layer.cluster.totals.length > 0 && this.map.getZoom() < layer.cluster.max_zoom + 1) this.live.stir(layer.id);
    }
    const hit = this.hits[this.at];
    const own = hit && readings.find((reading) => reading.layer === hit.layer.id && reading.feature === hit.id);
    if (!own) return;
    this.measured = learned(this.measured, own);
    this.drawMeasured();
  }

  private drawMeasured(): void {
    const hit = this.hits[this.at];
    if (hit) renderMeasured(this.card, hit, this.measured, this.lang);
  }

  /** Ages in tiles are of the minute in which they were asked for. */
  private redrawObserved(): void {
    if (!document.hidden) this.redraw(new Set(this.shown.filter(({ observed }) => observed.length > 0).map(({ id }) => id)));
  }

  /** Switches a layer on that somebody has to see. */
  private reveal(layer: Layer): void {
    if (this.visible.has(layer.id)) return;
    this.toggle(layer, true);
    this.drawPanel();
  }

  /** The indicator on the map is another one, or tells something else. */
  private drawTold(): void {
    const hit = this.hits[this.at];
    if (hit) this.choropleth.decorate(this.card, hit);
    this.writeLink();
  }

  private redraw(layers: Set<string>): void {
    for (const layer of this.shown.filter(({ id }) => layers.has(id))) {
      refresh(this.map, layer);
      this.values.asked(layer);
    }
    const hit = this.hits[this.at];
    if (hit && layers.has(hit.layer.id) && hit.layer.id !== ALERTS) void this.map.once("idle").then(() => this.renew(hit));
  }

  /** Somebody may have changed the feature of the card; a group tells in its tile what is measured of its features. */
  private renew(hit: Hit): void {
    if (this.hits[this.at] !== hit) return;
    const now = findFeature(this.map, hit.layer, hit.id);
    if (!now) return;
    const isEdited = hit.layer.fields.some(({ name }) => hit.properties[name] !== now.properties[name]);
    hit.properties = now.properties;
    if (isEdited) this.drawCard();
    else this.drawMeasured();
  }

  private toggle(layer: Layer, on: boolean): void {
    if (on) this.visible.add(layer.id);
    else this.visible.delete(layer.id);
    setVisible(this.map, layer, on);
    if (!on && this.hits[this.at]?.layer === layer) this.clear();
    if (!on) this.choropleth.leave(layer);
    if (!on) this.values.forget(layer);
    this.drawShown();
    this.writeLink();
  }

  private listenToMap(): void {
    this.map.on("click", (event) => this.onClick(event));
    this.map.on("moveend", () => this.writeLink());
    this.map.on("zoom", () => this.panel.setZoom(this.map.getZoom(), this.visible));
    this.map.on("resize", () => fitAround(this.map));
    this.map.on("mousemove", (event) => {
      const over = event.originalEvent.buttons === 0 && featuresAt(this.map, event.point, this.shown, POINTER_PIXELS).length > 0;
      this.map.getCanvas().classList.toggle("over", over);
    });
    this.map.getCanvas().addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.selectAtCentre();
    });
  }

  private listenToPage(): void {
    addEventListener("hashchange", () => this.follow(parseHash(location.hash)));
    addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      if (this.hits.length > 0) this.close();
      else if (isPhone() && isPanelOpen()) foldPanel();
    });
    byId("zoom-in").addEventListener("click", () => this.map.zoomIn());
    byId("zoom-out").addEventListener("click", () => this.map.zoomOut());
    byId("zoom-all").addEventListener("click", () => {
      if (this.catalog.bbox) showAll(this.map, this.catalog.bbox, true);
    });
  }

  private onClick(event: MapMouseEvent): void {
    const touched = (event.originalEvent as PointerEvent).pointerType === "touch";
    const hits = featuresAt(this.map, event.point, this.shown, touched ? FINGER_PIXELS : POINTER_PIXELS);
    if (hits.length === 0) this.clear();
    else this.select(hits);
    if (hits.length > 0) revealBesideCard(this.map, this.card, event.lngLat);
  }

  /** The keyboard's click: whatever lies under the crosshair. */
  private selectAtCentre(): void {
    const centre = this.map.getCenter();
    const hits = featuresAt(this.map, this.map.project(centre), this.shown, FINGER_PIXELS);
    if (hits.length === 0) {
      announce(wordsOf(this.lang).nothingHere);
      return;
    }
    this.select(hits);
    revealBesideCard(this.map, this.card, centre);
    this.card.querySelector<HTMLElement>("h2")?.focus();
  }

  private select(hits: Hit[], at = 0): void {
    this.hits = hits;
    this.at = at;
    if (isPhone()) setPanelOpen(false);
    const hit = hits[at];
    const told = hit && this.readings.get(`${hit.layer.id}/${hit.id}`);
    this.measured = hit ? measuredIn(hit, Date.now()) : null;
    if (told) this.measured = learned(this.measured, told);
    markSelection(this.map, hit ?? null, this.scale);
    this.drawCard();
    this.writeLink();
  }

  private step(by: number): void {
    const next = (this.at + by + this.hits.length) % this.hits.length;
    this.select(this.hits, next);
    this.card.querySelector<HTMLElement>(`.stepper button:${by < 0 ? "first" : "last"}-of-type`)?.focus();
  }

  private drawCard(): void {
    renderCard(this.card, this.hits, this.at, this.lang, { close: () => this.close(), step: (by) => this.step(by) });
    this.card.hidden = false;
    document.body.classList.add("has-card");
    this.drawMeasured();
    const hit = this.hits[this.at];
    void this.alerts.show(hit ?? null);
    this.timetable.show(hit ?? null);
    if (hit) this.choropleth.decorate(this.card, hit);
    if (hit) document.title = `${titleOf(hit, this.lang).text} · ${this.catalog.title[this.lang]}`;
  }

  /** Somebody wants to see an alert: the map goes there, and its card opens. */
  private goTo(layer: Layer, alert: Alert): void {
    this.reveal(layer);
    this.select([this.alerts.hitOf(layer, alert)]);
    if (isNarrow()) this.alerts.fold();
    flyBesideCard(this.map, this.card, alert.place);
    this.card.querySelector<HTMLElement>("h2")?.focus();
  }

  private clear(): void {
    if (this.hits.length === 0) return;
    this.hits = [];
    this.timetable.show(null);
    void this.alerts.show(null);
    markSelection(this.map, null, this.scale);
    this.card.hidden = true;
    this.card.replaceChildren();
    document.body.classList.remove("has-card");
    document.title = this.catalog.title[this.lang];
    this.writeLink();
  }

  /** Closing by hand gives the keyboard back to the map. */
  private close(): void {
    this.clear();
    this.map.getCanvas().focus({ preventScroll: true });
  }

  /** Nothing is left to load or to draw. */
  private idle(): Promise<unknown> {
    const idle = this.map.once("idle");
    this.map.triggerRepaint();
    return idle;
  }

  /** A linked feature is known only once its tiles are here. */
  private restore(ref: FeatureRef): void {
    const layer = this.catalog.layers.find(({ id }) => id === ref.layer);
    if (!layer) return;
    if (layer === this.alerts.layer) {
      // What is over is drawn no more, and still has a card.
      void Promise.all([this.alerts.find(ref.id), this.idle()])
        .then(([alert]) => alert && this.select([this.alerts.hitOf(layer, alert)]), console.warn);
      return;
    }
    void this.idle().then(() => {
      const hit = findFeature(this.map, layer, ref.id);
      if (hit) this.select([hit]);
    });
  }

  /** The reader changed the link by hand or went back: show what it says. */
  private follow(link: Link): void {
    if (link.lang && link.lang !== this.lang) this.setLanguage(link.lang);
    const wanted = new Set(this.layersOf(link));
    for (const layer of this.catalog.layers) {
      if (wanted.has(layer.id) !== this.visible.has(layer.id)) this.toggle(layer, wanted.has(layer.id));
    }
    this.drawPanel();
    if (link.view) this.map.jumpTo({ center: [link.view.lon, link.view.lat], zoom: link.view.zoom });
    this.clear();
    this.choropleth.follow(link.indicator);
    if (link.feature) this.restore(link.feature);
  }

  /** The desk opens where the map looks. */
  private linkToPlanner(): void {
    byId("to-planner").setAttribute("href", `./planner${formatHash({ view: viewOf(this.map), lang: this.lang })}`);
  }

  /** What is shown, without the card. */
  private get link(): Link {
    const link: Link = { view: viewOf(this.map), layers: this.shown.map(({ id }) => id), lang: this.lang };
    const indicator = this.choropleth.ref;
    if (indicator) link.indicator = indicator;
    return link;
  }

  private writeLink(): void {
    const hit = this.hits[this.at];
    const { link } = this;
    if (hit) link.feature = { layer: hit.layer.id, id: hit.id };
    history.replaceState(null, "", formatHash(link));
    this.linkToPlanner();
    placeCrosshair(this.map);
  }
}
