/** What the graph shows, in words: a name for each box, for those who do not see it, and a sentence about one node. */

import { gradientSlot, valueSlot } from "../slots.js";

const STATES = { waiting: "not built yet", now: "at work now", done: "backward went through" };

/** Name each box of the graph in `place`; boxes that show the same are counted. */
export function describe(place) {
  const boxes = [...place.querySelectorAll(".viz-node")];
  const titles = new Map(boxes.map((box) => [box.dataset.box, box.dataset.called]));
  const sent = new Map();
  for (const edge of place.querySelectorAll(".viz-edge:not(.data, .bundle)")) {
    const flowed = edge.querySelector("[data-slot]").textContent;
    const { head, tail } = edge.dataset;
    if (flowed) sent.set(head, [...(sent.get(head) ?? []), `sent ${flowed} to ${titles.get(tail)}`]);
  }
  const names = boxes.map((box) => [...wordsOf(box), ...(sent.get(box.dataset.box) ?? [])].join(", "));
  const numbered = distinct(names);
  boxes.forEach((box, at) => box.setAttribute("aria-label", numbered[at]));
}

/** The variable, the Node, the value, the gradient and the state of a box. */
function wordsOf(box) {
  const { called, words, state = "" } = box.dataset;
  const said = [called, words];
  const number = (of) => box.querySelector(`.viz-number.${of}`);
  const [value, gradient] = [number("value"), number("gradient")];
  if (value?.textContent) said.push(`value ${value.textContent}`);
  if (gradient?.textContent) {
    said.push(`${gradient.classList.contains("passing") ? "gradient received" : "gradient in .grad"} ${gradient.textContent}`);
  }
  for (const word of state.split(" ")) if (STATES[word]) said.push(STATES[word]);
  return said;
}

/** The same names, those that are equal with their number among them. */
export function distinct(names) {
  const counts = new Map();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  const met = new Map();
  return names.map((name) => {
    met.set(name, (met.get(name) ?? 0) + 1);
    return counts.get(name) > 1 ? `${name}, ${met.get(name)} of ${counts.get(name)}` : name;
  });
}

/** What one node does now: what it makes, or what arrived, from where, and what leaves; null where it has no box. */
export function sentenceOf(place, box, node, count) {
  if (!box) return null;
  const title = box.querySelector(".viz-title").textContent;
  if (box.dataset.inside) return `A Node inside the folded box of ${title}; open the box to see it (${count}).`;
  const name = box.querySelector(".viz-subtitle").textContent;
  const text = (slot) => place.querySelector(`[data-slot="${slot}"]`)?.textContent || "";
  const state = box.dataset.state ?? "";
  if (!state.includes("done")) return `${name} is built for ${title}: its value is ${text(valueSlot(node))} (${count}).`;
  const arrived = flows(place, box, "tail").map(({ said }) => said);
  const sum = arrived.length > 1 ? `${arrived.join(" + ")} = ` : "";
  const other = (edge) => place.querySelector(`.viz-node[data-box="${edge.dataset.tail}"] .viz-title`)?.textContent;
  const left = flows(place, box, "head").map(({ edge, said }) => `${said} to ${other(edge)}`);
  // A box that keeps its `.grad` shows that, and not what arrived.
  const received = state.includes("keeps") ? arrived.join(" + ") : `${sum}${text(gradientSlot(node))}`;
  const arrives = `${name} of ${title} ${received ? `received ${received}` : "is where backward began"}`;
  const sent = left.length ? ` and sent ${left.join(" and ")}` : "";
  if (state.includes("shared") && box.classList.contains("leaf")) {
    return `${name} of ${title} added ${arrived.join(" + ")} to ${title}.grad, whose memory is another's too (${count}).`;
  }
  return box.classList.contains("leaf")
    ? `${title}.grad is ${text(gradientSlot(node))} now${sum ? `: ${arrived.join(" + ")} arrived` : ""} (${count}).`
    : `${arrives}${sent} (${count}).`;
}

/** The edges whose input ("tail") or operation ("head") a box is and along which a gradient went, and its number. */
export function flows(place, box, end) {
  return [...place.querySelectorAll(`.viz-edge[data-${end}="${box.dataset.box}"]`)]
    .map((edge) => ({ edge, said: edge.querySelector("[data-slot]")?.textContent }))
    .filter(({ said }) => said);
}
