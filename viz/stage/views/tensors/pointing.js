/** Pointing at a cell of a tensor's picture: its place and number, and the same element wherever it is drawn. */

import { element, svgElement } from "../element.js";
import { cellPath, extentOf, grid, layoutOf } from "./cells.js";
import { sameElements } from "./links.js";

/** Pixels between a cell and the note on it. */
const AWAY = 10;

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
    this.at = null;
    this.note = element("div", "viz-cell-note");
    this.note.setAttribute("role", "status");
    this.note.hidden = true;
    root.append(this.note);
    root.addEventListener("pointermove", (event) => this.onMove(event));
    root.addEventListener("pointerleave", () => this.leave());
  }

  onMove({ target, clientX, clientY }) {
    const place = target.closest?.("[data-picture][data-drawn]");
    const one = place && this.pictures.places.find((each) => each.place === place);
    const cell = one?.tensor ? cellAt(one, clientX, clientY) : null;
    if (!cell) this.leave();
    else this.point(one, cell);
  }

  /** Light up a cell and the same element elsewhere, and say what it is. */
  async point(one, cell) {
    const at = `${one.slot} ${cell}`;
    if (this.at?.name === at && this.at.tensor === one.tensor) return;
    this.leave();
    const here = (this.at = { name: at, tensor: one.tensor });
    for (const each of sameElements(this.pictures.places, one)) this.light(each, cell);
    const cells = await this.ask(one.slot, one.tensor);
    if (this.at !== here) return;
    const [, columns] = layoutOf(one.tensor.shape).cells;
    const said = cells?.[cell[0] * columns + cell[1]];
    if (said) this.say(said, this.lit[0]);
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
    for (const path of this.lit) path.remove();
    this.lit = [];
    this.at = null;
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
