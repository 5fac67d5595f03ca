/** How fast the cursor moves through the iterations; so the playhead knows how far ahead to fetch. */

/** Milliseconds over which moves are counted. */
const WINDOW = 1000;

export class CursorSpeed {
  /** @param {() => number} clock milliseconds on a clock that never goes back */
  constructor(clock = () => performance.now()) {
    this.clock = clock;
    this.iteration = null;
    this.moves = [];
  }

  /** Note that the cursor is now at an iteration. */
  at(iteration) {
    const by = Math.abs(iteration - (this.iteration ?? iteration));
    this.iteration = iteration;
    if (by) this.moves.push({ by, when: this.clock() });
  }

  /** How many iterations it passed in the last second. */
  get perSecond() {
    const since = this.clock() - WINDOW;
    this.moves = this.moves.filter(({ when }) => when > since);
    return this.moves.reduce((sum, { by }) => sum + by, 0);
  }
}
