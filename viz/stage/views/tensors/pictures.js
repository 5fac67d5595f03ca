/** Draws tensors into the places of the page that can show them, and writes the number of largest size beside. */

import { SHADES, grid, layoutOf, shades } from "./cells.js";
import { inWords, numberIn } from "./words.js";

/** The smallest sides of a cell, in units, that has a dash if negative; a smaller one is narrower instead. */
const DASH = { width: 4, height: 4 };
/** The smallest height of a cell that has an outline if it is zero. */
const OUTLINE = 4;

export class TensorPictures {
  /**
   * @param {HTMLElement} root contains the places: `data-picture` is the slot, `data-room` width and height
   * @param {string} [without] a selector for parts that show another moment
   */
  constructor(root, without = "") {
    this.root = root;
    this.rest = without && `:not(${without} *)`;
    this.places = [];
  }

  /** Find the places again; then all are drawn again. */
  index() {
    this.places = Array.from(this.root.querySelectorAll(`[data-picture]${this.rest}`), (place) => ({
      place,
      slot: place.dataset.picture,
      room: place.dataset.room.split(" ").map(Number),
      cells: place.querySelector(".viz-cells"),
      largest: place.querySelector(".viz-largest"),
      tensor: undefined,
    }));
  }

  /** Show the tensors of a state; `scale` says the largest size that a slot's tensor has in the run. */
  show({ tensors }, scale) {
    for (const one of this.places) {
      const tensor = tensors.get(one.slot) ?? null;
      const most = tensor ? scale(one.slot) : 0;
      if (tensor === one.tensor && most === one.most) continue;
      Object.assign(one, { tensor, most });
      one.place.toggleAttribute("data-drawn", tensor !== null);
      // Made of numbers and of our own names only.
      one.cells.innerHTML = tensor ? drawn(tensor, most, one.room) : "";
      if (one.largest) one.largest.textContent = tensor ? largest(tensor) : "";
    }
  }

  /** Say in words what each picture shows that is an image of its own; a box of the graph has a name itself. */
  describe(words) {
    for (const { cells, tensor } of this.places) {
      if (cells.role !== "img") continue;
      cells.setAttribute("aria-label", tensor ? inWords(tensor, words) : "");
    }
  }
}

/** The number of largest size of a tensor, as text: one of many, which the dots say. */
function largest(tensor) {
  const { least, largest: most } = tensor;
  if (most === null) return "";
  return `…${numberIn(tensor, Math.abs(least) > Math.abs(most) ? least : most)}`;
}

/** The cells of a tensor as paths, one for each look. */
export function drawn(tensor, scale, room) {
  const layout = layoutOf(tensor.shape);
  const [rows, columns] = layout.cells;
  const { width, height, left, top } = grid(layout, room);
  const gap = Math.min(1, 0.12 * Math.min(width, height));
  const dashed = width >= DASH.width && height >= DASH.height;
  const whole = { x: 0, y: 0, w: left(columns - 1) + width - gap, h: top(rows - 1) + height - gap };
  const looks = new Map([["ground", box(whole)]]);
  const add = (look, path) => looks.set(look, (looks.get(look) ?? "") + path);
  const all = shades(tensor, scale);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const one = all[row * columns + column];
      const cell = { x: left(column), y: top(row), w: width - gap, h: height - gap };
      if (one === "zero") {
        if (height >= OUTLINE) add("zero", box(inset(cell, 0.4)));
      } else if (typeof one === "string") {
        add("lost", box(inset(cell, 0.4)) + hatched(cell, one));
        if (one === "-inf") add("dash over", dash(cell));
      } else {
        const narrow = one < 0 && !dashed;
        add(one > 0 ? `plus ${one}` : `minus ${-one}`, box(narrow ? { ...cell, w: cell.w * 0.55 } : cell));
        if (one < 0 && dashed) add(-one > SHADES / 2 ? "dash over" : "dash", dash(cell));
      }
    }
  }
  return Array.from(looks, ([look, path]) => element(look, path)).join("");
}

function element(look, path) {
  const [name, strength] = look.split(" ");
  const opacity = Number(strength) ? ` fill-opacity="${(0.1 + (0.9 * strength) / SHADES).toFixed(2)}"` : "";
  return `<path class="viz-${name}${strength === "over" ? " over" : ""}"${opacity} d="${path}"/>`;
}

const short = (size) => Math.round(size * 100) / 100;

function box({ x, y, w, h }) {
  return `M${short(x)} ${short(y)}h${short(w)}v${short(h)}h${short(-w)}z`;
}

function inset({ x, y, w, h }, by) {
  return { x: x + by, y: y + by, w: w - 2 * by, h: h - 2 * by };
}

/** A minus sign in a cell. */
function dash({ x, y, w, h }) {
  const [width, height] = [Math.min(4, w * 0.45), Math.min(1.2, h * 0.22)];
  return box({ x: x + (w - width) / 2, y: y + (h - height) / 2, w: width, h: height });
}

/** The hatching of a cell: one line for an infinity, crossed lines for NaN. */
function hatched({ x, y, w, h }, what) {
  const rising = `M${short(x)} ${short(y + h)}l${short(w)} ${short(-h)}`;
  return what === "nan" ? `${rising}M${short(x)} ${short(y)}l${short(w)} ${short(h)}` : rising;
}
