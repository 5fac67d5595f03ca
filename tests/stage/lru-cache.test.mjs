import assert from "node:assert/strict";
import { test } from "node:test";

import { LruCache } from "../../viz/stage/playback/lru-cache.js";

test("a response is not requested twice", async () => {
  const cache = new LruCache(2);
  let asked = 0;
  const ask = async () => (asked += 1);
  assert.equal(await cache.load("a", ask), 1);
  assert.equal(await cache.load("a", ask), 1);
  assert.equal(asked, 1);
});

test("the least recently used response makes room for another", async () => {
  const cache = new LruCache(2);
  for (const key of ["a", "b", "a", "c"]) await cache.load(key, async () => key);
  assert.equal(await cache.load("a", async () => "again"), "a");
  assert.equal(await cache.load("b", async () => "again"), "again");
});

test("a request without a response is repeated", async () => {
  const cache = new LruCache(2);
  assert.equal(await cache.load("a", async () => null), null);
  assert.equal(await cache.load("a", async () => "now"), "now");
});

test("its entries are in the order of use", async () => {
  const cache = new LruCache(2);
  for (const key of ["a", "b", "a"]) await cache.load(key, async () => key);
  assert.deepEqual(cache.entries, [
    ["b", "b"],
    ["a", "a"],
  ]);
});

test("a problem is not kept as a response: it may be over by then", async () => {
  const cache = new LruCache(2);
  assert.deepEqual(await cache.load("a", async () => ({ problem: "Wait." })), { problem: "Wait." });
  assert.equal(await cache.load("a", async () => "now"), "now");
});
