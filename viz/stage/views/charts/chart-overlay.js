/**
 * Draws what moves with the cursor over a Plotly chart, in the chart's coordinates.
 *
 * Plotly takes 10 to 50 ms to redraw a chart for one changed trace. A path takes less than 1 ms, so the charts
 * keep up with a held key. Plotly does the axes, the legend, hover and zoom.
 */

import { setAttributes, svgElement } from "../element.js";
import { arrow, dots, lineThrough } from "./svg-paths.js";

const DASHES = { dot: "2 4", dash: "7 5", dashdot: "8 4 2 4", solid: "" };
const ARROW = 9;

export class ChartOverlay {
  /**
   * @param {HTMLElement} frame contains the chart, and this drawing above it
   * @param {HTMLElement} chart the element that Plotly draws in
   */
  constructor(frame, chart) {
    this.chart = chart;
    this.svg = svgElement("svg", { class: "viz-overlay", "aria-hidden": "true" });
    this.clip = svgElement("svg");
    this.svg.append(this.clip);
    frame.append(this.svg);
    this.paths = new Map();
    this.items = [];
  }

  /** The axes of the chart; null until Plotly has drawn. */
  get axes() {
    const { xaxis, yaxis } = this.chart._fullLayout ?? {};
    return xaxis?._length && yaxis?._length ? { xaxis, yaxis } : null;
  }

  /** Show these items: {key, trace, shape: "line" | "segments" | "dots" | "arrow", x, y}. */
  show(items) {
    this.items = items;
    this.draw();
  }

  /** Draw; also after the axes moved or the chart became visible. */
  draw() {
    const { axes } = this;
    if (!axes) return;
    const { xaxis, yaxis } = axes;
    setAttributes(this.clip, { x: xaxis._offset, y: yaxis._offset, width: xaxis._length, height: yaxis._length });
    for (const item of this.items) {
      const path = this.path(item);
      const trace = this.chart.data[item.trace];
      path.style.display = trace.visible === "legendonly" ? "none" : "";
      path.setAttribute(
        "d",
        shape(
          item,
          (x) => xaxis.d2p(x),
          (y) => yaxis.d2p(y),
          size(trace),
        ),
      );
    }
  }

  /** The iteration of the nearest dot within `reach` pixels of a point on the page; null if there is none. */
  nearest(clientX, clientY, reach = 12) {
    // The outer SVG is as large as the chart; the clipped one is only as large as what is drawn in it.
    const box = this.svg.getBoundingClientRect();
    const { axes } = this;
    let best = null;
    for (const { shape: kind, x, y } of axes ? this.items : []) {
      if (kind !== "dots") continue;
      x.forEach((value, index) => {
        const across = axes.xaxis._offset + axes.xaxis.d2p(value) - (clientX - box.left);
        const down = axes.yaxis._offset + axes.yaxis.d2p(y[index]) - (clientY - box.top);
        const distance = Math.hypot(across, down);
        if (distance < reach && (!best || distance < best.distance)) best = { distance, index };
      });
    }
    return best?.index ?? null;
  }

  path({ key, trace, shape: kind }) {
    const known = this.paths.get(key);
    if (known) return known;
    const { line = {}, marker = {} } = this.chart.data[trace];
    const filled = kind === "dots" || kind === "arrow";
    const path = svgElement("path", {
      fill: filled ? (marker.color ?? line.color) : "none",
      stroke: kind === "dots" ? "none" : (line.color ?? marker.color),
      "stroke-width": line.width ?? 2,
      "stroke-dasharray": DASHES[line.dash] ?? "",
      "stroke-linejoin": "round",
    });
    this.clip.append(path);
    this.paths.set(key, path);
    return path;
  }

  /** Remove the paths; to be called when colours or traces changed. */
  clear() {
    this.items = [];
    this.clip.replaceChildren();
    this.paths.clear();
  }
}

const size = (trace) => (trace.marker?.size ?? 6) / 2;

function shape({ shape: kind, x, y }, px, py, radius) {
  const points = x.map((value, at) => point(value, y[at], px, py));
  switch (kind) {
    case "dots":
      return dots(points, radius);
    case "arrow":
      return points.length === 2 ? arrow(...points, ARROW) : "";
    default:
      return lineThrough(points, kind === "segments");
  }
}

/** Where a point is drawn; null if a number is missing or not finite. */
function point(x, y, px, py) {
  const there = typeof x === "number" && typeof y === "number";
  const [across, down] = there ? [px(x), py(y)] : [NaN, NaN];
  return Number.isFinite(across) && Number.isFinite(down) ? [across, down] : null;
}
