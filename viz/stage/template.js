/**
 * Sentence templates, which viz/writing/template.py makes: alternately text and the name of a slot, beginning with
 * text.
 */

/**
 * The sentence of a template.
 * @param {string[]} template
 * @param {(slot: string) => string | number} [textOf] what a slot holds
 */
export function fill(template, textOf) {
  return template.map((piece, at) => (at % 2 ? textOf(piece) : piece)).join("");
}

/** The sentence of a template; null if one of its slots is empty. */
export function fillWhole(template, textOf) {
  return template.every((piece, at) => at % 2 === 0 || textOf(piece)) ? fill(template, textOf) : null;
}
