/** The units' tiles with an indicator on a map at night. */

import type { ExpressionSpecification, FilterSpecification, Map as MapLibreMap, StyleSpecification, VectorTileSource } from "maplibre-gl";
import type { Catalog, Language, Layer } from "../catalog";
import { classColours, tilesOf } from "../indicators/paint";
import type { Sheet } from "../indicators/service";
import { dusk, NIGHT } from "./dark";
import { scenePicture, type Picture } from "./picture";
import { ends } from "./ranking";
import type { Scene } from "./service";

/** The same picture with the units coloured, and the names of those that are ahead and behind. */
export function indicatorPicture(catalog: Catalog, scene: Scene, sheet: Sheet, lang: Language): Picture {
  const picture = scenePicture(catalog, scene, lang);
  const layer = picture.layers.find(({ id }) => id === sheet.layer);
  if (layer && sheet.period !== null) shade(picture.style, layer, sheet);
  return picture;
}

function shade(style: StyleSpecification, layer: Layer, sheet: Sheet): void {
  const source = style.sources[layer.id];
  if (source?.type === "vector") style.sources[layer.id] = { ...source, tiles: [location.origin + tilesOf(layer, sheet)] };
  const legend = sheet.legend.map((entry) => ({ ...entry, color: dusk(entry.color) }));
  const named: FilterSpecification = ["in", ["to-string", ["get", layer.id_field]], ["literal", ends(sheet.units).flat().map(({ id }) => id)]];
  for (const part of style.layers) {
    if (part.id === `${layer.id}:fill` && part.type === "fill") {
      part.paint = { ...part.paint, "fill-color": withoutData(classColours({ legend })), "fill-opacity": 1 };
    } else if (part.id.startsWith(`${layer.id}:`) && part.type === "line") {
      part.paint = { ...part.paint, "line-color": NIGHT.land };
    } else if (part.id === `${layer.id}:label` && part.type === "symbol") {
      part.filter = part.filter ? (["all", part.filter, named] as FilterSpecification) : named;
      part.minzoom = layer.minzoom;
      part.layout = { ...part.layout, "text-size": 19 };
      part.paint = { ...part.paint, "text-color": NIGHT.ink, "text-halo-color": NIGHT.halo, "text-halo-width": 2.5 };
    } else if (part.type === "symbol") {
      // Names of the land stood on the dark, and stand on colours now.
      part.paint = { ...part.paint, "text-color": NIGHT.ink, "text-halo-width": 2.5 };
    }
  }
}

/** What is not told is a part of the night. */
function withoutData(colours: ExpressionSpecification | string): ExpressionSpecification | string {
  return typeof colours === "string" ? NIGHT.unknown : ([...colours.slice(0, -1), NIGHT.unknown] as unknown as ExpressionSpecification);
}

/** Asks for the tiles of another period. */
export function retile(map: MapLibreMap | null, layer: Layer, sheet: Sheet): void {
  map?.getSource<VectorTileSource>(layer.id)?.setTiles([location.origin + tilesOf(layer, sheet)]);
}
