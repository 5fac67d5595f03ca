/**
 * The part of the tape ahead of the cursor is fetched in time; a busy server is spared what nobody needs.
 */

import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { Playhead } from "../../viz/stage/playback/playhead.js";

const TOLD = { draw() {}, extended() {}, show() {}, pause() {}, empty() {}, progress() {} };

/** The first chunk for a cursor at an iteration: that one and six more, and `drawn` entries of the series. */
function opening(at, drawn) {
  const whole = {
    p: null,
    f: [
      { t: {}, m: 0 },
      { t: {}, m: 0 },
    ],
  };
  const near = Array.from({ length: 7 }, (_, number) => at + number).filter((number) => number > 0);
  return {
    tape: "t",
    link: "l",
    head: { setup: { p: null, f: [{ t: {}, m: 0 }] } },
    pictures: {},
    marks: { 0: { to: {}, order: [] } },
    total: null,
    from: 0,
    to: 1,
    complete: false,
    iterations: [whole],
    alone: Object.fromEntries(near.map((number) => [number, whole])),
    series: { from: 0, of: Array.from({ length: drawn }, () => ({})) },
    path: 100,
  };
}

/** A playhead at iteration 25 whose opening had a series of `drawn` entries, and its requests. */
function opened(drawn) {
  const asked = [];
  const loader = { ask: (request, rest) => asked.push({ ...request, rest }), stop() {} };
  const playhead = new Playhead(TOLD, loader, { link: "l", place: { iteration: 25, statement: 0 } });
  playhead.receive(opening(25, drawn));
  return { playhead, asked };
}

test("a server that had time for the whole series is asked at once for what lies ahead", () => {
  const { asked } = opened(100);
  assert.deepEqual(
    asked.map(({ upto, urgent, path }) => [upto, urgent, path]),
    [[26, false, false]],
  );
});

test("a busy server is asked once the cursor rests", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { playhead, asked } = opened(35);
  mock.timers.tick(1900);
  playhead.go({ iteration: 25, statement: 1 });
  mock.timers.tick(1900);
  assert.equal(asked.length, 0);
  mock.timers.tick(200);
  assert.equal(asked.length, 1);
  mock.timers.reset();
});

test("it is asked before the cursor reaches the end of the fetched part, and at once if someone waits", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { playhead, asked } = opened(35);
  for (const iteration of [26, 27, 28, 29]) playhead.go({ iteration, statement: 0 });
  playhead.speed.moves = []; // as if one second later
  playhead.asked = null;
  asked.length = 0;
  playhead.go({ iteration: 29, statement: 1 });
  assert.equal(asked.length, 0);
  playhead.go({ iteration: 30, statement: 0 });
  assert.deepEqual(
    asked.map(({ urgent }) => urgent),
    [false],
  );
  playhead.go({ iteration: 90, statement: 0 });
  assert.deepEqual(
    asked.map(({ urgent }) => urgent),
    [false, true],
  );
  mock.timers.reset();
});

test("a held key does not have to wait for a busy server", () => {
  const { playhead, asked } = opened(35);
  for (const iteration of [26, 27]) playhead.go({ iteration, statement: 0 });
  assert.equal(asked.length, 1);
});

test("nothing is requested after the stage has left the page", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { playhead, asked } = opened(35);
  playhead.leave();
  mock.timers.tick(10_000);
  assert.equal(asked.length, 0);
  mock.timers.reset();
});

/** A playhead on a complete tape of `length` iterations, of which 2 to 5 were let go; what it showed and asked. */
function onLongRun(length, at) {
  const asked = [];
  const shown = [];
  const stage = {
    ...TOLD,
    show: ({ iteration }) => shown.push(iteration),
    letGo: (iteration) => shown.push(`let go ${iteration}`),
  };
  const loader = { ask: (request, rest, take) => asked.push({ ...request, rest, take }), stop() {} };
  const playhead = new Playhead(stage, loader, { link: "l", place: { iteration: at, statement: 0 } });
  const part = { p: null, f: [{ t: {}, m: 0 }] };
  const chunk = (from, to) => ({
    ...opening(0, length),
    from,
    to,
    alone: {},
    complete: to === length,
    series: { from: 0, of: Array.from({ length }, () => ({})) },
    iterations: Array.from({ length: to - from }, (_, number) =>
      from + number > 1 && from + number < 6 ? 0 : part,
    ),
  });
  playhead.receive(chunk(0, length));
  return { playhead, asked, shown, chunk };
}

