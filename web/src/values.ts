/** Present values on the map: what a reading says colours its feature until the tiles say it themselves. */

import type { Map as MapLibreMap } from "maplibre-gl";
import type { Layer } from "./catalog";
import type { Reading } from "./live";
import { VALUE_STATE } from "./style";

/** Features of a layer that may wait for their tiles. Beyond that tiles are asked for sooner. */
const MOST = 10_000;

/** Of one layer. */
interface Held {
  /** When the newest value of a feature was heard, by its number in tiles. */
  heard: Map<number, number>;
  /** When its tiles were asked for that have not all come; what was heard by then is in them. */
  asked: number | null;
}

export class PresentValues {
  private readonly layers = new Map<Layer, Held>();

  /** Times are those of `clock`, in milliseconds. */
  constructor(private readonly map: MapLibreMap, private readonly clock = () => performance.now()) {
    map.on("sourcedata", ({ sourceId }) => this.release(sourceId));
    // A tile that is the same as before is not told of.
    map.on("idle", () => this.release());
  }

  /** Draws values that were just heard. `false` when there are too many, and the layer's tiles have to tell. */
  hear(layer: Layer, readings: Reading[]): boolean {
    const property = layer.style.value?.property;
    if (property === undefined || !this.map.getSource(layer.id)) return true;
    const { heard } = this.of(layer);
    let room = true;
    for (const { tile_id: id, values } of readings) {
      const value = values[property];
      if (value === undefined) continue;
      if (heard.size >= MOST && !heard.has(id)) {
        room = false;
        continue;
      }
      heard.set(id, this.clock());
      this.map.setFeatureState({ source: layer.id, sourceLayer: layer.id, id }, { [VALUE_STATE]: value });
    }
    return room;
  }

  /** The layer's tiles are being asked for. Those that were on their way already are waited for first. */
  asked(layer: Layer): void {
    if (layer.style.value) this.of(layer).asked ??= this.clock();
  }

  /** Nothing is heard of a layer any more: what was heard may be old when it is seen again. */
  forget(layer: Layer): void {
    this.drop(layer, Infinity);
    this.layers.delete(layer);
  }

  private of(layer: Layer): Held {
    const held = this.layers.get(layer) ?? { heard: new Map(), asked: null };
    this.layers.set(layer, held);
    return held;
  }

  private release(source?: string): void {
    for (const [layer, held] of this.layers) {
      if (held.asked === null || (source !== undefined && source !== layer.id) || !this.map.isSourceLoaded(layer.id)) continue;
      this.drop(layer, held.asked);
      held.asked = null;
    }
  }

  /** What was heard up to a moment is left to the tiles. */
  private drop(layer: Layer, until: number): void {
    const heard = this.layers.get(layer)?.heard ?? new Map<number, number>();
    for (const [id, at] of heard) {
      if (at > until) continue;
      heard.delete(id);
      this.map.removeFeatureState({ source: layer.id, sourceLayer: layer.id, id }, VALUE_STATE);
    }
  }
}
