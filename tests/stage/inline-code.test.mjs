import assert from "node:assert/strict";
import { test } from "node:test";

import { withCode, withoutMarks, setSentence } from "../../viz/stage/views/inline-code.js";

globalThis.document = { createElement: (tag) => ({ tag, textContent: "" }) };

test("what is between backticks is code, and everything else is text", () => {
  assert.deepEqual(withCode("`W` → `W * x`, summed"), [
    "",
    { tag: "code", textContent: "W" },
    " → ",
    { tag: "code", textContent: "W * x" },
    ", summed",
  ]);
  assert.deepEqual(withCode("0.5"), ["0.5"]);
});

test("a backtick without a second one is a backtick", () => {
  assert.deepEqual(withCode("a ` b"), ["a ` b"]);
  assert.equal(withoutMarks("a ` b"), "a ` b");
});

test("where only a string is possible the backticks are left out", () => {
  assert.equal(
    withoutMarks("`y` is not part of this language; write `z`."),
    "y is not part of this language; write z.",
  );
});

test("an element shows a sentence and nothing of the previous one", () => {
  const element = { textContent: "old", replaceChildren: (...parts) => (element.parts = parts) };
  setSentence(element, "no code");
  assert.equal(element.textContent, "no code");
  setSentence(element, "some `code`");
  assert.equal(element.parts.length, 3);
});
