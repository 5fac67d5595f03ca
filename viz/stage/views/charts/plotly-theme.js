/** Loads plotly.js once, and puts the colours of the theme into its figures. */

import { FAILED } from "../../labels.js";
import { element } from "../element.js";

let loading = null;

export function loadPlotly(address) {
  loading ??= new Promise((resolve, reject) => {
    if (window.Plotly) return void resolve(window.Plotly);
    const script = element("script");
    script.src = address;
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => reject(new Error(FAILED.plotly));
    document.head.append(script);
  });
  return loading;
}

const MEANINGS = ["value", "gradient", "update", "absent", "now", "text", "line", "panel", "sans"];

/** The colours of the theme by meaning, and its font, as the style sheet has them now. */
export function themeColours(place) {
  const style = getComputedStyle(place);
  return Object.fromEntries(MEANINGS.map((name) => [name, style.getPropertyValue(`--viz-${name}`).trim()]));
}

/** A copy of a part of a figure with colours in place of `var(--viz-…)`, which Plotly does not know. */
export function paint(part, colours) {
  if (typeof part === "string") return part.replace(/^var\(--viz-(\w+)\)$/, (_, name) => colours[name]);
  if (Array.isArray(part)) return part.map((one) => paint(one, colours));
  if (part && typeof part === "object") {
    return Object.fromEntries(Object.entries(part).map(([key, one]) => [key, paint(one, colours)]));
  }
  return part;
}

/** A layout in the colours and the font of the theme. */
export function themed(layout, colours) {
  const axis = { gridcolor: colours.line, linecolor: colours.line, tickcolor: colours.line };
  return {
    ...layout,
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: colours.sans, size: 12, color: colours.text },
    hoverlabel: { bgcolor: colours.panel, font: { color: colours.text } },
    xaxis: { ...layout.xaxis, ...axis },
    yaxis: { ...layout.yaxis, ...axis },
  };
}
