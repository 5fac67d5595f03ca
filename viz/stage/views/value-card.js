/** The card beside the node under the pointer: its whole value, or a summary of a large one, with a picture. */

import { BLOCKS } from "../labels.js";
import { element } from "./element.js";

/** Milliseconds of pointing after which the card appears. */
const DELAY = 180;

export class ValueCard {
  /** @param {HTMLElement} place the card is shown in it, beside the box of its node */
  constructor(place) {
    this.place = place;
    this.box = element("div", "viz-card");
    this.box.setAttribute("role", "tooltip");
    this.box.hidden = true;
    place.append(this.box);
    this.timer = null;
    this.asked = null;
  }

  /** Show the answer that `ask` promises, beside the box of its node. */
  show(box, ask) {
    this.hide();
    this.timer = setTimeout(async () => {
      const asked = (this.asked = {});
      const answer = await ask();
      if (this.asked !== asked || !answer?.value) return;
      this.box.replaceChildren(...lines(answer));
      this.box.hidden = false;
      this.position(box.getBoundingClientRect());
    }, DELAY);
  }

  hide() {
    clearTimeout(this.timer);
    this.asked = null;
    this.box.hidden = true;
  }

  /** Put the card below the box if there is room, else above it; never outside its place. */
  position(box) {
    const { left, top, width, height } = this.place.getBoundingClientRect();
    const { offsetWidth: w, offsetHeight: h } = this.box;
    const below = box.bottom - top + 6;
    this.box.style.left = `${Math.min(Math.max(4, box.left - left), Math.max(4, width - w - 4))}px`;
    this.box.style.top = `${below + h <= height ? below : Math.max(4, box.top - top - h - 6)}px`;
  }
}

function lines({ title, value }) {
  const { about, rows, summary, strip, blocks } = value;
  const head = [element("b", "", title), element("div", "", about)];
  if (blocks) return [...head, picture(blocks), element("div", "", BLOCKS), element("div", "", summary)];
  return rows.length ? [...head, grid(rows)] : [...head, cells(strip), element("div", "", summary)];
}

function grid(rows) {
  const table = element("table");
  for (const row of rows) {
    const line = table.insertRow();
    for (const cell of row) line.insertCell().textContent = cell;
  }
  return table;
}

/** A picture of blocks: darker for larger numbers, with a corner if they are negative, crossed out without one. */
function picture(rows) {
  const made = element("div", "viz-blocks");
  made.style.setProperty("--viz-across", rows[0].length);
  for (const level of rows.flat()) {
    const block = element("i");
    if (level === null) block.dataset.none = "";
    else block.style.setProperty("--viz-level", Math.abs(level));
    if (level < 0) block.dataset.negative = "";
    made.append(block);
  }
  return made;
}

/** A strip of cells, darker for larger numbers; a cell without a finite number is crossed out. */
function cells(strip) {
  const made = element("div", "viz-strip");
  for (const share of strip) {
    const cell = element("i");
    if (share === null) cell.dataset.none = "";
    else cell.style.opacity = 0.1 + 0.9 * share;
    made.append(cell);
  }
  return made;
}
