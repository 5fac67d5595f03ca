/** The tape as the stage has it: puts chunks together and looks moments up. It is plain data, and knows no DOM. */

import { alikeFrom, callsAt, isAround, isNoDeeper } from "./calls.js";
import { Epochs } from "./epochs.js";
import { Iterations } from "./iterations.js";
import { PrintLog } from "./print-log.js";
import { Tensors } from "./tensors.js";
import { isOfLine, nodeOf } from "../slots.js";
import { fill } from "../template.js";

/** The iteration number of the statements before the loop. */
export const SETUP = -1;
/** The slot in a sum for what a `.grad` was before the statement, as in viz/writing/node_steps.py. */
const BEFORE = "before";
/** A part that is missing or has no statement. */
const NOTHING = { p: null, f: [] };

export class Tape {
  /** @param {string} name */
  constructor(name) {
    this.name = name;
    /** Its program as an address holds it, or why no address can. An offline page has neither. */
    this.link = null;
    this.unlinked = "";
    this.head = null;
    this.setup = NOTHING;
    this.iterations = new Iterations();
    /** Those that the first chunk sent ahead of others, from `alone` to `till`. */
    this.alone = null;
    this.till = null;
    this.points = [];
    /** How many entries the series will have; some may come later. */
    this.path = 0;
    /** Whether the first chunk left some out, because the server was busy. */
    this.brief = false;
    this.after = NOTHING;
    this.pictures = {};
    this.marks = {};
    this.total = null;
    this.complete = false;
    this.trouble = null;
    this.known = new Map();
    this.prints = new PrintLog();
    this.epochs = new Epochs();
    this.tensors = new Tensors();
  }

  /**
   * Take in a chunk. Chunks may repeat or overlap; the first one begins with iteration 0.
   */
  add(chunk) {
    if (chunk.head && !this.head) {
      this.head = chunk.head;
      this.setup = chunk.head.setup;
      this.prints.put(SETUP, this.setup.f);
      this.tensors.put(this.setup);
    }
    this.link ??= chunk.link ?? null;
    this.unlinked ||= chunk.unlinked;
    for (const [id, picture] of Object.entries(chunk.pictures)) this.pictures[id] ??= { id, ...picture };
    Object.assign(this.marks, chunk.marks);
    this.points.push(...chunk.series.of.slice(this.drawn - chunk.series.from));
    const alone = Object.keys(chunk.alone ?? {}).map(Number);
    const from = this.have || SETUP;
    const each = (chunk.size ?? 0) / (chunk.iterations.length + alone.length);
    for (const number of alone) this.put(number, chunk.alone[number], each);
    chunk.iterations.forEach((one, at) => this.put(chunk.from + at, one, each));
    if (chunk.skipped) this.iterations.skipTo(chunk.to);
    if (alone.length) [this.alone, this.till] = [alone[0], alone.at(-1) + 1];
    this.lookForTrouble(from);
    this.path = chunk.path ?? this.path;
    if (chunk.head) this.brief = this.drawn < this.path;
    this.total = chunk.total;
    if (chunk.to >= this.have) {
      this.complete = chunk.complete;
      this.after = chunk.after ?? NOTHING;
      this.tensors.put(this.after);
      if (this.complete) this.prints.put(this.have, this.after.f);
    }
  }

  /** Take in the part of an iteration and its size in characters. It is null if already here, 0 if let go. */
  put(number, part, size) {
    this.iterations.put(number, part, size);
    if (!part) return;
    this.prints.put(number, part.f);
    this.epochs.put(number, part.f);
    this.tensors.put(part);
  }

  /** How many iterations have arrived, from the first one on; of a long run, some are no longer here. */
  get have() {
    return this.iterations.have;
  }

  /** Of a long run, drop iterations far from this one. */
  drop(iteration, room) {
    this.prints.drop(iteration);
    const first = this.iterations.drop(iteration, room);
    if (first !== null && first < this.till) this.alone = this.till = null;
  }

  /** Whether an iteration is not here, but can be requested: it was dropped, or may be recorded yet. */
  isMissing(iteration) {
    return this.iterations.isDropped(iteration) || (iteration >= this.have && !this.complete);
  }

