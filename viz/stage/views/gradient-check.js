/** The button that has every gradient of a moment checked, and then has the server's verdict. */

import { CHECK } from "../labels.js";
import { setSentence, withoutMarks } from "./inline-code.js";

export class GradientCheck {
  /**
   * @param {HTMLButtonElement} button
   * @param {HTMLElement} note where it says why nothing was checked, or what to do if not every gradient agrees
   */
  constructor(button, note) {
    this.button = button;
    this.note = note;
    this.offer = button.title;
  }

  wait() {
    this.button.textContent = CHECK.running;
  }

  /** Show a moment: whether there is anything to check, and the result of a check or why there is none. */
  show({ possible, verdict, details, agrees, problem }) {
    const { button } = this;
    button.hidden = !possible;
    const text = problem ? CHECK.failed : (verdict ?? CHECK.offer);
    // An equal text is not set again: the browser would lay out the page for nothing.
    if (button.textContent !== text) button.textContent = text;
    const said = problem ?? (agrees === true ? "" : (details ?? ""));
    if (said || this.note.textContent) setSentence(this.note, said);
    button.title = withoutMarks(problem ?? details ?? this.offer);
    if (typeof agrees === "boolean") button.dataset.agree = agrees;
    else delete button.dataset.agree;
  }
}
