/** The charts: Plotly figures that the server built, filled from the tape's series and moved with the cursor. */

const CONFIG = { displaylogo: false, modeBarButtonsToRemove: ["select2d", "lasso2d", "toImage"] };

let plotly = null;

/** Load plotly.js once for the page. */
function loadPlotly(address) {
  plotly ??= new Promise((resolve, reject) => {
    if (window.Plotly) return resolve(window.Plotly);
    const script = document.createElement("script");
    script.src = address;
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => reject(new Error("plotly.js could not be loaded"));
    document.head.append(script);
  });
  return plotly;
}

export class Charts {
  /**
   * @param {HTMLElement} place
   * @param {string} address where plotly.js is
   * @param {(iteration: number) => void} chosen called with the iteration of a point that was clicked
   */
  constructor(place, address, chosen) {
    this.place = place;
    this.address = address;
    this.chosen = chosen;
    this.charts = new Map();
    this.drawn = Promise.resolve();
    this.moment = null;
    // A chart out of sight costs nothing: it catches up when it is scrolled to.
    this.sight = new IntersectionObserver((entries) => {
      for (const entry of entries) {
        const chart = this.charts.get(entry.target.dataset.chart);
        if (!chart) continue;
        chart.visible = entry.isIntersecting;
        if (chart.visible) this.move(chart);
      }
    });
  }

  /** Draw the figures; those that are there already are changed in place, so zoom and hidden traces stay. */
  async draw(figures) {
    const Plotly = await loadPlotly(this.address);
    this.plotly = Plotly;
    const colours = themeColours(this.place);
    const wanted = new Set(figures.map((figure) => figure.id));
    for (const [id, chart] of this.charts) {
      if (wanted.has(id)) continue;
      this.sight.unobserve(chart.box);
      Plotly.purge(chart.box);
      chart.box.parentElement.remove();
      this.charts.delete(id);
    }
    // All boxes first: each one that comes makes the others narrower, and Plotly measures when it draws.
    const boxes = figures.map((figure) => this.charts.get(figure.id) ?? this.box(figure));
    for (const [index, figure] of figures.entries()) {
      const { box, visible } = boxes[index];
      const chart = { box, visible, figure, shown: null, data: paint(figure.data, colours) };
      this.charts.set(figure.id, chart);
      const layout = themed(paint(figure.layout, colours), colours);
      if (this.moment) fill(chart, this.moment);
      await Plotly.react(box, chart.data, layout, CONFIG);
      if (figure.click && !box.dataset.listens) {
        box.dataset.listens = "true";
        box.on("plotly_click", ({ points }) => this.chosen(Math.round(points[0].x)));
      }
      this.sight.observe(box);
    }
    if (this.moment) for (const chart of this.charts.values()) this.move(chart);
  }

  box(figure) {
    const frame = document.createElement("section");
    frame.className = "viz-chart";
    const header = document.createElement("header");
    const title = document.createElement("h3");
    title.textContent = figure.title;
    header.append(title);
    const box = document.createElement("div");
    box.className = "viz-plot";
    box.dataset.chart = figure.id;
    if (figure.toggle) header.append(this.switch(figure.toggle, box));
    frame.append(header, box);
    this.place.append(frame);
    new ResizeObserver(() => box.classList.contains("js-plotly-plot") && this.plotly.Plots.resize(box)).observe(box);
    return { box, visible: true };
  }

  switch(toggle, box) {
    const label = document.createElement("label");
    const input = document.createElement("input");
    input.type = "checkbox";
    input.addEventListener("change", () => this.plotly.relayout(box, input.checked ? toggle.on : toggle.off));
    label.append(input, ` ${toggle.label}`);
    return label;
  }

  /** Show a moment: `iteration` is the cursor's, `reached` the furthest, `series(name, last)` the tape's values. */
  show(iteration, reached, series, tape) {
    const before = this.moment;
    if (before && before.iteration === iteration && before.reached === reached && before.tape === tape) return;
    this.moment = { iteration, reached, series, tape };
    for (const chart of this.charts.values()) this.move(chart);
  }

  move(chart) {
    if (!this.moment || !chart.visible || chart.shown === this.moment) return;
    const touched = fill(chart, this.moment);
    const x = touched.map((trace) => chart.data[trace].x);
    const y = touched.map((trace) => chart.data[trace].y);
    this.plotly.restyle(chart.box, { x, y }, touched);
  }
}

/** Put a moment's numbers into the traces; returns the traces that changed. */
function fill(chart, moment) {
  chart.shown = moment;
  return chart.figure.bind.map((binding) => {
    const { x, y } = points(binding, moment);
    const trace = chart.data[binding.trace];
    if (x) trace.x = x;
    trace.y = y;
    return binding.trace;
  });
}

function points(binding, { iteration, reached, series }) {
  const pick = (value) => (binding.element === undefined || value === null ? value : (value[binding.element] ?? null));
  const values = (name, last) => series(name, last).map(pick);
  const at = (name) => (iteration < 0 ? null : pick(series(name, iteration)[iteration] ?? null));
  switch (binding.kind) {
    case "history": {
      const y = values(binding.y, reached);
      return { x: y.map((_, index) => index), y };
    }
    case "window":
      return { x: [0, roundUp(reached)], y: [null, null] };
    case "mark":
      return iteration < 0 ? { x: [], y: [] } : { x: [iteration], y: [at(binding.y)] };
    case "snapshot": {
      const vector = [at(binding.y) ?? []].flat();
      return { y: binding.order.map((index) => vector[index] ?? null) };
    }
    case "residuals": {
      const vector = [at(binding.y) ?? []].flat();
      if (!vector.length) return { x: [], y: [] };
      return {
        x: binding.at.flatMap((place) => [place, place, null]),
        y: binding.target.flatMap((target, index) => [target, vector[index] ?? null, null]),
      };
    }
    case "trail":
      return { x: values(binding.x, iteration), y: values(binding.y, iteration) };
    case "step":
      return iteration < 0
        ? { x: [], y: [] }
        : { x: [at(binding.x), at(`${binding.x}+`)], y: [at(binding.y), at(`${binding.y}+`)] };
    default:
      throw new Error(`unknown binding ${binding.kind}`);
  }
}

/** The next of 10, 20, 50, 100, 200, … that is not below `count`. */
function roundUp(count) {
  for (let size = 10; ; size *= 10) for (const factor of [1, 2, 5]) if (factor * size >= count) return factor * size;
}

/** The theme's colours by meaning, read from the style sheet. */
function themeColours(place) {
  const style = getComputedStyle(place);
  return (name) => style.getPropertyValue(`--viz-${name}`).trim();
}

/** A copy of a figure's part with each `var(--viz-…)` replaced by its colour: Plotly knows no style sheet. */
function paint(part, colours) {
  if (typeof part === "string") return part.replace(/^var\(--viz-(\w+)\)$/, (_, name) => colours(name));
  if (Array.isArray(part)) return part.map((one) => paint(one, colours));
  if (part && typeof part === "object") {
    return Object.fromEntries(Object.entries(part).map(([key, one]) => [key, paint(one, colours)]));
  }
  return part;
}

function themed(layout, colours) {
  const axis = { gridcolor: colours("line"), linecolor: colours("line"), tickcolor: colours("line") };
  return {
    ...layout,
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: colours("sans"), size: 12, color: colours("text") },
    hoverlabel: { bgcolor: colours("panel"), font: { color: colours("text") } },
    xaxis: { ...layout.xaxis, ...axis },
    yaxis: { ...layout.yaxis, ...axis },
  };
}
