/** What the planner puts on the map: an outline with numbered corners, a line that is drawn, features that were found. */

import type * as GeoJSON from "geojson";
import type { GeoJSONSource, Map as MapLibreMap } from "maplibre-gl";

const OUTLINE = "@planner:outline";
const FOUND = "@planner:found";
const EMPTY: GeoJSON.FeatureCollection = { type: "FeatureCollection", features: [] };

/** Adds the sources and layers; once, when the style is there. */
export function prepareSketch(map: MapLibreMap, scale: number): void {
  for (const id of [FOUND, OUTLINE]) map.addSource(id, { type: "geojson", data: EMPTY });
  const ink = "#b4471d";
  map.addLayer({ id: `${FOUND}:fill`, type: "fill", source: FOUND, filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": "#17645c", "fill-opacity": 0.25 } });
  map.addLayer({ id: `${FOUND}:line`, type: "line", source: FOUND, paint: { "line-color": "#17645c", "line-width": 2 * scale } });
  map.addLayer({
    id: `${FOUND}:point`, type: "circle", source: FOUND, filter: ["==", ["geometry-type"], "Point"],
    paint: { "circle-color": "#17645c", "circle-radius": 6 * scale, "circle-stroke-color": "#fff", "circle-stroke-width": 1.5 * scale },
  });
  map.addLayer({ id: `${OUTLINE}:fill`, type: "fill", source: OUTLINE, filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": ink, "fill-opacity": 0.12 } });
  map.addLayer({ id: `${OUTLINE}:line`, type: "line", source: OUTLINE, paint: { "line-color": ink, "line-width": 2.5 * scale } });
  map.addLayer({
    id: `${OUTLINE}:corner`, type: "circle", source: OUTLINE, filter: ["==", ["geometry-type"], "Point"],
    paint: { "circle-color": "#fff", "circle-radius": 4 * scale, "circle-stroke-color": ink, "circle-stroke-width": 2 * scale },
  });
  map.addLayer({
    id: `${OUTLINE}:number`, type: "symbol", source: OUTLINE, filter: ["==", ["geometry-type"], "Point"],
    layout: { "text-field": ["get", "number"], "text-font": ["Be Vietnam Pro Medium"], "text-size": 13 * scale, "text-anchor": "bottom", "text-offset": [0, -0.6], "text-allow-overlap": true },
    paint: { "text-color": ink, "text-halo-color": "#fff", "text-halo-width": 2 * scale },
  });
}

const set = (map: MapLibreMap, id: string, features: GeoJSON.Feature[]) =>
  map.getSource<GeoJSONSource>(id)?.setData({ type: "FeatureCollection", features });

const feature = (geometry: GeoJSON.Geometry, properties: GeoJSON.GeoJsonProperties = {}): GeoJSON.Feature => ({ type: "Feature", geometry, properties });

export function showOutline(map: MapLibreMap, geometry: GeoJSON.Geometry | null, corners: [number, number][], numbered = true): void {
  const points = corners.map((coordinates, at) => feature({ type: "Point", coordinates }, { number: numbered ? String(at + 1) : "" }));
  set(map, OUTLINE, [...(geometry ? [feature(geometry)] : []), ...points]);
}

export function showFound(map: MapLibreMap, geometries: GeoJSON.Geometry[]): void {
  set(map, FOUND, geometries.map((geometry) => feature(geometry)));
}

const NOBODY = () => {};
let giveUp = NOBODY;

/** Clicks belong to a drawing, not to the tool. */
export const isDrawing = () => giveUp !== NOBODY;

/** Ends a drawing that is not done, as Escape does. */
export function stopDrawing(): void {
  giveUp();
}

/** Lets the reader draw a polygon; answers its corners, `null` when given up. */
export function draw(map: MapLibreMap): Promise<[number, number][] | null> {
  stopDrawing();
  const corners: [number, number][] = [];
  const canvas = map.getCanvas();
  const show = () => {
    const line: GeoJSON.Geometry | null = corners.length > 1 ? { type: "LineString", coordinates: [...corners, corners[0] as [number, number]] } : null;
    showOutline(map, line, corners);
  };
  map.doubleClickZoom.disable();
  canvas.classList.add("drawing");
  return new Promise((resolve) => {
    const onClick = ({ lngLat }: { lngLat: { lng: number; lat: number } }) => {
      corners.push([lngLat.lng, lngLat.lat]);
      show();
    };
    const end = (outcome: [number, number][] | null) => {
      giveUp = NOBODY;
      map.off("click", onClick);
      map.off("dblclick", onDouble);
      removeEventListener("keydown", onKey);
      map.doubleClickZoom.enable();
      canvas.classList.remove("drawing");
      if (outcome === null) showOutline(map, null, []);
      resolve(outcome);
    };
    const onDouble = () => {
      // The double click was two clicks at one place.
      corners.pop();
      end(corners.length > 2 ? corners : null);
    };
    const onKey = (event: KeyboardEvent) => {
      if (event.key === "Escape") end(null);
      else if (event.key === "Enter" && corners.length > 2) end(corners);
    };
    giveUp = () => end(null);
    map.on("click", onClick);
    map.on("dblclick", onDouble);
    addEventListener("keydown", onKey);
  });
}

/** Lets the reader point at a place: by a click, or by Enter at the middle of the map. `null` when given up. */
export function pick(map: MapLibreMap): Promise<[number, number] | null> {
  stopDrawing();
  const canvas = map.getCanvas();
  canvas.classList.add("drawing");
  return new Promise((resolve) => {
    const onClick = ({ lngLat: { lng, lat } }: { lngLat: { lng: number; lat: number } }) => end([lng, lat]);
    const onKey = (event: KeyboardEvent) => {
      const { lng, lat } = map.getCenter();
      if (event.key === "Escape") end(null);
      else if (event.key === "Enter" && event.target === canvas) end([lng, lat]);
    };
    const end = (place: [number, number] | null) => {
      giveUp = NOBODY;
      map.off("click", onClick);
      removeEventListener("keydown", onKey);
      canvas.classList.remove("drawing");
      resolve(place);
    };
    giveUp = () => end(null);
    map.on("click", onClick);
    addEventListener("keydown", onKey);
  });
}
