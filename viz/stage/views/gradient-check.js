/** The button that has every gradient of a moment checked, and then says how many agree. */

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

  /** Show a moment: whether there is anything to check, and the result of a check or why there is none. */
  show({ possible, shown, agree, disagree, problem }) {
    const { button } = this;
    button.hidden = !possible;
    const known = problem || shown !== undefined;
    const verdict = disagree
      ? `${disagree} of ${shown} gradients do not agree`
      : `${agree} of ${shown} gradients agree`;
    const text = !known ? OFFER : problem ? "Not checked" : verdict;
    // An equal text is not set again: the browser would lay out the page for nothing.
    if (button.textContent !== text) button.textContent = text;
    button.title = known ? withoutMarks(problem ?? counted(shown, agree, disagree)) : this.offer;
    if (known && !problem && agree + disagree > 0) button.dataset.agree = disagree === 0;
    else delete button.dataset.agree;
  }
}

/** How many of the gradients agree with central differences, how many do not, and how many cannot be judged. */
function counted(shown, agree, disagree) {
  const open = shown - agree - disagree;
  const rest = open ? ` ${open} cannot be judged; select one to read why.` : "";
  const said = `${agree} of the ${shown} gradients shown agree, ${disagree} do not.${rest}`;
  return `Compared with central differences in float64: ${said}`;
}
