/** Takes what lies far out of sight of a large drawing out of the page's work: else it is painted at every step. */

import { extent } from "./drawing-geometry.js";

/** How far around what is in sight things are kept, in parts of its size: moving on a little changes nothing. */
const AROUND = 0.5;

export class ViewportCulling {
  /** @param {Iterable<Element>} elements the boxes and lines of the drawing */
  constructor(elements) {
    this.things = Array.from(elements, (element) => ({ element, ...extent(element), out: false }));
  }

  /** Keep what lies in this part of the drawing or close to it, `{x, y, w, h}` in its units; null keeps everything. */
  keep(view) {
    const [w, h] = view ? [view.w * AROUND, view.h * AROUND] : [Infinity, Infinity];
    for (const thing of this.things) {
      const { left, right, top, bottom, element } = thing;
      const aside = view !== null && (right < view.x - w || left > view.x + view.w + w);
      const out = aside || (view !== null && (bottom < view.y - h || top > view.y + view.h + h));
      if (out === thing.out) continue;
      thing.out = out;
      element.classList.toggle("viz-out", out);
    }
  }
}
