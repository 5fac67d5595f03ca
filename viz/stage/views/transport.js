/** The transport: buttons with their keys, a slider over the iterations, and the progress of a long recording. */

import { PLACE, PLAY } from "../labels.js";
import { element } from "./element.js";
import { setSentence } from "./inline-code.js";
import { SETUP } from "../playback/tape.js";

/** The most epochs that have a mark on the slider. */
const EPOCHS = 50;
const SPEEDS = [0.5, 1, 2, 5, 20];

export class Transport {
  /**
   * @param {HTMLElement} place contains the buttons, each with `data-command`
   * @param {Record<string, (argument?: number) => void>} commands
   */
  constructor(place, commands) {
    const part = (name) => place.querySelector(`.viz-${name}`);
    this.slider = part("slider");
    this.epochs = part("epochs");
    this.label = part("where");
    this.bar = part("progress");
    this.note = part("tell");
    this.playButton = place.querySelector("[data-command=play]");
    this.slider.addEventListener("input", () => commands.seek(Number(this.slider.value)));
    const speed = part("speed");
    for (const value of SPEEDS) speed.add(new Option(`${value}×`, value, value === 1, value === 1));
    speed.addEventListener("change", () => commands.speed(Number(speed.value)));
  }

  /** Set the range of the slider: from the set-up (−1) to the last iteration of the loop. */
  setRange(tape) {
    const last = tape.complete ? tape.have - 1 : (tape.total ?? tape.have) - 1;
    this.slider.min = tape.setup.f.length ? SETUP : 0;
    this.slider.max = Math.max(0, last);
    this.total = last + 1;
    this.markEpochs(tape.epochs.thinned(EPOCHS));
  }

  /** Mark the first iteration of each of these epochs on the slider. */
  markEpochs(firsts) {
    this.epochs.style.setProperty("--viz-first", this.slider.min);
    this.epochs.style.setProperty("--viz-last", this.slider.max);
    const shown = firsts.join(" ");
    if (shown === this.marked) return;
    this.marked = shown;
    this.epochs.replaceChildren(...firsts.map((first) => mark(first)));
  }

  show(place, tape) {
    const behind = tape.complete && place.iteration >= tape.have;
    this.slider.value = behind ? tape.have - 1 : place.iteration;
    const part = place.iteration === SETUP ? PLACE.setup : behind ? PLACE.after : PLACE.iteration(place.iteration);
    const address = tape.address(place);
    const text = address ? `${part}: ${address}` : part;
    this.label.textContent = text;
    this.slider.setAttribute("aria-valuetext", text);
  }

  playing(on) {
    this.playButton.setAttribute("aria-pressed", on);
    this.playButton.firstElementChild.textContent = on ? PLAY.playing : PLAY.paused;
  }

  /** Show which share (0 to 1) of a requested recording is done; null hides it. */
  progress(share) {
    this.bar.hidden = share === null;
    if (share !== null) this.bar.value = share;
  }

  tell(text) {
    setSentence(this.note, text);
  }
}

function mark(iteration) {
  const made = element("i");
  made.style.setProperty("--viz-at", iteration);
  return made;
}