  /** How many iterations the series of the charts have. */
  get drawn() {
    return this.points.length;
  }

  /** What the tape has, for a request for more of it. */
  get held() {
    return { have: this.have, drawn: this.drawn, alone: this.alone, till: this.till };
  }

  /** The set-up (SETUP), an iteration, or what follows the loop (number `have`); NOTHING if it is missing. */
  part(iteration) {
    if (iteration === SETUP) return this.setup;
    return this.iterations.part(iteration) ?? (this.isAfter(iteration) ? this.after : NOTHING);
  }

  /** Whether this is the number of the part after the loop. */
  isAfter(iteration) {
    return iteration === this.have && this.complete;
  }

  /** The part that ran before another one; null before the first. */
  before(iteration) {
    if (iteration === SETUP) return null;
    return iteration > 0 ? iteration - 1 : this.setup.f.length ? SETUP : null;
  }

  frames(iteration) {
    return this.part(iteration).f;
  }

  /** The moment before the first statement of the loop; without a set-up, the first statement. */
  get start() {
    const last = this.setup.f.length - 1;
    return last >= 0 ? { iteration: SETUP, statement: last } : { iteration: 0, statement: 0 };
  }

  frame(moment) {
    return this.frames(moment.iteration)[moment.statement] ?? null;
  }

  /** The address of a moment in nested loops, such as "epoch 3, batch 2"; empty if there is none. */
  address({ iteration, statement }) {
    const frames = this.frames(iteration).slice(0, statement + 1);
    return frames.findLast((frame) => frame.a !== undefined)?.a.join(", ") ?? "";
  }

  /** The moment one statement on (`by` 1) or back (-1), which the tape may not have yet; null at either end. */
  statementAway(moment, by) {
    const statement = moment.statement + by;
    const frames = this.frames(moment.iteration);
    // In an iteration that has not arrived yet, the statements before this one are known to exist.
    const here = statement < frames.length || (by < 0 && this.isMissing(moment.iteration));
    if (statement >= 0 && here) return { iteration: moment.iteration, statement };
    const iteration = moment.iteration + by;
    if (iteration < SETUP) return null;
    const next = this.frames(iteration);
    if (!next.length && !this.isMissing(iteration) && !this.iterations.isLetGo(iteration)) return null;
    return { iteration, statement: by > 0 ? 0 : next.length ? next.length - 1 : Infinity };
  }

  /** The calls of functions that a moment is in, the outermost first: a list of [number, name]. */
  calls({ iteration, statement }) {
    return callsAt(this.frames(iteration), statement);
  }

  /**
   * The next moment (`by` 1) or the one before (-1) that is in the same call as a moment or in one around it, from
   * iteration `from` on: {place}, or {missing}, the iteration that has to arrive first; null at either end.
   */
  overCalls(moment, calls, by, from = moment.iteration) {
    for (let iteration = from; iteration >= SETUP; iteration += by) {
      const frames = this.frames(iteration);
      const lacks = this.isMissing(iteration) || this.iterations.isLetGo(iteration);
      if (!frames.length && lacks) return { missing: iteration };
      if (iteration > this.have) return null;
      const here = iteration === moment.iteration;
      const first = here ? moment.statement + by : by > 0 ? 0 : frames.length - 1;
      const statement = alikeFrom(frames, first, by, calls, here ? isAround : isNoDeeper);
      if (statement >= 0) return { place: { iteration, statement } };
    }
    return null;
  }

  /**
   * The moment `by` iterations away, at the same statement. Forward from the set-up, it is the end of an
   * iteration; back from the first iteration, it is the start. The tape may not have the iteration yet.
   */
  iterationAway(moment, by) {
    const last = (this.total ?? Infinity) - 1;
    const iteration = Math.min(moment.iteration + by, this.complete ? this.have - 1 : last);
    if (iteration < 0) return this.start;
    return this.inIteration(iteration, moment.iteration === SETUP ? Infinity : moment.statement);
  }

