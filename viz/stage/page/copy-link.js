/** Copies a link to the moment on stage, or shows it in a field if the browser does not allow that. */

import { CLOSE, COPIED, FAILED } from "../labels.js";
import { button, element } from "../views/element.js";

export class CopyLink {
  /**
   * @param {HTMLElement} place where the link is shown, right after the button
   * @param {() => {link: string, unlinked: string}} made returns the link, or a sentence why there is none
   * @param {(sentence: string) => void} tell
   */
  constructor(place, made, tell) {
    Object.assign(this, { place, made, tell });
    place.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.hide();
    });
  }

  async copy() {
    this.hide();
    const { link, unlinked } = this.made();
    if (unlinked) return this.tell(unlinked);
    try {
      // There is no clipboard without https, nor in a frame without permission.
      await navigator.clipboard.writeText(link);
    } catch {
      return this.show(link);
    }
    return this.tell(COPIED);
  }

  /** Show the link in a field, to copy by hand. */
  show(link) {
    const field = element("input");
    Object.assign(field, { readOnly: true, value: link });
    const label = element("label", "", FAILED.copy);
    label.append(field);
    const close = button("viz-tool", CLOSE);
    close.addEventListener("click", () => this.hide());
    this.place.replaceChildren(label, close);
    this.place.hidden = false;
    field.select();
  }

  hide() {
    this.place.hidden = true;
    this.place.replaceChildren();
  }
}
