/** Where somebody says who he is and what he does about an alert. */

import type { Language } from "../catalog";
import { make } from "../dom";
import { announce } from "../notice";
import { isOpen, type Alert, type Deed } from "./service";
import { alertWords, type AlertWords } from "./words";

const NAME = "citylayers.operator";

/** As the service has it: longest name, longest note. */
const LONGEST = { name: "100", note: "2000" };

/** Who works at this screen, as they said last; storage may be forbidden, and that is fine. */
function rememberedName(): string {
  try {
    return localStorage.getItem(NAME) ?? "";
  } catch {
    return "";
  }
}

function rememberName(name: string): void {
  try {
    localStorage.setItem(NAME, name);
  } catch {
    // Storage is forbidden here: the name is asked for again.
  }
}

/** Does it; resolves to what is against it, or to `null`. */
type Act = (deed: Deed, by: string, note: string) => Promise<string | null>;

interface Parts {
  form: HTMLFormElement;
  by: HTMLInputElement;
  note: HTMLInputElement;
  to: HTMLInputElement;
  giving: HTMLElement;
  fault: HTMLElement;
  acknowledge: HTMLButtonElement;
  assign: HTMLButtonElement;
}

export class DeedForm {
  private parts: Parts | null = null;
  private words: AlertWords = alertWords("vi");
  /** Kept beside the fields: they are made anew with the card. */
  private typed = { by: rememberedName(), note: "", to: "", giving: false };
  private busy = false;

  constructor(private readonly act: Act) {}

  /** Another alert: what was typed was about the last one. */
  forget(): void {
    this.typed = { ...this.typed, note: "", to: "", giving: false };
  }

  /** The form, anew in a language, with what was typed. */
  make(lang: Language): HTMLElement {
    const words = (this.words = alertWords(lang));
    const input = (id: string, longest: string, value: string, more: Record<string, string> = {}) =>
      make("input", { type: "text", id, maxlength: longest, value, "aria-describedby": "alert-fault", autocomplete: "off", ...more });
    const labelled = (label: string, field: HTMLInputElement) => make("div", { class: "field" }, make("label", { for: field.id }, label), field);
    const button = (label: string, kind: string, action: () => void) => {
      const element = make("button", { type: "button", class: kind }, label);
      element.addEventListener("click", action);
      return element;
    };
    const by = input("alert-by", LONGEST.name, this.typed.by, { autocomplete: "name" });
    const note = input("alert-note", LONGEST.note, this.typed.note);
    const to = input("alert-to", LONGEST.name, this.typed.to);
    const acknowledge = button(words.acknowledge, "primary", () => this.submit({ path: "acknowledge" }));
    const assign = button(words.assign, "plain", () => this.give());
    const resolve = button(words.resolve, "plain", () => this.submit({ path: "resolve" }));
    const giving = make("div", { class: "giving", hidden: !this.typed.giving }, labelled(words.to, to), button(words.give, "plain", () => this.assign()));
    const fault = make("p", { class: "alert-fault", id: "alert-fault", role: "alert" });
    const form = make("form", { class: "alert-acts", hidden: true },
      make("div", { class: "fields" }, labelled(words.by, by), labelled(words.note, note)),
      giving, fault, make("div", { class: "buttons" }, acknowledge, assign, resolve));
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("input", () => (this.typed = { ...this.typed, by: by.value, note: note.value, to: to.value }));
    to.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.assign();
    });
    assign.setAttribute("aria-expanded", String(this.typed.giving));
    this.parts = { form, by, note, to, giving, fault, acknowledge, assign };
    return form;
  }

  /** Offers what can be done about the alert; `null` where nothing can. */
  fit(alert: Alert | null): void {
    const { parts } = this;
    if (!parts) return;
    const focused = parts.form.contains(document.activeElement);
    const isAcknowledged = document.activeElement === parts.acknowledge && alert?.status !== "raised";
    parts.form.hidden = !alert || !isOpen(alert);
    parts.acknowledge.hidden = alert?.status !== "raised";
    if (focused && parts.form.hidden) document.getElementById("card-title")?.focus();
    else if (isAcknowledged) parts.assign.focus();
  }

  complain(sentence: string): void {
    if (this.parts) this.parts.fault.textContent = sentence;
  }

  /** One deed at a time. */
  submit(deed: Deed): void {
    const { parts, words } = this;
    if (!parts || this.busy) return;
    const by = parts.by.value.trim();
    if (by === "") {
      this.demand(parts.by, words.noName);
      return;
    }
    rememberName(by);
    parts.by.removeAttribute("aria-invalid");
    parts.fault.textContent = "";
    this.setBusy(true);
    void this.act(deed, by, parts.note.value.trim()).then((fault) => {
      this.setBusy(false);
      // The form may have been made anew meanwhile, in another language.
      if (fault !== null) this.complain(fault);
      else this.isDone();
    });
  }

  private isDone(): void {
    const { parts } = this;
    this.forget();
    if (parts) {
      parts.note.value = parts.to.value = "";
      parts.giving.hidden = true;
      parts.assign.setAttribute("aria-expanded", "false");
      if (parts.giving.contains(document.activeElement)) parts.assign.focus();
    }
    announce(this.words.noted);
  }

  private give(): void {
    const { parts } = this;
    if (!parts) return;
    parts.giving.hidden = !parts.giving.hidden;
    this.typed.giving = !parts.giving.hidden;
    parts.assign.setAttribute("aria-expanded", String(!parts.giving.hidden));
    if (!parts.giving.hidden) parts.to.focus();
  }

  private assign(): void {
    const { parts } = this;
    const to = parts?.to.value.trim() ?? "";
    if (!parts) return;
    if (to === "") this.demand(parts.to, this.words.noTo);
    else this.submit({ path: "assign", to });
  }

  private demand(field: HTMLInputElement, sentence: string): void {
    this.complain(sentence);
    field.setAttribute("aria-invalid", "true");
    field.addEventListener("input", () => {
      field.removeAttribute("aria-invalid");
      this.complain("");
    }, { once: true });
    field.focus();
  }


  private setBusy(busy: boolean): void {
    this.busy = busy;
    this.parts?.form.setAttribute("aria-busy", String(busy));
  }
}
