/** How the map shares the window with the panel and the card. */

import type { LngLat, Map as MapLibreMap } from "maplibre-gl";
import { isPanelOpen } from "./chrome";
import { byId } from "./dom";
import { stillness } from "./map";

/** Below this width the panel is a sheet at the bottom. */
const phone = matchMedia("(max-width: 47.99rem)");

export const isPhone = () => phone.matches;

/** Below this width there is no room for a list between the panel and the card. */
const narrow = matchMedia("(max-width: 69.99rem)");

export const isNarrow = () => narrow.matches;

/** Keeps the map's centre in the middle of what the panel leaves free. */
export function fitAround(map: MapLibreMap): void {
  const panel = byId("panel").getBoundingClientRect();
  const head = byId("panel").querySelector("header")?.getBoundingClientRect().height ?? 0;
  map.setPadding({
    top: 0,
    right: 0,
    bottom: isPhone() ? head : 0,
    left: !isPhone() && isPanelOpen() ? panel.right : 0,
  });
  placeCrosshair(map);
}

export function placeCrosshair(map: MapLibreMap): void {
  const { x, y } = map.project(map.getCenter());
  const crosshair = byId("crosshair");
  crosshair.style.left = `${x}px`;
  crosshair.style.top = `${y}px`;
}

/** Moves the map just enough that the card does not cover the place it speaks of. */
export function revealBesideCard(map: MapLibreMap, card: HTMLElement, place: LngLat): void {
  const covered = card.getBoundingClientRect();
  const { x, y } = map.project(place);
  const margin = 40;
  if (x < covered.left - margin || x > covered.right + margin || y < covered.top - margin || y > covered.bottom + margin) return;
  const offset: [number, number] = isPhone() ? [0, y - covered.top + margin] : [x - covered.left + margin, 0];
  map.panBy(offset, { animate: !stillness.matches });
}

/** How near a place is looked at. */
const [NEAR, NEAREST] = [13, 16];

/** Goes to a place, which then lies in the middle of what the open card leaves free. */
export function flyBesideCard(map: MapLibreMap, card: HTMLElement, place: [number, number]): void {
  const { width, height } = card.getBoundingClientRect();
  const head = byId("panel").querySelector("header")?.getBoundingClientRect().height ?? 0;
  const offset: [number, number] = isPhone() ? [0, -(height - head) / 2] : [-width / 2, 0];
  const zoom = Math.min(Math.max(map.getZoom(), NEAR), NEAREST);
  map.flyTo({ center: place, zoom, offset, animate: !stillness.matches, duration: 1600, essential: true });
}
