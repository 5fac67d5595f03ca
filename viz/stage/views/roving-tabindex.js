/** Makes a row of buttons one stop of the Tab key, with arrow keys between the buttons. */

const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

/** Make the buttons in `row` one stop; to be called again when they were replaced. */
export function makeOneStop(row) {
  const buttons = [...row.querySelectorAll("button")];
  const stop = buttons.find((button) => button === document.activeElement) ?? buttons[0];
  for (const button of buttons) button.tabIndex = button === stop ? 0 : -1;
}

/** Move the focus along the row if the pressed key is an arrow. */
export function walkByArrow(row, event) {
  const buttons = [...row.querySelectorAll("button")];
  const here = buttons.indexOf(event.target.closest("button"));
  if (here < 0 || !(event.key in STEPS) || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey)
    return;
  event.preventDefault();
  buttons[(here + STEPS[event.key] + buttons.length) % buttons.length].focus();
  makeOneStop(row);
}
