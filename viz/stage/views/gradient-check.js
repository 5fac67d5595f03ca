/** The badge that has every gradient of a moment checked, and says how many agree, or how many do not. */

import { withoutMarks } from "./inline-code.js";

const OFFER = "Check gradients";

export class GradientCheck {
  /** @param {HTMLButtonElement} button */
  constructor(button) {
    this.button = button;
    this.offer = button.title;
  }

  wait() {
    this.button.textContent = "Checking …";
  }

  /** Say what is known of a moment: whether there is anything to check, and what the check gave, or why it gave nothing. */
  show({ possible, shown, agree, disagree, problem }) {
    const { button } = this;
    button.hidden = !possible;
    const known = problem || shown !== undefined;
    const verdict = disagree ? `${disagree} of ${shown} gradients do not agree` : `${agree} of ${shown} gradients agree`;
    const text = !known ? OFFER : problem ? "Not checked" : verdict;
    // What stays as it is is not touched: the page would be laid out for nothing.
    if (button.textContent !== text) button.textContent = text;
    button.title = known ? withoutMarks(problem ?? counted(shown, agree, disagree)) : this.offer;
    if (known && !problem && agree + disagree > 0) button.dataset.agree = disagree === 0;
    else delete button.dataset.agree;
  }
}

/** How many of the gradients agree with central differences, how many do not, and of how many that cannot be told. */
function counted(shown, agree, disagree) {
  const open = shown - agree - disagree;
  const rest = open ? ` Of ${open} it cannot be told; select one to read why.` : "";
  return `Compared with central differences in float64: ${agree} of the ${shown} gradients shown agree, ${disagree} do not.${rest}`;
}
