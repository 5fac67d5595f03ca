/** The cursor in the page's address: the browser sends it along with every change, and keeps it over a reload. */

import { SETUP } from "./tape.js";

const NAME = "at";
/** Milliseconds without a step after which the address follows: browsers allow only so many changes of it. */
const STILL = 120;

let timer = null;

/** Write a moment into the address, as soon as the cursor rests; the set-up is `-1`. */
export function write({ iteration, statement }) {
  clearTimeout(timer);
  timer = setTimeout(() => {
    const address = new URL(location.href);
    address.searchParams.set(NAME, `${iteration}.${statement}`);
    history.replaceState(history.state, "", address);
  }, STILL);
}

/** The moment in the address, null where there is none. */
export function read() {
  const said = new URL(location.href).searchParams.get(NAME)?.match(/^(-1|\d{1,9})\.(\d{1,9})$/);
  return said ? { iteration: Math.max(SETUP, Number(said[1])), statement: Number(said[2]) } : null;
}
