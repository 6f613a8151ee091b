import { expect, it } from "vitest";
import { CatalogError, parseCatalog } from "../../src/catalog";
import { catalog } from "./catalogue";

const changed = (change: (copy: any) => void) => {
  const copy = structuredClone(catalog);
  change(copy);
  return copy;
};

it("a whole catalogue is taken as it is", () => {
  expect(parseCatalog(structuredClone(catalog))).toEqual(catalog);
});

it.each<[string, unknown, string]>([
  ["no object", null, "the answer"],
  ["an error page", { error: "not found" }, "title"],
  ["no layers", changed((c) => delete c.layers), "layers"],
  ["an English title missing", changed((c) => delete c.layers[1].title.en), "layers[1].title"],
  ["a box of three", changed((c) => (c.layers[0].bbox = [1, 2, 3])), "layers[0].bbox"],
  ["a geometry nobody draws", changed((c) => (c.layers[2].geometry = "curve")), "layers[2].geometry"],
  ["no colour", changed((c) => (c.layers[0].style = {})), "layers[0].style.color"],
  ["colours by value without classes", changed((c) => (c.layers[0].style.value = { property: "free" })), "layers[0].style.value"],
  ["a class that begins nowhere", changed((c) => (c.layers[0].style.value = { property: "free", classes: [{ color: "#112233" }] })), "layers[0].style.value.classes"],
  ["a zoom in words", changed((c) => (c.layers[0].minzoom = "ten")), "layers[0].minzoom"],
  ["a code without titles", changed((c) => delete c.layers[0].fields[1].codes[0].title), "layers[0].fields[1].codes.on"],
])("%s is refused and the place named", (_, value, place) => {
  expect(() => parseCatalog(value)).toThrow(CatalogError);
  expect(() => parseCatalog(value)).toThrow(place);
});
