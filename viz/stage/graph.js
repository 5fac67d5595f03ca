/** The graph: one picture per topology, drawn by Graphviz on the server, shown in the direction that fits best. */

const LARGEST_ZOOM = 1.7;

export class GraphView {
  /**
   * @param {HTMLElement} place
   * @param {() => void} redrawn called after another picture was put in, so that its slots are filled anew
   */
  constructor(place, redrawn) {
    this.place = place;
    this.redrawn = redrawn;
    this.picture = undefined;
    this.direction = null;
    new ResizeObserver(() => this.fit()).observe(place);
  }

  /** Show a picture ({LR: svg, TB: svg}); null where there is none, and then `reason` says why. */
  show(picture, reason) {
    if (picture === this.picture) return;
    const same = picture && this.picture && picture.LR === this.picture.LR;
    this.picture = picture;
    if (same) return;
    this.direction = null;
    if (picture) return this.fit();
    this.place.replaceChildren();
    const note = document.createElement("p");
    note.className = "viz-note";
    note.textContent = reason || "No operation on a tensor that needs a gradient yet: there is no graph.";
    this.place.append(note);
  }

  /** Choose the direction in which the drawing is largest, and its size. */
  fit() {
    if (!this.picture) return;
    const { clientWidth: width, clientHeight: height } = this.place;
    if (!width || !height) return;
    let best = null;
    for (const [direction, svg] of Object.entries(this.picture)) {
      const [, , w, h] = viewBox(svg);
      const zoom = Math.min(width / w, height / h, LARGEST_ZOOM);
      // Left to right reads like the code; top to bottom has to be clearly larger to be worth it.
      const worth = direction === "LR" ? zoom * 1.08 : zoom;
      if (!best || worth > best.worth) best = { direction, svg, zoom, worth, w, h };
    }
    if (best.direction !== this.direction) {
      this.direction = best.direction;
      this.place.innerHTML = best.svg;
      this.redrawn();
    }
    const svg = this.place.firstElementChild;
    svg.setAttribute("width", Math.floor(best.w * best.zoom));
    svg.setAttribute("height", Math.floor(best.h * best.zoom));
  }
}

function viewBox(svg) {
  return svg.match(/viewBox="([^"]+)"/)[1].split(" ").map(Number);
}
