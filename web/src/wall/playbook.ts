/** What is to be done about an alert: who, until when, and what is done already. */

import { assigneeOf } from "../alerts/assignee";
import type { Catalog, Language } from "../catalog";
import { make } from "../dom";
import { formatUnit } from "../format";
import { textIn } from "../words";
import type { Alert, Step } from "./alerts";
import { shortMoment } from "./clock";
import { wallNumber } from "./numbers";
import { wallWords } from "./words";

export const isLate = ({ done, due, late }: Step, now: number) => !done && (late || (due !== null && Date.parse(due) < now));

function step(one: Step, now: number, lang: Language): HTMLElement {
  const words = wallWords(lang);
  const due = one.due ? Date.parse(one.due) : null;
  const late = isLate(one, now);
  const state = one.done
    ? words.done(shortMoment(Date.parse(one.done.at), lang), one.done.by)
    : [due === null ? null : words.due(shortMoment(due, lang)), late ? words.late : null].filter(Boolean).join(" · ");
  return make("li", { class: one.done ? "done" : late ? "late" : "", "data-step": String(one.n) },
    make("span", { class: "mark", "aria-hidden": "true" }, one.done ? "✓" : String(one.n)),
    make("div", {},
      make("p", { class: "what" }, textIn(lang, one.title)),
      make("p", { class: "who" }, textIn(lang, one.who), state ? make("span", {}, state) : null)));
}

/** What was found, with its unit: minutes of silence, metres to what is near and indicators are no property of the layer. */
export function valueOf(alert: Alert, catalog: Catalog, lang: Language): string | null {
  if (alert.value === null) return null;
  const layer = catalog.layers.find(({ id }) => id === alert.layer);
  const known = [...(layer?.observed ?? []), ...(layer?.fields ?? [])].find(({ name }) => name === alert.property);
  const unit = alert.unit ?? known?.unit ?? null;
  const printed = unit === null ? "" : ` ${unit === "min" ? wallWords(lang).minutes : formatUnit(unit)}`;
  return `${known ? `${textIn(lang, known.title)}: ` : ""}${wallNumber(alert.value, lang)}${printed}`;
}

export function drawPlaybook(root: HTMLElement, alert: Alert, catalog: Catalog, now: number, lang: Language): void {
  const words = wallWords(lang);
  const facts = [
    [words.raised, shortMoment(alert.raised, lang)],
    [alert.count > 1 ? words.foundLast : words.found, valueOf(alert, catalog, lang)],
    [words.agency, alert.agency ? textIn(lang, alert.agency) : null],
    [words.assigned, assigneeOf(alert.assigned, alert.steps, lang)],
  ].flatMap(([name, value]) => (name && value ? [make("div", {}, make("dt", {}, name), make("dd", {}, value))] : []));
  const steps = alert.steps.map((one) => step(one, now, lang));
  root.setAttribute("aria-label", words.playbook);
  root.replaceChildren(
    make("p", { class: "severity", "data-severity": alert.severity }, words.severity[alert.severity] ?? alert.severity),
    make("dl", {}, ...facts),
    make("h2", {}, words.playbook),
    steps.length > 0 ? make("ol", {}, ...steps) : make("p", { class: "none" }, words.noSteps));
  shorten(root);
}

/** Where not all steps have room, those that are done go first: what is still to do stays on the screen. */
function shorten(root: HTMLElement): void {
  const list = root.querySelector("ol");
  if (!list) return;
  for (const done of list.querySelectorAll<HTMLElement>("li.done")) {
    if (list.scrollHeight <= list.clientHeight + 1) return;
    done.hidden = true;
  }
}
