/**
 * The queue of steps through the history: the server gets one program at a time, and in the end the last one.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import { HistoryQueue } from "../../viz/stage/page/history-queue.js";

/** A queue, a server that is busy when a test says so, and a list of what happened. */
function walked() {
  const server = { busy: false };
  const happened = [];
  const queue = new HistoryQueue(
    () => server.busy,
    () => happened.push("go"),
    () => happened.push("arrived"),
  );
  const becomes = (busy) => {
    server.busy = busy;
    queue.changed();
  };
  return { queue, happened, becomes };
}

const later = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

test("one step goes at once, and has arrived some time after the server is done", async () => {
  const { queue, happened, becomes } = walked();
  queue.leads(true);
  assert.deepEqual(happened, ["go"]);
  becomes(true);
  await later(600);
  becomes(false);
  assert.deepEqual(happened, ["go"]);
  await later(600);
  assert.deepEqual(happened, ["go", "arrived"]);
});

test("many steps while the server works become one, once it is done", async () => {
  const { queue, happened, becomes } = walked();
  queue.leads(true);
  queue.leads(true); // before the server is known to be busy
  becomes(true);
  for (let step = 0; step < 5; step += 1) queue.leads(true);
  assert.deepEqual(happened, ["go"]);
  becomes(false);
  assert.deepEqual(happened, ["go", "go"]);
  becomes(true);
  becomes(false);
  await later(600);
  assert.deepEqual(happened, ["go", "go", "arrived"]);
});

test("a step back to the program on stage is not requested, and replaces earlier steps", async () => {
  const { queue, happened, becomes } = walked();
  becomes(true);
  queue.leads(true);
  queue.leads(false);
  becomes(false);
  await later(600);
  assert.deepEqual(happened, ["arrived"]);
});

test("a step back to the program on stage is requested if the server was sent elsewhere meanwhile", async () => {
  const { queue, happened, becomes } = walked();
  queue.leads(true);
  becomes(true);
  queue.leads(false);
  assert.deepEqual(happened, ["go"]);
  becomes(false);
  assert.deepEqual(happened, ["go", "go"]);
  becomes(true);
  becomes(false);
  await later(600);
  assert.deepEqual(happened, ["go", "go", "arrived"]);
  queue.leads(false); // the server is where the stage is
  await later(600);
  assert.deepEqual(happened, ["go", "go", "arrived", "arrived"]);
});

test("a response may arrive until some time after the server is done", async () => {
  const { queue, becomes } = walked();
  assert.equal(queue.under, false);
  queue.leads(true);
  becomes(true);
  becomes(false);
  assert.equal(queue.under, true);
  await later(600);
  assert.equal(queue.under, false);
});

test("a step right after an arrival goes at once", async () => {
  const { queue, happened, becomes } = walked();
  queue.leads(true);
  becomes(true);
  becomes(false);
  await later(100);
  queue.leads(true);
  assert.deepEqual(happened, ["go", "go"]);
});

test("a request to a silent server is repeated, and then the queue goes on", async () => {
  const { queue, happened } = walked();
  queue.leads(true);
  await later(2_300);
  assert.deepEqual(happened, ["go", "go", "go", "arrived"]);
  assert.equal(queue.under, false);
  queue.leads(true);
  assert.deepEqual(happened.slice(4), ["go"]);
});
