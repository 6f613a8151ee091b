/** The wall once catalogue and scenes are there: what is on the screen, and what of it changes. */

import type { Catalog, Language } from "../catalog";
import { byId } from "../dom";
import { Live, type Reading } from "../live";
import { showMeasured } from "../map";
import { fetchSheet, type Sheet } from "../indicators/service";
import { textIn } from "../words";
import type { Alert } from "./alerts";
import { AlertBook } from "./book";
import { Clock, drawAlerts, drawSources } from "./watch";
import { hearTime, now } from "./clock";
import { Director, same, type Showing } from "./director";
import { Figures } from "./figures";
import { AlertLine } from "./hearing";
import { alertPicture, scenePicture, type Picture } from "./picture";
import { drawClasses, drawLegend } from "./legend";
import { drawPlaybook } from "./playbook";
import { Pulse } from "./pulse";
import { drawRanking, noteOf } from "./ranking";
import { askCounters, askFreshness, askTrends, PATIENCE, type Scene, type Source } from "./service";
import { indicatorPicture, retile } from "./shade";
import { Stage } from "./stage";
import { drawAttribution, Rotation } from "./strip";
import { turnsOf, type SceneTurn } from "./turns";
import { wallWords, type WallWords } from "./words";

export interface Options {
  lang: Language;
  /** Milliseconds that anything stays at least, and an alert at most. */
  least: number;
  hold: number;
}

/** Milliseconds between two looks at what should be on the screen. */
const LOOK = 250;
/** Milliseconds between two questions of a kind. */
const COUNTERS = 1100;
const TILES = 2000;
const FRESHNESS = 15_000;
const TRENDS = 60_000;
/** Ages in tiles, in lists and of sources are of this minute at most. */
const AGES = 30_000;
/** Features that shine when they are measured; of thousands none would stand out. */
const MOST_SHINING = 60;
/** Severities of an alert's own screen, whatever the scene shows. */
const ALL = ["Extreme", "Severe", "Moderate", "Minor", "Unknown"];

export class Wall {
  readonly stage = new Stage([byId("face-a"), byId("face-b")]);
  readonly book: AlertBook;
  private readonly director: Director;
  private readonly line: AlertLine;
  private readonly words: WallWords;
  private readonly figures: Figures;
  private readonly rotation: Rotation;
  private readonly clock: Clock;
  private readonly live: Live;
  private readonly counting = new Pulse(() => this.count(), COUNTERS);
  private readonly drawing = new Pulse(() => this.redraw(), TILES);
  /** What is drawn out of sight, to be shown next. */
  private coming: Showing | null = null;
  private readonly turns: SceneTurn[];
  private scene: Scene | null = null;
  /** The indicator that colours the map. */
  private sheet: Sheet | null = null;
  private picture: Picture | null = null;
  private stirred = new Set<string>();
  private sources: Source[] = [];
  private hasAlerts = true;
  private heardAlerts = false;
  private away = false;

  constructor(private readonly catalog: Catalog, scenes: Scene[], private readonly options: Options) {
    const { lang } = options;
    this.turns = turnsOf(scenes);
    this.words = wallWords(lang);
    this.figures = new Figures(byId("counters"), byId("trends"), lang);
    this.rotation = new Rotation(byId("rotation"), scenes, lang);
    this.clock = new Clock(byId<HTMLTimeElement>("time"), byId("date"), lang);
    this.director = new Director(this.turns, options);
    this.book = new AlertBook({
      changed: () => this.drawAlerts(),
      came: (alert) => this.director.raise(alert.id, alert.severity),
      settled: (id) => this.director.settle(id),
      doubted: () => this.line.doubted(),
      holds: (id) => this.director.holds(id),
    }, now);
    this.line = new AlertLine({
      all: (listed, meanwhile) => {
        this.heardAlerts = true;
        this.book.replace(listed, meanwhile);
      },
      one: (alert) => this.book.learn(alert),
      none: () => this.noAlerts(),
    });
    this.live = new Live({
      read: (readings) => this.learn(readings),
      changed: (layers) => this.stir(layers),
      forgotten: () => this.counting.beat(),
    });
    this.say();
    this.listenToAlerts();
    this.start();
  }

  /** The service is there, or not. */
  setAway(away: boolean): void {
    this.away = away;
    if (away) return;
    this.stage.retry();
    this.counting.beat();
    void this.askSources();
  }

  /** What of alerts may have been missed is asked for. */
  private listenToAlerts(): void {
    if (this.catalog.layers.some(({ id }) => id === "alerts")) this.line.open();
    else this.noAlerts();
  }

  private noAlerts(): void {
    this.hasAlerts = false;
    this.drawAlerts();
  }

