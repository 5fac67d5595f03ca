import assert from "node:assert/strict";
import { test } from "node:test";

import { boxLabels, numbered } from "../../viz/stage/views/box-labels.js";
import { WORDS } from "./words.mjs";

const W = {
  label: [
    ["W, leaf"],
    ["value ", "v", ""],
    ["gradient in .grad ", "g", ""],
    ["", "m", ""],
    ["sent ", "e", " to x"],
  ],
};
const at = (texts, marks) => ({ texts: new Map(Object.entries(texts)), marks: new Map(Object.entries(marks)) });

test("a label has the numbers and the state of the moment", () => {
  const state = at({ v: "3", g: "1", e: "7" }, { m: "built done now" });
  const said = "W, leaf, value 3, gradient in .grad 1, backward went through, at work now, sent 7 to x";
  assert.deepEqual(boxLabels([W], state, WORDS), [said]);
});

test("missing numbers and states are left out", () => {
  assert.deepEqual(boxLabels([W], at({ v: "3" }, { m: "built", e: "built" }), WORDS), ["W, leaf, value 3"]);
  assert.deepEqual(boxLabels([W], at({}, { m: "waiting" }), WORDS), ["W, leaf, not built yet"]);
});

test("boxes that show the same are counted", () => {
  assert.deepEqual(numbered(["W", "x", "W"], WORDS.equal), ["W, 1 of 2", "x", "W, 2 of 2"]);
});
