/** A tensor's picture in words, by the templates of viz/writing/stage_words.py. */

import { number } from "../../number.js";
import { fill } from "../../template.js";
import { ALPHABET, layoutOf } from "./cells.js";

const [ZERO, NAN, INF, MINUS_INF] = ALPHABET;

/** A number of a tensor, as text. */
export function numberIn({ whole }, value) {
  return number(value, whole ? "int64" : "float64");
}

/**
 * Shape and range of a tensor, and how many of its numbers are zero, NaN and infinite if each has a cell.
 * @param {import("../../playback/tensors.js").Tensor} tensor
 * @param {Record<string, string[]>} words
 */
export function inWords(tensor, words) {
  const { shape, least, largest, levels } = tensor;
  const texts = { shape: shape.join(", "), least: numberIn(tensor, least), largest: numberIn(tensor, largest) };
  const said = fill(words[least === null ? "no number" : "finite"], (slot) => texts[slot]);
  if (Math.max(...layoutOf(shape).block) > 1) return said;
  const counted = (name, ...characters) => {
    const count = Array.from(levels).filter((one) => characters.includes(one)).length;
    return count ? fill(words[name], () => count) : "";
  };
  return said + counted("zeros", ZERO) + counted("nans", NAN) + counted("infs", INF, MINUS_INF);
}
