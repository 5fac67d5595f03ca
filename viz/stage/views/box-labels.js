/** Accessible names of the boxes of the graph: the templates of viz/writing, filled in. */

import { fill, fillWhole } from "../template.js";

/**
 * The names of the boxes of a drawing in a state; equal names are numbered.
 * @param {{label: string[][]}[]} boxes
 * @param {{texts: Map<string, string>, marks: Map<string, string>}} state
 * @param {{states: Record<string, string>, equal: string[]}} words what a word of a mark says of its box, and the
 *   template of one of several equal names, as in viz/writing/stage_words.py
 */
export function boxLabels(boxes, { texts, marks }, words) {
  const textOf = (name) => texts.get(name) || meaning(marks.get(name), words.states);
  const labels = boxes.map(({ label }) =>
    label
      .map((part) => fillWhole(part, textOf))
      .filter(Boolean)
      .join(", "),
  );
  return numbered(labels, words.equal);
}

/** What a mark says of its box. */
function meaning(mark = "", words) {
  return mark
    .split(" ")
    .filter((word) => words[word])
    .map((word) => words[word])
    .join(", ");
}

/** These names; equal ones get a number: `W, 1 of 2`. */
export function numbered(names, template) {
  const counts = new Map();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  const met = new Map();
  return names.map((name) => {
    met.set(name, (met.get(name) ?? 0) + 1);
    const quantities = { name, number: met.get(name), count: counts.get(name) };
    return quantities.count > 1 ? fill(template, (slot) => quantities[slot]) : name;
  });
}
