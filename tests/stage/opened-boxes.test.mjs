import assert from "node:assert/strict";
import { test } from "node:test";

import { Folds } from "../../viz/stage/views/opened-boxes.js";

const picture = (text) => ({ autograd: { LR: text }, concept: { LR: text } });

test("a picture is shown as it came until a box is opened, and again once all are closed", async () => {
  const button = {};
  const asked = [];
  const folds = new Folds(async (tape, query) => asked.push([tape, query]) && { svg: picture(`open ${query.open}`) }, button);
  const plain = picture("folded");
  assert.equal(folds.drawing(plain), plain);
  assert.equal(button.hidden, true);
  assert.equal(await folds.open(plain, 9, "tape", 3), "");
  assert.equal(folds.drawing(plain).autograd.LR, "open 9");
  assert.equal(button.hidden, false);
  await folds.open(plain, 17, "tape", 3);
  assert.deepEqual(asked.at(-1), ["tape", { iteration: 3, open: "9.17" }]);
  folds.close(plain);
  assert.equal(folds.drawing(plain), plain);
});

test("another tape with the same graph shows the same boxes open", async () => {
  const folds = new Folds(async () => ({ svg: picture("open") }), {});
  await folds.open(picture("folded"), 9, "one", 0);
  assert.equal(folds.drawing(picture("folded")).autograd.LR, "open");
  assert.equal(folds.drawing(picture("other")).autograd.LR, "other");
});

test("where nothing can be drawn the reason is said, and the picture stays", async () => {
  const plain = picture("folded");
  for (const [answer, said] of [[{ problem: "Too large." }, "Too large."], [null, "The drawing could not be fetched; open the box again."]]) {
    const folds = new Folds(async () => answer, {});
    assert.equal(await folds.open(plain, 9, "tape", 0), said);
    assert.equal(folds.drawing(plain), plain);
  }
});

test("no picture stays none", () => {
  assert.equal(new Folds(null, {}).drawing(null), null);
});