  /**
   * The next first iteration of an epoch after an iteration (`by` 1) or the last one before it (-1, at the start
   * SETUP): {first}, or {missing}, the iteration that has to arrive before it is known; null if there is none.
   */
  epochAway(iteration, by) {
    const first = by < 0 ? (this.epochs.before(iteration) ?? SETUP) : this.epochs.after(iteration);
    const end = first ?? Math.max(this.have, this.iterations.end(iteration));
    for (let at = iteration + by; by * (end - at) > 0; at += by) {
      // Some between may have been skipped, or an opening may have sent these ahead.
      if (!this.epochs.knows(at) && !this.iterations.isLetGo(at)) return { missing: at };
    }
    if (first !== null) return { first };
    return this.complete ? null : { missing: end };
  }

  /** A moment in an iteration; a statement past its end becomes its last one. */
  inIteration(iteration, statement) {
    const count = this.frames(iteration).length;
    return { iteration, statement: count ? Math.min(statement, count - 1) : statement };
  }

  /** The next moment after `moment` at which `line` is executed; if there is none, the first from the top. */
  nextExecution(line, moment) {
    for (const iteration of [moment.iteration, moment.iteration + 1, SETUP, 0, this.have]) {
      const from = iteration === moment.iteration ? moment.statement + 1 : 0;
      const statement = this.frames(iteration).findIndex((frame, at) => at >= from && frame.l === line);
      if (statement >= 0) return { iteration, statement };
    }
    return null;
  }

  /** The picture of a part; null if it has none. */
  picture({ iteration }) {
    const { p } = this.part(iteration);
    return p === null ? null : this.pictures[p];
  }

  /** The steps inside the statement of a moment, each a list of nodes; a single step is the whole statement. */
  steps(moment) {
    return this.marks[this.frame(moment)?.m]?.order ?? [];
  }

  /**
   * The moment one node on (`by` 1) or back (-1); null at either end, as in `statementAway`. A moment's `node` is
   * the number of its last step inside the statement; a moment without it is the end of the statement.
   */
  nodeAway(moment, by) {
    const inside = moment.node ?? this.steps(moment).length - 1;
    const { iteration, statement } = moment;
    if (by > 0) {
      if (moment.node !== undefined) return this.inside({ iteration, statement }, moment.node + 1);
      const next = this.statementAway(moment, 1);
      return next && this.inside(next, 0);
    }
    return inside > 0 ? this.inside({ iteration, statement }, inside - 1) : this.statementAway(moment, -1);
  }

  /** A moment inside a statement; the statement's end if no step is left. */
  inside(moment, node) {
    return node < this.steps(moment).length - 1 ? { ...moment, node } : moment;
  }

  /**
   * Every text, mark and picture of a tensor at a moment: those of the set-up beside the code, then the iteration
   * up to the moment. After the loop, the texts beside the code and in the ledger stay; the graph stays too,
   * unless the program builds another one.
   * @returns {{texts: Map<string, string>, marks: Map<string, string>, tensors: Map<string, Tensor | null>}} a
   *   Tensor as in tensors.js; null for a slot that shows none any more
   */
  stateAt(moment) {
    const texts = new Map();
    const marks = new Map();
    const tensors = new Map();
    const take = (frame, only) => {
      merge(texts, frame.t, only);
      merge(marks, this.marks[frame.m].to, only);
      mergeTensors(tensors, frame, only);
    };
    if (moment.iteration !== SETUP) for (const frame of this.setup.f) take(frame, isOfLine);
    if (this.isAfter(moment.iteration)) {
      const only = this.after.on ? null : isOutsideGraph;
      for (const frame of this.frames(this.before(moment.iteration) ?? SETUP)) take(frame, only);
    }
    const frames = this.frames(moment.iteration);
    for (const frame of frames.slice(0, moment.statement)) take(frame);
    const last = frames[moment.statement];
    if (last && moment.node === undefined) take(last);
    else if (last) this.takeInside(last, moment.node, { texts, marks, tensors });
    return { texts, marks, tensors };
  }

  /** The largest size, in the run as far as it is here, of the tensor that a slot shows in an iteration. */
  scale(slot, { iteration }) {
    return this.tensors.scale(slot, this.part(iteration).p);
  }

