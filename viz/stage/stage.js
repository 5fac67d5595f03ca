/** The stage: plays a tape. It holds the cursor; everything it shows was recorded, laid out and written before. */

import { Charts } from "./charts.js";
import { CodeView } from "./code.js";
import { GraphView } from "./graph.js";
import { listen } from "./keys.js";
import { drawLedger } from "./ledger.js";
import { Slots } from "./slots.js";
import { SETUP, Tape } from "./tape.js";
import { Transport } from "./transport.js";
import { skeleton } from "./skeleton.js";

/** Iterations that should lie ahead of the cursor; with fewer, more are asked for. */
const AHEAD = 60;
/** Iterations asked for beyond the cursor. */
const BATCH = 150;
/** Milliseconds after which waiting for a recording shows its progress. */
const PATIENCE = 500;

export class Stage {
  /**
   * @param {HTMLElement} parent
   * @param {{plotly: string, more?: (request: {tape: string, have: number, upto: number}) => void}} options
   */
  constructor(parent, options) {
    this.options = options;
    this.root = skeleton(parent);
    const part = (name) => this.root.querySelector(`.viz-${name}`);
    this.sentence = part("sentence");
    this.warning = part("warning");
    this.graph = new GraphView(part("graph"), () => this.refill());
    this.code = new CodeView(part("code"), (line) => this.goToLine(line));
    this.ledgerPlace = part("ledger");
    this.charts = new Charts(part("charts"), options.plotly, (iteration) => this.goToIteration(iteration));
    this.transport = new Transport(part("transport"), this.commands());
    this.slots = new Slots(this.root);
    this.tape = null;
    this.cursor = null;
    this.wanted = null;
    this.reached = -1;
    this.asked = null;
    this.timer = null;
    this.speed = 1;
    this.stopListening = listen(this.root, this.commands());
  }

  /** What buttons and keys can do, by name. */
  commands() {
    this.made ??= {
      start: () => this.go(this.tape.start),
      back: () => this.stepStatement(-1),
      next: () => this.stepStatement(1),
      iterationBack: () => this.go(this.tape.iterationAway(this.aim, -1)),
      iterationNext: () => this.go(this.tape.iterationAway(this.aim, 1)),
      play: () => this.togglePlay(),
      run: (count) => this.go(this.tape.iterationAway(this.aim, count)),
      seek: (iteration) => this.goToIteration(iteration),
      speed: (speed) => this.setSpeed(speed),
    };
    return this.made;
  }

  /** Where the cursor is going: past what is recorded it waits for the tape to arrive. */
  get aim() {
    return this.wanted ?? this.cursor;
  }

  /** Take a chunk of a tape in; one of another tape replaces it, and the cursor stays where it was. */
  receive(chunk) {
    if (chunk.tape !== this.incoming?.name && chunk.tape !== this.tape?.name) this.incoming = new Tape(chunk.tape);
    const tape = chunk.tape === this.tape?.name ? this.tape : this.incoming;
    const before = tape.have;
    const whole = tape.add(chunk);
    if (!whole || tape.have < chunk.to) return this.ask(tape, chunk.to);
    if (this.asked?.tape === tape.name && tape.have >= this.asked.upto) this.asked = null;
    // A change that was taken back before its tape had come: what is on stage is the program again.
    if (tape === this.tape) this.incoming = null;
    if (tape !== this.tape) this.change(tape);
    else if (tape.have > before || tape.complete) {
      this.transport.setRange(tape);
      if (this.cursor) this.showCharts(this.cursor);
    }
    this.settle();
  }

  /** Go on with the tape and the cursor of a stage that was taken off the page. */
  adopt({ tape, cursor, reached }) {
    if (!tape) return;
    this.reached = reached;
    this.wanted = cursor;
    this.change(tape);
    this.settle();
  }

  /** Put a new tape on the stage once it reaches the cursor; until then the old one stays. */
  change(tape) {
    const place = this.aim ?? tape.start;
    if (place.iteration >= tape.have && !tape.complete) return this.ask(tape, place.iteration + 1);
    this.tape = tape;
    this.incoming = null;
    this.code.draw(tape.head);
    drawLedger(this.ledgerPlace, tape.head);
    this.transport.setRange(tape);
    this.slots.index();
    this.cursor = null;
    this.wanted = this.nearest(place);
    this.drawCharts(tape.head.figures);
  }

  /** The same place on another tape, or the last that it has. */
  nearest(place) {
    const tape = this.tape;
    if (tape.frame(place)) return place;
    const last = tape.complete ? Math.min(place.iteration, tape.have - 1) : place.iteration;
    return last < 0 ? tape.start : tape.inIteration(last, place.statement);
  }

  drawCharts(figures) {
    this.charts.draw(figures).catch((error) => this.charts.fail(`The charts are missing: ${error.message}.`));
  }

  stepStatement(by) {
    if (!this.aim) return false;
    const place = this.tape.statementAway(this.aim, by);
    if (place) return this.go(place);
    if (by > 0 && !this.tape.complete) return this.go({ iteration: this.aim.iteration + 1, statement: 0 });
    this.pause();
    return false;
  }