  private say(): void {
    byId("city").textContent = textIn(this.options.lang, this.catalog.title);
    byId("alerts-title").textContent = this.words.alerts;
    byId("sources-title").textContent = this.words.sources;
    byId("stage").setAttribute("aria-label", this.words.map);
  }

  private start(): void {
    setInterval(() => this.look(), LOOK);
    setInterval(() => void this.askSources(), FRESHNESS);
    setInterval(() => void this.askTrends(), TRENDS);
    setInterval(() => this.age(), AGES);
    void this.askSources();
    this.look();
  }

  /** Looks at the clock, and whether something else should be on the screen. */
  private look(): void {
    const moment = now();
    this.clock.tick(moment);
    const showing = this.director.showing;
    const turn = showing?.kind === "scene" ? this.turnOf(showing) : undefined;
    this.rotation.draw(turn?.scene.id ?? null, turn ? (turn.at + this.director.progress(performance.now())) / turn.of : 0);
    // Without a server the next picture would be empty: the last one stays.
    if (this.away) return;
    const wanted = this.director.wanted(performance.now());
    if (!wanted || same(wanted, showing)) {
      if (!same(this.coming, showing)) this.coming = null;
    } else if (!same(wanted, this.coming)) {
      this.coming = wanted;
      const bring = wanted.kind === "scene" ? this.bringScene(wanted) : this.bringAlert(wanted);
      // Whatever became of it: what is not on the screen now is brought anew.
      bring.catch(console.warn).finally(() => {
        if (this.coming === wanted) this.coming = null;
      });
    }
  }

  private turnOf(showing: Showing): SceneTurn | undefined {
    return this.turns.find(({ id }) => id === showing.id);
  }

  /** Tiles and figures first, then the picture. */
  private async bringScene(wanted: Showing): Promise<void> {
    const turn = this.turnOf(wanted);
    if (!turn) return;
    if (turn.indicator !== null) return this.bringIndicator(wanted, turn, turn.indicator);
    const { scene } = turn;
    const picture = scenePicture(this.catalog, scene, this.options.lang);
    const [counted, went] = await Promise.all([askCounters(scene).catch(nothing), askTrends(scene).catch(nothing), this.stage.load(picture)]);
    if (this.coming !== wanted || this.away) return;
    this.showScene(wanted, turn, picture, null);
    byId("scene-title").textContent = textIn(this.options.lang, scene.title);
    this.figures.open(scene, counted, went, now());
    if (!counted) this.counting.beat();
    if (!went) void this.askTrends();
  }

  private async bringIndicator(wanted: Showing, turn: SceneTurn, indicator: string): Promise<void> {
    const { lang } = this.options;
    const sheet = await askSheet(indicator);
    const picture = sheet ? indicatorPicture(this.catalog, turn.scene, sheet, lang) : scenePicture(this.catalog, turn.scene, lang);
    await this.stage.load(picture);
    if (this.coming !== wanted || this.away) return;
    this.showScene(wanted, turn, picture, sheet);
    byId("scene-title").textContent = textIn(lang, sheet?.title ?? turn.scene.title);
    this.drawSheet();
  }

  private showScene(showing: Showing, { id, scene }: SceneTurn, picture: Picture, sheet: Sheet | null): void {
    this.director.show(showing, performance.now());
    this.scene = scene;
    this.sheet = sheet;
    this.stage.show(null);
    this.frame(picture, null);
    const counters = scene.counters.map(({ layer }) => layer);
    this.live.listen([...new Set([...picture.layers.map((layer) => layer.id), ...counters])]);
    this.drawAlerts();
    document.documentElement.dataset["showing"] = id;
  }

  /** What an indicator comes to, and what its colours mean. */
  private drawSheet(): void {
    const { sheet, options: { lang } } = this;
    drawRanking(byId("counters"), byId("trends"), sheet, lang);
    if (sheet && sheet.period !== null) drawClasses(byId("legend"), sheet, lang);
    byId("scene-note").textContent = noteOf(sheet, lang);
    byId("scene-note").hidden = !sheet?.period;
  }

  /** An indicator that could not be read is asked for again: a wall may have no other turn. */
  private async retrySheet(): Promise<void> {
    const { showing } = this.director;
    const turn = showing?.kind === "scene" ? this.turnOf(showing) : undefined;
    if (!showing || !turn?.indicator || this.sheet || this.coming || this.away) return;
    this.coming = showing;
    await this.bringIndicator(showing, turn, turn.indicator).catch(nothing);
    if (this.coming === showing) this.coming = null;
  }

  /** Values or units are others now. */
  private async renewSheet(before: Sheet): Promise<void> {
    const sheet = await askSheet(before.id);
    if (!sheet || this.sheet !== before || this.director.showing?.kind !== "scene") return;
    this.sheet = sheet;
    const layer = this.picture?.layers.find(({ id }) => id === sheet.layer);
    if (layer && sheet.period !== before.period) retile(this.stage.map, layer, sheet);
    this.drawSheet();
  }

