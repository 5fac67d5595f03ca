import assert from "node:assert/strict";
import { test } from "node:test";

import { missingValues, number, chartSentences } from "../../viz/stage/views/charts/chart-sentences.js";

const points = [
  { loss: 4, W: [1, 2], "W.grad": null, y_hat: [1, null] },
  { loss: null, W: [1, null], "W.grad": null },
];
const moment = (iteration, reached) => ({
  iteration,
  reached,
  series: (name, element) =>
    points.map((one) => (element === undefined ? (one[name] ?? null) : (one[name]?.[element] ?? null))),
});
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
    "loss is 4 in iteration 0, no number in iteration 1.",
    "In iteration 0, at the cursor, loss is 4.",
  ]);
  assert.deepEqual(chartSentences(loss, moment(0, 0)), ["loss is 4 in iteration 0."]);
});

test("before the loop there is a history and no place of the cursor", () => {
  assert.deepEqual(chartSentences(loss, moment(-1, 0)), ["loss is 4 in iteration 0."]);
});

test("a chart says which values it cannot draw, and nothing of those that are not there", () => {
  assert.equal(missingValues(loss, points[0]), "");
  assert.equal(missingValues(loss, points[1]), "loss is NaN or infinite here: nothing to draw.");
  assert.equal(missingValues(loss, {}), "");
  assert.equal(missingValues(loss, undefined), "");
  assert.equal(missingValues(mark("W.grad"), points[0]), "", "None, as far as anyone knows");
  assert.equal(missingValues(mark("y_hat"), points[0]), "y_hat is NaN or infinite here: nothing to draw.");
  assert.equal(missingValues(mark("W", 0), points[1]), "");
  assert.equal(missingValues(mark("W", 1), points[1]), "W is NaN or infinite here: nothing to draw.");
});

test("a number has four digits, however large or small it is", () => {
  assert.deepEqual([0.123456, -1e37, 5e-324, 500, 0, null].map(number), [
    "0.1235",
    "−1e+37",
    "5e−324",
    "500",
    "0",
    "no number",
  ]);
});
