/**
 * Asks the server about nodes of the graph: their whole values, their explanations, and a check of their
 * gradients.
 */

import { FAILED } from "../labels.js";
import { GradientCheck } from "./gradient-check.js";
import { ValueCard } from "./value-card.js";
import { Inspector } from "./inspector.js";
import { LruCache } from "../playback/lru-cache.js";

/** How many answers are cached. */
const MOST_ANSWERS = 500;

export class Explanations {
  /**
   * @param {HTMLElement} root the stage
   * @param {{graph: import("./graph.js").GraphView, code: import("./code.js").CodeView}} views the graph asked
   *   about, and the code, which shows where a node comes from
   * @param {{ask?: Function, check?: Function, cells?: Function}} server its questions, which promise answers;
   *   each may be missing
   * @param {() => {tape: import("../playback/tape.js").Tape, cursor: object}} now the moment to ask about
   */
  constructor(root, { graph, code }, { ask, check, cells }, now) {
    this.graph = graph;
    this.code = code;
    this.server = { ask, check, cells };
    this.now = now;
    this.card = new ValueCard(root.querySelector(".viz-figure"));
    this.gradientCheck = new GradientCheck(root.querySelector(".viz-check"), root.querySelector(".viz-unchecked"));
    this.inspector = new Inspector(root.querySelector(".viz-inspector"), () => graph.select(null));
    this.checked = null;
    this.answers = new LruCache(MOST_ANSWERS);
  }

  /** Show the whole value of the node under the pointer beside its box; hide it for null. */
  point(node, box) {
    if (box && this.server.ask) this.card.show(box, () => this.question(node, "value"));
    else this.card.hide();
  }

  selected() {
    this.card.hide();
    this.explain();
  }

  /** The cursor rests: ask again for what is shown of the moment before. */
  rest() {
    if (this.checked && !this.stillAt(this.checked)) this.checked = null;
    this.gradientCheck.show({
      possible: Boolean(this.server.check) && this.graph.hasGradients,
      ...this.checked?.answer,
    });
    if (this.graph.node !== null) this.explain();
  }

  /**
   * Ask about a node at the cursor's moment: for its value, or for its explanation. Null if there is no answer.
   */
  async question(node, part = "all") {
    const { tape, cursor } = this.now();
    if (!cursor || !this.server.ask) return null;
    const { iteration, statement } = cursor;
    // Inside a statement, a node that it has not reached yet is as the statement before left it.
    const steps = tape.steps(cursor);
    const later = cursor.node !== undefined && steps.slice(cursor.node + 1).some((nodes) => nodes.includes(node));
    const query = { iteration, statement: later ? statement - 1 : statement, node, part };
    return this.answers.load(keyOf(tape, query), async () => {
      const answer = await this.server.ask(tape.name, query);
      let latest = answer;
      for (const [following, said] of Object.entries(answer?.later ?? {})) {
        latest = said ?? latest;
        this.answers.put(keyOf(tape, { ...query, statement: Number(following) }), latest);
      }
      return answer;
    });
  }

  /** What each cell of the picture in a slot shows at a moment: place and number; null if there is no answer. */
  async cells(query) {
    if (!this.server.cells || query.statement < 0) return null;
    const { tape } = this.now();
    const answer = await this.answers.load(keyOf(tape, query), () => this.server.cells(tape.name, query));
    return answer?.cells ?? null;
  }

  /** Whether a moment is still on stage. Another program keeps the cursor. */
  stillAt({ tape, cursor }) {
    const now = this.now();
    return tape === now.tape && cursor === now.cursor;
  }

  /**
   * Have every gradient of this moment checked. The button says how many agree, the inspector what its node gave.
   */
  async check() {
    const { tape, cursor } = this.now();
    const { iteration, statement } = cursor;
    this.gradientCheck.wait();
    const answer = (await this.server.check(tape.name, { iteration, statement })) ?? {
      problem: FAILED.check,
    };
    if (!this.stillAt({ tape, cursor })) return undefined;
    this.checked = { tape, cursor, answer };
    return this.rest();
  }

  /** Explain the selected node, and mark in the code where it comes from. */
  async explain() {
    const { node } = this.graph;
    if (node === null || !this.server.ask) {
      this.inspector.hide();
      this.code.highlight(null);
      return this.code.reveal();
    }
    const { tape, cursor } = this.now();
    const answer = await this.question(node);
    if (node !== this.graph.node || !this.stillAt({ tape, cursor })) return undefined;
    const problem = answer ? answer.problem : FAILED.explanation;
    if (problem) return this.inspector.fail(problem);
    this.inspector.show(answer, this.checked?.answer.nodes?.[node] ?? null);
    this.code.highlight(answer.span);
    return this.code.reveal(answer.span?.line);
  }
}

/** The key of an answer in the cache. */
function keyOf(tape, query) {
  return JSON.stringify([tape.name, query]);
}