  goToIteration(iteration) {
    if (iteration < 0) return this.go(this.tape.start);
    const at = this.aim;
    return this.go(this.tape.inIteration(iteration, at.iteration === SETUP ? Infinity : at.statement));
  }

  goToLine(line) {
    const place = this.tape.nextExecution(line, this.aim);
    if (place) this.go(place);
  }

  /** Move the cursor; a place that is not recorded yet is asked for, and reached when it arrives. */
  go(place) {
    this.wanted = place;
    this.settle();
    return true;
  }

  /** Bring the cursor to the wanted place if it is here, and have enough of the tape ahead. */
  settle() {
    const { tape } = this;
    if (!tape) return;
    if (this.wanted) {
      const place = tape.frame(this.wanted) ? this.wanted : this.cut(this.wanted);
      if (place) {
        this.wanted = null;
        if (tape.frame(place)) this.show(place);
        else this.sentence.textContent = "This program has no statement to run.";
      }
    }
    const target = this.aim?.iteration ?? 0;
    if (!tape.complete && tape.have < target + AHEAD) this.ask(tape, target + BATCH);
    this.showProgress();
  }

  /** A wanted place whose iteration is here but shorter, or that lies behind the end of a complete tape. */
  cut(place) {
    const { tape } = this;
    if (place.iteration < tape.have) return tape.inIteration(place.iteration, place.statement);
    if (!tape.complete) return null;
    return tape.after.length ? { iteration: tape.have, statement: 0 } : tape.inIteration(tape.have - 1, Infinity);
  }

  ask(tape, upto) {
    const limit = Math.min(upto, tape.total ?? Infinity);
    const { asked } = this;
    if (asked && asked.tape === tape.name && asked.have === tape.have && asked.upto >= limit) return;
    this.asked = { tape: tape.name, have: tape.have, upto: limit, since: performance.now() };
    this.options.more?.({ tape: tape.name, have: tape.have, upto: limit });
  }

  show(place) {
    const { tape } = this;
    const frame = tape.frame(place);
    this.cursor = place;
    this.reached = Math.max(this.reached, place.iteration);
    this.graph.show(tape.picture(place), tape.head.problem);
    this.slots.show(tape.stateAt(place));
    this.code.point(frame.l);
    this.sentence.textContent = frame.s;
    this.sentence.title = frame.s;
    this.sentence.toggleAttribute("data-error", Boolean(frame.e));
    this.warn(place);
    this.transport.show(place, tape);
    this.showCharts(place);
    this.transport.tell(this.isStart(place) ? "Press → to run the next line." : "");
    const { dataset } = this.root;
    dataset.iteration = place.iteration;
    dataset.statement = place.statement;
    dataset.tape = tape.name;
    dataset.ready = "true";
    if (frame.e || frame.w) this.pause();
  }

  /** Histories go as far as anyone has been, on any tape, or as this one goes by now: more of it may be on its way. */
  showCharts(place) {
    const { tape } = this;
    const reached = Math.min(this.reached, tape.have - 1);
    this.charts.show(place.iteration, reached, (name, element) => tape.series(name, element), tape);
  }

  isStart(place) {
    const { start } = this.tape;
    return place.iteration === start.iteration && place.statement === start.statement;
  }

  /** The first inf or NaN stays named for as long as the cursor is at it or behind it. */
  warn(place) {
    const text = this.tape.firstWarning(place);
    this.warning.textContent = text;
    this.warning.hidden = !text;
  }

  refill() {
    this.slots.index();
    if (this.cursor) this.slots.show(this.tape.stateAt(this.cursor));
  }

  showProgress() {
    clearTimeout(this.waiting);
    const pending = this.wanted ?? (this.incoming ? this.aim : null);
    const tape = this.incoming ?? this.tape;
    if (!pending || !tape) return this.transport.progress(null);
    const waited = performance.now() - (this.asked?.since ?? performance.now());
    if (waited < PATIENCE) {
      this.waiting = setTimeout(() => this.showProgress(), PATIENCE - waited + 10);
      return undefined;
    }
    return this.transport.progress(tape.have / Math.max(1, pending.iteration + 1));
  }

  togglePlay() {
    if (this.timer) return this.pause();
    this.timer = setInterval(() => !this.wanted && this.stepStatement(1), 900 / this.speed);
    this.transport.playing(true);
    return undefined;
  }

  pause() {
    clearInterval(this.timer);
    this.timer = null;
    this.transport.playing(false);
  }

  setSpeed(speed) {
    this.speed = speed;
    if (!this.timer) return;
    this.pause();
    this.togglePlay();
  }

  /** The theme changed: what is drawn with colours, not with the style sheet, is drawn anew. */
  restyle() {
    if (this.tape) this.drawCharts(this.tape.head.figures);
  }

  destroy() {
    this.pause();
    this.stopListening();
  }
}
