/** The tool that compares two versions of a plan: what became of what, in a table and on the map. */

import type { Layer } from "../catalog";
import { make } from "../dom";
import { formatCount } from "../format";
import { textIn } from "../words";
import { Comparison } from "./comparison";
import { button, isOvertaken, labelled, reasonOf, select, state } from "./form";
import { askVersions, beginOf, type Version } from "./periods";
import { get, type Changes, type Use } from "./service";
import { codeName, facts, figure, table } from "./tables";
import type { Bench, Tool } from "./tool";
import { plannerWords } from "./words";

/** What was chosen and answered, kept when the language changes. */
const kept = { layer: "", times: null as [string, string] | null, changes: null as Changes | null };

let comparison: Comparison | null = null;
let leaving = new AbortController();

function stop(): void {
  leaving.abort();
  comparison?.end();
  comparison = null;
}

/** What became of what, the largest first, and how many features came and went. */
function outcomeOf(changes: Changes, bench: Bench): HTMLElement[] {
  const { lang } = bench;
  const words = plannerWords(lang);
  const use = (side: Use | null) => (side ? codeName(side.value, side.title, side.color, lang) : make("i", {}, words.noPlan));
  const rows: (string | Node)[][] = changes.table.map(({ from, to, area }) => [use(from), use(to), figure(area, lang, 1)]);
  const sum = changes.table.reduce((total, { area }) => total + area, 0);
  rows.push([make("b", {}, words.total), "", make("b", {}, figure(sum, lang, 1))]);
  const numbers = facts([
    [words.added, formatCount(changes.added.length, lang)], [words.removed, formatCount(changes.removed.length, lang)], [words.kept, formatCount(changes.kept, lang)],
  ]);
  const body = changes.table.length > 0 ? table([words.before, words.after, words.amount], rows) : make("p", {}, words.nothingChanged);
  return [numbers, make("div", { class: "became" }, body)];
}

/** Two lists of the versions, of which the second begins behind what is chosen in the first. */
function pairOf(versions: Version[], name: (version: Version) => string, changed: () => void) {
  const [earlier, later] = [select([]), select([])];
  const fill = (list: HTMLSelectElement, from: Version[], chosen: string | undefined) =>
    list.replaceChildren(...select(from.map((version): [string, string] => [version.time, name(version)]), chosen).children);
  const follow = (chosen?: string) => {
    const after = versions.slice(versions.findIndex(({ time }) => time === earlier.value) + 1);
    fill(later, after, after.some(({ time }) => time === chosen) ? chosen : after.at(-1)?.time);
  };
  fill(earlier, versions.slice(0, -1), kept.times?.[0] ?? versions.at(-2)?.time);
  follow(kept.times?.[1]);
  earlier.addEventListener("change", () => {
    follow(later.value);
    changed();
  });
  later.addEventListener("change", changed);
  return { earlier, later };
}

function desk(layer: Layer, versions: Version[], bench: Bench): HTMLElement[] {
  const { lang } = bench;
  const words = plannerWords(lang);
  const field = layer.fields.find(({ name }) => name === layer.validity?.from);
  const first = versions.find(({ begins }) => begins !== null);
  const name = (version: Version) => beginOf(version, field, lang) ?? words.versionBefore((first && beginOf(first, field, lang)) ?? "");
  const outcome = make("div", { class: "outcome" }, ...(kept.changes ? outcomeOf(kept.changes, bench) : []));
  const said = state();
  const show = () => {
    const both = [earlier, later].map((list) => versions.find(({ time }) => time === list.value)).filter((one) => one !== undefined);
    const [before, after] = both;
    if (!before || !after) return;
    kept.times = [before.time, after.time];
    comparison?.compare(kept.times, [name(before), name(after)]);
  };
  const { earlier, later } = pairOf(versions, name, () => {
    kept.changes = null;
    outcome.replaceChildren();
    show();
  });
  const compare = async () => {
    said.textContent = words.working;
    const { signal } = leaving;
    try {
      kept.changes = await get<Changes>(`/collections/${layer.id}/changes`, { from: earlier.value, to: later.value }, lang, signal);
      said.textContent = "";
      outcome.replaceChildren(...outcomeOf(kept.changes, bench));
    } catch (error) {
      if (!isOvertaken(error)) said.textContent = words.failed(reasonOf(error));
    }
  };
  show();
  return [labelled(words.earlier, earlier), labelled(words.later, later),
    make("div", { class: "actions" }, button(words.compare, "primary", () => void compare())), said, outcome];
}

/** Draws into `room` what the first of some layers that has two versions has to compare. */
async function open(layers: Layer[], bench: Bench, room: HTMLElement, chosen: (layer: Layer) => void): Promise<void> {
  const words = plannerWords(bench.lang);
  stop();
  const { signal } = (leaving = new AbortController());
  room.replaceChildren(make("p", {}, words.working));
  try {
    for (const layer of layers) {
      const [versions] = await Promise.all([askVersions(layer, bench.lang, signal), bench.ready]);
      if (signal.aborted) return;
      if (versions.length < 2) continue;
      chosen(layer);
      comparison = new Comparison(bench, layer);
      room.replaceChildren(...desk(layer, versions, bench));
      return;
    }
    room.replaceChildren(make("p", {}, words.oneVersion));
  } catch (error) {
    if (!isOvertaken(error)) room.replaceChildren(make("p", {}, words.failed(reasonOf(error))));
  }
}

export const versionsTool: Tool = {
  id: "versions",
  render(bench) {
    const words = plannerWords(bench.lang);
    const layers = bench.catalog.layers.filter(({ validity, geometry, count }) => validity && geometry === "polygon" && count > 0);
    if (layers.length === 0) return make("p", {}, words.noVersions);
    const known = layers.filter(({ id }) => id === kept.layer);
    const plans = layers.filter(({ planning }) => planning?.role === "plan");
    const wanted = [known, plans, layers].find((some) => some.length > 0) ?? [];
    const which = select(layers.map((layer): [string, string] => [layer.id, textIn(bench.lang, layer.title)]), wanted[0]?.id);
    const room = make("div", { class: "form" });
    const chosen = ({ id }: Layer) => (kept.layer = which.value = id);
    which.addEventListener("change", () => {
      Object.assign(kept, { layer: which.value, times: null, changes: null });
      void open(layers.filter(({ id }) => id === which.value), bench, room, chosen);
    });
    void open(wanted, bench, room, chosen);
    return make("div", { class: "form" }, make("p", {}, words.versionsHint), labelled(words.layer, which), room);
  },
  leave: stop,
};
