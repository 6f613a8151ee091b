import { expect, it } from "vitest";
import { plannerWords, type PlannerWords } from "../../src/planner/words";
import { wordsOf, type Words } from "../../src/words";

/** Every sentence, with arguments that must be heard in it. */
function sentences(words: Words | PlannerWords): Record<string, string> {
  const said: Record<string, string> = {};
  for (const [key, value] of Object.entries(words)) {
    if (typeof value === "string") said[key] = value;
    else if (typeof value === "function") said[key] = (value as (...a: unknown[]) => string)(3, 7);
    else for (const [name, title] of Object.entries(value as Record<string, string>)) said[`${key}.${name}`] = title;
  }
  return said;
}

const said = (lang: "vi" | "en") => {
  const planner = Object.entries(sentences(plannerWords(lang))).map(([key, sentence]) => [`planner.${key}`, sentence]);
  return { ...sentences(wordsOf(lang)), ...Object.fromEntries(planner) } as Record<string, string>;
};
const vi = said("vi");
const en = said("en");

it("both languages say the same things", () => {
  expect(Object.keys(en)).toEqual(Object.keys(vi));
});

it("nothing is left untranslated or empty", () => {
  for (const key of Object.keys(vi)) {
    expect(vi[key], key).not.toBe("");
    expect(en[key], key).not.toBe(vi[key]);
  }
});

it("Vietnamese is stored composed, and English has none of its letters", () => {
  for (const [key, sentence] of Object.entries(vi)) expect(sentence, key).toBe(sentence.normalize("NFC"));
  for (const [key, sentence] of Object.entries(en)) expect(sentence, key).not.toMatch(/[\u1ea0-\u1ef9đăơư]/i);
});
