/** The address follows the stage: another program is another entry of the browser's history. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { Address } from "../../viz/stage/address.js";

/** A page at an address, as far as an Address needs one: each call of the history as [how, program]. */
function page(href) {
  const entries = [];
  globalThis.location = new URL(href);
  const go = (how) => (state, title, to) => {
    globalThis.location = new URL(to);
    entries.push([how, location.searchParams.get("p")]);
  };
  globalThis.history = { state: null, pushState: go("push"), replaceState: go("replace") };
  const moment = { link: "1.A", place: { iteration: 0, statement: 1 }, selected: null, level: "autograd", presenting: false };
  const clock = { now: 0 };
  return { entries, moment, clock, bar: new Address(() => moment, () => clock.now) };
}

test("the first program on stage takes the place of whatever the page was opened with", () => {
  for (const opened of ["https://page/", "https://page/?p=damaged"]) {
    const { entries, bar } = page(opened);
    bar.write();
    assert.deepEqual(entries, [["replace", "1.A"]]);
  }
});

test("a step stays in the entry, another program begins one", () => {
  const { entries, moment, bar } = page("https://page/");
  bar.write();
  moment.place = { iteration: 0, statement: 2 };
  bar.write();
  moment.link = "1.B";
  bar.write();
  assert.deepEqual(entries, [["replace", "1.A"], ["replace", "1.A"], ["push", "1.B"]]);
});

test("a change right after the way back begins an entry, also where nothing was written since the page was loaded", () => {
  const { entries, moment, bar } = page("https://page/?p=1.B&at=0.1");
  globalThis.location = new URL("https://page/?p=1.A&at=0.1");
  bar.led();
  moment.link = "1.C";
  bar.write();
  assert.deepEqual(entries, [["push", "1.C"]]);
});

test("a change right after a reload begins an entry, but not where the address names another program or none", () => {
  for (const [opened, how] of [["?p=1.A&at=0.1", "push"], ["?p=damaged", "replace"], ["", "replace"]]) {
    const { entries, moment, bar } = page(`https://page/${opened}`);
    bar.came("1.A");
    moment.link = "1.C";
    bar.write();
    assert.deepEqual(entries, [[how, "1.C"]]);
  }
});

test("another program is in the address at once, a step soon, and neither oftener than a browser allows", async () => {
  const { entries, moment, clock, bar } = page("https://page/?p=1.A&at=0.1");
  bar.came("1.A");
  moment.link = "1.B";
  bar.follow();
  assert.deepEqual(entries, [["push", "1.B"]]);
  clock.now = 100;
  moment.link = "1.C";
  bar.follow();
  moment.place = { iteration: 0, statement: 2 };
  bar.follow();
  assert.equal(entries.length, 1);
  await new Promise((resolve) => setTimeout(resolve, 400));
  assert.deepEqual(entries.slice(1), [["push", "1.C"]]);
  assert.equal(location.searchParams.get("at"), "0.2");
});

test("a move before the program comes that the history led to begins no entry", async () => {
  const { entries, moment, bar } = page("https://page/?p=1.A&at=0.1");
  bar.led();
  moment.link = "1.B"; // still on stage
  bar.follow();
  assert.deepEqual(entries, []);
  moment.link = "1.A";
  await new Promise((resolve) => setTimeout(resolve, 400));
  assert.deepEqual(entries.filter(([how]) => how === "push"), []);
});
