/** Sentences about a chart at a moment: what it shows, for screen readers, and what it cannot draw. */

/**
 * The sentences about a chart.
 * @param {{data: object[], bind: object[]}} figure
 * @param {{iteration: number, reached: number, series: (name: string, element?: number) => any[]}} moment
 */
export function chartSentences({ data, bind }, moment) {
  return bind.map((binding) => sentence(binding, data[binding.trace].name, moment)).filter(Boolean);
}

/**
 * Why a part of a chart is missing at a moment: which values are NaN or infinite; else "".
 * @param {{bind: object[]}} figure
 * @param {Record<string, any> | undefined} point the values of the series in the iteration
 */
export function missingValues({ bind }, point = {}) {
  const names = new Set();
  for (const { kind, x, y, element } of bind) {
    if (!["mark", "snapshot", "trail"].includes(kind)) continue;
    for (const name of [x, y]) {
      // A .grad is null also where there is none.
      if (!name || name.endsWith(".grad")) continue;
      const value = Array.isArray(point[name]) && element !== undefined ? point[name][element] : point[name];
      if (value === null || (Array.isArray(value) && value.includes(null))) names.add(name);
    }
  }
  if (!names.size) return "";
  return `${[...names].join(" and ")} ${names.size > 1 ? "are" : "is"} NaN or infinite here: nothing to draw.`;
}

function sentence({ kind, y, x, element, at, order, target }, name, { iteration, reached, series }) {
  const values = (of) => series(of, element);
  const now = (of) => (iteration < 0 ? null : (values(of)[iteration] ?? null));
  switch (kind) {
    case "history": {
      const last = values(y).length ? Math.min(reached, values(y).length - 1) : -1;
      if (last < 0) return "";
      const end = last > 0 ? `, ${number(values(y)[last])} in iteration ${last}` : "";
      return `${name} is ${number(values(y)[0])} in iteration 0${end}.`;
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
      const place = (of) => `(${number(values(x)[of])}, ${number(values(y)[of])})`;
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

/** A number with four significant digits; `no number` for a value that is missing or not finite. */
export function number(value) {
  if (typeof value !== "number") return "no number";
  return String(Number(value.toPrecision(4))).replaceAll("-", "−");
}
