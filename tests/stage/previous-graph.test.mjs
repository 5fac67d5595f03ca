import assert from "node:assert/strict";
import { test } from "node:test";

import { SETUP } from "../../viz/stage/playback/tape.js";
import { related } from "../../viz/stage/views/previous-graph.js";
import { WORDS } from "./words.mjs";

const said = (which, quantities) => related(WORDS.graphs, which, quantities);

test("the sentence on another graph names the operations that both have", () => {
  assert.equal(
    said("another", { earlier: 3, here: 5, there: 1 }),
    "This graph differs from the one in iteration 3: 5 operations here, 1 operation there.",
  );
  assert.equal(
    said("another", { earlier: SETUP, here: 1, there: 0 }),
    "This graph differs from the one before the loop: 1 operation here, 0 operations there.",
  );
});

test("a graph that stays after the loop is named as the earlier one", () => {
  assert.equal(
    said("earlier", { earlier: 19 }),
    "No line after the loop builds a graph: this is the one built in iteration 19, as it was then.",
  );
});
