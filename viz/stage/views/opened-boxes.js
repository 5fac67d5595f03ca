/**
 * Pictures of large graphs come with folded boxes; this requests the picture with some of them open, and keeps it.
 */

import { FAILED } from "../labels.js";
import { LruCache } from "../playback/lru-cache.js";

/** How many pictures with opened boxes are kept. */
const MOST = 20;

export class OpenedBoxes {
  /**
   * @param {Function} [draw] (tape, query) promises `{picture}`, `{problem}` or null; without it no box can be
   *   opened
   * @param {HTMLButtonElement} button folds all boxes again; hidden while none is open
   */
  constructor(draw, button) {
    this.draw = draw;
    this.button = button;
    /**
     * By the id of the folded picture, which equal graphs share: the `picture` with opened boxes (null before the
     * first answer), the nodes `open` in it, the nodes `asked` for in requests without an answer yet, the number
     * of `requests` so far, and which `of` them brought the picture.
     */
    this.opened = new LruCache(MOST);
  }

  /** The picture to show for a folded one: itself, or the one with the opened boxes; null for null. */
  picture(picture) {
    const known = picture && this.opened.get(picture.id)?.picture;
    this.button.hidden = !known;
    return known || picture;
  }

  /** Open the box of one more node. Promises why that is not possible, else "". */
  async open(picture, node, tape, iteration) {
    const known = this.opened.get(picture.id) ?? { picture: null, open: [], asked: [], requests: 0, of: 0 };
    this.opened.put(picture.id, known);
    const request = (known.requests += 1);
    known.asked.push(node);
    const nodes = [...new Set([...known.open, ...known.asked])];
    const drawn = this.draw(tape, { iteration, open: nodes.join(".") });
    const answer = await drawn.finally(() => known.asked.splice(known.asked.indexOf(node), 1));
    if (!answer) return FAILED.opening;
    if (answer.problem) return answer.problem;
    // An answer may overtake the one before it. That one lacks the newest node.
    if (request > known.of) Object.assign(known, { picture: answer.picture, open: nodes, of: request });
    return "";
  }

  close(picture) {
    this.opened.delete(picture.id);
  }
}
