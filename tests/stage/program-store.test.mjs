/** Programs that are too long for the address: the tab stores the latest of them. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { ProgramStore } from "../../viz/stage/page/program-store.js";

/** The session storage of a tab, with room for `room` characters. */
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

test("a program is found by its placeholder in the address, after a reload too", () => {
  const tab = storage();
  new ProgramStore(tab).keep("-a", "W = 1\n");
  new ProgramStore(tab).keep("-b", "W = 2\n");
  assert.equal(new ProgramStore(tab).find("-a"), "W = 1\n");
  assert.equal(new ProgramStore(tab).find("-b"), "W = 2\n");
  assert.equal(new ProgramStore(tab).find("-c"), null);
});

test("the latest twenty are kept, and a program that is kept again is the latest", () => {
  const programs = new ProgramStore(storage());
  for (let number = 0; number < 20; number += 1) programs.keep(`-${number}`, `${number}`);
  programs.keep("-0", "0");
  programs.keep("-20", "20");
  assert.equal(programs.find("-0"), "0");
  assert.equal(programs.find("-1"), null);
  assert.equal(programs.find("-20"), "20");
});

test("if the browser stores nothing, or has no room, the page has it until it is loaded again", () => {
  for (const nothing of [null, storage(10)]) {
    const programs = new ProgramStore(nothing);
    programs.keep("-a", "W = 1\n");
    assert.equal(programs.find("-a"), "W = 1\n");
    assert.equal(new ProgramStore(nothing).find("-a"), null);
  }
});

test("entries that others wrote there are ignored", () => {
  for (const text of ["{", '{"-a": "1"}', "[null]", '[3, "-a", ["-a"], ["-a", 3]]', "null"]) {
    const tab = storage();
    tab.setItem("viz-programs", text);
    const programs = new ProgramStore(tab);
    assert.equal(programs.find("-a"), null);
    programs.keep("-a", "W = 1\n");
    assert.equal(new ProgramStore(tab).find("-a"), "W = 1\n");
  }
});

test("only the server's placeholder stands for a long program", () => {
  assert.equal(ProgramStore.means("-0f"), true);
  assert.equal(ProgramStore.means("1.AAAA"), false);
  assert.equal(ProgramStore.means(null), false);
});
