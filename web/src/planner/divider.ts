/** The line between two maps, moved by mouse, finger and arrow keys. */

import { make } from "../dom";

const STEPS: Record<string, number> = { ArrowLeft: -2, ArrowDown: -2, ArrowRight: 2, ArrowUp: 2, PageDown: -10, PageUp: 10, Home: -100, End: 100 };

export interface DividerWords {
  label: string;
  at: (percent: string) => string;
}

/** Stands at `percent` of its parent's width; `moved` hears of every other place. */
export function makeDivider(percent: number, words: DividerWords, moved: (percent: number) => void): HTMLElement {
  const divider = make("div", {
    class: "divider", role: "slider", tabindex: "0", "aria-label": words.label, "aria-orientation": "horizontal", "aria-valuemin": "0", "aria-valuemax": "100",
  }, make("span", { class: "grip", "aria-hidden": "true" }));
  let now = percent;
  const place = (wanted: number) => {
    now = Math.min(Math.max(wanted, 0), 100);
    divider.style.left = `${now}%`;
    divider.setAttribute("aria-valuenow", String(Math.round(now)));
    divider.setAttribute("aria-valuetext", words.at(String(Math.round(now))));
    moved(now);
  };
  divider.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    divider.focus({ preventScroll: true });
    divider.setPointerCapture(event.pointerId);
  });
  divider.addEventListener("pointermove", ({ pointerId, clientX }) => {
    const parent = divider.parentElement?.getBoundingClientRect();
    if (parent && divider.hasPointerCapture(pointerId)) place(((clientX - parent.left) / parent.width) * 100);
  });
  divider.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    if (step === undefined) return;
    event.preventDefault();
    place(now + step);
  });
  place(percent);
  return divider;
}
