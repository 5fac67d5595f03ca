/** What the run printed up to the cursor: the latest lines are in view, and earlier ones above them. */

import { asInTerminal } from "../playback/print-log.js";
import { fill } from "../template.js";
import { element } from "./element.js";

/** Lines that are put on the page at first, and how many times more when their top is scrolled into view. */
const LINES = 200;
const MORE = 4;
/** Pixels from the top of the lines at which earlier ones are added. */
const NEAR = 200;

export class PrintedView {
  /** @param {HTMLElement} place scrolls from its end; it contains a note above the lines, and the lines */
  constructor(place) {
    this.place = place;
    this.note = place.querySelector("p");
    this.before = document.createTextNode("");
    this.now = element("mark");
    place.querySelector("pre").append(this.before, this.now);
    this.lines = LINES;
    this.scrolled = false;
    place.addEventListener("scroll", () => this.look(), { passive: true });
  }

  /** Show what was printed up to a moment of a tape. A program that prints nothing has no place for it. */
  show(tape, moment) {
    this.shown = [tape, moment];
    this.lines = LINES;
    this.fill();
    // Reading or writing a scroll position lays out the page.
    if (this.scrolled) this.place.scrollTop = 0;
  }

  fill() {
    const [tape, moment] = this.shown;
    this.place.hidden = !tape.head.prints && !tape.prints.size;
    if (this.place.hidden) return;
    const { before, now, earlier, missing } = tape.printed(moment, this.lines);
    this.earlier = earlier;
    const words = tape.head.words.printed;
    const nothing = before || now ? "" : fill(words["nothing yet"]);
    put(this.note, missing === null ? nothing : fill(words.missing, () => missing));
    this.note.hidden = !this.note.textContent;
    put(this.before, asInTerminal(before));
    put(this.now, asInTerminal(now));
  }

  /** The place was scrolled: show earlier lines if its top is near. */
  look() {
    const { scrollTop, scrollHeight, clientHeight } = this.place;
    this.scrolled = scrollTop < 0;
    if (!this.earlier || scrollHeight + scrollTop - clientHeight > NEAR) return;
    this.lines *= MORE;
    this.fill();
  }
}

/** Set a text if it is another one: an equal text would be laid out again. */
function put(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
