/** An indicator on the map: chosen in the panel, drawn on its units, told in the box and in the card. */

import type { Map as MapLibreMap, MapMouseEvent } from "maplibre-gl";
import type { Catalog, Language, Layer } from "../catalog";
import { byId, make } from "../dom";
import type { IndicatorRef } from "../hash";
import type { Hit } from "../map";
import { announce } from "../notice";
import { textIn } from "../words";
import { readOut, renderBox } from "./box";
import { unitFacts } from "./facts";
import { paint, unpaint } from "./paint";
import { fetchIndicators, fetchSheet, type Indicator, type Sheet, type Unit } from "./service";
import { indicatorWords } from "./words";

export interface ChoroplethEvents {
  /** Its units have to be seen. */
  show(layer: Layer): void;
  /** Another indicator, another period, other values. */
  changed(): void;
}

export class Choropleth {
  private indicators: Indicator[] = [];
  private sheet: Sheet | null = null;
  private units = new Map<string, Unit>();
  private asking: AbortController | null = null;
  private readonly box = byId("indicator");

  constructor(
    private readonly map: MapLibreMap,
    private readonly catalog: Catalog,
    private lang: Language,
    /** What was asked for, until it is there. */
    private wanted: IndicatorRef | null,
    private readonly events: ChoroplethEvents,
  ) {
    map.on("mousemove", (event) => this.point(event));
    map.on("mouseout", () => this.sheet && readOut(this.box, undefined, this.sheet, this.lang));
  }

  /** Offers what there is, and shows what a link asks for. */
  async open(): Promise<void> {
    try {
      const all = await fetchIndicators();
      this.indicators = all.filter((indicator) => indicator.periods.length > 0 && this.layerOf(indicator) !== undefined);
    } catch (error) {
      console.warn(error);
      return;
    }
    this.drawChooser();
    if (this.wanted) await this.choose(this.wanted);
  }

  /** What a link to it says. */
  get ref(): IndicatorRef | null {
    if (!this.sheet) return this.wanted;
    return { id: this.sheet.id, ...(this.sheet.period === null ? {} : { period: this.sheet.period }) };
  }

  setLanguage(lang: Language): void {
    this.lang = lang;
    this.drawChooser();
    this.drawBox();
  }

  /** Follows a link. */
  follow(ref: IndicatorRef | undefined): void {
    const now = this.ref;
    if (!ref) this.clear();
    else if (ref.id !== now?.id || (ref.period !== undefined && ref.period !== now.period)) void this.choose(ref);
  }

  /** The units of a layer are not to be seen any more. */
  leave(layer: Layer): void {
    if (this.sheet?.layer === layer.id) this.clear();
  }

  /** Values or units are others now. */
  stir(layers: Set<string>): void {
    if (this.sheet && layers.has(this.sheet.layer) && this.ref) void this.choose(this.ref);
  }

  /** Tells of a unit in its card. */
  decorate(card: HTMLElement, hit: Hit): void {
    card.querySelector(".told")?.remove();
    if (!this.sheet || hit.layer.id !== this.sheet.layer) return;
    card.querySelector(".card-body")?.prepend(unitFacts(this.units.get(hit.id), this.sheet, this.lang));
  }

  /** The list of layers does not explain colours that are not on the map. */
  mark(): void {
    for (const box of document.querySelectorAll<HTMLElement>("#layers [data-layer]")) {
      box.closest(".layer")?.classList.toggle("painted", box.dataset["layer"] === this.sheet?.layer);
    }
  }

  private layerOf(indicator: Pick<Indicator, "layer">): Layer | undefined {
    return this.catalog.layers.find(({ id, geometry }) => id === indicator.layer && geometry === "polygon");
  }

  private async choose(ref: IndicatorRef): Promise<void> {
    const indicator = this.indicators.find(({ id }) => id === ref.id);
    const layer = indicator && this.layerOf(indicator);
    if (!indicator || !layer) return;
    this.asking?.abort();
    const asking = new AbortController();
    this.asking = asking;
    this.wanted = ref;
    try {
      const period = ref.period !== undefined && indicator.periods.includes(ref.period) ? ref.period : null;
      const sheet = await fetchSheet(indicator.id, period, asking.signal);
      if (!asking.signal.aborted) this.show(layer, sheet);
    } catch (error) {
      if (asking.signal.aborted) return;
      console.warn(error);
      announce(indicatorWords(this.lang).failed);
    }
  }

  private show(layer: Layer, sheet: Sheet): void {
    const before = this.sheet && this.layerOf(this.sheet);
    if (before && before !== layer) unpaint(this.map, before);
    this.sheet = sheet;
    this.units = new Map(sheet.units.map((unit) => [unit.id, unit]));
    this.events.show(layer);
    paint(this.map, layer, sheet);
    this.drawBox();
    this.drawChooser();
    this.events.changed();
  }

  private clear(): void {
    this.asking?.abort();
    this.wanted = null;
    const layer = this.sheet && this.layerOf(this.sheet);
    if (!layer) return;
    unpaint(this.map, layer);
    this.sheet = null;
    this.units.clear();
    this.drawBox();
    this.drawChooser();
    this.events.changed();
  }

  private drawChooser(): void {
    const root = byId("indicators");
    root.hidden = this.indicators.length === 0;
    const words = indicatorWords(this.lang);
    const chosen = this.ref?.id ?? "";
    const option = (id: string, text: string) => make("option", { value: id, selected: id === chosen }, text);
    const options = this.indicators.map((indicator) => option(indicator.id, textIn(this.lang, indicator.title)));
    const select = make("select", { id: "indicator-choice" }, option("", words.none), ...options);
    select.addEventListener("change", () => {
      if (select.value === "") this.clear();
      else void this.choose({ id: select.value });
    });
    const focused = document.activeElement?.id === "indicator-choice";
    root.replaceChildren(make("label", { for: "indicator-choice" }, words.choose), select);
    if (focused) select.focus();
  }

  private drawBox(): void {
    this.box.hidden = this.sheet === null;
    document.body.classList.toggle("has-indicator", this.sheet !== null);
    this.mark();
    if (!this.sheet) return void this.box.replaceChildren();
    const buttons = () => [...this.box.querySelectorAll<HTMLButtonElement>("button")];
    const focused = buttons().findIndex((button) => button === document.activeElement);
    renderBox(this.box, this.sheet, this.lang, {
      step: (by) => this.step(by),
      close: () => {
        this.clear();
        this.map.getCanvas().focus({ preventScroll: true });
      },
    });
    if (focused < 0) return;
    // At the last period the button that led there is off: the keyboard goes on with the other one.
    const again = buttons()[focused];
    (again?.disabled ? buttons().find((button) => !button.disabled && !button.classList.contains("close")) : again)?.focus();
  }

  private step(by: number): void {
    if (!this.sheet) return;
    const period = this.sheet.periods[this.sheet.periods.indexOf(this.sheet.period ?? "") + by];
    if (period !== undefined) void this.choose({ id: this.sheet.id, period });
  }

  private point(event: MapMouseEvent): void {
    if (!this.sheet || event.originalEvent.buttons !== 0) return;
    const layer = this.layerOf(this.sheet);
    const [feature] = layer ? this.map.queryRenderedFeatures(event.point, { layers: [`${layer.id}:fill`] }) : [];
    const id = layer && feature?.properties[layer.id_field];
    readOut(this.box, id === undefined ? undefined : this.units.get(String(id)), this.sheet, this.lang);
  }
}
