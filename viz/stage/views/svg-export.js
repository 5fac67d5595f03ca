/** Exports the picture of a graph: as an SVG that needs no style sheet, and as a PNG. */

import { FAILED, GRAPH } from "../labels.js";
import { SVG, element, setAttributes, svgElement } from "./element.js";

/** Pixels of a PNG for each unit of the drawing, and the longest side that browsers draw. */
const PNG_SCALE = 2;
const LONGEST_SIDE = 8192;

/** Properties that elements inherit; each is written only if it differs from the parent's. */
const INHERITED = [
  "fill",
  "fill-opacity",
  "font-family",
  "font-size",
  "font-style",
  "font-weight",
  "paint-order",
  "stroke",
  "stroke-dasharray",
  "stroke-linecap",
  "stroke-opacity",
  "stroke-width",
  "text-anchor",
];
/** Properties that elements do not inherit: the property, its attribute and its default. */
const OWN = [
  ["opacity", "opacity", "1"],
  ["text-decoration-line", "text-decoration", "none"],
];
/** Attributes that mean something on the page only. */
const OF_THE_PAGE = /^(class|style|role|tabindex|data-.*|aria-.*)$/;
/** Elements that are not drawn. */
const SILENT = "title, desc, defs";

/**
 * A drawing as a document of its own, with the styles of the page as attributes.
 * @param {SVGSVGElement} svg as it is in the page
 * @param {{x: number, y: number, w: number, h: number}} view the part to export, in the drawing's units
 * @returns {{text: string, width: number, height: number}}
 */
export function standaloneSvg(svg, { x, y, w, h }) {
  const copy = svg.cloneNode(true);
  const [originals, copies] = [svg, copy].map((root) => [root, ...root.querySelectorAll("*")]);
  const hidden = [];
  originals.forEach((original, at) => {
    const made = copies[at];
    for (const name of made.getAttributeNames()) if (OF_THE_PAGE.test(name)) made.removeAttribute(name);
    if (original.matches(SILENT)) return;
    const looks = getComputedStyle(original);
    if (looks.display === "none" || looks.visibility === "hidden") hidden.push(made);
    else dress(made, looks, original === svg ? null : getComputedStyle(original.parentElement));
  });
  for (const made of hidden) made.remove();
  const [width, height] = [Math.ceil(w), Math.ceil(h)];
  const label = svg.getAttribute("aria-label") ?? GRAPH;
  const view = { viewBox: `${x} ${y} ${w} ${h}`, width, height };
  setAttributes(copy, { xmlns: SVG, ...view, role: "img", "aria-label": label });
  copy.prepend(ground({ x, y, w, h }, getComputedStyle(svg).getPropertyValue("--viz-panel").trim()));
  return { text: new XMLSerializer().serializeToString(copy), width, height };
}

/** Write the styles of an element as its attributes, which other programs read. */
function dress(made, looks, around) {
  for (const name of INHERITED) {
    const value = looks.getPropertyValue(name);
    if (value !== around?.getPropertyValue(name)) made.setAttribute(name, value);
  }
  for (const [property, name, usual] of OWN) {
    const value = looks.getPropertyValue(property);
    if (value !== usual) made.setAttribute(name, value);
  }
}

/** A background in the page's colour, so that light texts stay legible on white paper. */
function ground({ x, y, w, h }, colour) {
  return svgElement("rect", { x, y, width: w, height: h, fill: colour, stroke: "none" });
}

/**
 * A picture as PNG, with two pixels for each unit of the drawing, or fewer if it is very large.
 * @returns {Promise<Blob>} rejected if the browser cannot draw it
 */
export async function toPng({ text, width, height }) {
  const image = new Image();
  image.src = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
  try {
    await image.decode();
    const scale = Math.min(PNG_SCALE, LONGEST_SIDE / Math.max(width, height));
    const canvas = element("canvas");
    Object.assign(canvas, { width: Math.round(width * scale), height: Math.round(height * scale) });
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve, reject) => {
      canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error(FAILED.size))), "image/png");
    });
  } finally {
    URL.revokeObjectURL(image.src);
  }
}
