/**
 * Presenter mode for lecture halls: no side bar, large type, the transport at the bottom, the keys of a clicker.
 */

const PRESENTING = "viz-presenting";
const BLANK = "viz-blank";

export class PresenterMode {
  /**
   * @param {HTMLElement} body the body of the page: what is around the stage has to make room
   * @param {HTMLButtonElement} button shows whether it is on
   * @param {() => void} changed
   */
  constructor(body, button, changed) {
    Object.assign(this, { body, button, changed });
    this.show(false);
  }

  get on() {
    return this.body.classList.contains(PRESENTING);
  }

  /** Whether the screen is blank, so that the audience looks at the speaker. */
  get blank() {
    return this.body.classList.contains(BLANK);
  }

  show(on) {
    this.body.classList.toggle(PRESENTING, on);
    this.body.classList.remove(BLANK);
    this.button.setAttribute("aria-pressed", on);
    this.changed();
  }

  toggleBlank() {
    this.body.classList.toggle(BLANK, this.on && !this.blank);
  }
}
