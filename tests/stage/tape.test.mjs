/** The tape in the browser: chunks fit together, and moments are looked up, also inside a statement. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { SETUP, Tape } from "../../viz/stage/playback/tape.js";

/**
 * Frames as the server writes them: `zero` clears, `forward` builds nodes 1 then 2, `backward` visits 2 then 1.
 */
const FRAMES = [
  { l: 5, s: "zero", t: { "n0.v": "3" }, m: 0 },
  { l: 6, s: "forward", t: { "n1.v": "4", "n2.v": "5", c6: "5" }, m: 1 },
  { l: 7, s: "backward", t: { "n2.g": "1", "e2.0": "7", "n1.g": "7", "e1.0": "9", "n0.g": "9" }, m: 2 },
];
const MARKS = {
  0: { to: { n0: "built" }, order: [] },
  1: { to: { n1: "built now", n2: "built now" }, order: [[1], [2]] },
  2: { to: { n1: "built done now", n2: "built done now" }, order: [[2], [1], [0]] },
};
const HEAD = { setup: { p: null, f: [{ l: 1, s: "x", t: { c1: "2" }, m: 0 }] } };
const iteration = { p: 0, f: FRAMES };

function chunk(from, to, more = {}) {
  return {
    tape: "t",
    from,
    to,
    total: 5,
    complete: to === 5,
    pictures: { 0: {} },
    marks: MARKS,
    iterations: Array.from({ length: to - from }, () => iteration),
    series: { from, of: Array.from({ length: to - from }, (_, at) => ({ loss: from + at, w: [from + at, -1] })) },
    ...(from === 0 ? { head: HEAD } : {}),
    ...more,
  };
}

function taped(...chunks) {
  const tape = new Tape("t");
  for (const one of chunks) tape.add(one);
  return tape;
}

test("pieces in order are the whole, and one that comes twice changes nothing", () => {
  const whole = taped(chunk(0, 5));
  const pieces = taped(chunk(0, 2), chunk(0, 2), chunk(1, 4), chunk(4, 5));
  assert.equal(pieces.have, 5);
  assert.deepEqual(pieces.iterations.parts, whole.iterations.parts);
  assert.deepEqual(pieces.series("loss"), [0, 1, 2, 3, 4]);
  assert.ok(pieces.complete);
});

test("an iteration that arrived alone is there before earlier ones, and is kept when they arrive", () => {
  const alone = { p: 0, f: FRAMES.slice(0, 1) };
  const tape = taped(chunk(0, 1, { alone: { 3: alone }, series: { from: 0, of: [{}, {}, {}, {}, {}] } }));
  assert.deepEqual(tape.held, { have: 1, drawn: 5, alone: 3, till: 4 });
  assert.equal(tape.frames(3).length, 1);
  assert.equal(tape.frames(2).length, 0);
  tape.add(chunk(1, 5, { iterations: [iteration, iteration, null, iteration], series: { from: 5, of: [] } }));
  assert.equal(tape.have, 5);
  assert.equal(tape.part(3), alone);
});

test("if an opening arrives again for another place, its own iterations count and not those between", () => {
  const one = { p: 0, f: FRAMES.slice(0, 1) };
  const tape = taped(chunk(0, 1, { alone: { 3: one } }), chunk(0, 1, { alone: { 20: one, 21: one } }));
  assert.deepEqual([tape.held.alone, tape.held.till], [20, 22]);
});

test("each element of a vector is a series of its own", () => {
  assert.deepEqual(taped(chunk(0, 3)).series("w", 0), [0, 1, 2]);
  assert.deepEqual(taped(chunk(0, 3)).series("nothing"), [null, null, null]);
});

