/** Plays the tape: steps at a steady speed until it is paused or the tape ends. */

/** Milliseconds between two steps at speed 1. */
const INTERVAL = 900;

export class Player {
  /**
   * @param {() => void} step
   * @param {(playing: boolean) => void} changed called when it starts or stops
   */
  constructor(step, changed) {
    this.step = step;
    this.changed = changed;
    this.speed = 1;
    this.timer = null;
  }

  toggle() {
    if (this.timer) this.pause();
    else this.play();
  }

  play() {
    this.timer = setInterval(this.step, INTERVAL / this.speed);
    this.changed(true);
  }

  pause() {
    clearInterval(this.timer);
    this.timer = null;
    this.changed(false);
  }

  setSpeed(speed) {
    this.speed = speed;
    if (!this.timer) return;
    this.pause();
    this.play();
  }
}
