/** Epochs begin where the loops around the training loop went on, as far as the iterations there have arrived. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { Epochs } from "../../viz/stage/playback/epochs.js";

const framesOf = (...address) => [{ l: 1, a: address }, { l: 2 }];

/** Epochs of `batches` iterations, taken in in this order. */
function epochs(order, batches = 3) {
  const made = new Epochs();
  for (const number of order) {
    made.put(number, framesOf(`epoch ${Math.floor(number / batches)}`, `batch ${number % batches}`));
  }
  return made;
}

const upTo = (count) => [...Array.from({ length: count }).keys()];

test("the first iterations of epochs are found in whichever order they arrive", () => {
  assert.deepEqual(epochs(upTo(9)).firsts, [0, 3, 6]);
  assert.deepEqual(epochs(upTo(9).toReversed()).firsts, [0, 3, 6]);
  assert.deepEqual(epochs([0, 6, 7, 5, 1, 2, 4, 3]).firsts, [0, 3, 6]);
});

test("where the iteration before has not arrived, no epoch is said to begin", () => {
  assert.deepEqual(epochs([0, 1, 6, 7]).firsts, [0]);
});

test("loops that are not nested have no epochs", () => {
  const made = new Epochs();
  made.put(0, framesOf("batch 0"));
  made.put(1, [{ l: 1 }]);
  made.put(2, []);
  assert.deepEqual([made.firsts, made.any], [[], false]);
});

test("an epoch begins wherever any of the loops around goes on, and the same pass of it counts again", () => {
  const made = new Epochs();
  const passes = ["0 0", "0 1", "1 0", "1 0", "1 1"].map((one) => one.split(" "));
  passes.forEach(([fold, epoch], at) => made.put(at, framesOf(`fold ${fold}`, `epoch ${epoch}`, "batch 0")));
  assert.deepEqual(made.firsts, [0, 1, 2, 4]);
});

test("the next and the one before are those on either side", () => {
  const made = epochs(upTo(9));
  assert.deepEqual([made.after(0), made.after(4), made.after(6)], [3, 6, null]);
  assert.deepEqual([made.before(0), made.before(3), made.before(5)], [null, 0, 3]);
});

test("of many epochs, few are marked, evenly apart", () => {
  assert.deepEqual(epochs(upTo(50), 1).thinned(50), upTo(50));
  assert.deepEqual(epochs(upTo(101), 1).thinned(50).slice(0, 3), [0, 5, 10]);
});
