/**
 * The ledger: a row for each parameter, from its value through `.grad` and the optimizer's state to the new value.
 * A tensor is a picture, or on demand its text.
 */

import { cellSlot } from "../slots.js";
import { button, element, svgElement } from "./element.js";
import { NUMBERS } from "../labels.js";
import { extentOf, layoutOf } from "./tensors/cells.js";

const HEAD = "parameter";
/** Characters of a parameter's name that fit; the tooltip has the whole name. */
const LONGEST_NAME = 18;
/** Pixels that a picture has at most, and the height of a row of its cells. */
const ROOM = [50, 40];
const ROW = 6;
/** Pixels of a row above and below a picture. */
const AROUND = 6;
/** Columns without a picture, and those whose picture has another meaning than the column. */
const TEXTS = new Set(["state"]);
const MEANINGS = { new: "value" };

export class LedgerView {
  /** @param {HTMLElement} place */
  constructor(place) {
    this.place = place;
    this.drawn = null;
    this.toggle = button("viz-tool", NUMBERS);
    this.toggle.addEventListener("click", () => this.showNumbers(!this.place.hasAttribute("data-numbers")));
    this.showNumbers(false);
  }

  /**
   * Draw a row for each of `parameters`, which have these `shapes`, with the columns of `ledger`.
   * @returns {boolean} false if the same rows are drawn already
   */
  draw({ ledger, parameters, shapes }) {
    const wanted = JSON.stringify([ledger, parameters, shapes]);
    if (wanted === this.drawn) return false;
    this.drawn = wanted;
    const made = parameters.length ? [table(ledger, parameters, shapes)] : [];
    this.place.replaceChildren(...made);
    if (shapes.some(layoutOf)) this.place.querySelector(".viz-name").append(this.toggle);
    // The pictures are one stop of the Tab key; arrow keys go on from there.
    this.place.querySelector(".viz-cells")?.setAttribute("tabindex", 0);
    return true;
  }

  /** Show texts in place of pictures, or pictures again. */
  showNumbers(numbers) {
    this.place.toggleAttribute("data-numbers", numbers);
    this.toggle.setAttribute("aria-pressed", numbers);
  }
}

function table(ledger, parameters, shapes) {
  const made = element("table");
  // Beside the head there is room for the button.
  const least = shapes.some(layoutOf) ? LONGEST_NAME : HEAD.length;
  const longest = Math.max(least, ...parameters.map((name) => name.length));
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
    const layout = layoutOf(shapes[row]);
    for (const column of ledger) {
      const cell = element("td", `viz-number-cell viz-${column.meaning}`);
      const text = element("span", "viz-cell-text");
      text.dataset.slot = cellSlot(row, column.key);
      text.dataset.whole = "";
      const pictured = layout && !TEXTS.has(column.key);
      if (pictured) pictureIn(cell, MEANINGS[column.key] ?? column.meaning, text.dataset.slot, layout);
      cell.append(text);
      line.append(element("td", "viz-sign", column.sign), cell);
    }
  });
  return made;
}

/** Put the place of a tensor's picture into a cell; the row is as high as the picture from the start. */
function pictureIn(cell, meaning, slot, layout) {
  const room = [ROOM[0], Math.min(ROOM[1], Math.max(2, layout.cells[0]) * ROW)];
  const [width, height] = extentOf(layout, room);
  const picture = svgElement("svg", { class: "viz-cells", width, height, role: "img", tabindex: -1 });
  cell.classList.add("viz-pictured", meaning);
  Object.assign(cell.dataset, { picture: slot, room: room.join(" ") });
  cell.style.height = `${Math.max(28, height + AROUND)}px`;
  cell.append(picture);
}
