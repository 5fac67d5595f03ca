import assert from "node:assert/strict";
import { test } from "node:test";

import { Tape } from "../../viz/stage/playback/tape.js";
import {
  belowLogScale,
  chartSentences,
  missingValues,
  number,
} from "../../viz/stage/views/charts/chart-sentences.js";

const points = [
  { loss: 4, W: [1, 2], "W.grad": null, y_hat: [1, "inf"] },
  { loss: "nan", W: [1, "nan"], "W.grad": "-inf" },
];
const moment = (iteration, reached, of = points) => {
  const tape = new Tape("t");
  tape.points = of;
  return { iteration, reached, tape };
};
const loss = {
  data: [{ name: "loss" }],
  bind: [
    { kind: "history", trace: 0, y: "loss" },
    { kind: "mark", trace: 0, y: "loss" },
  ],
};
const mark = (y, element) => ({ bind: [{ kind: "mark", trace: 0, y, element }] });

test("a history is said with its beginning, its end and where the cursor is", () => {
  assert.deepEqual(chartSentences(loss, moment(0, 1)), [
    "loss is 4 in iteration 0, NaN in iteration 1.",
    "In iteration 0, at the cursor, loss is 4.",
  ]);
  assert.deepEqual(chartSentences(loss, moment(0, 0)), ["loss is 4 in iteration 0."]);
});

test("None, NaN and the infinities each have their word", () => {
  const grad = { data: [{ name: "W.grad" }], bind: [{ kind: "history", trace: 0, y: "W.grad" }] };
  const ends = (values) =>
    chartSentences(
      grad,
      moment(
        0,
        1,
        values.map((value) => ({ "W.grad": value })),
      ),
    )[0];
  assert.equal(ends([null, "nan"]), "W.grad is None in iteration 0, NaN in iteration 1.");
  assert.equal(ends(["inf", "-inf"]), "W.grad is inf in iteration 0, −inf in iteration 1.");
  assert.equal(ends([undefined, 0]), "W.grad is not drawn in iteration 0, 0 in iteration 1.");
  const atCursor = { ...grad, bind: [{ kind: "mark", trace: 0, y: "W.grad" }] };
  assert.deepEqual(chartSentences(atCursor, moment(0, 1)), ["In iteration 0, at the cursor, W.grad is None."]);
});

test("a log scale says how many values it leaves out", () => {
  const said = (...values) =>
    belowLogScale(
      loss,
      moment(
        0,
        values.length - 1,
        values.map((value) => ({ loss: value })),
      ),
    );
  assert.equal(said(4, 1e-30, "nan"), "");
  assert.equal(said(4, 0, -1, "nan"), "loss is ≤ 0 in 2 of 4 iterations: no logarithm.");
  assert.equal(said(-4, 0), "loss is ≤ 0 in all iterations: no logarithm.");
  assert.equal(belowLogScale(loss, moment(0, 0, [{ loss: 1 }, { loss: -1 }])), "", "iteration 1 is not reached");
  assert.equal(belowLogScale(mark("W", 0), moment(0, 0)), "", "a chart without a history");
});

test("before the loop there is a history and no place of the cursor", () => {
  assert.deepEqual(chartSentences(loss, moment(-1, 0)), ["loss is 4 in iteration 0."]);
});

test("a chart says which values it cannot draw, and nothing of those that are not there", () => {
  assert.equal(missingValues(loss, moment(0, 1)), "");
  assert.equal(missingValues(loss, moment(1, 1)), "loss is NaN or infinite here: nothing to draw.");
  assert.equal(missingValues(loss, moment(0, 0, [{}])), "");
  assert.equal(missingValues(loss, moment(-1, 0)), "");
  assert.equal(missingValues(mark("W.grad"), moment(0, 1)), "", "None");
  assert.equal(missingValues(mark("W.grad"), moment(1, 1)), "W.grad is NaN or infinite here: nothing to draw.");
  assert.equal(missingValues(mark("y_hat"), moment(0, 1)), "y_hat is NaN or infinite here: nothing to draw.");
  assert.equal(missingValues(mark("W", 0), moment(1, 1)), "");
  assert.equal(missingValues(mark("W", 1), moment(1, 1)), "W is NaN or infinite here: nothing to draw.");
});

test("a number has four digits, however large or small it is", () => {
  assert.deepEqual([0.123456, -1e37, 5e-324, 500, 0].map(number), ["0.1235", "−1e+37", "5e−324", "500", "0"]);
});
