import "maplibre-gl/dist/maplibre-gl.css";
import "../styles/page.css";
import "../styles/layers.css";
import "../styles/planner.css";
import "../styles/comparison.css";

import type { Map as MapLibreMap } from "maplibre-gl";
import { fetchCatalog, type Catalog, type Language } from "../catalog";
import { byId, make } from "../dom";
import { labelFontFaces, loadPageFonts } from "../fonts";
import { createMap, showAll, viewOf } from "../map";
import { buildStyle } from "../style";
import { formatHash, parseHash } from "../hash";
import { today } from "../validity";
import { rememberedLanguage, rememberLanguage, wordsOf } from "../words";
import { areaTool } from "./area";
import { filterTool } from "./filter";
import { renderReport } from "./report";
import { hereTool } from "./here";
import { firstShown, LayerList } from "./layers";
import { parcelTool } from "./parcel";
import type { Report } from "./service";
import { isDrawing, prepareSketch, stopDrawing } from "./sketch";
import { figure } from "./tables";
import type { Bench, Tool } from "./tool";
import { versionsTool } from "./versions";
import { plannerWords } from "./words";
import { toZone, ZONES, zoneName } from "./zones";

declare global {
  interface Window {
    /** A door for scripts and tests. */
    citylayers?: { map: MapLibreMap };
  }
}

const TOOLS: Tool[] = [parcelTool, hereTool, filterTool, areaTool, versionsTool];

class Desk {
  readonly map: MapLibreMap;
  private readonly ready: Promise<unknown>;
  private readonly layers: LayerList;
  private tool: Tool = parcelTool;
  private drawn: Tool | null = null;
  private readonly scale = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;

  constructor(private readonly catalog: Catalog, private lang: Language) {
    const shown = firstShown(catalog);
    const style = buildStyle(catalog, shown, { origin: location.origin, scale: this.scale, today: today(), fontFaces: labelFontFaces() });
    const start = parseHash(location.hash).view;
    this.map = createMap(style, start ?? null);
    if (!start && catalog.bbox) showAll(this.map, catalog.bbox, false);
    this.layers = new LayerList(this.map, catalog, shown);
    this.ready = this.map.once("load").then(() => prepareSketch(this.map, this.scale));
    this.map.on("click", ({ lngLat }) => {
      if (!isDrawing()) this.tool.click?.(this.bench, [lngLat.lng, lngLat.lat], byId("tool"));
    });
    this.map.on("moveend", () => this.linkBack());
    this.map.on("mousemove", ({ lngLat }) => this.tellPlace([lngLat.lng, lngLat.lat]));
    this.map.on("move", () => this.tellPlace(this.middle()));
    byId("zone").addEventListener("change", () => this.tellPlace(this.middle()));
    byId("languages").addEventListener("click", (event) => {
      const chosen = (event.target as HTMLElement).dataset["language"];
      if (chosen !== "vi" && chosen !== "en") return;
      rememberLanguage(chosen);
      this.lang = chosen;
      this.draw();
    });
    const zones = byId<HTMLSelectElement>("zone");
    zones.replaceChildren(...ZONES.map((zone) => make("option", { value: zone.code }, zoneName(zone))));
    this.draw();
  }

  private get bench(): Bench {
    const { map, catalog, lang, scale, ready } = this;
    return { map, catalog, lang, scale, ready, showReport: (report, places) => this.showReport(report, places) };
  }

  private middle(): [number, number] {
    const { lng, lat } = this.map.getCenter();
    return [lng, lat];
  }

  /** The map page opens where the desk looks. */
  private linkBack(): void {
    byId("to-map").setAttribute("href", `./${formatHash({ view: viewOf(this.map), lang: this.lang })}`);
  }

  private draw(): void {
    const words = plannerWords(this.lang);
    document.documentElement.lang = this.lang;
    document.title = `${words.title} · citylayers`;
    byId("title").textContent = words.title;
    byId("zone-label").textContent = words.zone;
    byId("languages").setAttribute("aria-label", wordsOf(this.lang).language);
    byId("tools").setAttribute("aria-label", words.title);
    byId("to-map").textContent = words.toMap;
    this.map.getCanvas().setAttribute("aria-label", words.map);
    this.linkBack();
    this.layers.render(this.lang);
    for (const button of byId("languages").querySelectorAll<HTMLElement>("button")) {
      button.setAttribute("aria-pressed", String(button.dataset["language"] === this.lang));
    }
    this.drawTools();
  }

  private drawTools(): void {
    stopDrawing();
    this.drawn?.leave?.();
    this.drawn = this.tool;
    const words = plannerWords(this.lang);
    byId("tools").replaceChildren(...TOOLS.map((tool) => {
      const selected = tool === this.tool;
      const tab = make("button", { type: "button", role: "tab", id: `tab-${tool.id}`, "aria-selected": String(selected), "aria-controls": "tool", tabindex: selected ? "0" : "-1" }, words[tool.id]);
      tab.addEventListener("click", () => this.choose(tool));
      tab.addEventListener("keydown", ({ key }) => {
        const by = key === "ArrowRight" ? 1 : key === "ArrowLeft" ? -1 : 0;
        const next = TOOLS[(TOOLS.indexOf(tool) + by + TOOLS.length) % TOOLS.length];
        if (by === 0 || !next) return;
        this.choose(next);
        byId(`tab-${next.id}`).focus();
      });
      return tab;
    }));
    byId("tool").setAttribute("aria-labelledby", `tab-${this.tool.id}`);
    byId("tool").replaceChildren(this.tool.render(this.bench));
  }

  private choose(tool: Tool): void {
    this.tool = tool;
    this.drawTools();
  }

  private tellPlace(place: [number, number]): void {
    const zone = ZONES.find(({ code }) => code === byId<HTMLSelectElement>("zone").value) ?? ZONES[0];
    if (!zone) return;
    const [east, north] = toZone(zone, place);
    byId("place").textContent = `X ${figure(north, this.lang, 1)}  Y ${figure(east, this.lang, 1)}`;
  }

  /** The picture is taken while the canvas still holds what was drawn. */
  private async picture(places: [number, number][]): Promise<string> {
    const lons = places.map(([lon]) => lon);
    const lats = places.map(([, lat]) => lat);
    if (places.length > 0) {
      const corners: [[number, number], [number, number]] = [[Math.min(...lons), Math.min(...lats)], [Math.max(...lons), Math.max(...lats)]];
      this.map.fitBounds(corners, { padding: 90, maxZoom: 19, animate: false });
      await this.map.once("idle");
    }
    return new Promise((resolve) => {
      this.map.once("render", () => resolve(this.map.getCanvas().toDataURL("image/png")));
      this.map.triggerRepaint();
    });
  }

  private async showReport(report: Report, places: [number, number][]): Promise<void> {
    const root = byId("report");
    const sketch = await this.picture(places);
    renderReport(root, report, sketch, this.lang, {
      close: () => {
        root.hidden = true;
        byId("tool").focus();
      },
    });
    root.hidden = false;
    root.querySelector<HTMLElement>("h2")?.focus();
  }
}

async function open(): Promise<void> {
  void loadPageFonts();
  const desk = new Desk(await fetchCatalog(), parseHash(location.hash).lang ?? rememberedLanguage());
  window.citylayers = { map: desk.map };
  await desk.map.once("idle");
  document.documentElement.dataset["ready"] = "true";
}

open().catch((error: unknown) => {
  console.error(error);
  byId("notice").textContent = wordsOf(rememberedLanguage()).noWebGL;
});
