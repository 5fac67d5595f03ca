/**
 * Sentences about a chart at a moment: what it shows, for screen readers, and what it cannot draw. The words are
 * templates of viz/writing/stage_words.py; this module decides which of them apply, and fills them.
 */

import { number } from "../../number.js";
import { fill, listed } from "../../template.js";

/** Kinds of bindings that show values of the cursor's iteration. */
const AT_CURSOR = ["mark", "snapshot", "trail"];

/**
 * The sentences about a chart.
 * @param {{data: object[], bind: object[]}} figure
 * @param {{iteration: number, reached: number, tape: Tape}} moment
 */
export function chartSentences(figure, moment) {
  return figure.bind.map((binding) => sentence(figure, binding, moment)).filter(Boolean);
}

/**
 * A sentence on what of a chart is missing at a moment because it is NaN or infinite; otherwise "".
 * @param {{data: object[], bind: object[]}} figure
 * @param {{iteration: number, tape: Tape}} moment
 */
export function missingValues({ data, bind }, moment) {
  const shown = bind.filter(({ kind }) => AT_CURSOR.includes(kind));
  const names = [...new Set(shown.flatMap((binding) => lost(binding, data[binding.trace].name, moment)))];
  return names.length ? say(moment, "lost", { names: listed(moment.tape.head.words.list, names) }) : "";
}

/**
 * A sentence on why a chart with a logarithmic scale does not draw a history, or a part of it; otherwise "".
 * @param {{data: object[], bind: object[]}} figure
 * @param {{reached: number, tape: Tape}} moment
 */
export function belowLogScale({ data, bind }, moment) {
  const histories = bind.filter(({ kind }) => kind === "history");
  const sentences = histories.map(({ y, element, trace }) => {
    const drawn = moment.tape.series(y, element).slice(0, moment.reached + 1);
    const below = drawn.filter((value) => value !== null && value <= 0).length;
    const { name } = data[trace];
    if (!below) return "";
    return say(moment, below === drawn.length ? "all below" : "below", { name, below, count: drawn.length });
  });
  return sentences.filter(Boolean).join(" ");
}

/** The sentence of these words, with quantities in its slots. */
function say({ tape }, words, quantities) {
  return fill(tape.head.words.chart[words], (slot) => quantities[slot]);
}

/** What a binding cannot draw at a moment, in words: names, or how many numbers of a vector. */
function lost({ kind, x, y, element, order }, name, moment) {
  const { iteration, tape } = moment;
  const values = (of) => [tape.valueOf(of, iteration, element) ?? []].flat();
  const missing = (of) => values(of).some(isNotFinite);
  if (kind === "trail") return [x, y].filter(missing);
  if (kind === "mark") return missing(y) ? [name] : [];
  const vector = values(y);
  const drawn = order.map((place) => vector[place]);
  const many = drawn.filter(isNotFinite).length;
  if (!many) return [];
  return [many === drawn.length ? name : say(moment, "lost part", { name, lost: many, count: drawn.length })];
}

const isNotFinite = (value) => typeof value === "string";

function sentence({ data }, binding, moment) {
  const { kind, x, y, element } = binding;
  const { name } = data[binding.trace];
  const { iteration, reached, tape } = moment;
  const at = (of, place) => {
    const value = tape.valueOf(of, place, element);
    return value === undefined ? say(moment, "unknown", {}) : number(value, tape.dtype(of));
  };
  const last = Math.min(reached, tape.drawn - 1);
  // After the loop the cursor is in no iteration, and the chart ends with the last one.
  const isAfter = tape.isAfter(iteration);
  const now = isAfter ? last : iteration;
  switch (kind) {
    case "history":
      if (last < 0) return "";
      return say(moment, last ? "history" : "began", {
        name,
        first: at(y, 0),
        last: at(y, last),
        reached: last,
      });
    case "mark":
      if (iteration < 0 || iteration === reached || isAfter) return "";
      return say(moment, "mark", { name, iteration, now: at(y, iteration) });
    case "snapshot":
      return line(binding, name, moment);
    case "residuals":
      return points(binding, moment);
    case "path":
      if (iteration < 0) return "";
      return say(moment, isAfter ? "whole path" : "path", {
        x,
        y,
        "x first": at(x, 0),
        "y first": at(y, 0),
        "x now": at(x, now),
        "y now": at(y, now),
        reached: now,
      });
    case "step":
      if (iteration < 0) return "";
      return say(moment, isAfter ? "last step" : "step", {
        "x next": at(`${x}+`, now),
        "y next": at(`${y}+`, now),
      });
    default:
      return "";
  }
}

/** Where the line of a vector begins and ends; "" if it has fewer than two points. */
function line({ y, at, order }, name, moment) {
  const { iteration, tape } = moment;
  const vector = [tape.valueOf(y, iteration) ?? []].flat();
  const drawn = order.map((place, index) => [vector[place], at[index]]);
  const finite = drawn.filter(([value]) => typeof value === "number");
  if (finite.length < 2) return "";
  const [[left, leftAt], [right, rightAt]] = [finite[0], finite.at(-1)];
  return say(moment, "snapshot", {
    name,
    left: number(left, tape.dtype(y)),
    "left at": number(leftAt),
    right: number(right, tape.dtype(y)),
    "right at": number(rightAt),
  });
}

/** How many points the data have, and between which numbers they are. */
function points({ at, target }, moment) {
  const drawn = target.filter((one, place) => one !== null && at[place] !== null);
  const words = ["no point", "point"][drawn.length] ?? "points";
  const [least, largest] = [Math.min, Math.max].map((choose) => number(choose(...drawn)));
  return say(moment, words, { count: drawn.length, least, largest });
}
