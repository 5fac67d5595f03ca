import assert from "node:assert/strict";
import { test } from "node:test";

import { arrow, dots, lineThrough } from "../../viz/stage/views/charts/svg-paths.js";

/** The corners of each unbroken piece of a path. */
const corners = (path) =>
  path
    .split("M")
    .slice(1)
    .map((piece) => piece.split("L").map((corner) => corner.split(" ").map(Number)));

test("a line goes through its points, and is broken where one is missing", () => {
  assert.equal(
    lineThrough([
      [0, 0],
      [10, 5],
      [20, 0],
    ]),
    "M0.0 0.0L10.0 5.0L20.0 0.0",
  );
  assert.deepEqual(corners(lineThrough([[0, 0], [10, 5], null, [30, 1], [40, 2]])), [
    [
      [0, 0],
      [10, 5],
    ],
    [
      [30, 1],
      [40, 2],
    ],
  ]);
  assert.equal(lineThrough([[0, 0], null, [30, 1]]), "");
});

test("only the two ends of each pair are joined", () => {
  assert.equal(
    lineThrough(
      [
        [0, 0],
        [0, 9],
        [5, 0],
        [5, 7],
      ],
      true,
    ),
    "M0.0 0.0L0.0 9.0M5.0 0.0L5.0 7.0",
  );
});

test("a line to a point beyond a browser's range keeps its direction and its visible end", () => {
  const [[from, to]] = corners(
    lineThrough([
      [100, 50],
      [100 + 3e34, 50 - 4e34],
    ]),
  );
  assert.deepEqual(from, [100, 50]);
  assert.ok(Math.abs((to[1] - 50) / (to[0] - 100) + 4 / 3) < 1e-4);
  assert.ok(Math.abs(to[0]) <= 1e5 && Math.abs(to[1]) <= 1e5);
});

test("a line between two far points is drawn where it crosses the visible part", () => {
  const [[from, to]] = corners(
    lineThrough([
      [10, 1e30],
      [20, -3e30],
    ]),
  );
  const across = from[0] + ((to[0] - from[0]) * from[1]) / (from[1] - to[1]);
  assert.ok(Math.abs(across - 12.5) < 0.1, "a quarter of the way down from 1e30 to -3e30");
});

test("lines that stay far away are not drawn, and neither are points that are not finite", () => {
  assert.equal(
    lineThrough([
      [1e30, 2],
      [2e30, 3],
    ]),
    "",
  );
  assert.equal(
    lineThrough([
      [-1e30, 1e6],
      [1e30, 1e6],
    ]),
    "",
  );
  assert.equal(dots([[1e30, 0], null], 2), "");
  assert.equal(arrow([0, 0], null, 9), "");
});

test("no path has a number that SVG cannot read", () => {
  const far = [1e300, -1e300, 1e22, 1e-300, 5e-324, -3, 0, 4e5];
  const points = far.flatMap((x) => far.map((y) => [x, y]));
  for (const path of [
    lineThrough(points),
    lineThrough(points, true),
    dots(points, 3),
    arrow([0, 0], [1e300, 2e300], 9),
  ]) {
    assert.match(path, /^[MLaZ0-9. -]*$/);
  }
});
