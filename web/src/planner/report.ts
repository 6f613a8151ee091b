/** The parcel check as a report that can be printed: sketch, figures, tables, warnings. */

import { textIn } from "../words";
import type { Language } from "../catalog";
import { make } from "../dom";
import type { Overlay, Report } from "./service";
import { codeName, facts, figure, LOCALE, table } from "./tables";
import { plannerWords, type PlannerWords } from "./words";

function measures(report: Report, lang: Language, words: PlannerWords): HTMLElement {
  const rows: [string, string][] = [];
  const area = (value: number) => `${figure(value, lang, 1)}\u00a0m²`;
  if (report.plane) rows.push([words.planeArea, area(report.plane.certificate_area)], [words.perimeter, `${figure(report.plane.perimeter, lang, 2)}\u00a0m`]);
  if (report.ellipsoid) rows.push([words.groundArea, area(report.ellipsoid.area)]);
  if (report.stated) rows.push([words.difference, area(report.stated.difference)]);
  rows.push([words.system, (report.plane?.crs ?? report.crs).replace(/^.*\/EPSG\/0\//, "EPSG:").replace(/^.*\//, "")]);
  return make("section", {}, make("h3", {}, words.measures), facts(rows));
}

function warnings(report: Report, lang: Language, words: PlannerWords): HTMLElement {
  const items = report.warnings.map(({ code, text }) => make("li", { "data-code": code }, textIn(lang, text)));
  const body = items.length > 0 ? make("ul", { class: "warnings" }, ...items) : make("p", { class: "fine" }, words.noWarnings);
  return make("section", {}, make("h3", {}, words.warnings), body);
}

function corners(report: Report, lang: Language, words: PlannerWords): HTMLElement {
  const side = (from: number) => report.plane?.sides.find((one) => one.from === from);
  const rows = report.corners.map(({ number, x, y, lon_lat }) => {
    const length = side(number);
    const degrees = (at: 0 | 1) => (lon_lat ? figure(lon_lat[at], lang, 7) : "–");
    const digits = Math.abs(x) > 360 ? 2 : 7;
    return [String(number), figure(y, lang, digits), figure(x, lang, digits), length ? figure(length.length, lang, 2) : "–", degrees(0), degrees(1)];
  });
  return make("section", {}, make("h3", {}, words.corners),
    table([words.number, "X", "Y", words.side, words.longitude, words.latitude], rows));
}

const amountName = (unit: Overlay["unit"], words: PlannerWords) => ({ m2: words.amount, m: words.length, features: words.count })[unit];

/** The table of an overlay: a row for each kind, and what is not covered. */
export function overlayTable(overlay: Overlay, lang: Language): HTMLElement {
  const words = plannerWords(lang);
  const share = (value: number | null) => (value === null ? "–" : `${figure(value * 100, lang, 1)}\u00a0%`);
  const digits = overlay.unit === "features" ? 0 : 1;
  const rows: (string | Node)[][] = overlay.groups.map(({ value, title, color, amount, share: of }) =>
    [codeName(value, title, color, lang), figure(amount, lang, digits), share(of)]);
  if (overlay.uncovered !== null && overlay.uncovered > 0.05) {
    rows.push([words.uncovered, figure(overlay.uncovered, lang, 1), share(overlay.asked ? overlay.uncovered / overlay.asked : null)]);
  }
  rows.push([make("b", {}, words.total), make("b", {}, figure(overlay.total + Math.max(overlay.uncovered ?? 0, 0) - (overlay.overlapping ?? 0), lang, digits)), ""]);
  return table([words.code, amountName(overlay.unit, words), words.share], rows);
}

function layers(report: Report, lang: Language, words: PlannerWords): HTMLElement[] {
  return Object.values(report.layers).flat().filter(({ features_in_layer }) => features_in_layer > 0).map((answer) => {
    const version = Object.values(answer.version).filter((value) => value !== null).join(" · ");
    const title = textIn(lang, answer.title) + (version ? ` (${version})` : "");
    if (answer.features.length === 0) return make("section", {}, make("h3", {}, title), make("p", {}, words.nothing));
    const named = answer.by === null && answer.features.length <= 20;
    const list = answer.features.map(({ id, label, amount, share }) =>
      [label ?? id, figure(amount, lang, 1), share === null ? "–" : `${figure(share * 100, lang, 1)}\u00a0%`]);
    const amount = amountName(answer.unit, words);
    return make("section", {}, make("h3", {}, title), named ? table([words.code, amount, words.share], list) : overlayTable(answer, lang));
  });
}

export interface ReportEvents {
  close(): void;
}

/** Fills `root` with the report; `sketch` is a picture of the map as a data URL. */
export function renderReport(root: HTMLElement, report: Report, sketch: string, lang: Language, events: ReportEvents): void {
  const words = plannerWords(lang);
  const print = make("button", { type: "button", class: "primary" }, words.print);
  print.addEventListener("click", () => window.print());
  const close = make("button", { type: "button", class: "plain" }, words.close);
  close.addEventListener("click", () => events.close());
  const made = new Intl.DateTimeFormat(LOCALE[lang], { dateStyle: "long", timeStyle: "short", timeZone: "Asia/Ho_Chi_Minh" }).format(new Date());
  root.lang = lang;
  root.replaceChildren(
    make("header", {}, make("h2", { id: "report-title", tabindex: "-1" }, words.reportTitle), make("div", { class: "actions" }, print, close)),
    warnings(report, lang, words),
    make("div", { class: "columns" }, make("figure", {}, make("img", { src: sketch, alt: words.sketch })), measures(report, lang, words)),
    corners(report, lang, words),
    ...layers(report, lang, words),
    make("footer", {}, `${words.printed} ${made}. ${words.disclaimer}`));
}
