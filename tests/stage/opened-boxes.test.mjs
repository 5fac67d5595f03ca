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

test("if nothing can be drawn the reason is shown, and the picture stays", async () => {
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

/** Boxes whose responses arrive when the test says so: `give[n](answer)` answers the request number n. */
function withAnswers() {
  const asked = [];
  const give = [];
  const draw = (tape, { open }) => {
    asked.push(open);
    return new Promise((resolve) => give.push(resolve));
  };
  return { boxes: new OpenedBoxes(draw, {}), asked, give };
}

const FOLDED = { id: "folded" };

test("a box that is opened before the first response does not fold the first box again", async () => {
  const { boxes, asked, give } = withAnswers();
  const opening = [boxes.open(FOLDED, 4, "tape", 0), boxes.open(FOLDED, 9, "tape", 0)];
  assert.deepEqual(asked, ["4", "4.9"]);
  give[0]({ picture: { id: "with 4" } });
  give[1]({ picture: { id: "with 4 and 9" } });
  await Promise.all(opening);
  assert.equal(boxes.picture(FOLDED).id, "with 4 and 9");
});

test("a response that was overtaken does not replace the newer picture", async () => {
  const { boxes, asked, give } = withAnswers();
  const opening = [boxes.open(FOLDED, 4, "tape", 0), boxes.open(FOLDED, 9, "tape", 0)];
  give[1]({ picture: { id: "with 4 and 9" } });
  await opening[1];
  give[0]({ picture: { id: "with 4" } });
  await opening[0];
  assert.equal(boxes.picture(FOLDED).id, "with 4 and 9");
  boxes.open(FOLDED, 17, "tape", 0);
  assert.equal(asked.at(-1), "4.9.17");
});

test("a box that could not be opened is not requested with the next one", async () => {
  const { boxes, asked, give } = withAnswers();
  const first = boxes.open(FOLDED, 4, "tape", 0);
  give[0]({ problem: "Too large." });
  assert.equal(await first, "Too large.");
  boxes.open(FOLDED, 9, "tape", 0);
  assert.deepEqual(asked, ["4", "9"]);
});

test("a response that arrives after all boxes were folded changes nothing", async () => {
  const { boxes, give } = withAnswers();
  const opening = boxes.open(FOLDED, 4, "tape", 0);
  boxes.close(FOLDED);
  give[0]({ picture: { id: "with 4" } });
  await opening;
  assert.equal(boxes.picture(FOLDED), FOLDED);
});

test("the picture that was opened longest ago is dropped when there are too many", async () => {
  const boxes = new OpenedBoxes(async () => ({ picture: { id: "open" } }), {});
  for (let at = 0; at < 21; at += 1) await boxes.open({ id: at }, 9, "tape", 0);
  assert.deepEqual(
    [0, 1, 20].map((id) => boxes.picture({ id }).id),
    [0, "open", "open"],
  );
});

test("without a picture there is nothing to open", () => {
  assert.equal(new OpenedBoxes(null, {}).picture(null), null);
});
