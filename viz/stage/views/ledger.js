/**
 * The ledger: a row for each parameter, from its value through `.grad` and the optimizer's state to the new value.
 */

import { cellSlot } from "../slots.js";
import { element } from "./element.js";

const HEAD = "parameter";
/** Characters of a parameter's name that fit; the tooltip has the whole name. */
const LONGEST_NAME = 18;

export class LedgerView {
  /** @param {HTMLElement} place */
  constructor(place) {
    this.place = place;
    this.drawn = null;
  }

  /**
   * Draw a row for each of `parameters`, with the columns of `ledger`.
   * @returns {boolean} false if the same rows are drawn already
   */
  draw({ ledger, parameters }) {
    const wanted = JSON.stringify([ledger, parameters]);
    if (wanted === this.drawn) return false;
    this.drawn = wanted;
    this.place.replaceChildren(...(parameters.length ? [table(ledger, parameters)] : []));
    return true;
  }
}

function table(ledger, parameters) {
  const made = element("table");
  const longest = Math.max(HEAD.length, ...parameters.map((name) => name.length));
  made.style.setProperty("--viz-longest", Math.min(longest, LONGEST_NAME));
  const head = made.createTHead().insertRow();
  head.append(element("th", "viz-name", HEAD));
  for (const column of ledger) {
    head.append(element("td", "viz-sign", ""), element("th", `viz-${column.meaning}`, column.head));
  }
  const body = made.createTBody();
  parameters.forEach((name, row) => {
    const line = body.insertRow();
    const first = element("th", "viz-name", name);
    first.title = name;
    first.scope = "row";
    line.append(first);
    for (const column of ledger) {
      const number = element("td", `viz-number-cell viz-${column.meaning}`, "");
      number.dataset.slot = cellSlot(row, column.key);
      number.dataset.whole = "";
      line.append(element("td", "viz-sign", column.sign), number);
    }
  });
  return made;
}
