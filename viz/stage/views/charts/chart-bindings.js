/** The shapes that the bindings of a chart show at a moment; see `Binding` in viz/drawing/figures.py. No DOM. */

/**
 * The shapes to draw over a chart.
 * @param {{kind: string, trace: number, y: string, x?: string}[]} bindings
 * @param {{iteration: number, reached: number, series: (name: string, element?: number) => any[]}} moment
 * @param {number} plotted the last iteration that Plotly has drawn
 */
export function shapesAt(bindings, moment, plotted) {
  return bindings.map((binding, key) => ({ key, trace: binding.trace, ...shape(binding, moment, plotted) }));
}

function shape(binding, { iteration, reached, series }, plotted) {
  const values = (name) => series(name, binding.element);
  const at = (name) => (iteration < 0 ? null : (values(name)[iteration] ?? null));
  switch (binding.kind) {
    case "history": {
      // The part that Plotly has not drawn yet.
      const from = Math.max(0, plotted);
      if (from >= reached) return { shape: "line", x: [], y: [] };
      const y = values(binding.y).slice(from, reached + 1);
      return { shape: "line", x: y.map((_, index) => from + index), y };
    }
    case "mark":
      return { shape: "dots", x: [iteration], y: [at(binding.y)] };
    case "snapshot": {
      const vector = [at(binding.y) ?? []].flat();
      return { shape: "line", x: binding.at, y: binding.order.map((index) => vector[index] ?? null) };
    }
    case "residuals": {
      const vector = [at(binding.y) ?? []].flat();
      return {
        shape: "segments",
        x: binding.at.flatMap((place) => [place, place]),
        y: binding.target.flatMap((target, index) => [target, vector[index] ?? null]),
      };
    }
    case "trail":
    case "path": {
      const y = values(binding.y).slice(0, iteration + 1);
      return {
        shape: binding.kind === "trail" ? "dots" : "line",
        x: values(binding.x).slice(0, iteration + 1),
        y,
      };
    }
    case "step":
      return { shape: "arrow", x: [at(binding.x), at(`${binding.x}+`)], y: [at(binding.y), at(`${binding.y}+`)] };
    case "window":
      return { shape: "line", x: [], y: [] };
    default:
      throw new Error(`unknown binding ${binding.kind}`);
  }
}

/** The least of 10, 20, 50, 100, 200, … that is not less than `count`. */
export function roundUp(count) {
  for (let size = 10; ; size *= 10)
    for (const factor of [1, 2, 5]) if (factor * size >= count) return factor * size;
}
