/** Pictures of tensors: which a moment shows, on which scale, and what each cell looks like. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Tape } from "../../viz/stage/playback/tape.js";
import { ALPHABET, SHADES, STEPS, grid, layoutOf, shades } from "../../viz/stage/views/tensors/cells.js";
import { sameElements } from "../../viz/stage/views/tensors/links.js";
import { drawn } from "../../viz/stage/views/tensors/pictures.js";
import { WORDS } from "./words.mjs";
import { inWords } from "../../viz/stage/views/tensors/words.js";

const level = (step) => ALPHABET[step > 0 ? 3 + step : 3 + STEPS - step];
const [ZERO, NAN, INF] = ALPHABET;
const tensor = (levels, largest = 1) => ({
  shape: [levels.length],
  least: -largest,
  largest,
  levels,
  whole: false,
});

function taped(...parts) {
  const tape = new Tape("t");
  tape.add({
    from: 0,
    to: parts.length,
    total: parts.length,
    complete: true,
    pictures: { 0: {} },
    marks: { 0: { to: {}, order: [] }, 1: { to: {}, order: [[2], [1]] } },
    iterations: parts.map((f) => ({ p: 0, f })),
    series: { from: 0, of: [] },
    head: { setup: { p: 0, f: [{ l: 1, s: "", t: {}, m: 0, i: [`2/0/7/${ZERO}${level(STEPS)} n9.v`] }] } },
  });
  return tape;
}

const frame = (i, m = 0) => ({ l: 1, s: "", t: {}, m, ...(i ? { i } : {}) });
const sizes = (tape, moment) =>
  Object.fromEntries([...tape.stateAt(moment).tensors].map(([slot, one]) => [slot, one?.largest ?? null]));

test("a moment shows the tensors of its iteration, and an entry may name one that was shown before", () => {
  const levels = level(STEPS) + ZERO;
  const tape = taped([
    frame([`2/0/1/${levels} n0.v`, `2/0/2/${levels} n1.v`]),
    frame(),
    frame(["0 n1.v l0.new", "- n0.v"]),
  ]);
  assert.deepEqual(sizes(tape, { iteration: 0, statement: 0 }), { "n0.v": 1, "n1.v": 2 });
  assert.deepEqual(sizes(tape, { iteration: 0, statement: 1 }), { "n0.v": 1, "n1.v": 2 });
  assert.deepEqual(sizes(tape, { iteration: 0, statement: 2 }), { "n0.v": null, "n1.v": 1, "l0.new": 1 });
});

test("inside a statement only the nodes that it has reached show theirs", () => {
  const levels = level(STEPS) + ZERO;
  const tape = taped([frame([`2/0/1/${levels} n1.g l0.after`, `2/0/2/${levels} n2.g`], 1)]);
  assert.deepEqual(sizes(tape, { iteration: 0, statement: 0, node: 0 }), { "n2.g": 2 });
  assert.deepEqual(sizes(tape, { iteration: 0, statement: 0 }), { "n1.g": 1, "l0.after": 1, "n2.g": 2 });
});

test("a tensor has one scale over all iterations that are here, and the sum of a .grad has one, too", () => {
  const levels = level(STEPS) + ZERO;
  const tape = taped(
    [frame([`2/-1/3/${levels} n0.v l0.value`, `2/0/1/${levels} l0.contribution`, `2/0/6/${levels} l0.after`])],
    [frame([`2/-5/2/${levels} n0.v`, `2/0/4/${levels} l0.new`])],
  );
  for (const iteration of [0, 1]) assert.equal(tape.scale("n0.v", { iteration }), 5);
  assert.equal(tape.scale("l0.value", { iteration: 0 }), 4);
  assert.equal(tape.scale("l0.contribution", { iteration: 0 }), 6);
});

test("a cell is as strong as its number on the scale of the run, and never empty unless it is zero", () => {
  const levels = level(STEPS) + level(-STEPS) + level(STEPS / 2) + level(1) + level(-1) + ZERO + NAN + INF;
  assert.deepEqual(shades(tensor(levels), 1), [SHADES, -SHADES, SHADES / 2, 1, -1, "zero", "nan", "inf"]);
  assert.deepEqual(shades(tensor(levels, 0.5), 1).slice(0, 4), [
    SHADES / 2,
    -SHADES / 2,
    Math.ceil(SHADES / 4),
    1,
  ]);
  assert.deepEqual(shades(tensor(levels, 1e-9), 1).slice(0, 4), [1, -1, 1, 1]);
});

test("all cells are inside their room, tiles have gaps, and no cell covers another", () => {
  for (const shape of [[2], [24], [40, 8], [8, 2], [4096], [3, 2, 4], [2, 3, 4, 5], [16, 8, 3, 3]]) {
    const layout = layoutOf(shape);
    const [rows, columns] = layout.cells;
    const { width, height, left, top } = grid(layout, [70, 48]);
    assert.ok(left(columns - 1) + width <= 70.001 && top(rows - 1) + height <= 48.001, shape.join());
    for (let column = 1; column < columns; column += 1) assert.ok(left(column) - left(column - 1) >= width - 1e-9);
  }
  const { width, left } = grid(layoutOf([2, 1, 2]), [70, 48]);
  assert.ok(left(2) - left(1) > width && left(1) - left(0) === width);
});

test("each look is one path: a dash marks a negative cell, a zero has no fill, NaN is struck out", () => {
  const paths = drawn(tensor(level(STEPS) + level(-STEPS) + ZERO + NAN), 1, [70, 14]);
  const names = [...paths.matchAll(/class="viz-([a-z -]+)"/g)].map(([, name]) => name);
  assert.deepEqual(names, ["ground", "plus", "minus", "dash over", "zero", "lost"]);
  const small = drawn({ ...tensor(level(-STEPS).repeat(4096)), shape: [4096] }, 1, [70, 14]);
  assert.ok(!small.includes("viz-dash"), "a cell without room for a dash is narrow instead");
});

test("in words a picture has shape, range, and what is counted if each element has a cell", () => {
  const words = WORDS.tensor;
  const levels = level(STEPS) + ZERO + ZERO + NAN + INF;
  const one = { ...tensor(levels, 0.25), least: -1e-7 };
  assert.equal(inWords(one, words), "shape [5], from \u22121.00e\u22127 to 0.2500, 2 zero, 1 NaN, 1 infinite");
  assert.ok(inWords({ ...one, least: null, largest: null }, words).startsWith("shape [5], no finite number, "));
  assert.equal(inWords({ ...one, shape: [64, 64] }, words), "shape [64, 64], from \u22121.00e\u22127 to 0.2500");
  const integers = { shape: [2], least: 0, largest: 3, levels: ZERO + level(STEPS), whole: true };
  assert.equal(inWords(integers, words), "shape [2], from 0 to 3, 1 zero");
});

test("an element is lit in its box, in its row of the ledger, and where the same tensor is again", () => {
  const [value, grad, sum] = [tensor(ZERO + ZERO), tensor(NAN + ZERO), tensor(INF + ZERO)];
  const other = tensor(ZERO + ZERO + ZERO);
  const places = [
    { slot: "n1.v", tensor: value },
    { slot: "n1.g", tensor: grad },
    { slot: "n2.v", tensor: sum },
    { slot: "n3.v", tensor: other },
    { slot: "n3.g", tensor: null },
    { slot: "l0.value", tensor: value },
    { slot: "l0.change", tensor: tensor(ZERO + INF) },
    { slot: "l1.value", tensor: other },
  ];
  const linked = (slot) =>
    sameElements(
      places,
      places.find((one) => one.slot === slot),
    ).map((one) => one.slot);
  assert.deepEqual(linked("n1.g"), ["n1.g", "n1.v", "l0.value", "l0.change"]);
  assert.deepEqual(linked("l0.change"), ["l0.change", "n1.v", "n1.g", "l0.value"]);
  assert.deepEqual(linked("n3.v"), ["n3.v", "l1.value"]);
  assert.deepEqual(linked("n2.v"), ["n2.v"]);
});
