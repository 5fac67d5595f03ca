/** The stage: shows a tape at the cursor. All that it shows was recorded, laid out and written before. */

import { Asking } from "./views/explanations.js";
import { Before } from "./views/previous-graph.js";
import { Charts } from "./views/charts.js";
import { Course } from "./playback/playhead.js";
import { Folds } from "./views/opened-boxes.js";
import { CodeView } from "./views/code.js";
import { GraphView } from "./views/graph.js";
import { listen } from "./page/keyboard.js";
import { LedgerView } from "./views/ledger.js";
import { plain, say } from "./views/inline-code.js";
import { Player } from "./playback/player.js";
import { Presenter } from "./page/presenter-mode.js";
import { Slots } from "./views/slot-filler.js";
import { TakeAway } from "./views/download-menu.js";
import { Transport } from "./views/transport.js";
import { skeleton } from "./views/skeleton.js";
import { gradientSlot } from "./slots.js";

/** Milliseconds without a step after which words follow. */
const AT_REST = 150;

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
    this.course = new Course(this.shown(), options.feed, options.opening ?? null);
    const part = (name) => this.root.querySelector(`.viz-${name}`);
    this.sentence = part("sentence");
    this.warning = part("warning");
    this.graph = new GraphView(part("graph"), {
      redrawn: () => this.refill(),
      selected: () => this.select(),
      pointed: (node, box) => this.asking.point(node, box),
      opened: (node) => this.openBox(node),
    });
    this.away = new TakeAway(part("take"), options.away, this.graph, () => ({ tape: this.tape?.name, ...this.course.cursor }));
    this.code = new CodeView(part("code"), (line) => this.course.goToLine(line));
    this.asking = new Asking(this.root, this, options, () => this.course);
    this.ledger = new LedgerView(part("ledger"));
    this.charts = new Charts(part("charts"), options.plotly, (iteration) => this.course.goToIteration(iteration));
    this.transport = new Transport(part("transport"), this.commands());
    part("copy").hidden = !options.copy;
    this.slots = new Slots(this.root, ".viz-before");
    this.before = new Before(part("figure"), () => this.graph.whole());
    this.folds = new Folds(options.draw, part("fold"));
    this.player = new Player(() => !this.course.wanted && this.stepStatement(1), (playing) => this.transport.playing(playing));
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
    this.stopListening = listen(this.root, this.commands(), this.presenter);
  }

  /** What buttons and keys can do, by name. */
  commands() {
    this.made ??= {
      start: () => this.course.go(this.tape.start),
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
      iterationBack: () => this.course.goIterations(-1),
      iterationNext: () => this.course.goIterations(1),
      play: () => this.player.toggle(),
      run: (count) => this.course.goIterations(Number(count)),
      seek: (iteration) => this.course.goToIteration(iteration),
      speed: (speed) => this.player.setSpeed(speed),
    };
    return this.made;
  }

  /** What the course of the visit has shown. */
  shown() {
    return {
      draw: (tape, moment) => this.draw(tape, moment),
      extended: (grown) => {
        this.transport.setRange(this.tape);
        if (this.course.cursor && grown) this.showCharts(this.course.cursor);
      },
      show: (place) => this.show(place),
      pause: () => this.player.pause(),
      empty: () => {
        this.sentence.textContent = "This program has no statement to run.";
      },
      progress: (part) => this.transport.progress(part),
    };
  }

  get tape() {
    return this.course.tape;
  }

  /** What an address holds of the stage; null before the first tape. */
  get moment() {
    const { cursor, place } = this.course;
    if (!cursor) return null;
    const { node: selected, level } = this.graph;
    return { link: this.tape.link, place, selected, level, presenting: this.presenter.on };
  }

  /** Take the first chunk of a tape in. */
  receive(chunk) {
    this.course.receive(chunk);
  }

  /** What the next stage goes on with when this one is taken off the page. */
  get held() {
    return { tape: this.tape, moment: this.moment, reached: this.course.reached };
  }

  /** Go on as the stage before this one. */
  adopt(held) {
    if (held.moment) this.course.adopt(held);
  }

  /** Be at a moment; whether its program has to come on stage for that. */
  open(moment) {
    const { course } = this;
    const busy = course.coming !== null;
    this.player.pause();
    if (course.awaits(moment)) return true;
    this.look(moment);
    course.go(moment.place ?? this.tape.start);
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

  /** Draw another tape; with the moment that it was asked for with, what that says of the graph. */
  draw(tape, moment) {
    if (moment) this.look(moment);
    const drawn = [this.code.draw(tape.head), this.ledger.draw(tape.head)];
    if (drawn.includes(true)) this.slots.index();
    this.transport.setRange(tape);
    this.drawCharts(tape.head.figures);
  }

  drawCharts(figures) {
    this.charts.draw(figures).catch((error) => this.charts.fail(`The charts are missing: ${error.message}.`));
  }

  stepStatement(by) {
    const place = this.course.statementAway(by);
    if (place) this.course.go(place);
    else if (this.course.aim?.statement !== Infinity) this.player.pause();
  }

  /** One node on or back: forward as the graph is built, through backward as the engine visits it. */
  stepNode(by) {
    const place = this.course.nodeAway(by);
    if (!place) return;
    this.course.go(place);
    const steps = this.tape.steps(place);
    const node = steps[place.node ?? steps.length - 1]?.[0];
    if (by <= 0 || node === undefined) return;
    const before = this.tape.stateAt({ iteration: place.iteration, statement: place.statement - 1 });
    this.graph.send(node, before.texts.get(gradientSlot(node)));
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
    const { tape, cursor } = this.course;
    if (!this.folds.draw) return false;
    const shown = tape.picture(cursor);
    this.folds.open(shown, node, tape.name, cursor.iteration).then((problem) => {
      if (problem) this.transport.tell(problem);
      if (this.tape.picture(this.course.cursor) !== shown) return;
      this.graph.show(this.folds.drawing(shown));
      this.graph.keepInView(this.graph.box(node));
    });
    return true;
  }

  closeBoxes() {
    const shown = this.tape.picture(this.course.cursor);
    this.folds.close(shown);
    this.graph.show(this.folds.drawing(shown));
    this.graph.follow();
  }

  toggleFullScreen() {
    if (!document.fullscreenEnabled) return;
    if (document.fullscreenElement) document.exitFullscreen();
    else this.root.querySelector(".viz-figure").requestFullscreen();
  }

  show(place) {
    const { tape } = this;
    const frame = tape.frame(place);
    this.graph.show(this.folds.drawing(tape.picture(place)), tape.part(place.iteration).problem);
    this.graph.settle();
    this.slots.show(tape.stateAt(place));
    this.graph.follow();
    this.before.show(tape, place);
    this.code.point(frame.l);
    const said = this.sentenceAt(place, frame);
    // What went wrong is said with code in it. What a program printed is not: its backticks are its own.
    if (frame.e) say(this.sentence, said);
    else this.sentence.textContent = said;
    this.sentence.title = frame.e ? plain(said) : said;
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
    const reached = Math.min(this.course.reached, tape.drawn - 1);
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
    if (this.course.cursor) this.slots.show(this.tape.stateAt(this.course.cursor));
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

  /** The theme changed: what is drawn with colours, not with the style sheet, is drawn anew. */
  restyle() {
    if (this.tape) this.drawCharts(this.tape.head.figures);
  }

  destroy() {
    this.player.pause();
    clearTimeout(this.resting);
    this.course.leave();
    this.stopListening();
  }
}
