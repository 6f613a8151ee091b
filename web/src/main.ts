import "maplibre-gl/dist/maplibre-gl.css";
import "./styles/page.css";
import "./styles/panel.css";
import "./styles/card.css";

import type { Map as MapLibreMap } from "maplibre-gl";
import { fetchCatalog, type Catalog, type Language } from "./catalog";
import { setFirstWords, setPanelOpen, setServerGone } from "./chrome";
import { Connection } from "./connection";
import { byId } from "./dom";
import { parseHash } from "./hash";
import { fitAround, isPhone } from "./layout";
import { announce } from "./notice";
import { Page } from "./page";
import { FailedTiles } from "./retry";
import { rememberedLanguage, rememberLanguage, wordsOf } from "./words";

declare global {
  interface Window {
    /** A door for scripts and tests. */
    citylayers?: { map: MapLibreMap };
  }
}

const link = parseHash(location.hash);
let lang: Language = link.lang ?? rememberedLanguage();
let page: Page | null = null;
let failedTiles: FailedTiles | null = null;
/** Woken after every answer of the server, for whoever waits for the next one. */
let wake: () => void = () => {};

const connection = new Connection({
  intervalMs: 5000,
  timeoutMs: 4000,
  onAnswer: (up, changed) => {
    if (changed) {
      setServerGone(!up, lang);
      if (up) announce(wordsOf(lang).back);
    }
    if (up) failedTiles?.retry();
    wake();
  },
});

async function catalogWhenThere(): Promise<Catalog> {
  const state = byId("panel-state");
  state.textContent = wordsOf(lang).loadingCatalog;
  for (;;) {
    try {
      return await fetchCatalog();
    } catch (error) {
      console.warn(error);
      state.textContent = wordsOf(lang).catalogFailed;
      const answered = new Promise<void>((resolve) => (wake = resolve));
      void connection.check();
      await answered;
      await new Promise<void>((resolve) => (wake = resolve));
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
    lang = chosen;
    if (page) page.setLanguage(lang);
    else {
      rememberLanguage(lang);
      setFirstWords(lang);
    }
  });
  byId("panel-toggle").addEventListener("click", () => {
    setPanelOpen(byId("panel-toggle").getAttribute("aria-expanded") !== "true", lang);
    if (page) fitAround(page.map);
  });
  addEventListener("online", () => void connection.check());
  addEventListener("offline", () => void connection.check());
}

async function open(): Promise<void> {
  setFirstWords(lang);
  setPanelOpen(!isPhone(), lang);
  listenToFurniture();
  const catalog = await catalogWhenThere();
  page = new Page(catalog, lang, link);
  const { map } = page;
  window.citylayers = { map };
  failedTiles = new FailedTiles(map, () => void connection.check());
  const progress = byId("progress");
  map.on("dataloading", () => (progress.hidden = false));
  map.on("idle", () => (progress.hidden = true));
  await map.once("idle");
  document.documentElement.dataset["ready"] = "true";
}

open().catch((error: unknown) => {
  console.error(error);
  byId("panel-state").textContent = wordsOf(lang).noWebGL;
});
