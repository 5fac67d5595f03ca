/** Presenter mode: for the last row of a lecture hall. No side bar, large type, the transport at the bottom, a clicker's keys. */

const PRESENTING = "viz-presenting";
const BLANK = "viz-blank";

export class PresenterMode {
  /**
   * @param {HTMLElement} body the page's: what is around the stage has to make room
   * @param {HTMLButtonElement} button says whether it is on
   * @param {() => void} changed
   */
  constructor(body, button, changed) {
    Object.assign(this, { body, button, changed });
    this.show(false);
  }

  get on() {
    return this.body.classList.contains(PRESENTING);
  }

  /** Whether the screen is blank, so that everybody looks at who speaks. */
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
