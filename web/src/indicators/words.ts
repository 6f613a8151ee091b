/** The words about indicators, their periods and their numbers, in both languages. */

import type { Language, Text } from "../catalog";
import { textIn } from "../words";

const ROMAN = ["I", "II", "III", "IV"];
const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

const vi = {
  choose: "Chỉ số",
  none: "Không tô màu theo chỉ số",
  close: "Thôi tô màu theo chỉ số",
  previous: "Kỳ trước",
  next: "Kỳ sau",
  legend: "Chú giải chỉ số",
  noData: "Chưa có số liệu",
  failed: "Chưa đọc được chỉ số.",
  all: "Toàn vùng",
  units: (count: string) => `${count} đơn vị`,
  rank: "Xếp hạng",
  rankOf: (rank: string, of: string) => `${rank} trên ${of}`,
  change: "So với kỳ trước",
  yearChange: "So với cùng kỳ năm trước",
  target: "Mục tiêu",
  met: "đạt",
  missed: (distance: string) => `chưa đạt, cách ${distance}`,
  metCount: (met: string, of: string) => `${met}/${of} đơn vị đạt`,
  unchanged: "không đổi",
  converted: (units: string) => `Quy đổi từ ${units} đơn vị cũ trước sáp nhập.`,
  incomplete: (missing: string, partial: string) => `Chưa đủ: thiếu số liệu của ${missing} đơn vị cũ; phần đã có là ${partial}.`,
  month: (month: number, year: string) => `Tháng ${month}/${year}`,
  quarter: (quarter: number, year: string) => `Quý ${ROMAN[quarter - 1]}/${year}`,
  year: (year: string) => `Năm ${year}`,
};

export type IndicatorWords = typeof vi;

const en: IndicatorWords = {
  choose: "Indicator",
  none: "No indicator on the map",
  close: "Take the indicator off the map",
  previous: "Previous period",
  next: "Next period",
  legend: "Legend of the indicator",
  noData: "No data",
  failed: "The indicator could not be read.",
  all: "All units",
  units: (count) => `${count} units`,
  rank: "Rank",
  rankOf: (rank, of) => `${rank} of ${of}`,
  change: "Since the period before",
  yearChange: "Since a year before",
  target: "Target",
  met: "met",
  missed: (distance) => `missed by ${distance}`,
  metCount: (met, of) => `met by ${met} of ${of} units`,
  unchanged: "unchanged",
  converted: (units) => `Converted from ${units} units before the merger.`,
  incomplete: (missing, partial) => `Incomplete: ${missing} former units are missing; the known part is ${partial}.`,
  month: (month, year) => `${MONTHS[month - 1]} ${year}`,
  quarter: (quarter, year) => `Q${quarter} ${year}`,
  year: (year) => year,
};

export const indicatorWords = (lang: Language): IndicatorWords => (lang === "en" ? en : vi);

/** `2026-10` as `Tháng 10/2026`. */
export function periodName(period: string, lang: Language): string {
  const words = indicatorWords(lang);
  const [year = "", part] = period.split("-");
  if (part === undefined) return words.year(year);
  return part.startsWith("Q") ? words.quarter(Number(part.slice(1)), year) : words.month(Number(part), year);
}

/** As many digits behind the point as the indicator has; four digits before it stay together. */
export function formatFigure(value: number, decimals: number, lang: Language): string {
  const shown = Number(value.toFixed(decimals)) + 0;
  return new Intl.NumberFormat(lang === "en" ? "en-GB" : "vi-VN", {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
    useGrouping: Math.abs(shown) >= 10_000,
  }).format(shown);
}

/** With its unit: `92,4 %`, `12.345 người`. */
export function withUnit(value: number, indicator: { decimals: number; unit: Text }, lang: Language): string {
  return `${formatFigure(value, indicator.decimals, lang)}\u00a0${textIn(lang, indicator.unit)}`;
}

/** How far a value is from its target: shares are points apart, `3,5 điểm %`. */
export function distanceOf(distance: number, indicator: { decimals: number; unit: Text }, lang: Language): string {
  const text = withUnit(Math.abs(distance), indicator, lang);
  if (indicator.unit.vi !== "%") return text;
  return lang === "vi" ? text.replace("%", "điểm %") : text.replace("%", "points");
}

/** A difference with its sign: `+1,2`; of shares in points, which need no unit. */
export function signed(difference: number, decimals: number, lang: Language): string {
  const text = formatFigure(Math.abs(difference), decimals, lang);
  if (Number(difference.toFixed(decimals)) === 0) return indicatorWords(lang).unchanged;
  return `${difference > 0 ? "+" : "\u2212"}${text}`;
}
