/** A row of buttons that is one stop of the Tab key; the arrow keys go from one to the next. */

const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

/** Make one stop of the buttons in `row`, which may have been made anew. */
export function makeOneStop(row) {
  const buttons = [...row.querySelectorAll("button")];
  const stop = buttons.find((button) => button === document.activeElement) ?? buttons[0];
  for (const button of buttons) button.tabIndex = button === stop ? 0 : -1;
}

/** Go through the row in which a key was pressed, where it is an arrow. */
export function walkByArrow(row, event) {
  const buttons = [...row.querySelectorAll("button")];
  const here = buttons.indexOf(event.target.closest("button"));
  if (here < 0 || !(event.key in STEPS) || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  event.preventDefault();
  buttons[(here + STEPS[event.key] + buttons.length) % buttons.length].focus();
  makeOneStop(row);
}
