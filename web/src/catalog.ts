/** The catalogue as `GET /catalog` gives it, read once at the border and trusted inside. */

export type Language = "vi" | "en";
export type Text = Record<Language, string>;
export type Geometry = "point" | "line" | "polygon";
/** West, south, east, north in degrees (EPSG:4326). */
export type BBox = [number, number, number, number];

export interface Code {
  code: string;
  title: Text;
  color: string | null;
}

export interface Field {
  name: string;
  type: "text" | "integer" | "real" | "boolean" | "date" | "datetime" | "code";
  unit: string | null;
  title: Text;
  codes: Code[];
  /** Every feature has a value. */
  required: boolean;
}

/** A property that is measured. */
export interface Observed {
  name: string;
  unit: string | null;
  title: Text;
}

/** Values that are drawn alike: `from` one on or `above` one, up to where the next class begins. */
export type ValueClass = { color: string; title: Text } & ({ from: number } | { above: number });

/** Colours of features by the present value of an observed property. */
export interface ByValue {
  property: string;
  /** In rising order. */
  classes: ValueClass[];
}

export interface LayerStyle {
  color: string;
  outline: string | null;
  opacity: number;
  /** Line width and point radius in CSS pixels at zoom 14. */
  width: number;
  radius: number;
  color_by: string | null;
  /** Takes the place of both colours where the value is known. */
  value: ByValue | null;
  /** Features with these codes in a field are not drawn. */
  hide: { field: string; codes: string[] } | null;
  label: string | null;
  /** Drawing order, low below. */
  order: number;
  /** On when the page opens. */
  visible: boolean;
  group: string;
}

/** Points shown in groups up to `max_zoom`: one for each square of `cell` CSS pixels, with the fields of `sum` added up. */
export interface Cluster {
  max_zoom: number;
  cell: number;
  sum: string[];
  totals: Total[];
}

/** What a group tells of what is measured now: values added up, or with a `range` how many features have one within it. */
export interface Total {
  name: string;
  title: Text;
  unit: string | null;
  /** The property of a group that tells of how many features the value is known. */
  known: string;
  range: [number, number] | null;
}

/** The property of a point in a tile that tells how many features it stands for. */
export const POINT_COUNT = "point_count";

/** The property of a tile that tells how many seconds ago a feature was measured. */
export const AGE = "age";

/** What a layer is for a planner. */
export interface Planning {
  role: string;
  /** The field that tells the kind of land. */
  code: string | null;
}

/** The fields with the first and the last day, moment or year at which a feature is in force; `null` is open. */
export interface Validity {
  from: string | null;
  to: string | null;
}

export interface Layer {
  id: string;
  title: Text;
  description: Text;
  agency: Text;
  source: string;
  licence: string;
  attribution: string;
  geometry: Geometry;
  id_field: string;
  fields: Field[];
  observed: Observed[];
  /** A reading may say where a feature is. */
  moving: boolean;
  /** Seconds without a reading after which a measured feature counts as silent. */
  silent_after: number;
  minzoom: number;
  maxzoom: number;
  bbox: BBox | null;
  count: number;
  demo: boolean;
  cluster: Cluster | null;
  planning: Planning | null;
  validity: Validity | null;
  /** What its features are in a timetable. */
  timetable: "stops" | "routes" | null;
  style: LayerStyle;
  /** Path template with `{z}`, `{x}` and `{y}`. */
  tiles: string;
}

export interface Catalog {
  title: Text;
  bbox: BBox | null;
  layers: Layer[];
}

export class CatalogError extends Error {}

export function need(condition: boolean, where: string, what: string): asserts condition {
  if (!condition) throw new CatalogError(`catalogue: ${where} is not ${what}`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function checkText(value: unknown, where: string): void {
  need(isRecord(value) && typeof value["vi"] === "string" && typeof value["en"] === "string", where, "a text in vi and en");
}

function checkBBox(value: unknown, where: string): void {
  const ok = value === null || (Array.isArray(value) && value.length === 4 && value.every(Number.isFinite));
  need(ok, where, "[west, south, east, north] or null");
}

function checkField(field: unknown, where: string): void {
  need(isRecord(field) && typeof field["name"] === "string", where, "a field with a name");
  checkText(field["title"], `${where}.title`);
  need(Array.isArray(field["codes"]), `${where}.codes`, "a list");
  for (const code of field["codes"]) {
    need(isRecord(code) && typeof code["code"] === "string", `${where}.codes`, "a list of codes");
    checkText(code["title"], `${where}.codes.${code["code"]}`);
  }
}

function checkByValue(value: unknown, where: string): void {
  if (value === null) return;
  need(isRecord(value) && typeof value["property"] === "string" && Array.isArray(value["classes"]), where, "null, or a property and its classes");
  for (const one of value["classes"]) {
    need(isRecord(one) && typeof one["color"] === "string", `${where}.classes`, "a list of colours");
    need(Number.isFinite(one["from"]) || Number.isFinite(one["above"]), `${where}.classes`, "a list of values");
    checkText(one["title"], `${where}.classes`);
  }
}

function checkLayer(layer: unknown, where: string): void {
  need(isRecord(layer) && typeof layer["id"] === "string", where, "a layer with an id");
  for (const key of ["title", "description", "agency"]) checkText(layer[key], `${where}.${key}`);
  for (const key of ["source", "licence", "attribution", "id_field", "tiles"]) {
    need(typeof layer[key] === "string", `${where}.${key}`, "a string");
  }
  for (const key of ["minzoom", "maxzoom", "count", "silent_after"]) {
    need(Number.isFinite(layer[key]), `${where}.${key}`, "a number");
  }
  need(["point", "line", "polygon"].includes(String(layer["geometry"])), `${where}.geometry`, "point, line or polygon");
  need(isRecord(layer["style"]) && typeof layer["style"]["color"] === "string", `${where}.style.color`, "a colour");
  checkByValue(layer["style"]["value"], `${where}.style.value`);
  need(layer["cluster"] === null || (isRecord(layer["cluster"]) && Array.isArray(layer["cluster"]["sum"]) && Array.isArray(layer["cluster"]["totals"])),
    `${where}.cluster`, "null or how points are grouped");
  checkBBox(layer["bbox"], `${where}.bbox`);
  need(Array.isArray(layer["observed"]), `${where}.observed`, "a list");
  for (const observed of layer["observed"]) {
    need(isRecord(observed) && typeof observed["name"] === "string", `${where}.observed`, "a list of properties");
    checkText(observed["title"], `${where}.observed.${observed["name"]}`);
  }
  need(Array.isArray(layer["fields"]), `${where}.fields`, "a list");
  layer["fields"].forEach((field, i) => checkField(field, `${where}.fields[${i}]`));
}

/** Checks the shape the page relies on; throws `CatalogError` that names the place. */
export function parseCatalog(value: unknown): Catalog {
  need(isRecord(value), "the answer", "an object");
  checkText(value["title"], "title");
  checkBBox(value["bbox"], "bbox");
  need(Array.isArray(value["layers"]), "layers", "a list");
  value["layers"].forEach((layer, i) => checkLayer(layer, `layers[${i}]`));
  return value as unknown as Catalog;
}

export async function fetchCatalog(): Promise<Catalog> {
  const response = await fetch("/catalog", { headers: { accept: "application/json" } });
  if (!response.ok) throw new CatalogError(`catalogue: the server answered ${response.status}`);
  return parseCatalog(await response.json());
}
