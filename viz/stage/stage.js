/** The stage: plays a tape. It holds the cursor; everything it shows was recorded, laid out and written before. */

import { Asking } from "./asking.js";
import { Before } from "./before.js";
import { Charts } from "./charts.js";
import { Folds } from "./folds.js";
import { CodeView } from "./code.js";
import { GraphView } from "./graph.js";
import { listen } from "./keys.js";
import { LedgerView } from "./ledger.js";
import { Player } from "./player.js";
import { Presenter } from "./presenter.js";
import { Slots } from "./slots.js";
import { TakeAway } from "./take.js";
import { SETUP, Tape } from "./tape.js";
import { Transport } from "./transport.js";
import { skeleton } from "./skeleton.js";

/** Iterations that should lie ahead of the cursor; with fewer, more are asked for. */
const AHEAD = 60;
/** Iterations asked for beyond the cursor. */
const BATCH = 150;
/** Milliseconds after which waiting for a recording shows its progress. */
const PATIENCE = 500;
/** Milliseconds without a step after which words follow. */
const AT_REST = 150;
/** What nobody waits for is fetched in slices of so many iterations, with so many milliseconds of rest before each:
 * the next change finds the server free. */
const SLICE = 25;
const REST = 200;

export class Stage {
  /**
   * @param {HTMLElement} parent
   * @param {object} options all may be missing: `plotly` the address of plotly.js; `feed` fetches more of a tape;
   *   `ask`, `check` and `draw` (tape, query) promise what is known of a node, of a moment's gradients, and a drawing
   *   with boxes opened, or null; `opening` is the moment to begin at, as `moment` gives it; `moved` is told of each
   *   move; `copy` copies a link; `away` says where a run is taken away from
   */
  constructor(parent, options) {
    this.options = options;
    this.root = skeleton(parent);
    const part = (name) => this.root.querySelector(`.viz-${name}`);
    this.sentence = part("sentence");
    this.warning = part("warning");
    this.graph = new GraphView(part("graph"), {
      redrawn: () => this.refill(),
      selected: () => this.select(),
      pointed: (node, box) => this.asking.point(node, box),
      opened: (node) => this.openBox(node),
    });
    this.away = new TakeAway(part("take"), options.away, this.graph, () => ({ tape: this.tape?.name, ...this.cursor }));
    this.code = new CodeView(part("code"), (line) => this.goToLine(line));
    this.asking = new Asking(this.root, this, options, () => this);
    this.ledger = new LedgerView(part("ledger"));
    this.charts = new Charts(part("charts"), options.plotly, (iteration) => this.goToIteration(iteration));
    this.transport = new Transport(part("transport"), this.commands());
    part("copy").hidden = !options.copy;
    this.slots = new Slots(this.root, ".viz-before");
    this.before = new Before(part("figure"), () => this.graph.whole());
    this.folds = new Folds(options.draw, part("fold"));
    this.player = new Player(() => !this.wanted && this.stepStatement(1), (playing) => this.transport.playing(playing));
    for (const button of this.root.querySelectorAll("[data-command]")) {
      const { command, argument } = button.dataset;
      button.addEventListener("click", () => this.commands()[command](argument));
    }
    // A frame may go on the full screen only where the page around it says so.
    part("figure").querySelector("[data-command=fullScreen]").hidden = !document.fullscreenEnabled;
    this.presenter = new Presenter(document.body, part("present"), () => {
      this.code.reveal();
      this.options.moved?.();
    });
    this.tape = null;
    this.cursor = null;
    this.wanted = null;
    this.reached = -1;
    this.asked = null;
    /** The moment to be at once its tape is there: where the page opened, or what the browser's history led to. */
    this.coming = options.opening ?? null;
    this.since = null;
    this.stopListening = listen(this.root, this.commands(), this.presenter);
  }

  /** What buttons and keys can do, by name. */
  commands() {
    this.made ??= {
      start: () => this.go(this.tape.start),
      back: () => this.stepStatement(-1),
      next: () => this.stepStatement(1),
      nodeBack: () => this.stepNode(-1),
      nodeNext: () => this.stepNode(1),
      check: () => this.asking.check(),
      level: (level) => this.setLevel(level),
      fold: () => this.closeBoxes(),
      zoomIn: () => this.graph.zoomBy(1.25),
      zoomOut: () => this.graph.zoomBy(0.8),
      fit: () => this.graph.whole(),
      fullScreen: () => this.toggleFullScreen(),
      present: () => this.presenter.show(!this.presenter.on),
      blank: () => this.presenter.toggleBlank(),
      copy: () => this.options.copy?.(),
      iterationBack: () => this.go(this.tape.iterationAway(this.aim, -1)),
      iterationNext: () => this.go(this.tape.iterationAway(this.aim, 1)),
      play: () => this.player.toggle(),
      run: (count) => this.go(this.tape.iterationAway(this.aim, Number(count))),
      seek: (iteration) => this.goToIteration(iteration),
      speed: (speed) => this.player.setSpeed(speed),
    };
    return this.made;
  }

