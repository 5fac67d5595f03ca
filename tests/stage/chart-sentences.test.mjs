import assert from "node:assert/strict";
import { test } from "node:test";

import { Tape } from "../../viz/stage/playback/tape.js";
import { belowLogScale, chartSentences, missingValues } from "../../viz/stage/views/charts/chart-sentences.js";
import { WORDS } from "./words.mjs";

const points = [
  { loss: 4, W: [1, 2], "W.grad": null, y_hat: [1, "inf"] },
  { loss: "nan", W: [1, "nan"], "W.grad": "-inf" },
];
const moment = (iteration, reached, of = points) => {
  const tape = new Tape("t");
  tape.points = of;
  tape.head = { words: WORDS, dtypes: {} };
  return { iteration, reached, tape };
};
const loss = {
  data: [{ name: "loss" }],
  bind: [
    { kind: "history", trace: 0, y: "loss" },
    { kind: "mark", trace: 0, y: "loss" },
  ],
};
const mark = (y, element) => {
  const name = element === undefined ? y : `${y}[${element}]`;
  return { data: [{ name }], bind: [{ kind: "mark", trace: 0, y, element }] };
};
const line = (order) => ({
  data: [{ name: "y_hat" }],
  bind: [{ kind: "snapshot", trace: 0, y: "y_hat", order, at: order.map((place) => 10 * place) }],
});

test("the sentence on a history has its beginning, its end and the number at the cursor", () => {
  assert.deepEqual(chartSentences(loss, moment(0, 1)), [
    "loss is 4.000 in iteration 0, nan in iteration 1.",
    "In iteration 0, at the cursor, loss is 4.000.",
  ]);
  assert.deepEqual(chartSentences(loss, moment(0, 0)), ["loss is 4.000 in iteration 0."]);
});

test("None, nan and the infinities each have their word", () => {
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
  assert.equal(ends([null, "nan"]), "W.grad is None in iteration 0, nan in iteration 1.");
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

test("before the loop the sentence on a history has no number at the cursor", () => {
  assert.deepEqual(chartSentences(loss, moment(-1, 0)), ["loss is 4.000 in iteration 0."]);
});

test("a chart names the traces that it cannot draw, and no others", () => {
  const lost = (names) => `NaN or infinite here: ${names}.`;
  assert.equal(missingValues(loss, moment(0, 1)), "");
  assert.equal(missingValues(loss, moment(1, 1)), lost("loss"));
  assert.equal(missingValues(loss, moment(0, 0, [{}])), "");
  assert.equal(missingValues(loss, moment(-1, 0)), "");
  assert.equal(missingValues(mark("W.grad"), moment(0, 1)), "", "None");
  assert.equal(missingValues(mark("W", 0), moment(1, 1)), "");
  const parameters = {
    data: [{ name: "W[0]" }, { name: "W[1]" }, { name: "W.grad" }],
    bind: [
      { kind: "mark", trace: 0, y: "W", element: 0 },
      { kind: "mark", trace: 1, y: "W", element: 1 },
      { kind: "mark", trace: 2, y: "W.grad" },
    ],
  };
  assert.equal(missingValues(parameters, moment(1, 1)), lost("W[1] and W.grad"));
  const surface = { data: [{ name: "path" }], bind: [{ kind: "trail", trace: 0, x: "W.grad", y: "loss" }] };
  assert.equal(missingValues(surface, moment(1, 1)), lost("W.grad and loss"));
  const all = {
    data: [...parameters.data, ...surface.data],
    bind: [...parameters.bind, { ...surface.bind[0], trace: 3 }],
  };
  assert.equal(missingValues(all, moment(1, 1)), lost("W[1], W.grad and loss"), "each once");
});

test("for a line with some finite numbers a chart says how many are missing", () => {
  const of = (y_hat) => moment(0, 0, [{ y_hat }]);
  const lost = (names) => `NaN or infinite here: ${names}.`;
  assert.equal(missingValues(line([0, 1, 2]), of([1, "nan", 3])), lost("1 of 3 numbers of y_hat"));
  assert.equal(missingValues(line([0, 1]), of([1, "inf"])), lost("1 of 2 numbers of y_hat"));
  assert.equal(missingValues(line([0, 1]), of(["nan", "nan"])), lost("y_hat"));
  assert.equal(missingValues(line([0, 2]), of([1, "nan", 3])), "", "a point whose x is not finite");
});

test("the sentence on a line goes from its first finite point to its last", () => {
  const said = (y_hat) => chartSentences(line([2, 0, 1]), moment(0, 0, [{ y_hat }]));
  assert.deepEqual(said([1, 2, 3]), ["The line of y_hat goes from 3.000 at 20.00 to 2.000 at 10.00."]);
  assert.deepEqual(said([1, 2, "nan"]), ["The line of y_hat goes from 1.000 at 0 to 2.000 at 10.00."]);
  assert.deepEqual(said([1, "inf", "nan"]), [], "one point is no line");
});

test("the sentence on a path begins at its first point and ends with the iteration's step", () => {
  const surface = {
    data: [{ name: "path" }, { name: "step" }],
    bind: [
      { kind: "path", trace: 0, x: "W", y: "b" },
      { kind: "trail", trace: 0, x: "W", y: "b" },
      { kind: "step", trace: 1, x: "W", y: "b" },
    ],
  };
  const of = [
    { W: 1, b: 2, "W+": 3, "b+": 4 },
    { W: 3, b: 4, "W+": 5, "b+": "nan" },
  ];
  assert.deepEqual(chartSentences(surface, moment(1, 1, of)), [
    "The path of (W, b) begins at (1.000, 2.000) and is at (3.000, 4.000).",
    "This iteration goes on to (5.000, nan).",
  ]);
  assert.deepEqual(chartSentences(surface, moment(-1, 1, of)), []);
});

test("data points are counted, with the least and the largest", () => {
  const said = (at, target) => {
    const bind = [{ kind: "residuals", trace: 0, y: "y_hat", at, target }];
    return chartSentences({ data: [{ name: "residuals" }], bind }, moment(0, 0));
  };
  assert.deepEqual(said([1, 2, 3], [5, -1, 2]), ["3 points from −1.000 to 5.000."]);
  assert.deepEqual(said([1, null, 3], [5, -1, null]), ["One point, at 5.000."]);
  assert.deepEqual(said([null], [1]), ["No point is finite."]);
});

test("after the loop, the cursor is in no iteration, and the path ends with the last one", () => {
  const path = { kind: "path", trace: 0, x: "a", y: "b" };
  const figure = { data: [{ name: "a" }], bind: [...mark("a").bind, path, { ...path, kind: "step" }] };
  const of = [
    { a: 1, b: 2, "a+": 3, "b+": 4 },
    { a: 3, b: 4, "a+": 5, "b+": 6 },
  ];
  const after = moment(2, 1, of);
  after.tape.iterations.have = 2;
  after.tape.complete = true;
  assert.deepEqual(chartSentences(figure, after), [
    "The path of (a, b) begins at (1.000, 2.000) and reaches (3.000, 4.000) in iteration 1.",
    "That iteration goes on to (5.000, 6.000).",
  ]);
  assert.deepEqual(chartSentences(figure, moment(1, 1, of)), [
    "The path of (a, b) begins at (1.000, 2.000) and is at (3.000, 4.000).",
    "This iteration goes on to (5.000, 6.000).",
  ]);
});
