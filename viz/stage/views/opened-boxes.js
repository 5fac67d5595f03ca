/**
 * Pictures of large graphs come with folded boxes; this requests the picture with some of them open, and keeps it.
 */

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
     * By the id of the folded picture, which equal graphs share: the nodes whose boxes are open, and the picture
     * then.
     */
    this.opened = new Map();
  }

  /** The picture to show for a folded one: itself, or the one with the opened boxes; null for null. */
  picture(picture) {
    const known = picture && this.opened.get(picture.id);
    this.button.hidden = !known;
    return known ? known.picture : picture;
  }

  /** Open the box of one more node. Promises why that is not possible, else "". */
  async open(picture, node, tape, iteration) {
    const nodes = [...(this.opened.get(picture.id)?.nodes ?? []), node];
    const answer = await this.draw(tape, { iteration, open: nodes.join(".") });
    if (!answer) return "The drawing could not be fetched; open the box again.";
    if (answer.problem) return answer.problem;
    this.opened.set(picture.id, { nodes, picture: answer.picture });
    return "";
  }

  close(picture) {
    this.opened.delete(picture.id);
  }
}
