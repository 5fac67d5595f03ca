/** The speed of the cursor: the iterations that it passed in the last second, forward or back. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { CursorSpeed } from "../../viz/stage/playback/cursor-speed.js";

/** A cursor with its own clock: `at(milliseconds, iteration)` moves it at that time. */
function timed() {
  let now = 0;
  const speed = new CursorSpeed(() => now);
  const at = (when, iteration) => {
    now = when;
    if (iteration !== undefined) speed.at(iteration);
    return speed.perSecond;
  };
  return at;
}

test("neither the first place of the cursor nor a statement inside an iteration is a move", () => {
  const at = timed();
  assert.equal(at(0, 70), 0);
  assert.equal(at(10, 70), 0);
});

test("a key that is held down is as fast as it repeats", () => {
  const at = timed();
  for (let press = 0; press <= 30; press += 1) at(press * 33, press);
  assert.equal(at(30 * 33 + 1), 30);
});

test("back is as fast as forward, and a jump is fast", () => {
  const at = timed();
  at(0, 0);
  assert.equal(at(1, 100), 100);
  assert.equal(at(2, 90), 110);
});

test("moves older than a second no longer count", () => {
  const at = timed();
  at(0, 0);
  at(100, 3);
  at(900, 4);
  assert.equal(at(1099), 4);
  assert.equal(at(1100), 1);
  assert.equal(at(1900), 0);
});