  /** Where the cursor is going: past what is recorded it waits for the tape to arrive. */
  get aim() {
    return this.wanted ?? this.cursor;
  }

  /** What an address holds of the stage; null before the first tape. */
  get moment() {
    const { tape, cursor, wanted } = this;
    if (!cursor) return null;
    const { node: selected, level } = this.graph;
    const place = Number.isFinite(wanted?.statement) ? wanted : cursor;
    return { link: tape.link, place, selected, level, presenting: this.presenter.on };
  }

  /** Take the first chunk of a tape in; another tape than the one on stage replaces it, at the same place. */
  receive(chunk) {
    // A change may be taken back before its tape has come: what is on stage is the program again.
    const tape = chunk.tape === this.tape?.name ? this.tape : new Tape(chunk.tape);
    this.incoming = tape === this.tape ? null : tape;
    if (chunk.begins && this.incoming) this.begin();
    // What was asked for belongs to a tape that is leaving.
    this.options.feed?.stop();
    this.asked = null;
    this.take(tape, chunk);
  }

  take(tape, chunk) {
    const before = tape.drawn;
    tape.add(chunk);
    if (tape !== this.tape) this.change(tape);
    else {
      this.transport.setRange(tape);
      if (this.cursor && (tape.drawn > before || tape.complete)) this.showCharts(this.cursor);
    }
    this.settle();
  }

  /** Go on with the tape and the cursor of a stage that was taken off the page. */
  adopt({ tape, moment, reached }) {
    if (!moment) return;
    this.reached = reached;
    this.coming = moment;
    this.change(tape);
    this.settle();
  }

  /** Be at a moment; whether its program has to come on stage for that. */
  open(moment) {
    const busy = this.coming !== null;
    this.player.pause();
    this.coming = moment.link === this.tape?.link ? null : moment;
    if (this.coming) return true;
    this.look(moment);
    this.go(moment.place ?? this.tape.start);
    return busy;
  }

  /** Show the graph at a level, and have a node selected; it is explained once the cursor rests. */
  look({ selected, level, presenting }) {
    if (presenting !== this.presenter.on) this.presenter.show(presenting);
    this.graph.node = selected;
    this.graph.picked();
    if (level !== this.graph.level) this.setLevel(level);
    if (selected === null) this.asking.explain();
  }

  /** Forget where the tape that leaves was: the next one is seen from its start. */
  begin() {
    this.player.pause();
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
    if (coming) this.look(coming);
    this.coming = null;
    const drawn = [this.code.draw(tape.head), this.ledger.draw(tape.head)];
    if (drawn.includes(true)) this.slots.index();
    this.transport.setRange(tape);
    this.cursor = null;
    this.wanted = this.nearest(place);
    this.drawCharts(tape.head.figures);
  }

  /** The moment that a tape was asked for with; whatever program the page opened with, it is the address's. */
  comingOn(tape) {
    return this.tape && this.coming?.link !== tape.link ? null : this.coming;
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
    // Nobody can go on from the end of an iteration whose length is still on its way.
    if (!this.aim || this.aim.statement === Infinity) return false;
    const inside = by > 0 && this.aim.node !== undefined;
    const place = inside ? { ...this.aim, node: undefined } : this.tape.statementAway(this.aim, by);
    if (place) return this.go(place);
    this.player.pause();
    return false;
  }

  /** One node on or back: forward as the graph is built, through backward as the engine visits it. */
  stepNode(by) {
    if (!this.aim || this.aim.statement === Infinity) return;
    const place = this.tape.nodeAway(this.aim, by);
    if (!place) return;
    this.go(place);
    const steps = this.tape.steps(place);
    const node = steps[place.node ?? steps.length - 1]?.[0];
    if (by <= 0 || node === undefined) return;
    const before = this.tape.stateAt({ iteration: place.iteration, statement: place.statement - 1 });
    this.graph.send(node, before.texts.get(`n${node}.g`));
  }

  select() {
    this.asking.selected();
    this.options.moved?.();
  }

  setLevel(level) {
    this.graph.setLevel(level);
    this.options.moved?.();
    for (const button of this.root.querySelectorAll("[data-command=level]")) {
      button.setAttribute("aria-pressed", button.dataset.argument === level);
    }
  }

