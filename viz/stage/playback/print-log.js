/** What a run printed, as far as it has arrived: by iteration, also of those that were dropped since. */

import { Ranges } from "./ranges.js";

/** The most characters that are kept. Of more, half is dropped: what is farthest from the cursor. */
const ROOM = 2 ** 24;
/** A line that is longer counts as several. */
const WIDE = 200;
/** The number of the set-up, before which there is nothing. */
const FIRST = -1;

export class PrintLog {
  constructor(room = ROOM) {
    this.room = room;
    this.size = 0;
    /** The iterations of which it is known what they printed; in most of long runs, that is nothing. */
    this.known = new Ranges();
    /** Iterations that printed something, in order, and what: a list of [statement, text]. */
    this.numbers = [];
    this.parts = new Map();
  }

  /** Take in what the frames of an iteration printed. */
  put(iteration, frames) {
    if (!this.known.add(iteration)) return;
    const part = frames.flatMap(({ o }, statement) => (o ? [[statement, o]] : []));
    if (!part.length) return;
    this.parts.set(iteration, part);
    this.numbers.splice(this.countTo(iteration), 0, iteration);
    this.size += sizeOf(part);
  }

  /** If all take more than there is room for, drop what is farthest from an iteration. */
  drop(iteration) {
    if (this.size <= this.room) return;
    let [from, to] = [0, this.numbers.length];
    while (this.size > this.room / 2 && to - from > 1) {
      const first = iteration - this.numbers[from] > this.numbers[to - 1] - iteration;
      const number = first ? this.numbers[from++] : this.numbers[--to];
      this.size -= sizeOf(this.parts.get(number));
      this.parts.delete(number);
    }
    const [below, above] = [this.numbers[from - 1] ?? -Infinity, this.numbers[to] ?? Infinity];
    this.known.keep(below + 1, above);
    this.numbers = this.numbers.slice(from, to);
  }

  /**
   * What was printed up to a moment, at least the last `lines` lines: `before` its statement, and by the statement
   * (`now`). `missing` is the iteration before which it is not known, or null; `earlier` says that there is more.
   */
  upTo(moment, lines) {
    const start = this.known.startOf(moment.iteration);
    const texts = [];
    let [now, left, earlier] = ["", lines, false];
    for (const { iteration, statement, text } of this.back(moment, start)) {
      earlier = left <= 0;
      if (earlier) break;
      if (iteration === moment.iteration && statement === moment.statement) now = text;
      else texts.push(text);
      left -= Math.max(text.split("\n").length - 1, text.length / WIDE);
    }
    return {
      before: texts.toReversed().join(""),
      now,
      earlier,
      missing: earlier || start <= FIRST ? null : start,
    };
  }

  /** What was printed up to a moment, the latest first, back to iteration `start`. */
  *back(moment, start) {
    // Inside a statement, it has printed nothing yet.
    const last = moment.node === undefined ? moment.statement : moment.statement - 1;
    for (let at = this.countTo(moment.iteration + 1) - 1; this.numbers[at] >= start; at -= 1) {
      const iteration = this.numbers[at];
      for (const [statement, text] of this.parts.get(iteration).toReversed()) {
        if (iteration < moment.iteration || statement <= last) yield { iteration, statement, text };
      }
    }
  }

  /** How many iterations before this one printed something. */
  countTo(iteration) {
    let [from, to] = [0, this.numbers.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (this.numbers[middle] < iteration) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}

const sizeOf = (part) => part.reduce((sum, [, text]) => sum + text.length, 0);

/** Texts as a terminal shows them: after a carriage return, a line is written over from its start. */
export function asInTerminal(text) {
  if (!text.includes("\r")) return text;
  return text.split("\n").map(overwritten).join("\n");
}

function overwritten(line) {
  return line.split("\r").reduce((under, over) => over + under.slice(over.length));
}
