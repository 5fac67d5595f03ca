/** The playhead: which tape is on stage, where its cursor is and where it is going, and what to fetch for that. */

import { CursorSpeed } from "./cursor-speed.js";
import { SETUP, Tape } from "./tape.js";

/**
 * Iterations to have ahead of the cursor: as many as it passes in SECONDS at its present speed, but FEWEST to
 * MOST. If fewer are there, twice as many are fetched. Most people who change a number look at few iterations, and
 * recording more than they look at costs a busy server time.
 */
const SECONDS = 3;
const FEWEST = 10;
const MOST = 100;
/** Milliseconds of waiting for a recording after which its progress is shown. */
const PATIENCE = 500;
/**
 * Iterations that no visitor waits for are fetched SLICE at a time, with REST milliseconds before each request, so
 * that the server is free when the next change comes.
 */
const SLICE = 25;
const REST = 200;
/**
 * A busy server is asked for them only once the cursor has rested for QUIET milliseconds, or has fewer than FEW
 * iterations ahead: most people who change a number step a little and then change it again.
 */
const QUIET = 2000;
const FEW = 3;
/**
 * If the cursor goes more than FAR iterations past those that are here, the ones between are skipped, up to BEFORE
 * before it: they are requested if the cursor comes near. The server has the same FAR, in viz/worker/run_view.py.
 */
const FAR = 300;
const BEFORE = 20;

export class Playhead {
  /**
   * @param {object} stage is called with what to show: `draw` (tape, moment) another tape, with the moment that it
   *   was requested for, or null; `extended` (grown) more of this tape; `show` (place) the cursor's place; `pause`
   *   to stop playing; `empty` if the tape has no statement; `progress` (part) of a recording, null if none is
   *   waited for; `letGo` (iteration) if the cursor cannot go there, as the recording let it go
   * @param {import("./tape-loader.js").TapeLoader | undefined} loader fetches more of a tape
   * @param {object | null} opening the moment to begin at, as `Stage.moment` gives it
   */
  constructor(stage, loader, opening) {
    this.stage = stage;
    this.loader = loader;
    this.tape = null;
    /** The tape that replaces it once it reaches the cursor. */
    this.incoming = null;
    this.cursor = null;
    this.wanted = null;
    /** The furthest iteration that was shown, on any tape. */
    this.reached = -1;
    /** The tape of the pending request, and whether someone waits for it. */
    this.asked = null;
    this.pressing = false;
    this.speed = new CursorSpeed();
    /** The moment to go to once its tape arrives: where the page opened, or where the browser's history led. */
    this.coming = opening;
    this.since = null;
    /** The last place that the cursor could not go to, as the recording let it go. */
    this.lost = null;
    /** Looks for a place: {place}, {missing: iteration} if that has to arrive first, null if there is none. */
    this.search = null;
  }

  /** Where the cursor is going; it may be past what is recorded, and wait for the tape. */
  get aim() {
    return this.wanted ?? this.cursor;
  }

  /** Where the cursor is or will be, if an address can hold that. */
  get place() {
    return Number.isFinite(this.wanted?.statement) ? this.wanted : this.cursor;
  }

  /**
   * Take in the first chunk of a tape. A tape that is not on stage replaces the one that is, at the same place.
   */
  receive(chunk) {
    // A change may be undone before its tape arrives: the program is then the one on stage.
    const tape = chunk.tape === this.tape?.name ? this.tape : new Tape(chunk.tape);
    this.incoming = tape === this.tape ? null : tape;
    if (chunk.begins && this.incoming) this.begin();
    // The pending request is for a tape that is being replaced.
    this.loader?.stop();
    this.asked = null;
    this.take(tape, chunk);
  }

  take(tape, chunk) {
    const before = tape.drawn;
    tape.add(chunk);
    const place = (tape === this.incoming && this.coming?.place) || this.aim;
    tape.drop(place?.iteration ?? tape.have);
    if (tape === this.tape) this.stage.extended(tape.drawn > before || tape.complete);
    else this.change(tape);
    this.settle();
  }

  /** Continue with the tape and the cursor of a stage that was taken off the page. */
  adopt({ tape, moment, reached }) {
    this.reached = reached;
    this.coming = moment;
    this.change(tape);
    this.settle();
  }

  /** Whether a moment is on another tape than this one; if so, wait for that tape. */
  awaits(moment) {
    this.coming = moment.link === this.tape?.link ? null : moment;
    return this.coming !== null;
  }

