/** Large graphs come folded; a drawing in which some boxes are open is asked for once, and kept. */

export class OpenedBoxes {
  /**
   * @param {Function} [draw] (tape, query) promises `{picture}` or `{problem}`, or null; without it nothing can be opened
   * @param {HTMLButtonElement} button folds everything again; hidden where nothing is open
   */
  constructor(draw, button) {
    this.draw = draw;
    this.button = button;
    /** By the folded drawing, since graphs that are drawn alike share it: the nodes opened, and the drawing then. */
    this.opened = new Map();
  }

  /** What to show for a picture as it came: itself, or with the boxes that were opened; null stays null. */
  picture(picture) {
    const known = picture && this.opened.get(picture.id);
    this.button.hidden = !known;
    return known ? known.picture : picture;
  }

  /** Open the box of a node too. Promises the reason where that is not possible, else "". */
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
