import type { Catalog, Field, Layer } from "../../src/catalog";

/** A small catalogue with every kind of layer, written by hand. */

const text = (vi: string, en: string) => ({ vi, en });

export function field(name: string, type: Field["type"], more: Partial<Field> = {}): Field {
  return { name, type, unit: null, title: text(name, name), codes: [], required: false, ...more };
}

export function layer(id: string, geometry: Layer["geometry"], more: Partial<Omit<Layer, "style">> & { style?: Partial<Layer["style"]> } = {}): Layer {
  const { style, ...rest } = more;
  return {
    id, geometry,
    title: text(`Lớp ${id}`, `Layer ${id}`), description: text("Mô tả", "Description"), agency: text("Sở", "Department"),
    source: "survey", licence: "CC0-1.0", attribution: "© city", id_field: "code", fields: [field("code", "text")],
    minzoom: 0, maxzoom: 14, bbox: [103.8, 18.5, 106.2, 20.7], count: 300, demo: false, observed: [], moving: false, silent_after: 3600, cluster: null, planning: null, validity: null, timetable: null, tiles: `/tiles/${id}/{z}/{x}/{y}.mvt`,
    ...rest,
    style: { color: "#336699", outline: null, opacity: 1, width: 1, radius: 4, color_by: null, value: null, label: null, hide: null, order: 0, visible: true, group: "transport", ...style },
  };
}

export const status = field("status", "code", {
  codes: [
    { code: "on", title: text("Đang sáng", "On"), color: "#e0a52c" },
    { code: "off", title: text("Đang tắt", "Off"), color: null },
    { code: "broken", title: text("Hỏng", "Faulty"), color: "#c0452f" },
  ],
});

export const catalog: Catalog = {
  title: text("Bản đồ", "Map"),
  bbox: [103.8, 18.5, 106.2, 20.7],
  layers: [
    layer("lamps", "point", { minzoom: 12, maxzoom: 16, fields: [field("code", "text"), status], style: { color_by: "status", order: 80 } }),
    layer("provinces", "polygon", { count: 2, style: { label: "name", outline: "#8a7f70", order: 10, group: "boundaries" } }),
    layer("roads", "line", { style: { label: "name", outline: "#ffffff", order: 50 } }),
    layer("wards", "polygon", { count: 296, style: { label: "name", outline: "#b9ad9c", order: 20, opacity: 0.5 } }),
    layer("empty", "point", { bbox: null, count: 0, style: { label: "name", order: 90, visible: false } }),
  ],
};
