/** The calls of functions and methods that the cursor is in, above the code. */

/** Of more calls than that, the ones in the middle are left out. */
const MOST = 6;

export class CallsView {
  /** @param {HTMLElement} place */
  constructor(place) {
    this.place = place;
  }

  /** Name the calls that a moment is in. A program without functions has no place for them. */
  show(tape, moment) {
    this.place.hidden = !tape.head.calls;
    const text = path(tape.calls(moment).map(([, name]) => name));
    if (text !== this.place.textContent) this.place.textContent = text;
  }
}

/** The names of calls, the outermost first. */
export function path(names) {
  const shown = names.length > MOST ? [...names.slice(0, MOST / 2), "…", ...names.slice(-MOST / 2)] : names;
  return shown.join(" › ");
}
