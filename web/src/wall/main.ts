import "maplibre-gl/dist/maplibre-gl.css";
import "../styles/fonts.css";
import "../styles/wall.css";
import "../styles/wall-panels.css";
import "../styles/wall-ranking.css";

import { fetchCatalog, type Catalog, type Language } from "../catalog";
import { Connection } from "../connection";
import { byId } from "../dom";
import { loadPageFonts } from "../fonts";
import { Build } from "./build";
import { now, secondsOf } from "./clock";
import { askScenes, type Scene } from "./service";
import { Wall } from "./wall";
import { wallWords } from "./words";

declare global {
  interface Window {
    /** A door for scripts and tests. */
    cityWall?: Wall;
  }
}

const build = new Build();
const query = new URLSearchParams(location.search);
const lang: Language = query.get("lang") === "en" ? "en" : "vi";
const words = wallWords(lang);
document.documentElement.lang = lang;

let wall: Wall | null = null;
/** When the service was heard last, milliseconds since 1970. */
let heard = now();
/** What the wall was made of; another catalogue or other scenes need another wall. */
let made = "";

const connection = new Connection({ intervalMs: 5000, timeoutMs: 4000, onAnswer: (up, changed) => void answered(up, changed) });

/** Behind a proxy one node after another may become another program without any silence: the wall asks now and then. */
const COMPARE = 120_000;
let compared = 0;

async function answered(up: boolean, changed: boolean): Promise<void> {
  if (changed) say(up ? null : words.gone(secondsOf(now()), secondsOf(heard)));
  if (up) heard = now();
  document.body.classList.toggle("away", !up);
  if (up && (changed || performance.now() - compared > COMPARE) && (await isAnother())) location.reload();
  if (changed || !up) wall?.setAway(!up);
}

function say(sentence: string | null): void {
  const banner = byId("banner");
  banner.hidden = sentence === null;
  banner.textContent = sentence ?? "";
}

/** Whether the service that answers has another page, other layers or other scenes. */
async function isAnother(): Promise<boolean> {
  if (!wall) return false;
  const asked = performance.now();
  try {
    if (await build.hasChanged()) return true;
    const [catalog, scenes] = await Promise.all([fetchCatalog(), askScenes()]);
    compared = asked;
    return signature(catalog, scenes) !== made;
  } catch (error) {
    console.warn(error);
    compared = -COMPARE; // with the next answer again
    return false;
  }
}

/** Counts and extents change with every import; a wall stays what it is. */
const signature = (catalog: Catalog, scenes: Scene[]) =>
  JSON.stringify([catalog.layers.map(({ count, bbox, demo, ...layer }) => layer), scenes]);

async function whenThere<T>(question: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await question();
    } catch (error) {
      console.warn(error);
      byId("scene-title").textContent = words.waiting;
      await connection.check();
      await connection.nextUp();
    }
  }
}

/** Milliseconds of `?least=` and `?hold=`, seconds in the link. */
function milliseconds(name: string, usual: number): number {
  const seconds = Number(query.get(name) ?? "");
  return query.has(name) && seconds > 0 && seconds <= 3600 ? seconds * 1000 : usual;
}

/** The scenes of the link, or a sentence that says why there are none. */
function chosen(scenes: Scene[]): Scene[] {
  const pinned = query.get("scene");
  const own = pinned === null ? scenes : scenes.filter(({ id }) => id === pinned);
  if (scenes.length === 0) say(words.noScenes);
  else if (own.length === 0) say(words.unknownScene(pinned ?? "", scenes.map(({ id }) => id).join(", ")));
  return own;
}

async function open(): Promise<void> {
  byId("scene-title").textContent = words.loading;
  void loadPageFonts();
  const [catalog, scenes] = await whenThere(() => Promise.all([fetchCatalog(), askScenes()]));
  document.title = `${catalog.title[lang]} · ${words.rotation}`;
  made = signature(catalog, scenes);
  wall = new Wall(catalog, chosen(scenes), { lang, least: milliseconds("least", 8000), hold: milliseconds("hold", 120_000) });
  window.cityWall = wall;
  document.documentElement.dataset["ready"] = "true";
}

addEventListener("online", () => void connection.check());
addEventListener("offline", () => void connection.check());
open().catch((error: unknown) => {
  console.error(error);
  say(words.noWebGL);
});
