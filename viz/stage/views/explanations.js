/** What the stage asks about its graph: a node's whole value, its explanation, and whether gradients are right. */

import { GradientCheck } from "./gradient-check.js";
import { ValueCard } from "./value-card.js";
import { Inspector } from "./inspector.js";
import { LruCache } from "../playback/lru-cache.js";

/** Answers that are kept: a moment looked at again is not asked about again. */
const MOST_KEPT = 500;

export class Explanations {
  /**
   * @param {HTMLElement} root the stage
   * @param {{graph: import("./graph.js").GraphView, code: import("./code.js").CodeView}} views what is asked about, and
   *   where the program shows what a node comes from
   * @param {{ask?: Function, check?: Function}} who promise answers; without them nothing is asked
   * @param {() => {tape: import("../playback/tape.js").Tape, cursor: object}} now the moment that is asked about
   */
  constructor(root, { graph, code }, { ask, check }, now) {
    this.graph = graph;
    this.code = code;
    this.who = { ask, check };
    this.now = now;
    this.card = new ValueCard(root.querySelector(".viz-figure"));
    this.badge = new GradientCheck(root.querySelector(".viz-check"));
    this.inspector = new Inspector(root.querySelector(".viz-inspector"), () => graph.select(null));
    this.checked = null;
    this.kept = new LruCache(MOST_KEPT);
  }

  /** Show the whole value of a node that is pointed at, beside its box; null when none is any more. */
  point(node, box) {
    if (box && this.who.ask) this.card.show(box, () => this.question(node, "value"));
    else this.card.hide();
  }

  selected() {
    this.card.hide();
    this.explain();
  }

  /** The cursor rests: what is shown of the moment before is asked anew. */
  rest() {
    const known = this.checked?.cursor === this.now().cursor;
    if (!known) this.checked = null;
    this.badge.show({ possible: Boolean(this.who.check) && this.graph.hasGradients, ...this.checked?.answer });
    if (this.graph.node !== null) this.explain();
  }

  /** Ask about a node at the cursor's moment: its value, or all there is to say. Null where nobody answers. */
  async question(node, part = "all") {
    const { tape, cursor } = this.now();
    if (!cursor || !this.who.ask) return null;
    const { iteration, statement } = cursor;
    // Inside a statement, a node that it has not come to yet is as the statement before left it.
    const steps = tape.steps(cursor);
    const later = cursor.node !== undefined && steps.slice(cursor.node + 1).some((nodes) => nodes.includes(node));
    const query = { iteration, statement: later ? statement - 1 : statement, node, part };
    return this.kept.get(keyOf(tape, query), async () => {
      const answer = await this.who.ask(tape.name, query);
      let latest = answer;
      for (const [following, said] of Object.entries(answer?.later ?? {})) {
        latest = said ?? latest;
        this.kept.put(keyOf(tape, { ...query, statement: Number(following) }), latest);
      }
      return answer;
    });
  }

  /** Have every gradient of this moment checked; the badge says how many agree, the inspector what of its node. */
  async check() {
    const { tape, cursor } = this.now();
    const { iteration, statement } = cursor;
    this.badge.wait();
    const answer = (await this.who.check(tape.name, { iteration, statement })) ?? { problem: "The server gave no answer." };
    if (cursor !== this.now().cursor) return undefined;
    this.checked = { cursor, answer };
    return this.rest();
  }

  /** Explain the selected node, and show where in the source it comes from. */
  async explain() {
    const { node } = this.graph;
    if (node === null || !this.who.ask) {
      this.inspector.hide();
      this.code.highlight(null);
      return this.code.reveal();
    }
    const moment = this.now().cursor;
    const answer = await this.question(node);
    if (node !== this.graph.node || moment !== this.now().cursor) return undefined;
    const problem = answer ? answer.problem : "The explanation could not be fetched; select the node again.";
    if (problem) return this.inspector.fail(problem);
    this.inspector.show(answer, this.checked?.answer.nodes?.[node] ?? null);
    this.code.highlight(answer.span);
    return this.code.reveal(answer.span?.line);
  }
}

/** What an answer is kept under. */
function keyOf(tape, query) {
  return JSON.stringify([tape.name, query]);
}
