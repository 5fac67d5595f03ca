/** How fast the cursor moves through the iterations: what lies ahead of it is fetched before it gets there. */

/** Milliseconds that count. */
const LATELY = 1000;

export class CursorSpeed {
  /** @param {() => number} clock milliseconds, of a clock that never goes back */
  constructor(clock = () => performance.now()) {
    this.clock = clock;
    this.iteration = null;
    this.moves = [];
  }

  /** The cursor is at an iteration now. */
  at(iteration) {
    const by = Math.abs(iteration - (this.iteration ?? iteration));
    this.iteration = iteration;
    if (by) this.moves.push({ by, when: this.clock() });
  }

  /** Iterations that it passed in the last second. */
  get perSecond() {
    const since = this.clock() - LATELY;
    this.moves = this.moves.filter(({ when }) => when > since);
    return this.moves.reduce((sum, { by }) => sum + by, 0);
  }
}
