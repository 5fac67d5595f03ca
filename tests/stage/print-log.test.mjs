/** What a run printed: whole up to the cursor, whichever iterations have arrived, and in whichever order. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { asInTerminal, PrintLog } from "../../viz/stage/playback/print-log.js";

const QUIET = [{ l: 1 }, { l: 2 }];
const says = (text) => [{ l: 1 }, { l: 2, o: text }, { l: 3 }];

/** A log of a set-up and of these iterations, from 0 on; null for one that prints nothing. */
function logged(...texts) {
  const log = new PrintLog();
  log.put(-1, says("begin\n"));
  texts.forEach((text, at) => log.put(at, text === null ? QUIET : says(text)));
  return log;
}

const at = (iteration, statement, node) => ({ iteration, statement, node });

test("what was printed up to a moment has what its own statement printed apart", () => {
  const log = logged("a\n", null, "b\n", "c\n");
  assert.deepEqual(log.upTo(at(2, 0), 9), { before: "begin\na\n", now: "", earlier: false, missing: null });
  assert.deepEqual(log.upTo(at(2, 1), 9), { before: "begin\na\n", now: "b\n", earlier: false, missing: null });
  assert.equal(log.upTo(at(2, 2), 9).before, "begin\na\nb\n");
  assert.equal(log.upTo(at(-1, 0), 9).before, "");
  assert.equal(log.upTo(at(-1, 1), 9).now, "begin\n");
});

test("a statement has printed nothing before its last step is done", () => {
  const log = logged("a\n");
  assert.deepEqual([log.upTo(at(0, 1, 0), 9).now, log.upTo(at(0, 1, 0), 9).before], ["", "begin\n"]);
});

test("of a long output, the last lines come first", () => {
  const log = logged(...Array.from({ length: 50 }, (_, number) => `${number}\n`));
  const last = log.upTo(at(49, 2), 3);
  assert.deepEqual([last.before, last.earlier, last.missing], ["47\n48\n49\n", true, null]);
  const all = log.upTo(at(49, 2), 51);
  assert.deepEqual([all.before.split("\n").length, all.earlier], [52, false]);
});

test("where an iteration is missing, the text begins after it, until it arrives", () => {
  const log = logged("a\n");
  log.put(3, says("d\n"));
  log.put(2, says("c\n"));
  assert.deepEqual(log.upTo(at(3, 2), 9), { before: "c\nd\n", now: "", earlier: false, missing: 2 });
  log.put(1, QUIET);
  assert.deepEqual(log.upTo(at(3, 2), 9), { before: "begin\na\nc\nd\n", now: "", earlier: false, missing: null });
});

test("an iteration that arrives twice is printed once", () => {
  const log = logged("a\n");
  log.put(0, says("a\n"));
  assert.equal(log.upTo(at(0, 2), 9).before, "begin\na\n");
});

test("an output that takes too much room loses what is farthest from the cursor", () => {
  const log = new PrintLog(40);
  for (let number = 0; number < 10; number += 1) log.put(number, says(`line ${number}\n`));
  log.drop(2);
  assert.deepEqual(log.upTo(at(2, 2), 99), { before: "line 1\nline 2\n", now: "", earlier: false, missing: 1 });
  assert.ok(log.size <= 20);
  log.put(9, says("line 9\n"));
  assert.deepEqual(log.upTo(at(9, 2), 99), { before: "line 9\n", now: "", earlier: false, missing: 9 });
});

test("after a carriage return, a line is written over as in a terminal", () => {
  assert.equal(asInTerminal("10%\r100%\nend\n"), "100%\nend\n");
  assert.equal(asInTerminal("abc\rX\n"), "Xbc\n");
  assert.equal(asInTerminal("done\r"), "done");
});
