import "maplibre-gl/dist/maplibre-gl.css";
import "./styles/page.css";
import "./styles/panel.css";
import "./styles/layers.css";
import "./styles/card.css";
import "./styles/alert.css";
import "./styles/alerts.css";
import "./styles/indicators.css";

import type { Map as MapLibreMap } from "maplibre-gl";
import { fetchCatalog, type Catalog } from "./catalog";
import { isPanelOpen, setFirstWords, setPanelOpen, setServerGone } from "./chrome";
import { Connection } from "./connection";
import { byId } from "./dom";
import { loadPageFonts } from "./fonts";
import { parseHash } from "./hash";
import { fitAround, isPhone } from "./layout";
import { announce } from "./notice";
import { Page } from "./page";
import { FailedTiles } from "./retry";
import { rememberedLanguage, rememberLanguage, spokenLanguage, wordsOf } from "./words";

declare global {
  interface Window {
    /** A door for scripts and tests. */
    citylayers?: { map: MapLibreMap };
  }
}

let page: Page | null = null;
let failedTiles: FailedTiles | null = null;

const connection = new Connection({
  intervalMs: 5000,
  timeoutMs: 4000,
  onAnswer: (up, changed) => {
    if (changed) setServerGone(!up);
    if (changed && up) announce(wordsOf(spokenLanguage()).back);
    if (up) failedTiles?.retry();
  },
});

async function catalogWhenThere(): Promise<Catalog> {
  const say = (sentence: string) => (byId("panel-state").textContent = sentence);
  say(wordsOf(spokenLanguage()).loadingCatalog);
  for (;;) {
    try {
      return await fetchCatalog();
    } catch (error) {
      console.warn(error);
      say(wordsOf(spokenLanguage()).catalogFailed);
      await connection.check();
      await connection.nextUp();
    }
  }
}

function listenToFurniture(): void {
  byId("skip").addEventListener("click", (event) => {
    event.preventDefault();
    page?.map.getCanvas().focus();
  });
  byId("languages").addEventListener("click", (event) => {
    const chosen = (event.target as HTMLElement).dataset["language"];
    if (chosen !== "vi" && chosen !== "en") return;
    rememberLanguage(chosen);
    if (page) page.setLanguage(chosen);
    else setFirstWords(chosen);
  });
  byId("panel-toggle").addEventListener("click", () => {
    setPanelOpen(!isPanelOpen());
    if (page) fitAround(page.map);
  });
  addEventListener("online", () => void connection.check());
  addEventListener("offline", () => void connection.check());
}

function showProgress(map: MapLibreMap): void {
  const progress = byId("progress");
  map.on("dataloading", () => (progress.hidden = false));
  map.on("idle", () => (progress.hidden = true));
}

async function open(): Promise<void> {
  const link = parseHash(location.hash);
  setFirstWords(link.lang ?? rememberedLanguage());
  setPanelOpen(!isPhone());
  listenToFurniture();
  void loadPageFonts();
  const catalog = await catalogWhenThere();
  page = new Page(catalog, spokenLanguage(), link);
  const { map } = page;
  window.citylayers = { map };
  failedTiles = new FailedTiles(map, () => void connection.check());
  showProgress(map);
  await map.once("idle");
  document.documentElement.dataset["ready"] = "true";
}

open().catch((error: unknown) => {
  console.error(error);
  byId("panel-state").textContent = wordsOf(spokenLanguage()).noWebGL;
});
