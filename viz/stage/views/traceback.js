/** The traceback of an exception in a file of one's own: its calls in the user's files, as Python prints them. */

import { element } from "./element.js";

export class TracebackView {
  /** @param {HTMLElement} place with a list, and a line for what was raised */
  constructor(place) {
    this.place = place;
    this.calls = place.querySelector("ol");
    this.raised = place.querySelector(".viz-raised");
  }

  /** Show the traceback of a frame; null hides it. */
  show(traceback) {
    this.place.hidden = !traceback;
    if (!traceback) return;
    this.calls.replaceChildren(...traceback.calls.map(([where, text]) => call(where, text)));
    this.raised.textContent = traceback.raised;
  }
}

function call(where, text) {
  const entry = element("li", "", where);
  if (text) entry.append(element("code", "", text));
  return entry;
}
