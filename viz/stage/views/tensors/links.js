/** Which pictures show the same elements: those of one box or row of the ledger, and where a tensor is again. */

import { ownerOf } from "../../slots.js";

/**
 * The places that show the same elements as one of them, this one first: of its own box or row, and of each box or
 * row that shows the very tensor of one of those, if it has the same shape.
 * @template {{slot: string, tensor: {shape: number[]} | null}} Place
 * @param {Place[]} places
 * @param {Place} one
 * @returns {Place[]}
 */
export function sameElements(places, one) {
  const shape = String(one.tensor.shape);
  const alike = places.filter(({ tensor }) => tensor && String(tensor.shape) === shape);
  const own = alike.filter(({ slot }) => ownerOf(slot) === ownerOf(one.slot));
  const tensors = new Set(own.map(({ tensor }) => tensor));
  const owners = new Set(alike.filter(({ tensor }) => tensors.has(tensor)).map(({ slot }) => ownerOf(slot)));
  const others = alike.filter((each) => each !== one && owners.has(ownerOf(each.slot)));
  return [one, ...others];
}