  /** The sum that the step at a moment computed, as text; null if it computed none, or if a term is not known. */
  sumAt(moment) {
    const { order, sums } = this.marks[this.frame(moment).m];
    const sum = sums?.[moment.node ?? order.length - 1];
    if (!sum) return null;
    const had = sum.before ? this.textBefore(moment, sum.before) : "";
    if (sum.before && !had) return null;
    const now = this.stateAt(moment).texts;
    return fill(sum.text, (slot) => (slot === BEFORE ? had : (now.get(slot) ?? "")));
  }

  /**
   * The text that a slot of the drawing had before the statement of a moment; undefined if the tape lacks the
   * statement before, or if that has another picture, whose slots are other Nodes.
   */
  textBefore(moment, slot) {
    const before = this.statementAway(moment, -1);
    const alike = before && this.part(before.iteration).p === this.part(moment.iteration).p;
    return alike ? this.stateAt(before).texts.get(slot) : undefined;
  }

  /** Merge what the first steps of a frame did, up to number `node`; only the last of them is at work now. */
  takeInside(frame, node, { texts, marks, tensors }) {
    const { to, order } = this.marks[frame.m];
    const before = new Map(marks);
    const settled = (words) =>
      words
        ?.split(" ")
        .filter((word) => word !== "now")
        .join(" ");
    for (const [mark, words] of before) marks.set(mark, settled(words));
    const stepOf = new Map(order.slice(0, node + 1).flatMap((nodes, step) => nodes.map((one) => [one, step])));
    const reached = (slot) => stepOf.has(nodeOf(slot));
    merge(texts, frame.t, reached);
    mergeTensors(tensors, frame, reached);
    for (const mark in to) {
      const step = stepOf.get(nodeOf(mark));
      if (step !== undefined) marks.set(mark, step === node ? to[mark] : settled(to[mark]));
    }
  }

  /** What was printed up to a moment, as `PrintLog.upTo` gives it. */
  printed(moment, lines) {
    const frames = this.frames(moment.iteration);
    if (frames.length) this.prints.put(moment.iteration, frames);
    return this.prints.upTo(moment, lines);
  }

  /** The sentence about the run's first inf or NaN, if that is at `moment` or before it; else "". */
  firstWarning(moment) {
    const first = this.trouble;
    if (!first || first.iteration > moment.iteration) return "";
    return first.iteration < moment.iteration || first.statement <= moment.statement ? first.text : "";
  }

  /** Look for the first warning in what has just arrived. Past a gap, none is known to be the first. */
  lookForTrouble(from) {
    const end = Math.min(this.have, this.iterations.gap);
    for (let iteration = from; iteration < end && !this.trouble; iteration += 1) {
      const statement = this.frames(iteration).findIndex((frame) => frame.w);
      if (statement >= 0) this.trouble = { iteration, statement, text: this.frames(iteration)[statement].w };
    }
  }

  /**
   * A series to draw: a variable's value in each iteration; null if that is None, not recorded or not finite.
   * `element` picks one element of a vector.
   */
  series(name, element) {
    const key = element === undefined ? name : `${name} ${element}`;
    let values = this.known.get(key);
    if (!values) this.known.set(key, (values = []));
    for (let at = values.length; at < this.drawn; at += 1) {
      const value = this.valueOf(name, at, element);
      values.push(Array.isArray(value) ? value.map(drawable) : drawable(value));
    }
    return values;
  }

  /**
   * The value of a series in an iteration: a number, "nan", "inf" or "-inf" for each element, null for None;
   * undefined if the tape has none.
   */
  valueOf(name, iteration, element) {
    const value = this.points[iteration]?.[name];
    return element === undefined || value === null || value === undefined ? value : [value].flat()[element];
  }

  /** The dtype of a series in the first iteration. */
  dtype(name) {
    return this.head.dtypes[name] ?? "float32";
  }
}

const drawable = (value) => (typeof value === "number" ? value : null);

const isOutsideGraph = (name) => nodeOf(name) === null;

function merge(into, changes, only = null) {
  for (const slot in changes) if (!only || only(slot)) into.set(slot, changes[slot]);
}

function mergeTensors(into, { shown = [] }, only = null) {
  for (const [slot, tensor] of shown) if (!only || only(slot)) into.set(slot, tensor);
}
