/** The pictures of tensors that a tape brings, and one scale for each tensor over the run as far as it is here. */

import { tensorOf } from "../slots.js";

/**
 * A picture of a tensor, see `Picture` in viz/drawing/tensor_picture.py.
 * @typedef {object} Tensor
 * @property {number[]} shape
 * @property {number | null} least
 * @property {number | null} largest
 * @property {string} levels
 * @property {boolean} whole
 */

export class Tensors {
  constructor() {
    this.sizes = new Map();
  }

  /** Read the pictures of a part of the run: `shown` of a frame has [slot, Tensor or null] each. */
  put({ p, f }) {
    const album = [];
    for (const frame of f) {
      if (!frame.i || frame.shown) continue;
      frame.shown = [];
      for (const entry of frame.i) {
        const [picture, ...slots] = entry.split(" ");
        const tensor = picture.includes("/") ? read(picture) : (album[picture] ?? null);
        if (picture.includes("/")) album.push(tensor);
        for (const slot of slots) {
          frame.shown.push([slot, tensor]);
          if (tensor) this.raise(tensorOf(slot, p), sizeOf(tensor));
        }
      }
    }
  }

  raise(name, size) {
    if (!(this.sizes.get(name) >= size)) this.sizes.set(name, size);
  }

  /** The largest size of the numbers of the tensor in a slot, in the parts of the run with this picture. */
  scale(slot, picture) {
    return this.sizes.get(tensorOf(slot, picture)) ?? 0;
  }
}

/** The largest size of the finite numbers of a tensor. */
export function sizeOf({ least, largest }) {
  return Math.max(Math.abs(least ?? 0), Math.abs(largest ?? 0));
}

/** A picture as `Picture` in viz/drawing/tensor_picture.py writes it. */
function read(picture) {
  const [shape, least, largest, levels] = picture.split("/");
  const whole = shape[0] === "i";
  const number = (text) => (text ? Number(text) : null);
  const sizes = shape.slice(whole ? 1 : 0).split(",");
  return { shape: sizes.map(Number), least: number(least), largest: number(largest), levels, whole };
}
