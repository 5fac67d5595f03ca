/** Accessible names of the boxes of the graph: the templates of viz/writing, filled in. */

import { fillWhole } from "../template.js";

const STATES = { waiting: "not built yet", now: "at work now", done: "backward went through" };

/**
 * The names of the boxes of a drawing in a state; equal names are numbered.
 * @param {{label: string[][]}[]} boxes
 * @param {{texts: Map<string, string>, marks: Map<string, string>}} state
 */
export function boxLabels(boxes, { texts, marks }) {
  const textOf = (name) => texts.get(name) || statesOf(marks.get(name));
  const labels = boxes.map(({ label }) =>
    label
      .map((part) => fillWhole(part, textOf))
      .filter(Boolean)
      .join(", "),
  );
  return numbered(labels);
}

/** The state of a box, in words. */
function statesOf(words = "") {
  return words
    .split(" ")
    .filter((word) => STATES[word])
    .map((word) => STATES[word])
    .join(", ");
}

/** These names; equal ones get a number: `W, 1 of 2`. */
export function numbered(names) {
  const counts = new Map();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  const met = new Map();
  return names.map((name) => {
    met.set(name, (met.get(name) ?? 0) + 1);
    return counts.get(name) > 1 ? `${name}, ${met.get(name)} of ${counts.get(name)}` : name;
  });
}
