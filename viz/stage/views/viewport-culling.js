/** Hides the parts of a large drawing that are far out of view: the browser would paint them at every step. */

import { extent } from "./drawing-geometry.js";

/** How far around the view things are kept, as a share of its size, so that a small move changes nothing. */
const AROUND = 0.5;

export class ViewportCulling {
  /** @param {Iterable<Element>} elements the boxes and lines of the drawing */
  constructor(elements) {
    this.things = Array.from(elements, (element) => ({ element, ...extent(element), out: false }));
  }

  /** Keep what is in or near a part of the drawing, `{x, y, w, h}` in its units; null keeps everything. */
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
