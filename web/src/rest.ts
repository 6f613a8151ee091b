/** Lets a map come to rest. */

import type { Map as MapLibreMap } from "maplibre-gl";

/** Milliseconds between two looks at tiles that have not come. */
const LOOK = 100;

/**
 * MapLibre tells that it is idle after a frame for which nothing was missing. For a tile that comes again and is the same as before (its
 * ETag) it draws none, and after it would never be idle: so one is drawn when all tiles are there.
 */
export function comeToRest(map: MapLibreMap): void {
  let timer: ReturnType<typeof setInterval> | undefined;
  const stop = () => {
    clearInterval(timer);
    timer = undefined;
  };
  map.on("render", () => {
    if (timer !== undefined || map.areTilesLoaded()) return;
    timer = setInterval(() => {
      if (!map.areTilesLoaded()) return;
      stop();
      map.triggerRepaint();
    }, LOOK);
  });
  map.on("remove", stop);
}
