/** What happens in the city, told by the service as it happens: nobody asks, and nothing is drawn more often than an eye sees. */

import { need } from "./catalog";

/** What is new of a feature. */
export interface Reading {
  layer: string;
  feature: string;
  /** The number of the feature in tiles. */
  tile_id: number;
  time: string;
  values: Record<string, number>;
}

export interface LiveEvents {
  /** Readings since the last beat, the newest of each feature. */
  read(readings: Reading[]): void;
  /** Layers whose tiles look different. */
  changed(layers: Set<string>): void;
  /** Some was missed: what readings said before does not count any more. */
  forgotten(): void;
  /** An alert came, or is another one now: the event's text. */
  alert?(text: string): void;
  /** Listening begins, or begins anew: what happened before was not told. */
  opened?(): void;
}

/** Milliseconds between two beats: ten redraws a second at most. */
const BEAT = 100;

/** Milliseconds until the service is asked again that would not tell: a browser gives up when it is not ready, or not there. */
const RETRY = 3000;

/** Milliseconds between two questions for tiles: what moves is told by many changes. */
const TILES_BEAT = 1000;

/** Checks the shape of an event; throws where the service says something else. */
export function parseReading(text: string): Reading {
  const value: unknown = JSON.parse(text);
  need(typeof value === "object" && value !== null, "an event", "an object");
  const reading = value as Record<string, unknown>;
  for (const key of ["layer", "feature", "time"]) need(typeof reading[key] === "string", `event.${key}`, "a text");
  need(Number.isSafeInteger(reading["tile_id"]), "event.tile_id", "a whole number");
  need(typeof reading["values"] === "object" && reading["values"] !== null, "event.values", "an object");
  return value as unknown as Reading;
}

export class Live {
  private source: EventSource | null = null;
  private layers = "";
  private readonly readings = new Map<string, Reading>();
  private changed = new Set<string>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private tilesTold = 0;

  constructor(private readonly events: LiveEvents) {}

  /** Listens to these layers and no others; the connection comes back by itself. */
  listen(layers: string[]): void {
    const wanted = [...layers].sort().join(",");
    if (wanted === this.layers) return;
    const first = this.layers === "";
    this.layers = wanted;
    this.open();
    if (!first) this.miss();
  }

  private open(): void {
    clearTimeout(this.retry);
    this.source?.close();
    this.source = null;
    if (this.layers === "") return;
    const source = new EventSource(`/live?layers=${this.layers}`);
    source.addEventListener("observe", (event) => this.learn(parseReading(event.data)));
    source.addEventListener("tiles", (event) => this.stir((JSON.parse(event.data) as { layer: string }).layer));
    source.addEventListener("alert", (event) => this.events.alert?.(event.data));
    source.addEventListener("open", () => this.events.opened?.());
    source.addEventListener("reset", () => {
      this.miss();
      this.events.opened?.();
    });
    source.addEventListener("error", () => {
      if (source.readyState !== EventSource.CLOSED) return;
      clearTimeout(this.retry);
      this.retry = setTimeout(() => {
        this.open();
        this.miss();
      }, RETRY);
    });
    this.source = source;
  }

  /** What was missed is not told again: everything may look different. */
  private miss(): void {
    this.events.forgotten();
    for (const layer of this.layers.split(",").filter(Boolean)) this.stir(layer);
  }

  private learn(reading: Reading): void {
    const key = `${reading.layer}/${reading.feature}`;
    const known = this.readings.get(key);
    this.readings.set(key, known ? { ...reading, values: { ...known.values, ...reading.values } } : reading);
    this.schedule(BEAT);
  }

  /** Has a layer's tiles asked for anew at the next beat, once a second at most. */
  stir(layer: string): void {
    this.changed.add(layer);
    this.schedule(BEAT);
  }

  private schedule(delay: number): void {
    this.timer ??= setTimeout(() => this.tell(), delay);
  }

  private tell(): void {
    this.timer = undefined;
    const readings = [...this.readings.values()];
    this.readings.clear();
    if (readings.length > 0) this.events.read(readings);
    if (this.changed.size === 0) return;
    const wait = this.tilesTold + TILES_BEAT - Date.now();
    if (wait > 0) {
      this.schedule(wait);
      return;
    }
    this.tilesTold = Date.now();
    const changed = this.changed;
    this.changed = new Set();
    this.events.changed(changed);
  }
}