  /** Open a folded box of the graph; false where nobody can draw it. */
  openBox(node) {
    const { tape, cursor } = this;
    if (!this.folds.draw) return false;
    const shown = tape.picture(cursor);
    const iteration = Math.max(0, Math.min(cursor.iteration, tape.have - 1));
    this.folds.open(shown, node, tape.name, iteration).then((problem) => {
      if (problem) this.transport.tell(problem);
      if (this.tape.picture(this.cursor) !== shown) return;
      this.graph.show(this.folds.drawing(shown));
      this.graph.keepInView(this.graph.box(node));
    });
    return true;
  }

  closeBoxes() {
    const shown = this.tape.picture(this.cursor);
    this.folds.close(shown);
    this.graph.show(this.folds.drawing(shown));
    this.graph.follow();
  }

  toggleFullScreen() {
    if (!document.fullscreenEnabled) return;
    if (document.fullscreenElement) document.exitFullscreen();
    else this.root.querySelector(".viz-figure").requestFullscreen();
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
      } else if (!this.cursor) {
        // Whoever opens a link far into a long run sees the program meanwhile.
        this.show(tape.start);
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

  /** Have more of a tape fetched, one request at a time. */
  ask(tape, upto) {
    if (this.asked === tape || !this.options.feed) return;
    this.asked = tape;
    const urgent = this.wanted || tape === this.incoming;
    const limit = Math.min(upto, tape.total ?? Infinity, urgent ? Infinity : tape.have + SLICE);
    this.options.feed.ask({ tape: tape.name, upto: limit, ...tape.held }, urgent ? 0 : REST, (chunk) => {
      this.asked = null;
      this.take(tape, chunk);
    });
  }

  show(place) {
    const { tape } = this;
    const frame = tape.frame(place);
    this.cursor = place;
    this.reached = Math.max(this.reached, place.iteration);
    this.graph.show(this.folds.drawing(tape.picture(place)), tape.head.problem);
    this.graph.settle();
    this.slots.show(tape.stateAt(place));
    this.graph.follow();
    this.before.show(tape, place);
    this.code.point(frame.l);
    const said = this.sentenceAt(place, frame);
    this.sentence.textContent = said;
    this.sentence.title = said;
    this.sentence.toggleAttribute("data-error", Boolean(frame.e));
    this.warn(place);
    this.transport.show(place, tape);
    this.showCharts(place);
    this.transport.tell(this.isStart(place) ? "Press → to run the next line." : "");
    const { dataset } = this.root;
    dataset.iteration = place.iteration;
    dataset.statement = place.statement;
    dataset.node = place.node ?? "";
    dataset.tape = tape.name;
    dataset.ready = "true";
    this.options.moved?.();
    this.restSoon();
    if (frame.e || frame.w) this.player.pause();
  }

  /** The sentence of the statement, or of the node inside it. */
  sentenceAt(place, frame) {
    const steps = this.tape.steps(place);
    if (place.node === undefined || !steps[place.node]) return frame.s;
    return this.graph.sentence(steps[place.node][0], `${place.node + 1} of ${steps.length}`) ?? frame.s;
  }

  /** Histories go as far as anyone has been, on any tape, or as this one goes by now: more of it may be on its way. */
  showCharts(place) {
    const { tape } = this;
    const reached = Math.min(this.reached, tape.drawn - 1);
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
    this.root.querySelector(".viz-key.folded").hidden = !this.graph.isFolded;
    this.slots.index();
    if (this.cursor) this.slots.show(this.tape.stateAt(this.cursor));
    this.restSoon();
  }

  /** Marks of what changed, the nodes' accessible names, the explanation and the charts' axes follow at rest. */
  restSoon() {
    clearTimeout(this.resting);
    this.resting = setTimeout(() => {
      this.slots.mark();
      this.graph.describe();
      this.asking.rest();
      this.charts.rest();
    }, AT_REST);
  }

  showProgress() {
    clearTimeout(this.waiting);
    const pending = this.wanted ?? (this.incoming ? this.aim : null);
    const tape = this.incoming ?? this.tape;
    if (!pending || !tape) {
      this.since = null;
      return this.transport.progress(null);
    }
    this.since ??= performance.now();
    const left = this.since + PATIENCE - performance.now();
    if (left > 0) this.waiting = setTimeout(() => this.showProgress(), left + 10);
    else this.transport.progress(tape.have / Math.max(1, pending.iteration + 1));
    return undefined;
  }

  /** The theme changed: what is drawn with colours, not with the style sheet, is drawn anew. */
  restyle() {
    if (this.tape) this.drawCharts(this.tape.head.figures);
  }

  destroy() {
    this.player.pause();
    clearTimeout(this.resting);
    this.options.feed?.stop();
    this.stopListening();
  }
}
