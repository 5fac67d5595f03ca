/** Where boxes and lines are, in units of the drawing; read from attributes, as measuring forces a layout. */

/** The largest scale of a drawing that is not zoomed in. */
const LARGEST_FIT = 1.7;

/** The middle of a box. */
export function middle(box) {
  const { left, right, top, bottom } = extentOfBox(box);
  return { x: (left + right) / 2, y: (top + bottom) / 2 };
}

/** The bounding box of a box or a line. */
export function extent(element) {
  return element.matches(".viz-edge") ? extentOfLine(element) : extentOfBox(element);
}

function extentOfBox(box) {
  const { e: left, f: top } = box.transform.baseVal.consolidate().matrix;
  const outline = box.querySelector(".viz-outline");
  return { left, right: left + outline.width.baseVal.value, top, bottom: top + outline.height.baseVal.value };
}

function extentOfLine(edge) {
  const numbers = edge
    .querySelector(".viz-line")
    .getAttribute("d")
    .match(/-?[\d.]+/g)
    .map(Number);
  const [xs, ys] = [0, 1].map((axis) => numbers.filter((_, at) => at % 2 === axis));
  return { left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) };
}

/**
 * The box that an arrow key leads to: on that side, the nearest of those `linked` to the box, or else the nearest.
 */
export function neighbour(here, boxes, key, linked) {
  const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
  const from = middle(here);
  let best = null;
  for (const box of boxes) {
    const to = middle(box);
    const [across, down] = [to.x - from.x, to.y - from.y];
    const along = across * dx + down * dy;
    if (along <= 1) continue;
    const aside = Math.abs(across * dy) + Math.abs(down * dx);
    const cost = along + 2 * aside + (linked.has(box) ? 0 : 1e4);
    if (!best || cost < best.cost) best = { box, cost };
  }
  return best?.box ?? null;
}

/** The sheet that is largest in a place of this size, with its scale, its SVG and its view. */
export function bestSheet(sheets, width, height) {
  let best = null;
  for (const sheet of Object.values(sheets)) {
    const [x, y, w, h] = sheet.view;
    const scale = Math.min(width / w, height / h, LARGEST_FIT);
    // Left to right, the first, reads like the code; top to bottom has to be clearly larger to be worth it.
    const worth = best ? scale : scale * 1.08;
    if (!best || worth > best.worth) best = { svg: sheet.svg, scale, worth, x, y, w, h };
  }
  return best;
}

/** The centre, moved so that as little as possible of what is shown lies outside the drawing. */
export function within(centre, start, size, shown) {
  if (shown >= size) return start + size / 2;
  return Math.min(Math.max(centre, start + shown / 2), start + size - shown / 2);
}
