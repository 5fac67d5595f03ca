/**
 * Says that a part of a run built another graph than the part before it, and shows both side by side on request.
 */

import { GraphView } from "./graph.js";
import { SlotFiller } from "./slot-filler.js";
import { SETUP } from "../playback/tape.js";

export class PreviousGraph {
  /**
   * @param {HTMLElement} figure with a place for the note, `.viz-differs`, and one for the graph, `.viz-before`
   * @param {() => void} opened called when both are shown; then each is to be shown whole
   */
  constructor(figure, opened) {
    this.opened = opened;
    this.note = figure.querySelector(".viz-differs");
    this.words = this.note.querySelector("span");
    this.button = this.note.querySelector("button");
    this.place = figure.querySelector(".viz-before");
    this.open = false;
    this.shown = null;
    this.button.addEventListener("click", () => this.toggle());
  }

  /**
   * Compare the picture of a moment with that of the part before: is it another one, or does it continue that one?
   */
  show(tape, { iteration }) {
    const earlier = tape.before(iteration);
    const [before, now] = [earlier, iteration].map((part) =>
      part === null ? null : tape.picture({ iteration: part }),
    );
    const goesOn = Boolean(now) && tape.part(iteration).on === 1;
    const differs = Boolean(before && now && before !== now);
    this.note.hidden = !differs && !goesOn;
    this.button.hidden = !differs;
    this.shown = differs ? { tape, iteration: earlier, picture: before } : null;
    const where = earlier === SETUP ? "before the loop" : `in iteration ${earlier}`;
    const counts = differs && `${counted(now)} here, ${counted(before)} there`;
    if (differs) this.words.textContent = `Another graph than ${where}: ${counts}.`;
    const shown = `this is the one built ${where}, as it was then`;
    if (goesOn) this.words.textContent = `No line after the loop builds a graph: ${shown}.`;
    this.draw();
  }

  toggle() {
    this.open = !this.open;
    this.button.textContent = this.open ? "Show one" : "Show both";
    this.draw();
    if (this.open) this.opened();
  }

  /** Draw the graph of the part before, as it was at the end of that part. */
  draw() {
    const wanted = this.open ? this.shown : null;
    this.place.hidden = !wanted;
    if (!wanted) return;
    const { tape, iteration, picture } = wanted;
    this.view ??= this.build();
    this.state = tape.stateAt({ iteration, statement: tape.frames(iteration).length - 1 });
    this.view.show(picture);
    this.view.whole();
    this.slots.show(this.state);
    this.view.describe(this.state);
  }

  build() {
    const nothing = () => false;
    this.slots = new SlotFiller(this.place);
    const redrawn = () => {
      this.slots.index();
      this.slots.show(this.state);
    };
    const callbacks = { redrawn, selected: null, pointed: nothing, opened: nothing };
    return new GraphView(this.place, callbacks, "The graph of the iteration before");
  }
}

/** The number of operations that a picture shows, in words. */
function counted({ operations }) {
  return `${operations} operation${operations === 1 ? "" : "s"}`;
}
