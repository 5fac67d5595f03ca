/**
 * Says that a part of a run built another graph than the part before it, and shows both side by side on request.
 */

import { GraphView } from "./graph.js";
import { SlotFiller } from "./slot-filler.js";
import { TensorPictures } from "./tensors/pictures.js";
import { COMPARE, PREVIOUS_GRAPH } from "../labels.js";
import { SETUP } from "../playback/tape.js";
import { fill } from "../template.js";

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
    const quantities = { earlier, here: now?.operations, there: before?.operations };
    if (differs || goesOn) {
      this.words.textContent = related(tape.head.words.graphs, differs ? "another" : "earlier", quantities);
    }
    this.draw();
  }

  toggle() {
    this.open = !this.open;
    this.button.textContent = this.open ? COMPARE.both : COMPARE.one;
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
    this.fill();
    this.view.describe(this.state, tape.head.words);
  }

  fill() {
    const { tape, iteration } = this.shown;
    this.slots.show(this.state);
    this.tensors.show(this.state, (slot) => tape.scale(slot, { iteration }));
  }

  build() {
    const nothing = () => false;
    this.slots = new SlotFiller(this.place);
    this.tensors = new TensorPictures(this.place);
    const redrawn = () => {
      this.slots.index();
      this.tensors.index();
      this.fill();
    };
    const callbacks = { redrawn, selected: null, pointed: nothing, opened: nothing };
    return new GraphView(this.place, callbacks, PREVIOUS_GRAPH);
  }
}

/**
 * A sentence on the graph of a moment and the one before it.
 * @param {Record<string, string[]>} words the templates for graphs, as in viz/writing/stage_words.py
 * @param {"another" | "earlier"} which
 * @param {{earlier: number, here?: number, there?: number}} quantities the part that built the earlier graph, and
 *   how many operations both have
 */
export function related(words, which, { earlier, here, there }) {
  const counted = (count) => fill(words[count === 1 ? "operation" : "operations"], () => count);
  const where = fill(words[earlier === SETUP ? "before the loop" : "in iteration"], () => earlier);
  const slots = { where: () => where, here: () => counted(here), there: () => counted(there) };
  return fill(words[which], (slot) => slots[slot]());
}
