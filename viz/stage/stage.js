/** The stage: shows a tape at the cursor. Everything it shows was recorded, laid out and written by the server. */

import { Explanations } from "./views/explanations.js";
import { PreviousGraph } from "./views/previous-graph.js";
import { CallsView } from "./views/calls.js";
import { Charts } from "./views/charts/charts.js";
import { Playhead } from "./playback/playhead.js";
import { OpenedBoxes } from "./views/opened-boxes.js";
import { CodeView } from "./views/code.js";
import { GraphView } from "./views/graph.js";
import { listenToKeys } from "./page/keyboard.js";
import { BEGIN, FAILED, GRAPH } from "./labels.js";
import { LedgerView } from "./views/ledger.js";
import { withoutMarks, setSentence } from "./views/inline-code.js";
import { Player } from "./playback/player.js";
import { PrintedView } from "./views/printed.js";
import { PresenterMode } from "./page/presenter-mode.js";
import { SlotFiller } from "./views/slot-filler.js";
import { DownloadMenu } from "./views/download-menu.js";
import { CellPointing } from "./views/tensors/pointing.js";
import { TensorPictures } from "./views/tensors/pictures.js";
import { TracebackView } from "./views/traceback.js";
import { Transport } from "./views/transport.js";
import { fill } from "./template.js";
import { skeleton } from "./views/skeleton.js";

/** Milliseconds without a step after which names, explanations and charts are updated. */
const AT_REST = 150;

export class Stage {
  /**
   * @param {HTMLElement} parent
   * @param {object} options each is optional: `plotly`, the address of plotly.js; `loader`, which fetches more of
   *   a tape; `ask`, `check` and `draw` (tape, query), which promise the answer about a node, a check of a
   *   moment's gradients and a picture with opened boxes, or null; `opening`, the moment to begin at, as `moment`
   *   returns it; `moved`, called after each move; `copy`, which copies a link; `downloads`, the address of
   *   downloads; `again`, which has the server run the program again
   */
  constructor(parent, options) {
    this.options = options;
    this.root = skeleton(parent);
    this.playhead = new Playhead(this.callbacks(), options.loader, options.opening ?? null);
    const part = (name) => this.root.querySelector(`.viz-${name}`);
    this.sentence = part("sentence");
    this.warning = part("warning");
    this.letGo = part("let-go");
    this.traceback = new TracebackView(part("traceback"));
    const callbacks = {
      redrawn: () => this.refill(),
      selected: () => this.select(),
      pointed: (node, box) => this.explanations.point(node, box),
      opened: (node) => this.openBox(node),
    };
    this.graph = new GraphView(part("graph"), callbacks, GRAPH);
    this.downloads = new DownloadMenu(part("take"), options.downloads, this.graph, () => ({
      tape: this.tape?.name,
      ...this.playhead.cursor,
    }));
    this.printed = new PrintedView(part("printed"));
    this.calls = new CallsView(part("calls"));
    this.code = new CodeView(part("code"), (line) => this.playhead.goToLine(line));
    this.explanations = new Explanations(this.root, this, options, () => this.playhead);
    this.ledger = new LedgerView(part("ledger"));
    this.charts = new Charts(part("charts"), options.plotly, (iteration) =>
      this.playhead.goToIteration(iteration),
    );
    this.transport = new Transport(part("transport"), this.commands());
    part("copy").hidden = !options.copy;
    this.slots = new SlotFiller(this.root, ".viz-before");
    this.tensors = new TensorPictures(this.root, ".viz-before");
    this.pointing = new CellPointing(this.root, this.tensors, (slot, tensor) => this.cells(slot, tensor));
    this.previousGraph = new PreviousGraph(part("figure"), () => this.graph.whole());
    this.openedBoxes = new OpenedBoxes(options.draw, part("fold"));
    this.player = new Player(
      () => !this.playhead.wanted && this.stepStatement(1),
      (playing) => this.transport.playing(playing),
    );
    for (const button of this.root.querySelectorAll("[data-command]")) {
      const { command, argument } = button.dataset;
      button.addEventListener("click", () => this.commands()[command](argument));
    }
    // Inside another page, full screen needs that page's permission.
    part("figure").querySelector("[data-command=fullScreen]").hidden = !document.fullscreenEnabled;
    this.presenter = new PresenterMode(document.body, part("present"), () => {
      this.code.reveal();
      this.options.moved?.();
    });
    this.stopListening = listenToKeys(this.root, this.commands(), this.presenter);
  }