  /** Forget the place on the old tape: the next one starts from its beginning. */
  begin() {
    this.stage.pause();
    this.reached = -1;
    this.wanted = null;
    this.search = null;
    this.cursor = null;
    this.coming = null;
  }

  /** Put a new tape on stage once it reaches the cursor; the old one stays until then. */
  change(tape) {
    const coming = this.comingOn(tape);
    const place = coming ? (coming.place ?? tape.start) : (this.aim ?? tape.start);
    const missing = !tape.frame(place) && place.iteration >= tape.have && !tape.complete;
    if (missing && this.tape) return this.ask(tape, place.iteration + 1);
    this.tape = tape;
    this.incoming = null;
    // The history may have led on to another tape meanwhile, which has not arrived yet.
    if (coming) this.coming = null;
    this.cursor = null;
    this.search = null;
    this.wanted = this.nearest(place);
    return this.stage.draw(tape, coming);
  }

  /** The moment that a tape was requested for. The first tape of a page is always the one of the address. */
  comingOn(tape) {
    return this.tape && this.coming?.link !== tape.link ? null : this.coming;
  }

  /** The same place on another tape, or the last place that it has. */
  nearest(place) {
    const { tape } = this;
    if (tape.frame(place)) return place;
    const last = tape.complete ? Math.min(place.iteration, tape.have - 1) : place.iteration;
    return last < 0 ? tape.start : tape.inIteration(last, place.statement);
  }

  /** The place one statement on or back; null at either end, and while the length of an iteration is unknown. */
  statementAway(by) {
    if (!this.aim || this.aim.statement === Infinity) return null;
    const inside = by > 0 && this.aim.node !== undefined;
    return inside ? { ...this.aim, node: undefined } : this.tape.statementAway(this.aim, by);
  }

  /** The place one node on or back; null as in `statementAway`. */
  nodeAway(by) {
    return this.aim && this.aim.statement !== Infinity ? this.tape.nodeAway(this.aim, by) : null;
  }

  /** Go some iterations on or back, to the same statement. */
  goIterations(by) {
    this.go(this.tape.iterationAway(this.aim, by));
  }

  goToIteration(iteration) {
    this.go(this.likewise(iteration, this.aim));
  }

  /** The place in an iteration at the same statement as another one. */
  likewise(iteration, { iteration: before, statement }) {
    const { tape } = this;
    return iteration < 0 ? tape.start : tape.inIteration(iteration, before === SETUP ? Infinity : statement);
  }

  /** Go to where the next epoch begins (`by` 1), which may have to arrive first, or back to such a place (-1). */
  goEpochs(by) {
    const { tape, aim } = this;
    if (!aim || this.search || !tape.epochs.any) return;
    this.lookFor(() => {
      const { first, missing } = tape.epochAway(aim.iteration, by) ?? {};
      return first === undefined ? { missing } : { place: this.likewise(first, aim) };
    });
  }

  /** Go one statement on or back in the same call of a function or in one around it, over the calls it makes. */
  goOverCalls(by) {
    const { tape, aim } = this;
    if (!aim || this.search || aim.statement === Infinity) return;
    if (by > 0 && aim.node !== undefined) {
      this.go({ ...aim, node: undefined });
      return;
    }
    const calls = tape.calls(aim);
    let from = aim.iteration;
    this.lookFor(() => {
      const found = tape.overCalls(aim, calls, by, from);
      from = found?.missing ?? from;
      return found;
    });
  }

  /** Go to a place once what has arrived has it; until then, wait for the iteration that is missing. */
  lookFor(search) {
    this.search = search;
    this.settle();
  }

  /** Look again for a place. */
  lookAgain() {
    const { place = null, missing } = this.search() ?? {};
    const waits = missing !== undefined && Boolean(this.loader);
    if (!waits) this.search = null;
    if (place || waits || this.cursor) this.wanted = waits ? { iteration: missing, statement: Infinity } : place;
  }

  goToLine(line) {
    const place = this.tape.nextExecution(line, this.aim);
    if (place) this.go(place);
  }

  /** Move the cursor. A place that is not recorded yet is requested, and reached when it arrives. */
  go(place) {
    this.search = null;
    this.wanted = place;
    this.settle();
  }

