import assert from "node:assert/strict";
import test from "node:test";

import { lineOf } from "../../viz/stage/page/line-links.js";

test("a line is found by its number", () => {
  const text = "a = 1\n\nb = 22";
  const line = (number) => text.slice(...lineOf(text, number));
  assert.deepEqual([1, 2, 3].map(line), ["a = 1", "", "b = 22"]);
  assert.deepEqual(lineOf(text, 3), [7, 13]);
  assert.deepEqual(lineOf(text, 9), [13, 13], "a line that the text does not have");
  assert.deepEqual(lineOf("", 1), [0, 0]);
});
