/** The place of a filter: anywhere, in the map's view, or in an area that is drawn. */

import type { Layer } from "../catalog";
import { make } from "../dom";
import { button, labelled, select, state } from "./form";
import { get } from "./service";
import { draw, showOutline } from "./sketch";
import type { Bench } from "./tool";
import { plannerWords } from "./words";

export type Corners = [number, number][];

export interface Place {
  kind: "everywhere" | "inView" | "inDrawn";
  corners: Corners;
}

const KINDS = ["everywhere", "inView", "inDrawn"] as const;

export function cornersOfView({ map }: Bench): Corners {
  const [[west, south], [east, north]] = map.getBounds().toArray();
  return [[west, south], [east, south], [east, north], [west, north]];
}

const names = new Map<string, Promise<string>>();

async function ask(layer: Layer, bench: Bench): Promise<string> {
  const { properties } = await get<{ properties: Record<string, { "x-ogc-role"?: string }> }>(`/collections/${layer.id}/queryables`, {}, bench.lang);
  return Object.keys(properties).find((name) => properties[name]?.["x-ogc-role"] === "primary-geometry") ?? "geometry";
}

/** What a layer's geometry is called in a filter. */
export function geometryName(layer: Layer, bench: Bench): Promise<string> {
  const known = names.get(layer.id) ?? ask(layer, bench);
  names.set(layer.id, known);
  known.catch(() => names.delete(layer.id));
  return known;
}

/** Changes `place`, and tells. */
export function placeControl(place: Place, bench: Bench, changed: () => void): HTMLElement {
  const { map, lang } = bench;
  const words = plannerWords(lang);
  const said = state();
  const which = select(KINDS.map((kind): [string, string] => [kind, words[kind]]), place.kind);
  const set = (kind: Place["kind"], corners: Corners) => {
    Object.assign(place, { kind, corners });
    which.value = kind;
    again.hidden = kind !== "inDrawn";
    const [first] = kind === "inDrawn" ? corners : [];
    showOutline(map, first ? { type: "Polygon", coordinates: [[...corners, first]] } : null, first ? corners : [], false);
    changed();
  };
  const drawn = async () => {
    said.textContent = words.drawing;
    map.getCanvas().focus();
    const corners = await draw(map);
    said.textContent = "";
    if (corners) set("inDrawn", corners);
    else set("everywhere", []);
  };
  const again = button(words.drawAgain, "plain", () => void drawn());
  again.hidden = place.kind !== "inDrawn";
  which.addEventListener("change", () => {
    if (which.value === "inDrawn") void drawn();
    else set(which.value === "inView" ? "inView" : "everywhere", which.value === "inView" ? cornersOfView(bench) : []);
  });
  return make("div", { class: "form tight" }, labelled(words.where, which), again, said);
}
