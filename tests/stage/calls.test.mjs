/** The calls that a statement is in are those that were named last in its part. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { callsAt } from "../../viz/stage/playback/calls.js";
import { path } from "../../viz/stage/views/calls.js";

test("a statement is in the calls that were named last, and in none before any were", () => {
  const frames = [{}, { c: [[0, "f"]] }, {}, { c: [] }, {}];
  const found = frames.map((_, statement) => callsAt(frames, statement));
  assert.deepEqual(found, [[], [[0, "f"]], [[0, "f"]], [], []]);
});

test("calls are named from the outside in, and the middle of many is left out", () => {
  assert.equal(path([]), "");
  assert.equal(path(["train", "Net.forward"]), "train › Net.forward");
  assert.equal(path([..."abcdefghi"]), "a › b › c › … › g › h › i");
});
