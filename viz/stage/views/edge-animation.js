/** Moves the gradient of an edge along its line, from the operation to its input. */

/** Milliseconds of one animation. */
const DURATION = 350;

export class EdgeAnimation {
  constructor() {
    this.reduced = matchMedia("(prefers-reduced-motion: reduce)");
    this.running = [];
  }

  /** Move the number of each edge along its line to its place; numbers still moving arrive at once. */
  run(edges) {
    this.stop();
    if (this.reduced.matches) return;
    for (const edge of edges) {
      const text = edge.querySelector(".viz-flow");
      const line = edge.querySelector(".viz-line");
      if (text && text.querySelector("[data-slot]").textContent) this.move(text, line);
    }
  }

  move(text, line) {
    const length = line.getTotalLength();
    const [x, y] = [Number(text.getAttribute("x")), Number(text.getAttribute("y"))];
    // The line is drawn from the input to the operation: the gradient goes the other way.
    const frames = [1, 0.75, 0.5, 0.25].map((share) => {
      const point = line.getPointAtLength(length * share);
      return { transform: `translate(${point.x - x}px, ${point.y - y - 4}px)` };
    });
    this.running.push(
      text.animate([...frames, { transform: "none" }], { duration: DURATION, easing: "ease-in-out" }),
    );
  }

  /** End all animations. */
  stop() {
    for (const one of this.running) one.cancel();
    this.running = [];
  }
}
