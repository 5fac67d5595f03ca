/** The course of a visit: which tape is on stage, where its cursor is and where it goes, and what is fetched for that. */

import { CursorSpeed } from "./cursor-speed.js";
import { SETUP, Tape } from "./tape.js";

/** Iterations that should lie ahead of the cursor: what it passes in so many seconds at its pace of late, within these
 * bounds. With fewer, twice as many are asked for. Most who change a number look at a few; what nobody comes to costs a
 * full house the time of its server. */
const SECONDS = 3;
const FEWEST = 10;
const MOST = 100;
/** Milliseconds after which waiting for a recording shows its progress. */
const PATIENCE = 500;
/** What nobody waits for is fetched in slices of so many iterations, with so many milliseconds of rest before each:
 * the next change finds the server free. */
const SLICE = 25;
const REST = 200;
/** A server with much to do is asked for it once the cursor rested for so many milliseconds, or fewer iterations than
 * these lie ahead of it: most who changed a number go on a little, and change it again. */
const QUIET = 2000;
const FEW = 3;

export class Playhead {
  /**
   * @param {object} told hears what there is to show: `draw` (tape, moment) another tape, and the moment that it was
   *   asked for with or null; `extended` (grown) more of this one; `show` (place) the cursor's; `pause` that nothing
   *   may play on; `empty` that there is no statement; `progress` (part) of what is waited for, null for nothing
   * @param {import("./tape-loader.js").TapeLoader | undefined} feed fetches more of a tape
   * @param {object | null} opening the moment to begin at, as `Stage.moment` gives it
   */
  constructor(told, feed, opening) {
    this.told = told;
    this.feed = feed;
    this.tape = null;
    /** The tape that takes its place once it reaches the cursor. */
    this.incoming = null;
    this.cursor = null;
    this.wanted = null;
    /** The furthest iteration that was seen, on any tape. */
    this.reached = -1;
    /** The tape that more is asked for of, and whether someone waits for it. */
    this.asked = null;
    this.pressing = false;
    this.pace = new CursorSpeed();
    /** The moment to be at once its tape is there: where the page opened, or what the browser's history led to. */
    this.coming = opening;
    this.since = null;
  }

  /** Where the cursor is going: past what is recorded it waits for the tape to arrive. */
  get aim() {
    return this.wanted ?? this.cursor;
  }

  /** Where the cursor is or will be, as an address can say it. */
  get place() {
    return Number.isFinite(this.wanted?.statement) ? this.wanted : this.cursor;
  }

  /** Take the first chunk of a tape in; another tape than the one on stage replaces it, at the same place. */
  receive(chunk) {
    // A change may be taken back before its tape has come: what is on stage is the program again.
    const tape = chunk.tape === this.tape?.name ? this.tape : new Tape(chunk.tape);
    this.incoming = tape === this.tape ? null : tape;
    if (chunk.begins && this.incoming) this.begin();
    // What was asked for belongs to a tape that is leaving.
    this.feed?.stop();
    this.asked = null;
    this.take(tape, chunk);
  }

  take(tape, chunk) {
    const before = tape.drawn;
    tape.add(chunk);
    if (tape === this.tape) this.told.extended(tape.drawn > before || tape.complete);
    else this.change(tape);
    this.settle();
  }

  /** Go on with the tape and the cursor of a stage that was taken off the page. */
  adopt({ tape, moment, reached }) {
    this.reached = reached;
    this.coming = moment;
    this.change(tape);
    this.settle();
  }

  /** Whether a moment is of another tape than this one: then it is waited for. */
  awaits(moment) {
    this.coming = moment.link === this.tape?.link ? null : moment;
    return this.coming !== null;
  }

  /** Forget where the tape that leaves was: the next one is seen from its start. */
  begin() {
    this.told.pause();
    this.reached = -1;
    this.wanted = null;
    this.cursor = null;
    this.coming = null;
  }

  /** Put a new tape on the stage once it reaches the cursor; until then the old one stays. */
  change(tape) {
    const coming = this.comingOn(tape);
    const place = coming ? (coming.place ?? tape.start) : (this.aim ?? tape.start);
    const missing = !tape.frame(place) && place.iteration >= tape.have && !tape.complete;
    if (missing && this.tape) return this.ask(tape, place.iteration + 1);
    this.tape = tape;
    this.incoming = null;
    // The history may have led on meanwhile, to a tape that is still to come.
    if (coming) this.coming = null;
    this.cursor = null;
    this.wanted = this.nearest(place);
    return this.told.draw(tape, coming);
  }

  /** The moment that a tape was asked for with; whatever program the page opened with, it is the address's. */
  comingOn(tape) {
    return this.tape && this.coming?.link !== tape.link ? null : this.coming;
  }

