/** Two versions of a plan upon each other: the earlier one on the map, the later one on a second map above it, of which the view cuts a part away. */

import type { Map as MapLibreMap } from "maplibre-gl";
import type { BBox, Layer } from "../catalog";
import { byId, make } from "../dom";
import { formatCount } from "../format";
import { createTwin, isVisible, setVisible } from "../map";
import { makeDivider } from "./divider";
import { isOvertaken, reasonOf } from "./form";
import { featuresAt, holds, MOST, roomy, TooMany } from "./inview";
import type { Bench } from "./tool";
import { addVersion, removeVersion, showVersion, stressChanges } from "./versionstyle";
import { plannerWords } from "./words";

export const VIEWS = ["swipe", "before", "after", "changes"] as const;
export type View = (typeof VIEWS)[number];

/** What the reader chose, kept when the language changes or the tool is chosen again. */
const kept = { view: "swipe" as View, percent: 50 };

export class Comparison {
  readonly twin: MapLibreMap;
  private readonly pane = make("div", { class: "twin", inert: true });
  private readonly furniture = make("div", { class: "comparison" });
  private readonly note = make("p", { class: "stage-note", role: "status" });
  private readonly days = [make("span", { class: "version-day" }), make("span", { class: "version-day" })] as const;
  private readonly divider: HTMLElement;
  private readonly loadNew = () => void this.load();
  private readonly twinReady: Promise<unknown>;
  private readonly wasVisible: boolean;
  private times: [string, string] = ["", ""];
  private asking = new AbortController();
  /** What is on the maps. */
  private loaded: { times: string; box: BBox } | null = null;

  /** To be made when the map's style is there. */
  constructor(private readonly bench: Bench, private readonly layer: Layer) {
    const { map, lang, scale } = bench;
    const words = plannerWords(lang);
    this.wasVisible = isVisible(map, layer);
    setVisible(map, layer, false);
    addVersion(map, layer, scale);
    map.getContainer().append(this.pane);
    this.twin = createTwin(map, this.pane, map.getStyle());
    this.twinReady = this.twin.once("load");
    this.divider = makeDivider(kept.percent, { label: words.divider, at: words.dividerAt }, (percent) => {
      kept.percent = percent;
      this.cut();
    });
    const key = make("p", { class: "change-key" }, make("i", { class: "new" }), words.newKey, make("i", { class: "gone" }), words.goneKey);
    this.furniture.append(this.switch(), make("div", { class: "version-days" }, ...this.days), key, this.note, this.divider);
    byId("stage").append(this.furniture);
    map.on("moveend", this.loadNew);
    this.show(kept.view);
  }

  /** Shows other versions: their times, and what they are called. */
  compare(times: [string, string], names: [string, string]): void {
    this.times = times;
    this.days.forEach((day, at) => (day.textContent = names[at] ?? ""));
    void this.load();
  }

  end(): void {
    const { map } = this.bench;
    this.asking.abort();
    map.off("moveend", this.loadNew);
    this.twin.remove();
    this.pane.remove();
    this.furniture.remove();
    removeVersion(map);
    setVisible(map, this.layer, this.wasVisible);
  }

  private switch(): HTMLElement {
    const words = plannerWords(this.bench.lang);
    const choices = VIEWS.map((view) => {
      const box = make("input", { type: "radio", name: "view", value: view, checked: view === kept.view });
      box.addEventListener("change", () => this.show(view));
      return make("label", {}, box, make("span", {}, words[view]));
    });
    return make("fieldset", { class: "views" }, make("legend", { class: "unseen" }, words.views), ...choices);
  }

  private show(view: View): void {
    kept.view = view;
    this.divider.hidden = view !== "swipe";
    this.pane.classList.toggle("away", view === "before");
    this.furniture.dataset["view"] = view;
    void this.twinReady.then(() => stressChanges(this.twin, this.layer, view === "changes"));
    this.cut();
  }

  /** Only what is right of the divider is seen of the later version. */
  private cut(): void {
    this.pane.style.clipPath = kept.view === "swipe" ? `inset(0 0 0 ${kept.percent}%)` : "none";
  }

  /** Fetches both versions where the map is now; an answer that a later view has overtaken is not shown. */
  private async load(): Promise<void> {
    const { map, lang } = this.bench;
    const words = plannerWords(lang);
    const [[west, south], [east, north]] = map.getBounds().toArray();
    const [view, times] = [[west, south, east, north] as BBox, this.times.join("/")];
    if (this.loaded?.times === times && holds(this.loaded.box, view)) return;
    this.asking.abort();
    const { signal } = (this.asking = new AbortController());
    this.note.textContent = words.working;
    try {
      const box = roomy(view);
      const [before, after] = await Promise.all([
        featuresAt(this.layer, this.times[0], box, lang, signal), featuresAt(this.layer, this.times[1], box, lang, signal), this.twinReady,
      ]);
      if (signal.aborted) return;
      showVersion(map, before, after);
      showVersion(this.twin, after, before);
      this.loaded = { times, box };
      this.note.textContent = "";
    } catch (error) {
      if (isOvertaken(error)) return;
      for (const one of [map, this.twin]) showVersion(one, [], []);
      this.loaded = null;
      this.note.textContent = error instanceof TooMany ? words.tooMany(formatCount(error.count, lang), formatCount(MOST, lang)) : words.failed(reasonOf(error));
    }
  }
}