  /** The commands of buttons and keys, by name. */
  commands() {
    this.made ??= {
      start: () => this.playhead.go(this.tape.start),
      back: () => this.stepStatement(-1),
      next: () => this.stepStatement(1),
      nodeBack: () => this.stepNode(-1),
      nodeNext: () => this.stepNode(1),
      check: () => this.explanations.check(),
      again: () => this.runAgain(),
      level: (level) => this.setLevel(level),
      fold: () => this.closeBoxes(),
      zoomIn: () => this.graph.zoomBy(1.25),
      zoomOut: () => this.graph.zoomBy(0.8),
      fit: () => this.graph.whole(),
      fullScreen: () => this.toggleFullScreen(),
      present: () => this.presenter.show(!this.presenter.on),
      blank: () => this.presenter.toggleBlank(),
      copy: () => this.options.copy?.(),
      iterationBack: () => this.playhead.goIterations(-1),
      iterationNext: () => this.playhead.goIterations(1),
      overBack: () => this.playhead.goOverCalls(-1),
      overNext: () => this.playhead.goOverCalls(1),
      epochBack: () => this.playhead.goEpochs(-1),
      epochNext: () => this.playhead.goEpochs(1),
      play: () => this.player.toggle(),
      run: (count) => this.playhead.goIterations(Number(count)),
      seek: (iteration) => this.playhead.goToIteration(iteration),
      speed: (speed) => this.player.setSpeed(speed),
    };
    return this.made;
  }

  /** What the playhead calls to show something. */
  callbacks() {
    return {
      draw: (tape, moment) => this.draw(tape, moment),
      extended: (grown) => {
        this.transport.setRange(this.tape);
        if (this.playhead.cursor && grown) this.showCharts(this.playhead.cursor);
        if (this.playhead.cursor) this.printed.show(this.tape, this.playhead.cursor);
      },
      show: (place) => this.show(place),
      pause: () => this.player.pause(),
      empty: () => {
        this.sentence.textContent = this.tape.head.words.nothing;
      },
      progress: (part) => this.transport.progress(part),
      letGo: (iteration) => this.tellLetGo(iteration),
    };
  }

  get tape() {
    return this.playhead.tape;
  }

  /** The moment on stage, as an address holds it; null before the first tape. */
  get moment() {
    const { cursor, place } = this.playhead;
    if (!cursor) return null;
    const { node: selected, level } = this.graph;
    return { link: this.tape.link, place, selected, level, presenting: this.presenter.on };
  }

  /** Take in the first chunk of a tape. */
  receive(chunk) {
    this.playhead.receive(chunk);
  }

  /** What the next stage continues with when this one is taken off the page. */
  get held() {
    return { tape: this.tape, moment: this.moment, reached: this.playhead.reached };
  }

  /** Continue where another stage left off. */
  adopt(held) {
    if (held.moment) this.playhead.adopt(held);
  }

  /** Go to a moment; returns whether its program has to come on stage first. */
  open(moment) {
    const { playhead } = this;
    const busy = playhead.coming !== null;
    this.player.pause();
    if (playhead.awaits(moment)) return true;
    this.look(moment);
    playhead.go(moment.place ?? this.tape.start);
    return busy;
  }

  /** Show the graph on a level with a node selected, which is explained once the cursor rests. */
  look({ selected, level, presenting }) {
    if (presenting !== this.presenter.on) this.presenter.show(presenting);
    this.graph.node = selected;
    this.graph.markSelected();
    if (level !== this.graph.level) this.setLevel(level);
    if (selected === null) this.explanations.explain();
  }

  /** Draw another tape, and show the graph as the moment says that the tape was requested for. */
  draw(tape, moment) {
    if (moment) this.look(moment);
    const drawn = [this.code.draw(tape.head), this.ledger.draw(tape.head)];
    if (drawn.includes(true)) this.index();
    this.root.toggleAttribute("data-calls", tape.head.calls);
    this.transport.setRange(tape);
    this.drawCharts(tape.head.figures);
  }

  drawCharts(figures) {
    this.charts.draw(figures).catch((error) => this.charts.fail(FAILED.charts(error.message)));
  }

  stepStatement(by) {
    const place = this.playhead.statementAway(by);
    if (place) this.playhead.go(place);
    else if (this.playhead.aim?.statement !== Infinity) this.player.pause();
  }

  /** Go one node on or back, in the order in which a line builds nodes or backward visits them. */
  stepNode(by) {
    const place = this.playhead.nodeAway(by);
    if (!place) return;
    this.playhead.go(place);
    const steps = this.tape.steps(place);
    const node = steps[place.node ?? steps.length - 1]?.[0];
    if (by > 0 && node !== undefined) this.graph.send(node, this.tape.sumAt(place));
  }

  select() {
    this.explanations.selected();
    this.options.moved?.();
  }

  setLevel(level) {
    this.graph.setLevel(level);
    this.options.moved?.();
    for (const button of this.root.querySelectorAll("[data-command=level]")) {
      button.setAttribute("aria-pressed", button.dataset.argument === level);
    }
  }

  /** Open a folded box of the graph; returns whether that is possible. */
  openBox(node) {
    const { tape, cursor } = this.playhead;
    if (!this.openedBoxes.draw) return false;
    const shown = tape.picture(cursor);
    this.openedBoxes.open(shown, node, tape.name, cursor.iteration).then((problem) => {
      if (problem) this.transport.tell(problem);
      if (this.tape.picture(this.playhead.cursor) !== shown) return;
      this.graph.show(this.openedBoxes.picture(shown));
      this.graph.keepInView(this.graph.box(node));
    });
    return true;
  }

