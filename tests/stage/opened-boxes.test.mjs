import assert from "node:assert/strict";
import { test } from "node:test";

import { OpenedBoxes } from "../../viz/stage/views/opened-boxes.js";

test("a picture is shown as it came until a box is opened, and again once all are closed", async () => {
  const button = {};
  const asked = [];
  const draw = async (tape, query) => asked.push([tape, query]) && { picture: { id: `open ${query.open}` } };
  const boxes = new OpenedBoxes(draw, button);
  const folded = { id: "folded" };
  assert.equal(boxes.picture(folded), folded);
  assert.equal(button.hidden, true);
  assert.equal(await boxes.open(folded, 9, "tape", 3), "");
  assert.equal(boxes.picture(folded).id, "open 9");
  assert.equal(button.hidden, false);
  await boxes.open(folded, 17, "tape", 3);
  assert.deepEqual(asked.at(-1), ["tape", { iteration: 3, open: "9.17" }]);
  boxes.close(folded);
  assert.equal(boxes.picture(folded), folded);
});

test("another tape with the same picture shows the same boxes open", async () => {
  const boxes = new OpenedBoxes(async () => ({ picture: { id: "open" } }), {});
  await boxes.open({ id: "folded" }, 9, "one", 0);
  assert.equal(boxes.picture({ id: "folded" }).id, "open");
  assert.equal(boxes.picture({ id: "other" }).id, "other");
});

test("where nothing can be drawn the reason is said, and the picture stays", async () => {
  const folded = { id: "folded" };
  const lost = "The drawing could not be fetched; open the box again.";
  for (const [answer, said] of [
    [{ problem: "Too large." }, "Too large."],
    [null, lost],
  ]) {
    const boxes = new OpenedBoxes(async () => answer, {});
    assert.equal(await boxes.open(folded, 9, "tape", 0), said);
    assert.equal(boxes.picture(folded), folded);
  }
});

test("no picture stays none", () => {
  assert.equal(new OpenedBoxes(null, {}).picture(null), null);
});