test("the cursor stays where it is if the recording let the wanted place go, and the place is remembered", () => {
  const { playhead, shown } = onLongRun(9, 7);
  playhead.go({ iteration: 3, statement: 0 });
  assert.deepEqual(shown, [7, "let go 3"]);
  assert.deepEqual(playhead.lost, { iteration: 3, statement: 0 });
  assert.deepEqual(playhead.aim, { iteration: 7, statement: 0 });
});

test("a page that opens on a place that was let go shows the start", () => {
  const { playhead, shown } = onLongRun(9, 3);
  assert.deepEqual(shown, [-1, "let go 3"]);
  assert.deepEqual(playhead.aim, { iteration: -1, statement: 0 });
});

test("a dropped place is requested, and reached when it arrives", () => {
  const { playhead, asked, shown, chunk } = onLongRun(400, 399);
  playhead.tape.iterations.size = 2 ** 30; // as if they took much
  playhead.tape.drop(399);
  playhead.go({ iteration: 150, statement: 0 });
  assert.deepEqual(
    asked.map(({ have, upto, alone, urgent }) => [have, upto, alone, urgent]),
    [[131, 151, null, true]],
  );
  asked[0].take(chunk(131, 151));
  assert.deepEqual(shown, [399, 150]);
  assert.equal(playhead.tape.have, 400);
});

/** A chunk of iterations from `from` on, three in each epoch. */
function epochs(from, to, complete = false) {
  const iterations = Array.from({ length: to - from }, (_, at) => ({
    p: null,
    f: [
      { t: {}, m: 0, a: [`epoch ${Math.floor((from + at) / 3)}`, `batch ${(from + at) % 3}`] },
      { t: {}, m: 0 },
    ],
  }));
  return {
    ...opening(0, 0),
    alone: {},
    from,
    to,
    complete,
    iterations,
    head: from ? undefined : opening(0, 0).head,
  };
}

/** A playhead at the second statement of iteration 1; it has the iterations before `to`. */
function inEpochs(to) {
  const requests = [];
  const loader = { ask: (request, rest, take) => requests.push({ ...request, take }), stop() {} };
  const playhead = new Playhead(TOLD, loader, { link: "l", place: { iteration: 1, statement: 1 } });
  playhead.receive(epochs(0, to, to === 9));
  return { playhead, requests };
}

test("by epoch, the cursor goes to where the next one begins and back to where they began, at one line", () => {
  const { playhead } = inEpochs(9);
  const visited = [1, 1, 1, -1, -1, -1, -1].map((by) => {
    playhead.goEpochs(by);
    return [playhead.cursor.iteration, playhead.cursor.statement];
  });
  const back = [[3, 1], [0, 1], [-1, 0], [-1, 0]]; // prettier-ignore
  assert.deepEqual(visited, [[3, 1], [6, 1], [6, 1], ...back]); // prettier-ignore
});

test("an epoch that has not arrived is waited for, however many chunks it takes", () => {
  const { playhead, requests } = inEpochs(2);
  playhead.goEpochs(1);
  assert.deepEqual([playhead.cursor.iteration, requests.at(-1).urgent], [1, true]);
  requests.at(-1).take(epochs(2, 3));
  assert.deepEqual([playhead.cursor.iteration, requests.at(-1).have], [1, 3]);
  requests.at(-1).take(epochs(3, 5));
  assert.deepEqual([playhead.cursor, playhead.search], [{ iteration: 3, statement: 1 }, null]);
});

test("an epoch next to iterations that were skipped is found once they have arrived, both ways", () => {
  const { playhead, requests } = inEpochs(5);
  playhead.go({ iteration: 4, statement: 1 });
  playhead.tape.add({ ...epochs(5, 5), to: 600, skipped: true });
  playhead.tape.add(epochs(600, 605));
  playhead.asked = null;
  playhead.goEpochs(1);
  assert.deepEqual([requests.at(-1).have, requests.at(-1).upto], [5, 25]);
  requests.at(-1).take(epochs(5, 25));
  assert.deepEqual([playhead.cursor.iteration, playhead.search], [6, null]);
  playhead.go({ iteration: 601, statement: 1 });
  playhead.goEpochs(-1);
  assert.equal(playhead.search !== null, true);
  requests.at(-1).take(epochs(580, 600));
  assert.deepEqual([playhead.cursor.iteration, playhead.search], [600, null]);
  playhead.asked = null;
  playhead.goEpochs(-1);
  assert.deepEqual([playhead.cursor.iteration, playhead.search], [597, null]);
});