  private async bringAlert(wanted: Showing): Promise<void> {
    const alert = this.book.get(wanted.id);
    const picture = alert ? alertPicture(this.catalog, alert, this.options.lang) : null;
    if (picture) await this.stage.load(picture);
    const still = this.book.get(wanted.id);
    if (!still) {
      this.director.settle(wanted.id);
      return;
    }
    if (this.coming !== wanted || this.away) return;
    this.director.show(wanted, performance.now());
    if (picture) this.stage.show(picture.place);
    this.frame(picture ?? this.picture, still);
    this.live.listen((picture ?? this.picture)?.layers.map(({ id }) => id) ?? []);
    this.drawAlerts();
    document.documentElement.dataset["showing"] = `alert/${still.id}`;
  }

  /** The furniture of a scene, or of an alert. */
  private frame(picture: Picture | null, alert: Alert | null): void {
    this.picture = picture;
    document.body.classList.toggle("alerted", alert !== null);
    byId("counters").hidden = byId("trends").hidden = alert !== null;
    byId("scene-note").hidden = true;
    byId("playbook").hidden = alert === null;
    const headline = byId("headline");
    headline.hidden = alert === null;
    if (alert) {
      headline.dataset["severity"] = alert.severity;
      headline.textContent = textIn(this.options.lang, alert.headline);
      byId("scene-title").textContent = textIn(this.options.lang, alert.title);
    }
    drawLegend(byId("legend"), picture?.layers ?? [], picture?.shown ?? [], this.options.lang);
    drawAttribution(byId("attribution"), picture?.layers ?? [], this.options.lang);
  }

  private drawAlerts(): void {
    const { lang } = this.options;
    const showing = this.director.showing;
    const id = showing?.kind === "alert" ? showing.id : null;
    const severities = id === null ? (this.scene?.alerts ?? ALL) : ALL;
    const empty = !this.hasAlerts ? this.words.noAlertService : this.heardAlerts ? this.words.noAlerts : this.words.alertsUnknown;
    const watched = { alerts: this.book.list(severities), more: this.book.more(severities), shown: id, empty };
    drawAlerts(byId("alerts"), byId("alerts-more"), watched, now(), lang);
    const alert = id === null ? undefined : this.book.get(id);
    if (alert) drawPlaybook(byId("playbook"), alert, this.catalog, now(), lang);
  }

  /** What is measured shines where it is, and is counted. */
  private learn(readings: Reading[]): void {
    this.counting.beat();
    const { map } = this.stage;
    for (const layer of this.picture?.layers ?? []) {
      const ids = readings.filter((reading) => reading.layer === layer.id).map(({ tile_id }) => tile_id);
      if (ids.length === 0) continue;
      if (map && ids.length <= MOST_SHINING) showMeasured(map, layer, ids);
      if (this.scene?.shown.some((shown) => shown.layer === layer.id)) this.stir([layer.id]);
    }
  }

  private stir(layers: Iterable<string>): void {
    for (const layer of layers) this.stirred.add(layer);
    this.counting.beat();
    this.drawing.beat();
  }

  private async redraw(): Promise<void> {
    const layers = [...this.stirred];
    this.stirred.clear();
    if (layers.length > 0) this.stage.refresh(layers);
    if (this.sheet && layers.includes(this.sheet.layer)) await this.renewSheet(this.sheet);
  }

  private async count(): Promise<void> {
    const { scene } = this;
    if (!scene || scene.counters.length === 0 || this.away || this.director.showing?.kind !== "scene") return;
    const counted = await askCounters(scene);
    if (scene === this.scene) this.figures.count(scene, counted);
  }

  private async askTrends(): Promise<void> {
    const { scene } = this;
    if (scene?.counters.some(({ past }) => past !== null)) this.counting.beat();
    if (!scene || scene.trends.length === 0 || this.away) return;
    const went = await askTrends(scene).catch(nothing);
    if (went && scene === this.scene) this.figures.draw(scene, went, now());
  }

  private async askSources(): Promise<void> {
    const fresh = await askFreshness().catch(nothing);
    if (fresh) {
      hearTime(fresh.now);
      this.sources = fresh.sources;
    }
    drawSources(byId("sources"), this.sources, now(), this.options.lang);
  }

  private age(): void {
    this.drawAlerts();
    void this.retrySheet();
    this.stir((this.picture?.layers ?? []).filter(({ observed }) => observed.length > 0).map(({ id }) => id));
  }
}

/** An indicator in its newest period. */
const askSheet = (id: string) => fetchSheet(id, null, AbortSignal.timeout(PATIENCE)).catch(nothing);

/** The service may be away for a moment: what is on the screen stays. */
function nothing(error: unknown): null {
  console.warn(error);
  return null;
}