  /** Bring the cursor to the wanted place if the tape has it, and keep enough of the tape ahead. */
  settle() {
    const { tape } = this;
    if (!tape) return;
    if (this.search) this.lookAgain();
    if (this.wanted && tape.iterations.isLetGo(this.wanted.iteration)) this.lose();
    if (this.wanted) {
      const place = tape.frame(this.wanted) ? this.wanted : this.cut(this.wanted);
      if (place) {
        this.wanted = null;
        if (tape.frame(place)) this.arrive(place);
        else this.stage.empty();
      } else if (!this.cursor) {
        // A link far into a long run shows the program meanwhile.
        this.arrive(tape.start);
      }
    }
    clearTimeout(this.resting);
    const target = this.aim?.iteration ?? 0;
    const few = Math.max(FEW, this.speed.perSecond * SECONDS);
    if (this.wanted || !tape.brief || tape.iterations.end(target) < target + few) this.askAhead();
    else this.resting = setTimeout(() => this.askAhead(), QUIET);
    this.showProgress();
  }

  /** The cursor stays: the recording let the wanted place go. */
  lose() {
    this.lost = this.wanted;
    this.wanted = null;
    this.search = null;
    if (!this.cursor) this.arrive(this.tape.start);
    this.stage.letGo(this.lost.iteration);
  }

  /** Request what was dropped around the cursor, what should be ahead of it, and what the series still lack. */
  askAhead() {
    const { tape } = this;
    const target = this.aim?.iteration ?? 0;
    const ahead = Math.min(Math.max(FEWEST, this.speed.perSecond * SECONDS), MOST);
    const dropped = tape.iterations.droppedNear(target, FEW);
    if (dropped) this.ask(tape, dropped.to, false, dropped.from);
    else if (!tape.complete && tape.have < target + ahead) this.ask(tape, target + 2 * ahead);
    else if (!tape.complete && tape.drawn < tape.path) this.ask(tape, tape.have, true);
  }

  /** Stop all requests: the stage is leaving the page. */
  leave() {
    clearTimeout(this.resting);
    clearTimeout(this.waiting);
    this.loader?.stop();
  }

  arrive(place) {
    this.cursor = place;
    this.speed.at(place.iteration);
    this.reached = Math.max(this.reached, place.iteration);
    this.stage.show(place);
  }

  /** The last place before a wanted one that does not exist: its iteration is shorter, or the tape has ended. */
  cut(place) {
    const { tape } = this;
    if (tape.iterations.isDropped(place.iteration)) return null;
    if (place.iteration < tape.have) return tape.inIteration(place.iteration, place.statement);
    if (!tape.complete) return null;
    return tape.after.f.length
      ? { iteration: tape.have, statement: 0 }
      : tape.inIteration(tape.have - 1, Infinity);
  }

  /**
   * Fetch more of a tape, or only of its series (`path`), or what was dropped `from` an iteration on: one request
   * at a time. A request that the visitor waits for replaces one that runs ahead.
   */
  ask(tape, upto, path = false, from = null) {
    const urgent = Boolean(this.wanted) || tape === this.incoming;
    if (!this.loader || (this.asked === tape && (this.pressing || !urgent))) return;
    this.asked = tape;
    this.pressing = urgent;
    const limit = Math.min(upto, tape.total ?? Infinity, urgent ? Infinity : tape.have + SLICE);
    const again = from === null ? {} : { have: from, alone: null, till: null };
    const skip = from === null && !path ? this.skipOn(tape) : null;
    const request = { tape: tape.name, upto: limit, urgent, path, skip, ...tape.held, ...again };
    this.loader.ask(request, urgent ? 0 : REST, (chunk) => {
      this.asked = null;
      this.take(tape, chunk);
    });
  }

  /** The iteration up to which the missing ones are skipped; null to skip none. */
  skipOn(tape) {
    const place = (tape === this.incoming && this.coming?.place) || this.aim;
    const far = place !== null && place.iteration - tape.have > FAR && tape.have > 0;
    return far ? place.iteration - BEFORE : null;
  }

  showProgress() {
    clearTimeout(this.waiting);
    const pending = this.wanted ?? (this.incoming ? (this.coming?.place ?? this.aim) : null);
    const tape = this.incoming ?? this.tape;
    if (!pending || !tape) {
      this.since = null;
      return this.stage.progress(null);
    }
    this.since ??= performance.now();
    const left = this.since + PATIENCE - performance.now();
    if (left > 0) this.waiting = setTimeout(() => this.showProgress(), left + 10);
    else this.stage.progress(tape.have / Math.max(1, pending.iteration + 1));
    return undefined;
  }
}