test("a series to draw has null for None, NaN and infinities, and the tape keeps which it was", () => {
  const of = [
    { loss: "nan", w: [1, "-inf"], "w.grad": null },
    { loss: 2, w: "inf" },
  ];
  const tape = taped(chunk(0, 2, { series: { from: 0, of } }));
  assert.deepEqual(tape.series("loss"), [null, 2]);
  assert.deepEqual(tape.series("w"), [[1, null], null]);
  assert.deepEqual(tape.series("w", 1), [null, null]);
  assert.deepEqual(
    [0, 1, 2].map((at) => tape.valueOf("loss", at)),
    ["nan", 2, undefined],
  );
  assert.deepEqual(
    [0, 1].map((at) => tape.valueOf("w", at, 1)),
    ["-inf", undefined],
  );
  assert.deepEqual(
    [0, 1].map((at) => tape.valueOf("w.grad", at, 1)),
    [null, undefined],
  );
});

test("a step over the end of an iteration goes on in the next, and back", () => {
  const tape = taped(chunk(0, 5));
  assert.deepEqual(tape.statementAway({ iteration: 0, statement: 2 }, 1), { iteration: 1, statement: 0 });
  assert.deepEqual(tape.statementAway({ iteration: 1, statement: 0 }, -1), { iteration: 0, statement: 2 });
  assert.deepEqual(tape.statementAway({ iteration: 0, statement: 0 }, -1), { iteration: SETUP, statement: 0 });
  assert.equal(tape.statementAway({ iteration: SETUP, statement: 0 }, -1), null);
  assert.equal(tape.statementAway({ iteration: 4, statement: 2 }, 1), null);
});

test("back from a statement of an iteration that has not arrived leads to the statement before it", () => {
  const tape = taped({ ...chunk(0, 2), complete: false });
  assert.deepEqual(tape.statementAway({ iteration: 3, statement: 2 }, -1), { iteration: 3, statement: 1 });
  assert.deepEqual(tape.statementAway({ iteration: 2, statement: 0 }, -1), { iteration: 1, statement: 2 });
});

test("node by node the cursor passes every step of a statement, and ends at the statement, both ways", () => {
  const tape = taped(chunk(0, 5));
  const on = [];
  for (let at = { iteration: 0, statement: 0 }; on.length < 5;) on.push((at = tape.nodeAway(at, 1)));
  const [one, two, three, four, five] = on;
  assert.deepEqual(one, { iteration: 0, statement: 1, node: 0 });
  assert.deepEqual(two, { iteration: 0, statement: 1 });
  assert.deepEqual(three, { iteration: 0, statement: 2, node: 0 });
  assert.deepEqual(four, { iteration: 0, statement: 2, node: 1 });
  assert.deepEqual(five, { iteration: 0, statement: 2 });
  const back = [];
  for (let at = five; back.length < 5;) back.push((at = tape.nodeAway(at, -1)));
  assert.deepEqual(back, [four, three, two, one, { iteration: 0, statement: 0 }]);
});

test("inside a statement only its first nodes have acted, and only the last of them is at work", () => {
  const tape = taped(chunk(0, 5));
  const first = tape.stateAt({ iteration: 0, statement: 2, node: 0 });
  assert.deepEqual(
    [first.texts.get("n2.g"), first.texts.get("e2.0"), first.texts.get("n1.g")],
    ["1", "7", undefined],
  );
  assert.deepEqual([first.marks.get("n2"), first.marks.get("n1")], ["built done now", "built"]);
  const second = tape.stateAt({ iteration: 0, statement: 2, node: 1 });
  assert.deepEqual(
    [second.texts.get("n1.g"), second.texts.get("e1.0"), second.texts.get("n0.g")],
    ["7", "9", undefined],
  );
  assert.deepEqual([second.marks.get("n2"), second.marks.get("n1")], ["built done", "built done now"]);
});

test("inside a forward line the text beside the line waits for its end", () => {
  const tape = taped(chunk(0, 5));
  assert.equal(tape.stateAt({ iteration: 0, statement: 1, node: 0 }).texts.get("c6"), undefined);
  assert.equal(tape.stateAt({ iteration: 0, statement: 1 }).texts.get("c6"), "5");
  assert.equal(tape.stateAt({ iteration: 0, statement: 1, node: 0 }).texts.get("n2.v"), undefined);
});

