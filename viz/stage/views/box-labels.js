/** A name for each box of the graph, for those who do not see it: what viz/writing says of it, with its numbers. */

import { fillWhole } from "../template.js";

const STATES = { waiting: "not built yet", now: "at work now", done: "backward went through" };

/**
 * The names of the boxes of a drawing at a moment; boxes that show the same are counted.
 * @param {{label: string[][]}[]} boxes
 * @param {{texts: Map<string, string>, marks: Map<string, string>}} state
 */
export function boxLabels(boxes, { texts, marks }) {
  const textOf = (name) => texts.get(name) || statesOf(marks.get(name));
  const labels = boxes.map(({ label }) => label.map((part) => fillWhole(part, textOf)).filter(Boolean).join(", "));
  return numbered(labels);
}

/** The words of a mark that say in which state a box is. */
function statesOf(words = "") {
  return words
    .split(" ")
    .filter((word) => STATES[word])
    .map((word) => STATES[word])
    .join(", ");
}

/** The same names; equal ones have their number among them. */
export function numbered(names) {
  const counts = new Map();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  const met = new Map();
  return names.map((name) => {
    met.set(name, (met.get(name) ?? 0) + 1);
    return counts.get(name) > 1 ? `${name}, ${met.get(name)} of ${counts.get(name)}` : name;
  });
}
