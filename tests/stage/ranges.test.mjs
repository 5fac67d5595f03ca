/** Ranges are a set of integers: whatever the order in which they are added, they hold what a Set holds. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { Ranges } from "../../viz/stage/playback/ranges.js";

test("numbers in any order become the ranges of the set that they are", () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const [ranges, set] = [new Ranges(), new Set()];
    for (let step = 0, number = seed; step < 60; step += 1) {
      number = (number * 37 + 11) % 41;
      assert.equal(ranges.add(number - 1), !set.has(number - 1));
      set.add(number - 1);
    }
    const inside = ranges.all.flatMap(([from, to]) => Array.from({ length: to - from }, (_, at) => from + at));
    assert.deepEqual(
      inside,
      [...set].toSorted((one, other) => one - other),
    );
    assert.ok(ranges.all.every(([from], at) => at === 0 || from > ranges.all[at - 1][1]));
  }
});

test("the start of a number's range is the first number before which one is missing", () => {
  const ranges = new Ranges();
  for (const number of [-1, 0, 1, 5, 6]) ranges.add(number);
  assert.deepEqual(
    [1, 6, 5, 3].map((number) => ranges.startOf(number)),
    [-1, 5, 5, 3],
  );
});

test("only a part is kept", () => {
  const ranges = new Ranges();
  for (const number of [0, 1, 2, 3, 7, 8]) ranges.add(number);
  ranges.keep(2, 8);
  assert.deepEqual(ranges.all, [
    [2, 4],
    [7, 8],
  ]);
});
