/** What a map of the wall draws and where it looks: of a scene, and of an alert. */

import type { ExpressionSpecification, LayerSpecification, StyleSpecification } from "maplibre-gl";
import type { Catalog, Language, Layer } from "../catalog";
import { labelFontFaces } from "../fonts";
import { buildStyle, faintWhereSilent, LABEL_FONT } from "../style";
import { today } from "../validity";
import type { Alert } from "./alerts";
import { atNight, NIGHT } from "./dark";
import type { Place, Scene, Shown } from "./service";

export interface Picture {
  style: StyleSpecification;
  place: Place;
  /** What is drawn beside land. */
  layers: Layer[];
  /** What of it has the colours of values. */
  shown: Shown[];
}

/** Pixels of a picture that is 1080 high are read from some metres away. */
const SCALE = 1.6;

/** Where an alert is looked at, unless its layer shows less. */
const NEAR = 13.5;

/** Around an alert: where one is. */
const GROUND = ["provinces", "wards", "roads"];

/** The layer of alerts is drawn over every scene. */
const ALERTS = "alerts";

function styleOf(catalog: Catalog, layers: Layer[], lang: Language, shown: Shown[]): StyleSpecification {
  const drawn = new Set(layers.map(({ id }) => id));
  const needed = catalog.layers.filter(({ id }) => drawn.has(id) || id === "provinces");
  const style = atNight(buildStyle({ ...catalog, layers: needed }, drawn, { origin: location.origin, scale: SCALE, today: today(), lang, fontFaces: labelFontFaces() }));
  for (const one of shown) {
    const layer = layers.find(({ id }) => id === one.layer);
    if (layer) addValues(style, layer, one, lang);
  }
  return style;
}

function stepped(shown: Shown, otherwise: ExpressionSpecification | string): ExpressionSpecification | string {
  const [first, ...rest] = shown.colors;
  if (!first) return otherwise;
  const steps = ["step", ["to-number", ["get", shown.property]], first.color, ...rest.flatMap(({ from, color }) => [from, color])];
  return ["case", ["has", shown.property], steps, otherwise] as unknown as ExpressionSpecification;
}

/** The present value stands above its feature, in the place of its name, and gives it its colour. */
function addValues(style: StyleSpecification, layer: Layer, shown: Shown, lang: Language): void {
  const circle = style.layers.find(({ id }) => id === `${layer.id}:circle`);
  if (circle?.type === "circle") {
    const before = circle.paint?.["circle-color"] as ExpressionSpecification | string | undefined;
    circle.paint = { ...circle.paint, "circle-color": stepped(shown, before ?? NIGHT.muted) };
  }
  if (!shown.text) return;
  style.layers = style.layers.filter(({ id }) => id !== `${layer.id}:label`);
  const values: LayerSpecification = {
    id: `${layer.id}:value`, type: "symbol", source: layer.id, "source-layer": layer.id, minzoom: layer.minzoom,
    filter: ["has", shown.property],
    layout: {
      "text-field": ["number-format", ["to-number", ["get", shown.property]], { locale: lang === "vi" ? "vi-VN" : "en-GB", "max-fraction-digits": 1 }],
      "text-font": [LABEL_FONT], "text-size": 21, "text-anchor": "bottom", "text-offset": [0, -0.55], "text-padding": 2,
    },
    paint: { "text-color": stepped(shown, NIGHT.ink), "text-halo-color": NIGHT.halo, "text-halo-width": 3, "text-opacity": faintWhereSilent(layer, 1) },
  };
  style.layers.push(values);
}

const ofCatalog = (catalog: Catalog, ids: string[]) => catalog.layers.filter(({ id }) => ids.includes(id));

export function scenePicture(catalog: Catalog, scene: Scene, lang: Language): Picture {
  const layers = ofCatalog(catalog, [...scene.layers, ALERTS]);
  return { style: styleOf(catalog, layers, lang, scene.shown), place: scene.place, layers, shown: scene.shown };
}

/** `null` where the alert has no place: then the map stays where it is. */
export function alertPicture(catalog: Catalog, alert: Alert, lang: Language): Picture | null {
  if (!alert.place) return null;
  const layers = ofCatalog(catalog, [...GROUND, alert.layer ?? "", alert.fence?.layer ?? ""]);
  const style = styleOf(catalog, layers, lang, []);
  style.sources["@alert"] = { type: "geojson", data: { type: "Feature", properties: {}, geometry: { type: "Point", coordinates: alert.place } } };
  const ring = (id: string, radius: number, opacity: number, width: number): LayerSpecification => ({
    id, type: "circle", source: "@alert",
    paint: { "circle-radius": radius, "circle-color": NIGHT.alert, "circle-opacity": opacity, "circle-stroke-color": NIGHT.alert, "circle-stroke-width": width },
  });
  style.layers.push(ring("@alert:around", 84, 0.1, 1.5), ring("@alert:ring", 30, 0.12, 5), ring("@alert:place", 6, 1, 0));
  const own = layers.find(({ id }) => id === alert.layer);
  return { style, place: { view: { center: alert.place, zoom: Math.min(NEAR, (own?.maxzoom ?? 22) - 1) } }, layers, shown: [] };
}
