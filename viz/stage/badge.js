/** The badge that has every gradient of a moment checked, and says how many agree. */

import { plain } from "./marked.js";

const OFFER = "Check gradients";

export class Badge {
  /** @param {HTMLButtonElement} button */
  constructor(button) {
    this.button = button;
    this.offer = button.title;
  }

  wait() {
    this.button.textContent = "Checking …";
  }

  /** Say what is known of a moment: whether there is anything to check, and what the check gave, or why it gave nothing. */
  show({ possible, shown, checked, agree, problem }) {
    const { button } = this;
    button.hidden = !possible;
    const known = problem || shown !== undefined;
    const text = !known ? OFFER : problem ? "Not checked" : `${agree} of ${shown} gradients agree`;
    // What stays as it is is not touched: the page would be laid out for nothing.
    if (button.textContent !== text) button.textContent = text;
    button.title = known ? plain(problem ?? `Central differences in float64: ${checked} of the ${shown} gradients shown were checked, ${agree} agree.`) : this.offer;
    if (known && !problem) button.dataset.agree = agree === shown;
    else delete button.dataset.agree;
  }
}