test("a sum has the numbers of its step, and the number before the statement", () => {
  const text = ["", "before", " + ", "e1.0", " = ", "n0.g", ""];
  const marks = { ...MARKS, 2: { ...MARKS[2], sums: [null, null, { text, before: "n2.v" }] } };
  const tape = taped(chunk(0, 5, { marks }));
  assert.equal(tape.sumAt({ iteration: 0, statement: 2 }), "5 + 9 = 9");
  assert.equal(tape.sumAt({ iteration: 0, statement: 2, node: 1 }), null);
  assert.equal(tape.sumAt({ iteration: 0, statement: 1 }), null);
});

test("the sum of a first statement begins with what the previous iteration left in the same drawing", () => {
  const text = ["", "before", " + ", "e1.0", " = ", "n0.g", ""];
  const marks = { ...MARKS, 4: { to: {}, order: [[0]], sums: [{ text, before: "n0.g" }] } };
  const begins = (p, grad) => ({
    p,
    f: [
      { l: 5, s: "backward", t: { "e1.0": "2", "n0.g": grad }, m: 4 },
      { ...FRAMES[0], t: {} },
    ],
  });
  const iterations = [begins(0, "2"), begins(0, "4"), begins(1, "6")];
  const tape = taped(chunk(0, 3, { marks, iterations }));
  const sums = iterations.map((_, at) => tape.sumAt({ iteration: at, statement: 0 }));
  assert.deepEqual(sums, [null, "2 + 2 = 4", null]);
});

test("the first inf or NaN is named from its moment on", () => {
  const frames = FRAMES.map((frame, at) => (at === 1 ? { ...frame, w: "loss is inf" } : frame));
  const tape = taped(
    chunk(0, 5, { iterations: [iteration, iteration, { p: 0, f: frames }, iteration, iteration] }),
  );
  assert.equal(tape.firstWarning({ iteration: 2, statement: 0 }), "");
  assert.equal(tape.firstWarning({ iteration: 2, statement: 1 }), "loss is inf");
  assert.equal(tape.firstWarning({ iteration: 4, statement: 0 }), "loss is inf");
});

test("what follows the loop keeps the last iteration's graph, if it continues that", () => {
  const said = { l: 9, s: "print", t: { c9: "5" }, m: 3 };
  const marks = { ...MARKS, 3: { to: { n2: "built done" }, order: [] } };
  const tape = taped(chunk(0, 5, { marks, after: { p: 0, f: [said], on: 1 } }));
  const { texts, marks: looks } = tape.stateAt({ iteration: 5, statement: 0 });
  assert.deepEqual([texts.get("n1.v"), texts.get("n2.g"), texts.get("c9"), texts.get("c6")], ["4", "1", "5", "5"]);
  assert.deepEqual([looks.get("n2"), looks.get("n1")], ["built done", "built done now"]);
  assert.equal(tape.picture({ iteration: 5 }), tape.picture({ iteration: 4 }));
});

test("what follows the loop with a graph of its own begins with empty boxes, and keeps the other texts", () => {
  const built = { l: 9, s: "y", t: { "n1.v": "8", c9: "8" }, m: 3 };
  const marks = { ...MARKS, 3: { to: { n1: "built now" }, order: [[1]] } };
  const tape = taped(chunk(0, 5, { marks, pictures: { 0: {}, 7: {} }, after: { p: 7, f: [built] } }));
  const { texts, marks: looks } = tape.stateAt({ iteration: 5, statement: 0 });
  assert.deepEqual([...texts].toSorted(), [
    ["c1", "2"],
    ["c6", "5"],
    ["c9", "8"],
    ["n1.v", "8"],
  ]);
  assert.deepEqual([...looks], [["n1", "built now"]]);
  assert.equal(tape.picture({ iteration: 5 }), tape.pictures[7]);
});

test("nothing precedes the set-up, the set-up the loop, and the last iteration what follows the loop", () => {
  const tape = taped(chunk(0, 5, { after: { p: null, f: FRAMES.slice(0, 1) } }));
  assert.deepEqual(
    [SETUP, 0, 1, 5].map((part) => tape.before(part)),
    [null, SETUP, 0, 4],
  );
  assert.equal(taped(chunk(0, 1, { head: { setup: { p: null, f: [] } } })).before(0), null);
  assert.equal(tape.picture({ iteration: 5 }), null);
});

