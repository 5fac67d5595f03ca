/** Pointing at a cell of a tensor's picture: its place and number, and the same element wherever it is drawn. */

import { element, svgElement } from "../element.js";
import { cellPath, extentOf, grid, layoutOf } from "./cells.js";
import { sameElements } from "./links.js";

/** Pixels between a cell and the note on it. */
const AWAY = 10;

/** How far an arrow key goes: rows and columns. */
const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

export class CellPointing {
  /**
   * @param {HTMLElement} root contains the pictures
   * @param {import("./pictures.js").TensorPictures} pictures
   * @param {(slot: string, tensor: object) => Promise<[string, string][] | null>} ask what each cell of a picture
   *   shows, its place and its number
   */
  constructor(root, pictures, ask) {
    this.root = root;
    this.pictures = pictures;
    this.ask = ask;
    this.lit = [];
    /** The slot and the cell that is pointed at, or was before the cursor moved. */
    this.at = null;
    this.note = element("div", "viz-cell-note");
    this.note.setAttribute("role", "status");
    this.note.hidden = true;
    root.append(this.note);
    root.addEventListener("pointermove", (event) => this.onMove(event));
    root.addEventListener("pointerleave", () => this.leave());
    root.addEventListener("focusin", ({ target }) => this.onFocus(target));
    root.addEventListener("focusout", () => this.leave());
    root.addEventListener("keydown", (event) => this.onKey(event));
  }

  onMove({ target, clientX, clientY }) {
    const one = this.placeOf(target);
    const cell = one?.tensor ? cellAt(one, clientX, clientY) : null;
    if (cell) this.point(one, cell);
    else if (!this.placeOf(document.activeElement)) this.leave();
  }

  /** A picture got the focus: point at its first cell, unless one is pointed at. */
  onFocus(target) {
    const one = this.placeOf(target);
    if (one?.tensor && this.at?.slot !== one.slot) this.point(one, [0, 0]);
  }

  /** Arrows go from cell to cell, and at the side of a picture to the next one; Escape gives the keys back. */
  onKey(event) {
    const one = this.placeOf(event.target);
    if (!one?.tensor || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    if (event.key === "Escape") event.target.blur();
    else if (event.key in ARROWS) this.walk(one, ARROWS[event.key]);
    else return;
    event.preventDefault();
  }

  walk(one, [down, across]) {
    const [row, column] = this.at?.slot === one.slot ? this.at.cell : [0, 0];
    const [rows, columns] = layoutOf(one.tensor.shape).cells;
    const cell = [row + down, column + across];
    if (cell[0] >= 0 && cell[0] < rows && cell[1] >= 0 && cell[1] < columns) this.point(one, cell);
    else if (across) this.next(one, across)?.focus();
  }

  /** The next picture that can have the focus. */
  next(one, by) {
    const images = this.pictures.places.filter(({ cells, tensor }) => tensor && cells.role === "img");
    return images[images.indexOf(one) + by]?.cells;
  }

  /** The place of a picture that an element of the page is in. */
  placeOf(target) {
    const place = target?.closest?.("[data-picture][data-drawn]");
    return place && this.pictures.places.find((each) => each.place === place);
  }

  /** Light up a cell and the same element elsewhere, and say what it is. */
  async point(one, cell) {
    if (this.lit.length && this.at?.slot === one.slot && String(this.at.cell) === String(cell)) return;
    this.clear();
    const here = (this.at = { slot: one.slot, cell });
    for (const each of sameElements(this.pictures.places, one)) this.light(each, cell);
    const cells = await this.ask(one.slot, one.tensor);
    if (this.at !== here || !this.lit.length) return;
    const [, columns] = layoutOf(one.tensor.shape).cells;
    const said = cells?.[cell[0] * columns + cell[1]];
    if (said) this.say(said, this.lit[0]);
  }

  /** The cursor rests: point again where it was pointed before. */
  rest() {
    const one = this.pictures.places.find(({ slot }) => slot === this.at?.slot);
    if (one?.tensor && !this.lit.length) this.point(one, this.at.cell);
  }

  light(one, [row, column]) {
    const path = svgElement("path", {
      class: "viz-lit",
      d: cellPath(layoutOf(one.tensor.shape), one.room, row, column),
    });
    one.cells.append(path);
    this.lit.push(path);
  }

  say([place, number], cells) {
    this.note.textContent = `${place}  ${number}`;
    this.note.hidden = false;
    const [box, around] = [cells.getBoundingClientRect(), this.root.getBoundingClientRect()];
    const left = Math.min(box.left - around.left, around.width - this.note.offsetWidth - 4);
    this.note.style.left = `${Math.max(4, left)}px`;
    this.note.style.top = `${box.top - around.top - this.note.offsetHeight - AWAY}px`;
  }

  leave() {
    this.clear();
    this.at = null;
  }

  /** Take away what is lit and said; the cursor moves. */
  clear() {
    for (const path of this.lit) path.remove();
    this.lit = [];
    this.note.hidden = true;
  }
}

/** The row and the column of the cell of a picture at a point of the window; null beside its cells. */
function cellAt({ cells, tensor, room }, x, y) {
  const ground = cells.querySelector(".viz-ground");
  if (!ground) return null;
  const layout = layoutOf(tensor.shape);
  const box = ground.getBoundingClientRect();
  const [width, height] = extentOf(layout, room);
  const { left, top } = grid(layout, room);
  const across = ((x - box.left) / box.width) * width;
  const down = ((y - box.top) / box.height) * height;
  if (across < 0 || across >= width || down < 0 || down >= height) return null;
  return [lastBefore(top, layout.cells[0], down), lastBefore(left, layout.cells[1], across)];
}

/** The last place that begins at or before a position. */
function lastBefore(begins, count, position) {
  let place = count - 1;
  while (place > 0 && begins(place) > position) place -= 1;
  return place;
}
