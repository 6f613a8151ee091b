import { expect, it } from "vitest";
import type { Field } from "../../src/catalog";
import { meant, momentOf, typed } from "../../src/planner/controls";
import { fieldOf, sentenceOf } from "../../src/planner/edit";
import { plannerWords } from "../../src/planner/words";
import { field } from "./catalogue";

it("values are typed as people write them and meant as the service takes them", () => {
  const table: [Field["type"], unknown, string, unknown][] = [
    ["text", "Hồ Goong", "Hồ Goong", "Hồ Goong"], ["text", null, "", null], ["text", undefined, "", null],
    ["integer", 12, "12", 12], ["real", 1.5, "1,5", 1.5], ["boolean", true, "true", true], ["boolean", false, "false", false],
    ["date", "2025-07-01", "2025-07-01", "2025-07-01"], ["code", "LUC", "LUC", "LUC"],
    ["datetime", "2025-07-01T01:30:00.000Z", "2025-07-01T08:30:00", "2025-07-01T01:30:00.000Z"],
  ];
  for (const [type, value, text, sent] of table) {
    expect(typed(field("f", type), value, "vi"), type).toBe(text);
    expect(meant(field("f", type), text), type).toEqual(sent);
  }
  expect(typed(field("f", "real"), 1.5, "en")).toBe("1.5");
  expect(meant(field("f", "real"), "1.234,5")).toBe(1234.5);
});

it("what cannot be read goes as it was typed, for the service to refuse", () => {
  expect(meant(field("f", "integer"), "ba")).toBe("ba");
  expect(meant(field("f", "datetime"), "hôm qua")).toBe("hôm qua");
  expect(meant(field("f", "text"), "  ")).toBeNull();
});

it("clocks are those of Viet Nam, unless they say otherwise", () => {
  expect(momentOf("2025-07-01T00:00")).toBe("2025-06-30T17:00:00.000Z");
  expect(momentOf("2025-07-01T00:00:00Z")).toBe("2025-07-01T00:00:00.000Z");
  expect(momentOf("2025-07-01T00:00:00+09:00")).toBe("2025-06-30T15:00:00.000Z");
});

it("a refusal stands beside the field of which it speaks", () => {
  const fields = [field("name", "text"), field("height", "real"), field("kind", "code")];
  const refusal = (reason: string, message: string, more = {}) => ({ reason, message, ...more });
  const missing = refusal("missing-field", "it has no value", { field: "name" });
  const odd = refusal("unparsable-field", "`abc` is no number", { field: "height" });
  expect(fieldOf(missing, fields)?.name).toBe("name");
  expect(fieldOf(odd, fields)?.name).toBe("height");
  expect(fieldOf(refusal("unknown-code", "no", { field: "kind" }), fields)?.name).toBe("kind");
  expect(fieldOf(refusal("self-intersection", "a ring crosses itself"), fields)).toBeUndefined();
  const [vi, en] = [plannerWords("vi"), plannerWords("en")];
  expect(sentenceOf(missing, fields[0], vi)).toBe("Cần có giá trị.");
  expect(sentenceOf(odd, fields[1], en)).toBe("A number is needed.");
  expect(sentenceOf(refusal("unparsable-field", "field `name`: holds a zero byte"), fields[0], vi)).toBe("field `name`: holds a zero byte");
  expect(sentenceOf(refusal("self-intersection", "a ring crosses itself"), undefined, vi)).toBe("a ring crosses itself");
});