test("an iteration that was let go has arrived, but is not here", () => {
  const tape = taped(chunk(0, 5, { iterations: [iteration, 0, 0, iteration, iteration] }));
  assert.equal(tape.have, 5);
  assert.equal(tape.frames(1).length, 0);
  assert.ok(tape.iterations.isLetGo(1) && !tape.isMissing(1));
  assert.deepEqual(tape.statementAway({ iteration: 3, statement: 0 }, -1), { iteration: 2, statement: Infinity });
  assert.deepEqual(tape.series("loss"), [0, 1, 2, 3, 4]);
});

test("of more than there is room for, iterations far from the cursor are dropped, and arrive again", () => {
  const many = Array.from({ length: 400 }, () => iteration);
  const long = chunk(0, 400, { iterations: many, size: 4000, complete: true });
  const tape = taped(long);
  tape.drop(300, 4000);
  assert.equal(tape.iterations.size, 4000);
  tape.drop(300, 3999);
  const here = many.map((_, number) => number).filter((number) => tape.frames(number).length);
  assert.deepEqual([here.length, here[9], here[10], here.at(-1)], [210, 9, 200, 399]);
  assert.ok(tape.isMissing(199) && !tape.isMissing(200));
  assert.deepEqual(tape.iterations.droppedNear(201, 1), null);
  assert.deepEqual(tape.iterations.droppedNear(202, 3), { from: 180, to: 200 });
  assert.deepEqual(tape.iterations.droppedNear(8, 2), { from: 10, to: 30 });
  tape.add({ ...long, from: 180, to: 200, iterations: many.slice(180, 200), size: 200, complete: false });
  assert.equal(tape.frames(199).length, 3);
  assert.equal(tape.have, 400);
  assert.ok(tape.complete);
});

test("past a gap no warning is known to be the first", () => {
  const warns = { ...iteration, f: FRAMES.map((frame) => ({ ...frame, w: "W became inf." })) };
  const tape = taped(chunk(0, 2, { iterations: [iteration, iteration] }));
  tape.add({ ...chunk(2, 9, { iterations: [] }), skipped: true });
  assert.equal(tape.have, 9);
  assert.ok(tape.isMissing(5));
  tape.add(chunk(9, 10, { iterations: [warns] }));
  assert.equal(tape.firstWarning({ iteration: 9, statement: 2 }), "");
  tape.add(chunk(1, 3, { iterations: [iteration, warns] }));
  assert.equal(tape.frames(2).length, 3);
});

test("the address of a moment is the last one that its iteration has had", () => {
  const frames = FRAMES.map((frame, at) => (at === 1 ? frame : { ...frame, a: at ? [] : ["epoch 1", "batch 0"] }));
  const tape = taped(chunk(0, 2, { iterations: [{ ...iteration, f: frames }, iteration] }));
  const said = [0, 1, 2].map((statement) => tape.address({ iteration: 0, statement }));
  assert.deepEqual(said, ["epoch 1, batch 0", "epoch 1, batch 0", ""]);
  assert.equal(tape.address({ iteration: 1, statement: 0 }), "");
});

test("what is printed is there whole: of the set-up, of iterations that were dropped, and after the loop", () => {
  const says = (o) => ({ p: null, f: [{ l: 1, s: "x", t: {}, m: 0, o }] });
  const head = { ...HEAD, setup: says("begin\n") };
  const iterations = Array.from({ length: 300 }, (_, number) => says(`${number}\n`));
  const series = { from: 0, of: [] };
  const tape = taped(
    chunk(0, 300, { head, iterations, series, size: 30_000, complete: true, after: says("end\n") }),
  );
  tape.drop(299, 1000);
  assert.equal(tape.frames(100).length, 0);
  const { before, now, missing } = tape.printed({ iteration: 300, statement: 0 }, 1000);
  assert.equal(before, ["begin", ...iterations.keys(), ""].join("\n"));
  assert.deepEqual([now, missing], ["end\n", null]);
});