  /** The same place on another tape, or the last that it has. */
  nearest(place) {
    const { tape } = this;
    if (tape.frame(place)) return place;
    const last = tape.complete ? Math.min(place.iteration, tape.have - 1) : place.iteration;
    return last < 0 ? tape.start : tape.inIteration(last, place.statement);
  }

  /** The place a statement on or back; null at either end, and where an iteration's length is still on its way. */
  statementAway(by) {
    if (!this.aim || this.aim.statement === Infinity) return null;
    const inside = by > 0 && this.aim.node !== undefined;
    return inside ? { ...this.aim, node: undefined } : this.tape.statementAway(this.aim, by);
  }

  /** The place a node on or back; null as in `statementAway`. */
  nodeAway(by) {
    return this.aim && this.aim.statement !== Infinity ? this.tape.nodeAway(this.aim, by) : null;
  }

  /** Go some iterations on or back, at the same statement. */
  goIterations(by) {
    this.go(this.tape.iterationAway(this.aim, by));
  }

  goToIteration(iteration) {
    const { tape, aim } = this;
    if (iteration < 0) this.go(tape.start);
    else this.go(tape.inIteration(iteration, aim.iteration === SETUP ? Infinity : aim.statement));
  }

  goToLine(line) {
    const place = this.tape.nextExecution(line, this.aim);
    if (place) this.go(place);
  }

  /** Move the cursor; a place that is not recorded yet is asked for, and reached when it arrives. */
  go(place) {
    this.wanted = place;
    this.settle();
  }

  /** Bring the cursor to the wanted place if it is here, and have enough of the tape ahead. */
  settle() {
    const { tape } = this;
    if (!tape) return;
    if (this.wanted) {
      const place = tape.frame(this.wanted) ? this.wanted : this.cut(this.wanted);
      if (place) {
        this.wanted = null;
        if (tape.frame(place)) this.arrive(place);
        else this.told.empty();
      } else if (!this.cursor) {
        // Whoever opens a link far into a long run sees the program meanwhile.
        this.arrive(tape.start);
      }
    }
    clearTimeout(this.resting);
    const target = this.aim?.iteration ?? 0;
    const few = Math.max(FEW, this.pace.perSecond * SECONDS);
    if (this.wanted || !tape.brief || tape.end(target) < target + few) this.askAhead();
    else this.resting = setTimeout(() => this.askAhead(), QUIET);
    this.showProgress();
  }

  /** Ask for what should lie ahead of the cursor, and then for what is missing of the path. */
  askAhead() {
    const { tape } = this;
    const target = this.aim?.iteration ?? 0;
    const ahead = Math.min(Math.max(FEWEST, this.pace.perSecond * SECONDS), MOST);
    if (!tape.complete && tape.have < target + ahead) this.ask(tape, target + 2 * ahead);
    else if (!tape.complete && tape.drawn < tape.path) this.ask(tape, tape.have, true);
  }

  /** The stage leaves the page: nothing more is asked for. */
  leave() {
    clearTimeout(this.resting);
    clearTimeout(this.waiting);
    this.feed?.stop();
  }

  arrive(place) {
    this.cursor = place;
    this.pace.at(place.iteration);
    this.reached = Math.max(this.reached, place.iteration);
    this.told.show(place);
  }

  /** A wanted place whose iteration is here but shorter, or that lies behind the end of a complete tape. */
  cut(place) {
    const { tape } = this;
    if (place.iteration < tape.have) return tape.inIteration(place.iteration, place.statement);
    if (!tape.complete) return null;
    return tape.after.f.length ? { iteration: tape.have, statement: 0 } : tape.inIteration(tape.have - 1, Infinity);
  }

  /**
   * Have more of a tape fetched, or of its `path` alone, one request at a time; one that someone waits for takes another's
   * place.
   */
  ask(tape, upto, path = false) {
    const urgent = Boolean(this.wanted) || tape === this.incoming;
    if (!this.feed || (this.asked === tape && (this.pressing || !urgent))) return;
    this.asked = tape;
    this.pressing = urgent;
    const limit = Math.min(upto, tape.total ?? Infinity, urgent ? Infinity : tape.have + SLICE);
    this.feed.ask({ tape: tape.name, upto: limit, urgent, path, ...tape.held }, urgent ? 0 : REST, (chunk) => {
      this.asked = null;
      this.take(tape, chunk);
    });
  }

  showProgress() {
    clearTimeout(this.waiting);
    const pending = this.wanted ?? (this.incoming ? this.aim : null);
    const tape = this.incoming ?? this.tape;
    if (!pending || !tape) {
      this.since = null;
      return this.told.progress(null);
    }
    this.since ??= performance.now();
    const left = this.since + PATIENCE - performance.now();
    if (left > 0) this.waiting = setTimeout(() => this.showProgress(), left + 10);
    else this.told.progress(tape.have / Math.max(1, pending.iteration + 1));
    return undefined;
  }
}
