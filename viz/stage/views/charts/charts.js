/** The charts: Plotly figures that the server made, with an overlay for what follows the cursor. */

import { chartTools } from "../../labels.js";
import { element } from "../element.js";
import { ChartOverlay } from "./chart-overlay.js";
import { loadPlotly, paint, themeColours, themed } from "./plotly-theme.js";
import { roundUp, shapesAt } from "./chart-bindings.js";
import { makeOneStop, walkByArrow } from "../roving-tabindex.js";
import { belowLogScale, chartSentences, missingValues } from "./chart-sentences.js";

const CONFIG = {
  displaylogo: false,
  // "Share chart" would upload the chart to another server.
  modeBarButtonsToRemove: ["select2d", "lasso2d", "toImage", "sendChartToCloud"],
};

export class Charts {
  /**
   * @param {HTMLElement} place
   * @param {string} address the address of plotly.js
   * @param {(iteration: number) => void} chosen called with the iteration of a clicked point
   */
  constructor(place, address, chosen) {
    this.place = place;
    this.address = address;
    this.chosen = chosen;
    this.charts = new Map();
    this.moment = null;
    this.queue = Promise.resolve();
    // A chart out of view costs nothing; it catches up when it is scrolled into view.
    this.visibility = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        const chart = this.charts.get(target.dataset.chart);
        if (!chart) continue;
        chart.visible = isIntersecting;
        // It may still show another tape.
        if (chart.visible && chart.text && chart.tape !== this.moment?.tape) this.settle(chart);
        this.move(chart);
        this.rest();
      }
    });
    this.resized = new ResizeObserver((entries) => {
      for (const { target } of entries) if (target._fullLayout) this.fit(target);
    });
  }

  /** Draw the figures. Existing charts are changed in place, so zoom and hidden traces stay. */
  draw(figures) {
    // One drawing after the other: two tapes may arrive while plotly.js is loading. An error of the earlier
    // drawing went to its own caller.
    const before = this.queue.catch(() => undefined);
    this.queue = before.then(() => this.drawNow(figures));
    return this.queue;
  }

  async drawNow(figures) {
    // A program without charts does not wait for the library.
    if (!figures.length && !this.charts.size) return;
    this.plotly = await loadPlotly(this.address);
    // Read before anything is written to the page: reading a colour afterwards forces a layout.
    const colours = themeColours(this.place);
    this.note?.remove();
    this.removeOthers(new Set(figures.map((figure) => figure.id)));
    // All boxes first: each new one makes the others narrower, and Plotly measures when it draws.
    const charts = figures.map((figure) => this.charts.get(figure.id) ?? this.box(figure));
    for (const [index, figure] of figures.entries()) await this.drawOne(charts[index], figure, colours);
  }

  /** Draw one figure, unless it is drawn already; then only its numbers may have changed. */
  async drawOne(chart, figure, colours) {
    const text = JSON.stringify([figure, colours]);
    if (chart.text !== text) {
      chart.text = text;
      chart.figure = figure;
      const hidden = chart.box.data?.map((trace) => trace.visible) ?? [];
      const data = paint(figure.data, colours).map((trace, at) => ({ ...trace, visible: hidden[at] ?? true }));
      const histories = this.histories(chart);
      for (const { trace, x, y } of histories) Object.assign(data[trace], { x, y });
      this.plotted(chart, histories);
      chart.box.classList.remove("viz-behind");
      chart.overlay.clear();
      // The new traces can take no data until Plotly has them.
      chart.drawing = true;
      try {
        await this.plotly.react(chart.box, data, themed(paint(figure.layout, colours), colours), CONFIG);
        if (chart.toggle?.checked) await this.plotly.relayout(chart.box, figure.toggle.on);
      } finally {
        chart.drawing = false;
      }
      if (!chart.listens) this.listen(chart);
    }
    // A chart out of view waits until it is in view.
    if (chart.visible) this.settle(chart);
    this.move(chart, true);
  }

  /** Plotly resizes a little later; the chart may be removed by then. */
  fit(box) {
    this.plotly.Plots.resize(box).catch((error) => {
      if (box.isConnected) throw error;
    });
  }

  removeOthers(wanted) {
    for (const [id, chart] of this.charts) {
      if (wanted.has(id)) continue;
      this.visibility.unobserve(chart.box);
      this.resized.unobserve(chart.box);
      this.plotly.purge(chart.box);
      chart.section.remove();
      this.charts.delete(id);
    }
  }

  box(figure) {
    const section = element("section", "viz-chart");
    section.setAttribute("aria-label", figure.title);
    const header = element("header");
    const title = element("h3", "", figure.title);
    const frame = element("div", "viz-plot-frame");
    const box = element("div", "viz-plot");
    box.dataset.chart = figure.id;
    const said = element("p", "viz-said");
    const lacks = element("p", "viz-lacks");
    // Hidden from screen readers, because the chart's description has the same sentence.
    lacks.setAttribute("aria-hidden", "true");
    header.append(title, lacks);
    frame.append(box);
    section.append(header, said, frame);
    this.place.append(section);
    const chart = { section, box, said, lacks, overlay: new ChartOverlay(frame, box), visible: true, shown: null };
    if (figure.toggle) chart.toggle = this.switch(figure.toggle, header, chart);
    this.charts.set(figure.id, chart);
    this.visibility.observe(box);
    this.resized.observe(box);
    return chart;
  }

  listen(chart) {
    chart.listens = true;
    const { box, overlay } = chart;
    const point = (pointed) => {
      chart.pointed = pointed;
      if (pointed) this.settle(chart);
    };
    box.addEventListener("pointerenter", () => point(true));
    box.addEventListener("pointerleave", () => point(false));
    const drawn = () => {
      overlay.draw();
      this.dress(chart);
    };
    drawn();
    box.on("plotly_afterplot", drawn);
    box.addEventListener("keydown", (event) => {
      const row = event.target.closest(".modebar");
      if (row) walkByArrow(row, event);
    });
    box.on("plotly_relayouting", () => overlay.draw());
    box.on("plotly_click", ({ points }) => {
      if (chart.figure.click) this.chosen(Math.round(points[0].x));
    });
    box.addEventListener("click", (event) => {
      const iteration = overlay.nearest(event.clientX, event.clientY);
      if (iteration !== null && !chart.figure.click) this.chosen(iteration);
    });
  }

  /** Name Plotly's tool bar and make it one stop of the Tab key; hide its drawing from screen readers. */
  dress({ box, figure }) {
    for (const drawing of box.querySelectorAll(".main-svg")) drawing.setAttribute("aria-hidden", "true");
    const row = box.querySelector(".modebar");
    if (!row) return;
    row.setAttribute("aria-label", chartTools(figure.title));
    makeOneStop(row);
  }

  /** Write what a chart shows, and what it cannot draw. */
  describe(chart) {
    const { figure, toggle } = chart;
    const { moment } = this;
    if (!moment || !figure) return;
    const isLog = toggle?.checked && figure.toggle.on["yaxis.type"] === "log";
    const lacks = [missingValues(figure, moment), isLog ? belowLogScale(figure, moment) : ""]
      .filter(Boolean)
      .join(" ");
    chart.lacks.textContent = lacks;
    chart.lacks.title = lacks;
    chart.said.textContent = [...chartSentences(figure, moment), lacks].join(" ").trim();
  }

  switch(toggle, header, chart) {
    const label = element("label");
    const input = element("input");
    input.type = "checkbox";
    input.addEventListener("change", () => {
      this.plotly.relayout(chart.box, input.checked ? toggle.on : toggle.off);
      this.describe(chart);
    });
    label.append(input, ` ${toggle.label}`);
    header.append(label);
    return input;
  }

  /** Show a sentence in place of the charts. */
  fail(sentence) {
    this.note = element("p", "viz-note", sentence);
    this.place.replaceChildren(this.note);
    this.charts.clear();
  }

  /**
   * Show a moment: `iteration` is the cursor's, `reached` the furthest one shown, `series(name)` the tape's
   * values.
   */
  show(iteration, reached, series, tape) {
    clearTimeout(this.resting);
    const before = this.moment;
    if (before && before.iteration === iteration && before.reached === reached && before.tape === tape) return;
    this.moment = { iteration, reached, series, tape };
    for (const chart of this.charts.values()) this.move(chart);
  }

  move(chart, again = false) {
    if (
      !this.moment ||
      !chart.visible ||
      !chart.figure ||
      chart.drawing ||
      (chart.shown === this.moment && !again)
    )
      return;
    chart.shown = this.moment;
    const plotted = chart.tape === this.moment.tape ? (chart.reached ?? -1) : -1;
    chart.overlay.show(shapesAt(chart.figure.bind, this.moment, plotted));
  }

  /** The cursor rests: Plotly takes over from the overlay, with hover and axes. */
  rest() {
    clearTimeout(this.resting);
    for (const chart of this.charts.values()) this.describe(chart);
    const ids = [...this.charts.keys()];
    // One at a time, so that the next key waits for one chart at most.
    const next = () => {
      if (!ids.length) return;
      const chart = this.charts.get(ids.shift());
      if (chart?.visible) this.settle(chart);
      this.resting = setTimeout(next);
    };
    next();
  }

  /**
   * Give Plotly the histories up to the furthest iteration shown, so that axes fit them and points can be hovered.
   * If those of another tape would not change the axes, the overlay draws them until the pointer is over the
   * chart.
   */
  settle(chart) {
    if (!this.moment || !chart.figure || chart.drawing) return;
    const { reached, tape } = this.moment;
    if (chart.reached === reached && chart.tape === tape) return;
    const histories = this.histories(chart);
    if (!histories.length) return;
    const behind =
      chart.tape !== tape && !chart.pointed && !chart.toggle?.checked && close(extent(histories), chart.extent);
    chart.box.classList.toggle("viz-behind", behind);
    if (!behind) {
      const [x, y] = [histories.map((one) => one.x), histories.map((one) => one.y)];
      this.plotly.restyle(
        chart.box,
        { x, y },
        histories.map((one) => one.trace),
      );
      this.plotted(chart, histories);
    }
    this.move(chart, true);
  }

  /** Note that Plotly has these histories. */
  plotted(chart, histories) {
    const { reached, tape } = this.moment ?? {};
    Object.assign(chart, { reached, tape, extent: extent(histories) });
  }

  /** The traces of histories, with their points. */
  histories(chart) {
    if (!this.moment) return [];
    const { reached, series } = this.moment;
    return chart.figure.bind
      .filter(({ kind }) => kind === "history" || kind === "window")
      .map((binding) => {
        if (binding.kind === "window") {
          return { trace: binding.trace, x: [-roundUp(reached) / 40, roundUp(reached)], y: [null, null] };
        }
        const y = series(binding.y, binding.element).slice(0, reached + 1);
        return { trace: binding.trace, x: y.map((_, at) => at), y };
      });
  }
}

/** The extent of histories: their last x, their least and largest y. */
function extent(histories) {
  const numbers = histories.flatMap(({ y }) => y).filter((value) => value !== null);
  const last = Math.max(...histories.map(({ x }) => x.at(-1) ?? 0));
  return [
    last,
    numbers.reduce((a, b) => Math.min(a, b), Infinity),
    numbers.reduce((a, b) => Math.max(a, b), -Infinity),
  ];
}

/** Whether axes made for one extent fit another: to within a hundredth of its height. */
function close([last, low, high], before) {
  const slack = before ? (before[2] - before[1]) / 100 : 0;
  return (
    Boolean(before) &&
    last === before[0] &&
    Math.abs(low - before[1]) <= slack &&
    Math.abs(high - before[2]) <= slack
  );
}
