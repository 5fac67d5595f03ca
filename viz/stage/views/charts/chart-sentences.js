/** Sentences about a chart at a moment: what it shows, for screen readers, and what it cannot draw. */

const NON_FINITE = { nan: "NaN", inf: "inf", "-inf": "−inf" };

/**
 * The sentences about a chart.
 * @param {{data: object[], bind: object[]}} figure
 * @param {{iteration: number, reached: number, tape: Tape}} moment
 */
export function chartSentences({ data, bind }, moment) {
  return bind.map((binding) => sentence(binding, data[binding.trace].name, moment)).filter(Boolean);
}

/**
 * A sentence on why a part of a chart is missing at a moment (which values are NaN or infinite); otherwise "".
 * @param {{bind: object[]}} figure
 * @param {{iteration: number, tape: Tape}} moment
 */
export function missingValues({ bind }, { iteration, tape }) {
  const names = new Set();
  for (const { kind, x, y, element } of bind) {
    if (!["mark", "snapshot", "trail"].includes(kind)) continue;
    for (const name of [x, y]) {
      const values = name ? [tape.valueOf(name, iteration, element)].flat() : [];
      if (values.some((value) => typeof value === "string")) names.add(name);
    }
  }
  if (!names.size) return "";
  return `${[...names].join(" and ")} ${names.size > 1 ? "are" : "is"} NaN or infinite here: nothing to draw.`;
}

/**
 * A sentence on why a chart with a logarithmic scale does not draw a history, or a part of it; otherwise "".
 * @param {{data: object[], bind: object[]}} figure
 * @param {{reached: number, tape: Tape}} moment
 */
export function belowLogScale({ data, bind }, { reached, tape }) {
  const sentences = bind
    .filter(({ kind }) => kind === "history")
    .map(({ y, element, trace }) => {
      const drawn = tape.series(y, element).slice(0, reached + 1);
      const below = drawn.filter((value) => value !== null && value <= 0).length;
      if (!below) return "";
      const where = below === drawn.length ? "all" : `${below} of ${drawn.length}`;
      return `${data[trace].name} is ≤ 0 in ${where} iterations: no logarithm.`;
    });
  return sentences.filter(Boolean).join(" ");
}

function sentence({ kind, y, x, element, at, order, target }, name, { iteration, reached, tape }) {
  const value = (of, place) => tape.valueOf(of, place, element);
  const now = (of) => (iteration < 0 ? undefined : value(of, iteration));
  switch (kind) {
    case "history": {
      const last = Math.min(reached, tape.drawn - 1);
      if (last < 0) return "";
      const end = last > 0 ? `, ${number(value(y, last))} in iteration ${last}` : "";
      return `${name} is ${number(value(y, 0))} in iteration 0${end}.`;
    }
    case "mark":
      return iteration < 0 || iteration === reached
        ? ""
        : `In iteration ${iteration}, at the cursor, ${name} is ${number(now(y))}.`;
    case "snapshot": {
      const vector = [now(y) ?? []].flat();
      if (!vector.length || !order.length) return "";
      const [first, last] = [0, order.length - 1].map(
        (place) => `${number(vector[order[place]])} at ${number(at[place])}`,
      );
      return `The line of ${name} goes from ${first} to ${last}.`;
    }
    case "residuals": {
      const drawn = target.filter((one, place) => one !== null && at[place] !== null);
      if (!drawn.length) return "No point is finite.";
      return `${drawn.length} points from ${number(Math.min(...drawn))} to ${number(Math.max(...drawn))}.`;
    }
    case "path": {
      if (iteration < 0) return "";
      const place = (of) => `(${number(value(x, of))}, ${number(value(y, of))})`;
      return `The path of (${x}, ${y}) begins at ${place(0)} and is at ${place(iteration)}.`;
    }
    case "step": {
      const [across, down] = [now(`${x}+`), now(`${y}+`)];
      return iteration < 0 ? "" : `This iteration goes on to (${number(across)}, ${number(down)}).`;
    }
    default:
      return "";
  }
}

/** A value as `Tape.valueOf` returns it: a number with four digits, NaN, inf, −inf or None. */
export function number(value) {
  if (value === null) return "None";
  if (typeof value !== "number") return NON_FINITE[value] ?? "not drawn";
  return String(Number(value.toPrecision(4))).replaceAll("-", "−");
}
