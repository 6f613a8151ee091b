/** A table of corners as people paste it: from a certificate, a spreadsheet, a message. */

export type Order = "guess" | "north" | "east";

export interface Table {
  /** Easting and northing, or longitude and latitude. */
  corners: [number, number][];
  /** Lengths of the sides as stated, metres; empty unless every line has one. */
  sides: number[];
}

/** A line that is no corner. */
export class CornerError extends Error {
  constructor(readonly line: number, readonly text: string) {
    super(`${line}: ${text}`);
  }
}

/** `2.064.850,60`, `2,064,850.60`, `2064850,60` and `2064850.60` are one number. `null`: none. */
export function readNumber(text: string): number | null {
  const comma = text.lastIndexOf(",");
  const dot = text.lastIndexOf(".");
  const both = comma >= 0 && dot >= 0;
  const decimal = both ? (comma > dot ? "," : ".") : comma >= 0 ? "," : ".";
  // One mark that stands there several times parts the thousands.
  const grouping = !both && text.split(decimal).length > 2;
  const plain = [...text].filter((c) => (c !== "," && c !== ".") || (c === decimal && !grouping)).join("").replace(",", ".");
  return /^[+-]?\d+(\.\d*)?$/.test(plain) ? Number(plain) : null;
}

function numbersOf(line: string, at: number): number[] {
  // A comma with a space behind it parts numbers; one within digits belongs to them.
  const parts = line.trim().split(/[;\s|]+|,\s+/).filter((part) => part !== "");
  return parts.map((part) => {
    const number = readNumber(part);
    if (number === null) throw new CornerError(at, line.trim());
    return number;
  });
}

const isHead = (line: string) => !/\d{2}/.test(line) || /[a-zà-ỹ]{2}/i.test(line);

/** Reads a table; throws `CornerError` with the line that cannot be read. */
export function readCorners(text: string, order: Order): Table {
  const lines = text.split(/\r?\n/).map((line, at) => [line, at + 1] as const).filter(([line]) => line.trim() !== "");
  const body = lines.filter(([line], at) => at > 1 || !isHead(line));
  const rows = body.map(([line, at]) => ({ at, line, numbers: numbersOf(line, at) }));
  const numbered = rows.length > 0 && rows.every(({ numbers }) => numbers.length > 2 && Number.isInteger(numbers[0]) && Math.abs(numbers[0] ?? 0) < 10_000);
  const table: Table = { corners: [], sides: [] };
  for (const { at, line, numbers } of rows) {
    const [first, second, side, ...more] = numbered ? numbers.slice(1) : numbers;
    if (first === undefined || second === undefined || more.length > 0) throw new CornerError(at, line.trim());
    table.corners.push([first, second]);
    if (side !== undefined) table.sides.push(side);
  }
  // In Viet Nam northings have seven digits and eastings six; latitudes are less than half of the longitudes.
  const [one, other] = table.corners[0] ?? [0, 0];
  const northFirst = order === "north" || (order === "guess" && (Math.abs(one) > 180 ? one > other : one < other && other > 90));
  if (northFirst) table.corners = table.corners.map(([north, east]) => [east, north]);
  if (table.sides.length !== table.corners.length) table.sides = [];
  return table;
}