test("if the run ends in this epoch, the cursor stays", () => {
  const { playhead, requests } = inEpochs(2);
  playhead.goEpochs(1);
  requests.at(-1).take(epochs(2, 3, true));
  assert.deepEqual([playhead.cursor.iteration, playhead.wanted, playhead.search], [1, null, null]);
});

/** An iteration inside of `train`, which calls `f` twice in one statement. */
const IN_CALLS = [
  { t: {}, m: 0, c: [[0, "train"]] },
  { t: {}, m: 0, c: [[0, "train"], [1, "f"]] },
  { t: {}, m: 0 },
  { t: {}, m: 0, c: [[0, "train"], [2, "f"]] },
  { t: {}, m: 0, c: [[0, "train"]] },
]; // prettier-ignore

/** A playhead at a statement of iteration 0 of a run that is in `train` for three iterations. */
function inCalls(statement, to = 3) {
  const requests = [];
  const loader = { ask: (request, rest, take) => requests.push({ ...request, take }), stop() {} };
  const playhead = new Playhead(TOLD, loader, { link: "l", place: { iteration: 0, statement } });
  playhead.receive(calls(0, to));
  return { playhead, requests };
}

function calls(from, to) {
  const iterations = Array.from({ length: to - from }, () => ({ p: null, f: IN_CALLS }));
  const after = { p: null, f: [{ t: {}, m: 0 }] };
  return { ...epochs(from, to), iterations, complete: to === 3, after };
}

/** The places to which these steps over calls lead. */
function over(playhead, ...steps) {
  return steps.map((by) => {
    playhead.goOverCalls(by);
    return [playhead.cursor.iteration, playhead.cursor.statement];
  });
}

test("a step over calls stays in its own call or in those around it, and never goes into another one", () => {
  assert.deepEqual(over(inCalls(0).playhead, 1, 1, -1, -1), [[0, 4], [1, 0], [0, 4], [0, 0]]); // prettier-ignore
  assert.deepEqual(over(inCalls(1).playhead, 1, 1), [[0, 2], [0, 4]]); // prettier-ignore
  assert.deepEqual(over(inCalls(3).playhead, -1, -1, 1), [[0, 0], [-1, 0], [3, 0]]); // prettier-ignore
  assert.deepEqual(over(inCalls(3).playhead, 1, 1), [[0, 4], [1, 0]]); // prettier-ignore
});

test("over a call in which the run trains, the cursor waits for its end", () => {
  const { playhead, requests } = inCalls(0, 1);
  playhead.go({ iteration: -1, statement: 0 });
  assert.deepEqual(over(playhead, 1), [[-1, 0]]);
  requests.at(-1).take(calls(1, 2));
  assert.deepEqual([playhead.cursor.iteration, playhead.wanted.iteration], [-1, 2]);
  requests.at(-1).take(calls(2, 3));
  assert.deepEqual([playhead.cursor, playhead.search], [{ iteration: 3, statement: 0 }, null]);
});

test("another key ends the search for a place that has not arrived", () => {
  const { playhead, requests } = inEpochs(2);
  playhead.goEpochs(1);
  playhead.go({ iteration: 0, statement: 0 });
  requests.at(-1).take(epochs(2, 9));
  assert.deepEqual(playhead.cursor, { iteration: 0, statement: 0 });
});

test("a far place is requested without what is between, and what the cursor then nears is requested", () => {
  const { playhead, asked, shown, chunk } = onLongRun(40, 39);
  const last = () => asked.at(-1);
  const skipped = (from, to) => ({
    ...chunk(0, 0),
    from,
    to,
    iterations: [],
    skipped: true,
    series: of(from, to),
  });
  const of = (from, to) => ({ from, of: Array.from({ length: to - from }, () => ({})) });
  playhead.tape.complete = false;
  playhead.go({ iteration: 300, statement: 0 });
  assert.deepEqual([last().have, last().upto, last().skip], [40, 320, null]);
  playhead.go({ iteration: 1000, statement: 0 });
  playhead.asked = null; // as if that chunk had not been awaited
  playhead.settle();
  assert.deepEqual([last().have, last().skip, last().urgent], [40, 980, true]);
  last().take(skipped(40, 500));
  assert.deepEqual([last().have, last().drawn, last().skip], [500, 500, 980]);
  last().take(skipped(500, 980));
  assert.deepEqual([last().have, last().skip], [980, null]);
  last().take({ ...chunk(980, 1001), series: of(980, 1001), complete: false });
  assert.deepEqual(shown, [39, 1000]);
  playhead.asked = null;
  playhead.go({ iteration: 700, statement: 0 });
  assert.deepEqual([last().have, last().upto, last().skip], [681, 701, null]);
});
