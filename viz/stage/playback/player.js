/** Plays the tape: a step again and again, at a speed, until it is paused or there is nowhere to go. */

/** Milliseconds from one step to the next at speed 1. */
const PACE = 900;

export class Player {
  /**
   * @param {() => void} step
   * @param {(playing: boolean) => void} told is told when it starts or stops
   */
  constructor(step, told) {
    this.step = step;
    this.told = told;
    this.speed = 1;
    this.timer = null;
  }

  toggle() {
    if (this.timer) this.pause();
    else this.play();
  }

  play() {
    this.timer = setInterval(this.step, PACE / this.speed);
    this.told(true);
  }

  pause() {
    clearInterval(this.timer);
    this.timer = null;
    this.told(false);
  }

  setSpeed(speed) {
    this.speed = speed;
    if (!this.timer) return;
    this.pause();
    this.play();
  }
}
