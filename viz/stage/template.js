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

/**
 * A list of names as part of a sentence.
 * @param {{further: string[], last: string[]}} words the templates that add a name to those before it
 * @param {string[]} names
 */
export function listed(words, names) {
  return names.reduce((before, name, at) =>
    fill(words[at < names.length - 1 ? "further" : "last"], (slot) => ({ names: before, name })[slot]),
  );
}

/** The sentence of a template; null if one of its slots is empty. */
export function fillWhole(template, textOf) {
  return template.every((piece, at) => at % 2 === 0 || textOf(piece)) ? fill(template, textOf) : null;
}