  closeBoxes() {
    const shown = this.tape.picture(this.playhead.cursor);
    this.openedBoxes.close(shown);
    this.graph.show(this.openedBoxes.picture(shown));
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
    const { problem = fill(tape.head.words.graphs.none) } = tape.part(place.iteration);
    this.graph.show(this.openedBoxes.picture(tape.picture(place)), problem);
    this.graph.settle();
    const state = tape.stateAt(place);
    this.fill(state, place);
    this.graph.follow();
    this.previousGraph.show(tape, place);
    this.code.point(frame.l);
    this.printed.show(tape, place);
    this.calls.show(tape, place);
    const said = this.sentenceAt(place, frame, state.texts);
    // Error messages have code between backticks. In what a program printed, backticks are its own.
    if (frame.e) setSentence(this.sentence, said);
    else this.sentence.textContent = said;
    this.sentence.title = frame.e ? withoutMarks(said) : said;
    this.sentence.toggleAttribute("data-error", Boolean(frame.e));
    this.traceback.show(frame.b ?? null);
    this.warn(place);
    this.letGo.hidden = true;
    this.transport.show(place, tape);
    this.showCharts(place);
    this.transport.tell(this.isStart(place) ? BEGIN : "");
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

  /** The sentence about the statement, or about the node inside it. */
  sentenceAt(place, frame, texts) {
    const { order, said } = this.tape.marks[frame.m];
    const nodes = order[place.node];
    const sentence = nodes && this.graph.sentence(nodes[0], said, place.node, texts);
    if (!sentence) return frame.s;
    const quantities = { sentence, step: place.node + 1, steps: order.length };
    return fill(this.tape.head.words.step, (slot) => quantities[slot]);
  }

  /** Show charts up to the furthest iteration reached on any tape, as far as this tape has arrived. */
  showCharts(place) {
    const { tape } = this;
    const reached = Math.min(this.playhead.reached, tape.drawn - 1);
    this.charts.show(place.iteration, reached, (name, element) => tape.series(name, element), tape);
  }

  isStart(place) {
    const { start } = this.tape;
    return place.iteration === start.iteration && place.statement === start.statement;
  }

  /** Say that the recording let an iteration go, to which the cursor was to move. */
  tellLetGo(iteration) {
    this.player.pause();
    this.letGo.firstElementChild.textContent = fill(this.tape.head.words["let go"], () => iteration);
    this.letGo.hidden = false;
    this.transport.show(this.playhead.cursor, this.tape);
  }

  /** Have the program run again, and go to the place that was let go once it is recorded. */
  runAgain() {
    this.playhead.coming = { ...this.moment, place: this.playhead.lost };
    this.letGo.hidden = true;
    this.options.again();
  }

  /** Show the warning about the first inf or NaN while the cursor is at it or after it. */
  warn(place) {
    const text = this.tape.firstWarning(place);
    this.warning.textContent = text;
    this.warning.hidden = !text;
  }

  refill() {
    this.root.querySelector(".viz-key.folded").hidden = !this.graph.isFolded;
    this.index();
    const { cursor } = this.playhead;
    if (cursor) this.fill(this.tape.stateAt(cursor), cursor);
    this.restSoon();
  }

  /** What each cell of a slot's picture shows, from the server; null if it is not known. */
  cells(slot, tensor) {
    const { tape, cursor } = this.playhead;
    const { iteration, statement } = cursor;
    // Inside a statement, a slot that it has not reached yet is as the statement before left it.
    const reached = tape.stateAt({ iteration, statement }).tensors.get(slot) === tensor;
    const query = { iteration, statement: reached ? statement : statement - 1, slot };
    return this.explanations.cells(query);
  }

  /** Find the places of texts, marks and tensors again. */
  index() {
    this.slots.index();
    this.tensors.index();
  }

  /** Fill them with a state of the tape. */
  fill(state, place) {
    this.pointing.clear();
    this.slots.show(state);
    this.tensors.show(state, (slot) => this.tape.scale(slot, place));
  }

  /** Update highlights, accessible names, the explanation and the charts' axes once the cursor rests. */
  restSoon() {
    clearTimeout(this.resting);
    this.resting = setTimeout(() => {
      this.slots.mark();
      const { tape, cursor } = this.playhead;
      if (cursor) {
        this.graph.describe(tape.stateAt(cursor), tape.head.words);
        this.tensors.describe(tape.head.words.tensor);
      }
      this.explanations.rest();
      this.pointing.rest();
      this.charts.rest();
    }, AT_REST);
  }

  /** The theme changed: redraw the charts, whose colours do not come from the style sheet. */
  restyle() {
    if (this.tape) this.drawCharts(this.tape.head.figures);
  }

  destroy() {
    this.player.pause();
    clearTimeout(this.resting);
    this.playhead.leave();
    this.stopListening();
  }
}
