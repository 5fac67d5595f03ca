/** Where the cells of a tensor's picture are, and what each shows: geometry and levels, without the page. */

import { sizeOf } from "../../playback/tensors.js";

/** As in viz/drawing/tensor_picture.py; a test compares the two. */
export const STEPS = 40;
const codes = Array.from({ length: 91 }, (_, at) => String.fromCharCode(35 + at));
export const ALPHABET = codes.filter((one) => !"&<>\\'`/".includes(one)).join("");
const [ZERO, NAN, INF, MINUS_INF] = ALPHABET;
const PLUS = 4;
/** The place of each character, with room for all of their codes. */
const PLACES = new Int16Array(128);
[...ALPHABET].forEach((one, at) => {
  PLACES[one.charCodeAt(0)] = at;
});

/** Shades of each sign: each is an element of the page, and a browser takes longer to paint a step with more. */
export const SHADES = 6;
/** The largest side of a cell, and the gap between tiles, in units of the drawing. */
const LARGEST = 14;
const TILE_GAP = 2;

/**
 * What a cell shows: "zero", "nan", "inf", "-inf", or its shade from 1 to SHADES, below 0 for a negative number.
 * @param {string} level a character of ALPHABET
 * @param {number} share the largest size in the tensor, in relation to that of the run
 */
export function shade(level, share) {
  if (level === ZERO) return "zero";
  if (level === NAN) return "nan";
  if (level === INF) return "inf";
  if (level === MINUS_INF) return "-inf";
  const place = PLACES[level.charCodeAt(0)] - PLUS;
  const step = (place % STEPS) + 1;
  // Of equal sizes one more than another in the last digit is not another shade.
  const strength = Math.max(1, Math.min(SHADES, Math.ceil((step / STEPS) * share * SHADES - 1e-6)));
  return place < STEPS ? strength : -strength;
}

/** The shade of each cell of a tensor, row by row, on the scale of the run. */
export function shades(tensor, scale) {
  const share = scale > 0 ? Math.min(1, sizeOf(tensor) / scale) : 1;
  const known = new Map();
  return Array.from(tensor.levels, (level) => {
    if (!known.has(level)) known.set(level, shade(level, share));
    return known.get(level);
  });
}

/** Elements of the smallest and of the largest tensor that is drawn, and rows and columns of cells with room. */
const [FEWEST, MOST] = [2, 4096];
const ROOM = [20, 32];

/**
 * How the elements of a shape become cells, as in `layout_of` of viz/drawing/tensor_picture.py; null if it is not
 * drawn. All are [rows, columns]; `tile` is null without tiles, and `block` [1, 1] if each element has a cell.
 */
export function layoutOf(shape) {
  const count = shape.reduce((one, other) => one * other, 1);
  if (shape.length < 1 || shape.length > 4 || count < FEWEST || count > MOST) return null;
  const [deep, wide, high, across] = [...Array.from({ length: 4 - shape.length }, () => 1), ...shape];
  const elements = [deep * high, wide * across];
  const block = elements.map((many, axis) => Math.ceil(many / ROOM[axis]));
  const cells = elements.map((many, axis) => Math.ceil(many / block[axis]));
  return { elements, cells, block, tile: deep * wide > 1 ? [high, across] : null };
}

/**
 * The grid of a layout in a room: the size of a cell with its gap, and where a row or a column begins.
 * @returns {{width: number, height: number, left: (column: number) => number, top: (row: number) => number}}
 */
export function grid({ cells: [rows, columns], block, tile }, [roomWidth, roomHeight]) {
  const [down, width] = [0, 1].map((axis) => {
    const count = [rows, columns][axis];
    const inTile = tile && block[axis] === 1 ? tile[axis] : count;
    const gaps = (count / inTile - 1) * TILE_GAP;
    const size = Math.min(LARGEST, ([roomHeight, roomWidth][axis] - gaps) / count);
    return { size, at: (place) => place * size + Math.floor(place / inTile) * TILE_GAP };
  });
  return { width: width.size, height: down.size, left: width.at, top: down.at };
}

/** Width and height of the grid of a layout in a room. */
export function extentOf(layout, room) {
  const { width, height, left, top } = grid(layout, room);
  const [rows, columns] = layout.cells;
  return [left(columns - 1) + width, top(rows - 1) + height];
}

/** The outline of a cell, for a path. */
export function cellPath(layout, room, row, column) {
  const { width, height, left, top } = grid(layout, room);
  return `M${left(column)} ${top(row)}h${width}v${height}h${-width}z`;
}
