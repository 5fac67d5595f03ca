/** The address follows the stage: another program is a new entry of the browser's history. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { AddressBar } from "../../viz/stage/page/address-bar.js";

/** The parts of a page that an address bar needs; records each call of the history as [how, program]. */
function page(href) {
  const entries = [];
  globalThis.location = new URL(href);
  const go = (how) => (state, title, to) => {
    globalThis.location = new URL(to);
    entries.push([how, location.searchParams.get("p")]);
  };
  globalThis.history = { state: null, pushState: go("push"), replaceState: go("replace") };
  const moment = {
    link: "1.A",
    place: { iteration: 0, statement: 1 },
    selected: null,
    level: "autograd",
    presenting: false,
  };
  const clock = { now: 0, underWay: false };
  return {
    entries,
    moment,
    clock,
    bar: new AddressBar(
      () => ({ ...moment }),
      () => clock.underWay,
      () => clock.now,
    ),
  };
}

test("the first program on stage replaces the address with which the page was opened", () => {
  for (const opened of ["https://page/", "https://page/?p=damaged"]) {
    const { entries, bar } = page(opened);
    bar.write();
    assert.deepEqual(entries, [["replace", "1.A"]]);
  }
});

test("a step stays in the entry, another program begins a new one", () => {
  const { entries, moment, bar } = page("https://page/");
  bar.write();
  moment.place = { iteration: 0, statement: 2 };
  bar.write();
  moment.link = "1.B";
  bar.write();
  assert.deepEqual(entries, [
    ["replace", "1.A"],
    ["replace", "1.A"],
    ["push", "1.B"],
  ]);
});

test("a change right after going back begins an entry, even if nothing was written since the page loaded", () => {
  const { entries, moment, bar } = page("https://page/?p=1.B&at=0.1");
  globalThis.location = new URL("https://page/?p=1.A&at=0.1");
  bar.led();
  bar.follow(); // that program is on stage
  moment.link = "1.C";
  bar.write();
  assert.deepEqual(entries, [["push", "1.C"]]);
});

test("a change right after a reload begins an entry, unless the address names another program or none", () => {
  for (const [opened, how] of [
    ["?p=1.A&at=0.1", "push"],
    ["?p=damaged", "replace"],
    ["", "replace"],
  ]) {
    const { entries, moment, bar } = page(`https://page/${opened}`);
    bar.came("1.A");
    moment.link = "1.C";
    bar.write();
    assert.deepEqual(entries, [[how, "1.C"]]);
  }
});

test("another program is in the address at once, also right after a step", () => {
  const { entries, moment, clock, bar } = page("https://page/?p=1.A&at=0.1");
  bar.came("1.A");
  moment.place = { iteration: 0, statement: 2 };
  bar.write();
  clock.now = 10;
  moment.link = "1.B";
  bar.follow();
  assert.deepEqual(entries, [
    ["replace", "1.A"],
    ["push", "1.B"],
  ]);
});

test("the address has another program at once, a step soon, and changes as often as browsers allow", async () => {
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

test("nothing is written until the program to which the history led is on stage", () => {
  const { entries, moment, clock, bar } = page("https://page/?p=1.A&at=0.2");
  bar.led();
  clock.underWay = true;
  for (const another of ["1.B", "1.A", "1.C"]) {
    moment.link = another; // still on stage, or the response to an earlier press
    bar.came(another);
    bar.follow();
    bar.write();
  }
  clock.underWay = false;
  bar.write();
  assert.deepEqual(entries, []);
  moment.link = "1.A";
  bar.came("1.A");
  bar.write();
  assert.deepEqual(entries, [["replace", "1.A"]]);
});

test("if it does not arrive, the program on stage counts again", () => {
  const { entries, moment, bar } = page("https://page/?p=1.A&at=0.2");
  bar.led();
  moment.link = "1.B";
  bar.follow();
  bar.release();
  assert.deepEqual(entries, [["push", "1.B"]]);
});

test("the entry of a program keeps its last moment, however soon another program follows", () => {
  const { entries, moment, bar } = page("https://page/?p=1.A&at=0.1");
  bar.came("1.A");
  const left = [];
  const { replaceState } = globalThis.history;
  globalThis.history.replaceState = (state, title, to) => {
    left.push(to.searchParams.get("at"));
    replaceState(state, title, to);
  };
  moment.place = { iteration: 3, statement: 2 };
  bar.follow();
  moment.link = "1.B";
  bar.follow();
  assert.deepEqual(left, ["3.2"]);
  assert.deepEqual(entries, [
    ["replace", "1.A"],
    ["push", "1.B"],
  ]);
});
