/**
 * Two maps, one above the other: while one is seen the other gets the next picture, and when that is whole they change places.
 * There are never more, and what nobody sees holds no tiles.
 */

import { Map as MapLibreMap, setWorkerUrl, type StyleSpecification } from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import { stillness } from "../map";
import { comeToRest } from "../rest";
import type { Picture } from "./picture";
import type { Place } from "./service";

/** Pictures are laid out for this height, and drawn as fine as the wall is. */
const HEIGHT = 1080;

/** Milliseconds in which one picture becomes the other; wall.css says the same. */
const FADE = 1400;

/** Milliseconds after which a picture is shown though some of its tiles have not come. */
const PATIENCE = 12_000;

/** Milliseconds of a flight to an alert. */
const FLIGHT = 4500;

/** Screens of a wall together are wider than MapLibre's usual limit. */
const LARGEST: [number, number] = [16_384, 16_384];

const NOTHING: StyleSpecification = { version: 8, sources: {}, layers: [] };

interface Face {
  map: MapLibreMap;
  element: HTMLElement;
}

export class Stage {
  private readonly faces: [Face | null, Face | null] = [null, null];
  private front = 1;
  private fading: ReturnType<typeof setTimeout> | undefined;
  private hasFailed = false;

  constructor(private readonly elements: [HTMLElement, HTMLElement]) {
    setWorkerUrl(new URL(workerUrl, document.baseURI).href);
    this.fit();
    addEventListener("resize", () => this.fit());
  }

  /** The map that is seen. */
  get map(): MapLibreMap | null {
    return this.faces[this.front]?.map ?? null;
  }

  /** Draws a picture where nobody sees it; resolves when it is whole. */
  async load(picture: Picture): Promise<void> {
    clearTimeout(this.fading);
    const back = 1 - this.front;
    const face = this.faces[back] ?? this.make(back);
    face.map.stop();
    face.map.setStyle(picture.style, { diff: false });
    look(face.map, picture.place);
    await whole(face.map);
  }

  /** Shows what was loaded. `flying`: from where the other map looks to the place of the picture. */
  show(flying: Place | null): void {
    const [before, after] = [this.faces[this.front], this.faces[1 - this.front]];
    if (!after) return;
    const from = before?.map;
    if (flying && "view" in flying && from && !stillness.matches) {
      after.map.jumpTo({ center: from.getCenter(), zoom: from.getZoom() });
      after.map.flyTo({ ...flying.view, duration: FLIGHT, essential: true });
    }
    after.element.classList.add("front");
    before?.element.classList.remove("front");
    this.front = 1 - this.front;
    clearTimeout(this.fading);
    this.fading = setTimeout(() => before?.map.setStyle(NOTHING, { diff: false }), FADE + 100);
  }

  /** Asks for tiles anew: of these layers, or of all. */
  refresh(layers: string[] | null): void {
    const { map } = this;
    if (!map?.isStyleLoaded() && layers) return;
    for (const id of map?.getStyle() ? Object.keys(map.getStyle().sources) : []) {
      const ofLayer = id.split("@")[0] ?? "";
      if (ofLayer !== "" && (layers === null || layers.includes(ofLayer))) map?.refreshTiles(id);
    }
  }

  /** The service is there again: what did not come may come now. */
  retry(): void {
    if (!this.hasFailed) return;
    this.hasFailed = false;
    this.refresh(null);
  }

  private make(at: number): Face {
    const element = this.elements[at] as HTMLElement;
    const map = new MapLibreMap({
      container: element, style: NOTHING, interactive: false, attributionControl: false, maxPitch: 0, minZoom: 3, maxZoom: 20,
      renderWorldCopies: false, zoomLevelsToOverscale: 24, fadeDuration: 0, pixelRatio: this.fineness(), maxCanvasSize: LARGEST,
    });
    comeToRest(map);
    map.on("error", (event) => {
      if ("sourceId" in event) this.hasFailed = true;
      else console.error(event.error);
    });
    // Two maps of one name would be two places to whoever hears the page; the stage around them has the name.
    map.getCanvas().removeAttribute("role");
    map.getCanvas().removeAttribute("aria-label");
    map.getCanvas().setAttribute("aria-hidden", "true");
    const face = { map, element };
    this.faces[at] = face;
    return face;
  }

  /** Pixels of the screen for one of the layout. */
  private fineness(): number {
    return (innerHeight / HEIGHT) * devicePixelRatio;
  }

  private fit(): void {
    const scale = innerHeight / HEIGHT;
    for (const [at, element] of this.elements.entries()) {
      const room = element.parentElement?.getBoundingClientRect();
      if (!room) continue;
      element.style.width = `${room.width / scale}px`;
      element.style.height = `${room.height / scale}px`;
      element.style.transform = `scale(${scale})`;
      this.faces[at]?.map.setPixelRatio(this.fineness());
      this.faces[at]?.map.resize();
    }
  }
}

function look(map: MapLibreMap, place: Place): void {
  map.resize();
  if ("view" in place) map.jumpTo(place.view);
  else {
    const [west, south, east, north] = place.bbox;
    map.fitBounds([[west, south], [east, north]], { animate: false, padding: { top: 84, bottom: 84, left: 28, right: 28 } });
  }
}

/** Nothing is left to load or to draw; or it takes too long. */
function whole(map: MapLibreMap): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(late);
      map.off("idle", done);
      resolve();
    };
    const late = setTimeout(done, PATIENCE);
    map.on("idle", done);
    map.triggerRepaint();
  });
}
