/** Programs that are too long for the address: the tab has them again, the latest of them. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { ProgramStore } from "../../viz/stage/page/program-store.js";

/** What a browser keeps for a tab, with room for so many letters. */
function storage(room = Infinity) {
  const kept = new Map();
  return {
    getItem: (key) => kept.get(key) ?? null,
    setItem(key, text) {
      if (text.length > room) throw new DOMException("full", "QuotaExceededError");
      kept.set(key, text);
    },
  };
}

test("a program is found by what stands in the address for it, after a reload too", () => {
  const tab = storage();
  new ProgramStore(tab).keep("-a", "W = 1\n");
  new ProgramStore(tab).keep("-b", "W = 2\n");
  assert.equal(new ProgramStore(tab).find("-a"), "W = 1\n");
  assert.equal(new ProgramStore(tab).find("-b"), "W = 2\n");
  assert.equal(new ProgramStore(tab).find("-c"), null);
});

test("the latest twenty are kept, and one that is kept again is the latest", () => {
  const programs = new ProgramStore(storage());
  for (let number = 0; number < 20; number += 1) programs.keep(`-${number}`, `${number}`);
  programs.keep("-0", "0");
  programs.keep("-20", "20");
  assert.equal(programs.find("-0"), "0");
  assert.equal(programs.find("-1"), null);
  assert.equal(programs.find("-20"), "20");
});

test("where the browser keeps nothing, or has no room, the page has it until it is loaded again", () => {
  for (const nothing of [null, storage(10)]) {
    const programs = new ProgramStore(nothing);
    programs.keep("-a", "W = 1\n");
    assert.equal(programs.find("-a"), "W = 1\n");
    assert.equal(new ProgramStore(nothing).find("-a"), null);
  }
});

test("what somebody else wrote there is nothing", () => {
  for (const text of ["{", '{"-a": "1"}', "[null]", '[3, "-a", ["-a"], ["-a", 3]]', "null"]) {
    const tab = storage();
    tab.setItem("viz-programs", text);
    const programs = new ProgramStore(tab);
    assert.equal(programs.find("-a"), null);
    programs.keep("-a", "W = 1\n");
    assert.equal(new ProgramStore(tab).find("-a"), "W = 1\n");
  }
});

test("only what the server puts in a long program's place means one", () => {
  assert.equal(ProgramStore.means("-0f"), true);
  assert.equal(ProgramStore.means("1.AAAA"), false);
  assert.equal(ProgramStore.means(null), false);
});
