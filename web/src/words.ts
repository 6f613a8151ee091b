/** Every word the page itself says, in both languages. */

import type { Language, Text } from "./catalog";

const vi = {
  skip: "Bỏ qua danh mục, tới bản đồ",
  toPlanner: "Bàn làm việc quy hoạch",
  toWall: "Màn hình giám sát",
  language: "Ngôn ngữ",
  layers: "Danh mục lớp",
  hideLayers: "Thu gọn danh mục lớp",
  showLayers: "Mở danh mục lớp",
  loadingCatalog: "Đang tải danh mục lớp…",
  catalogFailed: "Chưa đọc được danh mục lớp. Đang thử lại…",
  noLayers: "Danh mục chưa có lớp nào.",
  nothingVisible: "Chưa bật lớp nào. Hãy chọn một lớp trong danh mục.",
  noFeatures: "Lớp này chưa có dữ liệu.",
  zoomIn: "Phóng to",
  zoomOut: "Thu nhỏ",
  zoomAll: "Xem toàn vùng",
  controls: "Điều khiển bản đồ",
  map: "Bản đồ. Phím mũi tên để di chuyển, cộng và trừ để phóng to thu nhỏ, Enter để xem đối tượng ở giữa.",
  zoomToLayer: "Phóng to để thấy lớp này",
  about: (layer: string) => `Về lớp ${layer}`,
  count: (count: string) => `${count} đối tượng`,
  total: (title: string) => `${title} (tổng)`,
  legend: (layer: string) => `Chú giải: ${layer}`,
  notMeasured: "Chưa có số đo",
  agency: "Đơn vị phụ trách",
  source: "Nguồn",
  licence: "Giấy phép",
  attribution: "Ghi công",
  demoPage: "Dữ liệu minh hoạ: hình dạng và số liệu được tạo ra, không dùng cho công việc thật.",
  demoTag: "minh hoạ",
  demoShort: "Dữ liệu minh hoạ",
  demoFeature: "Dữ liệu minh hoạ, được tạo ra.",
  card: "Đối tượng đang chọn",
  close: "Đóng",
  previous: "Đối tượng trước",
  next: "Đối tượng sau",
  position: (at: number, of: number) => `${at} trên ${of} đối tượng ở đây`,
  nothingHere: "Không có đối tượng nào ở đây.",
  measured: "Đo",
  departures: "Chuyến sắp tới",
  aroundTime: (clock: string) => `khoảng ${clock}`,
  knownOf: (known: string, count: string) => `(${known}/${count} có số đo)`,
  justNow: "vừa xong",
  minutesAgo: (count: string) => `${count} phút trước`,
  hoursAgo: (count: string) => `${count} giờ trước`,
  daysAgo: (count: string) => `${count} ngày trước`,
  yes: "Có",
  no: "Không",
  gone: "Mất kết nối với máy chủ. Bản đồ sẽ tự cập nhật khi máy chủ trở lại.",
  back: "Máy chủ đã trở lại.",
  noWebGL: "Trình duyệt này không vẽ được bản đồ (cần WebGL 2).",
  groups: {
    boundaries: "Ranh giới",
    planning: "Quy hoạch, đất đai",
    transport: "Giao thông",
    infrastructure: "Hạ tầng",
    operations: "Điều hành",
    environment: "Môi trường",
    tourism: "Du lịch",
    other: "Lớp khác",
  } as Record<string, string>,
};

export type Words = typeof vi;

const en: Words = {
  skip: "Skip the catalogue, go to the map",
  toPlanner: "Planner's desk",
  toWall: "Operations wall",
  language: "Language",
  layers: "Layer catalogue",
  hideLayers: "Fold the layer catalogue",
  showLayers: "Open the layer catalogue",
  loadingCatalog: "Loading the layer catalogue…",
  catalogFailed: "The layer catalogue could not be read yet. Trying again…",
  noLayers: "The catalogue has no layers yet.",
  nothingVisible: "No layer is on. Choose one in the catalogue.",
  noFeatures: "This layer has no data yet.",
  zoomIn: "Zoom in",
  zoomOut: "Zoom out",
  zoomAll: "Show the whole area",
  controls: "Map controls",
  map: "Map. Arrow keys to move, plus and minus to zoom, Enter for the feature at the centre.",
  zoomToLayer: "Zoom in to see this layer",
  about: (layer) => `About ${layer}`,
  count: (count) => `${count} features`,
  total: (title) => `${title} (total)`,
  legend: (layer) => `Legend: ${layer}`,
  notMeasured: "Not measured",
  agency: "Agency",
  source: "Source",
  licence: "Licence",
  attribution: "Attribution",
  demoPage: "Demo data: shapes and figures are generated, not for real work.",
  demoTag: "demo",
  demoShort: "Demo data",
  demoFeature: "Demo data, generated.",
  card: "Selected feature",
  close: "Close",
  previous: "Previous feature",
  next: "Next feature",
  position: (at, of) => `${at} of ${of} features here`,
  nothingHere: "There is no feature here.",
  measured: "Measured",
  departures: "Next departures",
  aroundTime: (clock) => `about ${clock}`,
  knownOf: (known, count) => `(${known} of ${count} measured)`,
  justNow: "just now",
  minutesAgo: (count) => `${count} min ago`,
  hoursAgo: (count) => `${count} h ago`,
  daysAgo: (count) => `${count} days ago`,
  yes: "Yes",
  no: "No",
  gone: "The server cannot be reached. The map updates by itself when it is back.",
  back: "The server is back.",
  noWebGL: "This browser cannot draw the map (WebGL 2 is needed).",
  groups: {
    boundaries: "Boundaries",
    planning: "Planning and land",
    transport: "Transport",
    infrastructure: "Infrastructure",
    operations: "Operations",
    environment: "Environment",
    tourism: "Tourism",
    other: "Other layers",
  },
};

const dictionary: Record<Language, Words> = { vi, en };

export function wordsOf(lang: Language): Words {
  return dictionary[lang];
}

export function textIn(lang: Language, text: Text): string {
  return text[lang] || text.vi;
}

/** The language the page speaks now. */
export function spokenLanguage(): Language {
  return document.documentElement.lang === "en" ? "en" : "vi";
}

const REMEMBERED = "citylayers.language";

/** Vietnamese unless the reader chose otherwise; storage may be forbidden, and that is fine. */
export function rememberedLanguage(): Language {
  try {
    return localStorage.getItem(REMEMBERED) === "en" ? "en" : "vi";
  } catch {
    return "vi";
  }
}

export function rememberLanguage(lang: Language): void {
  try {
    localStorage.setItem(REMEMBERED, lang);
  } catch {
    // Storage is forbidden here: the link still carries the language.
  }
}
