/** The turns of the wall: a scene, or each indicator of one. */

import type { Turn } from "./director";
import type { Scene } from "./service";

export interface SceneTurn extends Turn {
  scene: Scene;
  /** What colours the units; `null` of a scene that counts. */
  indicator: string | null;
  /** Which turn of the scene it is, of how many. */
  at: number;
  of: number;
}

/** `environment`, and of a scene with indicators `indicators/population`. */
export function turnsOf(scenes: Scene[]): SceneTurn[] {
  return scenes.flatMap((scene): SceneTurn[] => {
    const { id, seconds, indicators } = scene;
    if (indicators.length === 0) return [{ id, seconds, scene, indicator: null, at: 0, of: 1 }];
    return indicators.map((indicator, at) => ({ id: `${id}/${indicator}`, seconds, scene, indicator, at, of: indicators.length }));
  });
}
