/** The way through the browser's history: the server is sent to one program at a time, at last to the last. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { HistoryQueue } from "../../viz/stage/page/history-queue.js";

/** A way with a server that is busy when a test says so, and what happened. */
function walked() {
  const server = { busy: false };
  const happened = [];
  const way = new HistoryQueue(() => server.busy, () => happened.push("go"), () => happened.push("arrived"));
  const becomes = (busy) => {
    server.busy = busy;
    way.changed();
  };
  return { way, happened, becomes };
}

const later = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

test("one step goes at once, and has arrived some time after the server ended", async () => {
  const { way, happened, becomes } = walked();
  way.leads(true);
  assert.deepEqual(happened, ["go"]);
  becomes(true);
  await later(600);
  becomes(false);
  assert.deepEqual(happened, ["go"]);
  await later(600);
  assert.deepEqual(happened, ["go", "arrived"]);
});

test("many steps while the server works are one, once it has ended", async () => {
  const { way, happened, becomes } = walked();
  way.leads(true);
  way.leads(true); // before anything is heard of the server
  becomes(true);
  for (let step = 0; step < 5; step += 1) way.leads(true);
  assert.deepEqual(happened, ["go"]);
  becomes(false);
  assert.deepEqual(happened, ["go", "go"]);
  becomes(true);
  becomes(false);
  await later(600);
  assert.deepEqual(happened, ["go", "go", "arrived"]);
});

test("a step back to what is on stage is not asked for, whatever was to be", async () => {
  const { way, happened, becomes } = walked();
  becomes(true);
  way.leads(true);
  way.leads(false);
  becomes(false);
  await later(600);
  assert.deepEqual(happened, ["arrived"]);
});

test("an answer may come until some time after the server has ended", async () => {
  const { way, becomes } = walked();
  assert.equal(way.under, false);
  way.leads(true);
  becomes(true);
  way.leads(false); // back to what is on stage: what was asked for still comes
  assert.equal(way.under, true);
  becomes(false);
  assert.equal(way.under, true);
  await later(600);
  assert.equal(way.under, false);
});

test("a step right after an arrival goes at once", async () => {
  const { way, happened, becomes } = walked();
  way.leads(true);
  becomes(true);
  becomes(false);
  await later(100);
  way.leads(true);
  assert.deepEqual(happened, ["go", "go"]);
});

test("a server that is not heard of is sent again, and then holds nobody up", async () => {
  const { way, happened } = walked();
  way.leads(true);
  await later(2_300);
  assert.deepEqual(happened, ["go", "go", "go", "arrived"]);
  assert.equal(way.under, false);
  way.leads(true);
  assert.deepEqual(happened.slice(4), ["go"]);
});
