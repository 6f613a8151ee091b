/** The parts of which the tools are made. */

import { make } from "../dom";

export function labelled(text: string, control: HTMLElement): HTMLLabelElement {
  return make("label", { class: "labelled" }, make("span", {}, text), control);
}

export function select(options: [value: string, text: string][], chosen?: string): HTMLSelectElement {
  return make("select", {}, ...options.map(([value, text]) => make("option", { value, selected: value === chosen }, text)));
}

export function button(text: string, kind: "primary" | "plain", action: () => void): HTMLButtonElement {
  const element = make("button", { type: "button", class: kind }, text);
  element.addEventListener("click", action);
  return element;
}

/** Says how something goes, and why it did not. */
export function state(): HTMLParagraphElement {
  return make("p", { class: "state", role: "status" });
}

/** The service's own words where it has some. */
export const reasonOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** An answer that nobody waits for any more. */
export const isOvertaken = (error: unknown) => error instanceof DOMException && error.name === "AbortError";
