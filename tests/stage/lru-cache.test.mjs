import assert from "node:assert/strict";
import { test } from "node:test";

import { LruCache } from "../../viz/stage/playback/lru-cache.js";

test("what was answered once is not asked for again", async () => {
  const kept = new LruCache(2);
  let asked = 0;
  const ask = async () => (asked += 1);
  assert.equal(await kept.get("a", ask), 1);
  assert.equal(await kept.get("a", ask), 1);
  assert.equal(asked, 1);
});

test("the answer that was used longest ago makes room for another", async () => {
  const kept = new LruCache(2);
  for (const key of ["a", "b", "a", "c"]) await kept.get(key, async () => key);
  assert.equal(await kept.get("a", async () => "again"), "a");
  assert.equal(await kept.get("b", async () => "again"), "again");
});

test("no answer is asked for again", async () => {
  const kept = new LruCache(2);
  assert.equal(await kept.get("a", async () => null), null);
  assert.equal(await kept.get("a", async () => "now"), "now");
});

test("a problem is no answer either: it may be over by then", async () => {
  const kept = new LruCache(2);
  assert.deepEqual(await kept.get("a", async () => ({ problem: "Wait." })), { problem: "Wait." });
  assert.equal(await kept.get("a", async () => "now"), "now");
});
