/** The card beside a node that is pointed at: its whole value, every number or what they come to. */

import { element } from "./element.js";

/** Milliseconds of pointing before the card comes. */
const WAITS = 180;

export class ValueCard {
  /** @param {HTMLElement} place the card stands in it, beside the box it speaks of */
  constructor(place) {
    this.place = place;
    this.box = element("div", "viz-card");
    this.box.setAttribute("role", "tooltip");
    this.box.hidden = true;
    place.append(this.box);
    this.timer = null;
    this.asked = null;
  }

  /** Show what `ask` promises about a node, beside its box. */
  show(box, ask) {
    this.hide();
    this.timer = setTimeout(async () => {
      const asked = (this.asked = {});
      const answer = await ask();
      if (this.asked !== asked || !answer?.value) return;
      this.box.replaceChildren(...lines(answer));
      this.box.hidden = false;
      this.stand(box.getBoundingClientRect());
    }, WAITS);
  }

  hide() {
    clearTimeout(this.timer);
    this.asked = null;
    this.box.hidden = true;
  }

  /** Below the box if there is room, else above it; never outside its place. */
  stand(box) {
    const { left, top, width, height } = this.place.getBoundingClientRect();
    const { offsetWidth: w, offsetHeight: h } = this.box;
    const below = box.bottom - top + 6;
    this.box.style.left = `${Math.min(Math.max(4, box.left - left), Math.max(4, width - w - 4))}px`;
    this.box.style.top = `${below + h <= height ? below : Math.max(4, box.top - top - h - 6)}px`;
  }
}

function lines({ name, variable, value }) {
  const { shape, dtype, rows, summary, strip } = value;
  const head = element("b", "", variable ? `${variable}: ${name}` : name);
  const what = element("div", "", `shape [${shape.join(", ")}], ${dtype}`);
  if (rows.length) return [head, what, grid(rows)];
  return [head, what, cells(strip), element("div", "", summary.map(([word, number]) => `${word} ${number}`).join("   "))];
}

function grid(rows) {
  const table = element("table");
  for (const row of rows) {
    const line = table.insertRow();
    for (const cell of row) line.insertCell().textContent = cell;
  }
  return table;
}

/** A strip of cells, darker where the numbers are larger; crossed out where there is no finite one. */
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
