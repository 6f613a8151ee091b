/** A line of the last hours. Pure: from points to an SVG path. */

import type { Went } from "./service";

export interface Line {
  /** The line, in a box of `width` by `height`; empty without points. */
  path: string;
  /** The area under it. */
  area: string;
  least: number;
  most: number;
  /** The last point: where it is, and its value. */
  last: { x: number; y: number; value: number } | null;
}

/** Without a point for so many intervals the line is broken: nothing is known in between. */
const GAP = 7;

export function lineOf(went: Went, from: number, to: number, width: number, height: number): Line {
  // A point may be of the end of its interval, and this clock some seconds slow.
  const slack = went.interval * 1000;
  const points = went.points.map(({ time, value }) => ({ time: Date.parse(time), value })).filter(({ time }) => time >= from - slack && time <= to + slack);
  const values = points.map(({ value }) => value);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  // A value that hardly changes is a flat line, not a mountain range.
  const room = Math.max(most - least, Math.abs(most) * 0.05, 1e-9);
  const middle = (least + most) / 2;
  const x = (time: number) => Number((((Math.min(Math.max(time, from), to) - from) / (to - from)) * width).toFixed(1));
  const y = (value: number) => Number((height / 2 - ((value - middle) / room) * height * 0.84).toFixed(1));
  let [path, area] = ["", ""];
  let run: { x: number; y: number }[] = [];
  const close = () => {
    const [first, last] = [run[0], run.at(-1)];
    if (!first || !last) return;
    const line = run.map((at, number) => `${number === 0 ? "M" : "L"}${at.x} ${at.y}`).join("");
    path += run.length === 1 ? `M${first.x} ${first.y}h0.1` : line;
    area += `${line}L${last.x} ${height}L${first.x} ${height}Z`;
  };
  for (const [number, point] of points.entries()) {
    const before = points[number - 1];
    if (before && point.time - before.time > GAP * went.interval * 1000) {
      close();
      run = [];
    }
    run.push({ x: x(point.time), y: y(point.value) });
  }
  close();
  const end = points.at(-1);
  return { path, area, least, most, last: end ? { x: x(end.time), y: y(end.value), value: end.value } : null };
}
