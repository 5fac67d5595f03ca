/**
 * The queue of steps through the history: the server is sent to one program at a time, and in the end to the last.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import { HistoryQueue } from "../../viz/stage/page/history-queue.js";

/** A queue with a server that is busy when a test says so, and what happened. */
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

test("one step goes at once, and has arrived some time after the server ended", async () => {
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

test("many steps while the server works are one, once it has ended", async () => {
  const { queue, happened, becomes } = walked();
  queue.leads(true);
  queue.leads(true); // before anything is heard of the server
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

test("a step back to what is on stage is not asked for, whatever was to be", async () => {
  const { queue, happened, becomes } = walked();
  becomes(true);
  queue.leads(true);
  queue.leads(false);
  becomes(false);
  await later(600);
  assert.deepEqual(happened, ["arrived"]);
});

test("an answer may come until some time after the server has ended", async () => {
  const { queue, becomes } = walked();
  assert.equal(queue.under, false);
  queue.leads(true);
  becomes(true);
  queue.leads(false); // back to what is on stage: what was asked for still comes
  assert.equal(queue.under, true);
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

test("a server that is not heard of is sent again, and then holds nobody up", async () => {
  const { queue, happened } = walked();
  queue.leads(true);
  await later(2_300);
  assert.deepEqual(happened, ["go", "go", "go", "arrived"]);
  assert.equal(queue.under, false);
  queue.leads(true);
  assert.deepEqual(happened.slice(4), ["go"]);
});
