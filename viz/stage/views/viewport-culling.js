/** What of a large drawing lies far out of sight is taken out of the page's work: it would be painted at every step. */

/** How much further than what is in sight things are kept, in parts of it: moving on a little changes nothing. */
const AROUND = 0.5;

export class Sight {
  /** @param {SVGSVGElement} svg */
  constructor(svg) {
    this.things = [...svg.querySelectorAll(".viz-node, .viz-edge")].map((element) => ({ element, ...extent(element), out: false }));
  }

  /** Keep what lies in this part of the drawing or close to it, `{x, y, w, h}` in its units; null keeps everything. */
  keep(view) {
    const [w, h] = view ? [view.w * AROUND, view.h * AROUND] : [Infinity, Infinity];
    for (const thing of this.things) {
      const { left, right, top, bottom, element } = thing;
      const out = view !== null && (right < view.x - w || left > view.x + view.w + w || bottom < view.y - h || top > view.y + view.h + h);
      if (out === thing.out) continue;
      thing.out = out;
      element.classList.toggle("viz-out", out);
    }
  }
}

/** Between which coordinates a box or a line lies; read off its attributes, since asking the page lays it out. */
function extent(element) {
  if (element.matches(".viz-edge")) {
    const numbers = element.querySelector(".viz-line").getAttribute("d").match(/-?[\d.]+/g).map(Number);
    const [xs, ys] = [0, 1].map((axis) => numbers.filter((_, at) => at % 2 === axis));
    return { left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) };
  }
  const [left, top] = element.getAttribute("transform").match(/-?[\d.]+/g).map(Number);
  const outline = element.querySelector(".viz-outline");
  return { left, right: left + Number(outline.getAttribute("width")), top, bottom: top + Number(outline.getAttribute("height")) };
}
