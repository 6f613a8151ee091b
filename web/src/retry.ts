/** Tiles that failed are remembered and asked for again once the server answers. */

import type { Map as MapLibreMap } from "maplibre-gl";

/** What MapLibre adds to an error event of a tile, beyond its declared type. */
interface TileFailure {
  sourceId?: string;
  tile?: { tileID: { canonical: { x: number; y: number; z: number } } };
}

/** A tile that fails for good must not be asked for without pause. */
const REST_MS = 4000;

export class FailedTiles {
  private lastRetry = -Infinity;
  private readonly failed = new Map<string, { x: number; y: number; z: number }[]>();

  /** `onFailure` hears of every failed tile; any other error of the map goes to the console. */
  constructor(private readonly map: MapLibreMap, onFailure: () => void) {
    map.on("error", (event) => {
      const { sourceId, tile } = event as TileFailure;
      if (sourceId === undefined || !tile) {
        console.error(event.error);
        return;
      }
      const { x, y, z } = tile.tileID.canonical;
      this.failed.set(sourceId, [...(this.failed.get(sourceId) ?? []), { x, y, z }]);
      onFailure();
    });
  }

  retry(): void {
    if (performance.now() - this.lastRetry < REST_MS) return;
    this.lastRetry = performance.now();
    const again = [...this.failed];
    this.failed.clear();
    for (const [sourceId, tiles] of again) this.map.refreshTiles(sourceId, tiles);
  }
}
