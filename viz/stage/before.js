/** Says when an iteration built another graph than the one before it, and shows both beside each other if asked. */

import { GraphView } from "./graph.js";
import { Slots } from "./slots.js";

export class Before {
  /**
   * @param {HTMLElement} figure with a place for the words, `.viz-differs`, and one for the graph, `.viz-before`
   * @param {() => void} opened called when both are shown: beside each other, each is to be seen whole
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

  /** Look at a moment: does its iteration have another picture than the one before? */
  show(tape, { iteration }) {
    const [before, now] = [iteration - 1, iteration].map((number) => (number < 0 ? null : tape.picture({ iteration: number })));
    const differs = Boolean(before && now && before !== now && tape.frames(iteration).length);
    this.note.hidden = !differs;
    this.shown = differs ? { tape, iteration: iteration - 1, picture: before } : null;
    if (differs) {
      const count = (picture) => `${operations(picture)} operation${operations(picture) === 1 ? "" : "s"}`;
      this.words.textContent = `Another graph than in iteration ${iteration - 1}: ${count(now)}, before ${count(before)}.`;
    }
    this.draw();
  }

  toggle() {
    this.open = !this.open;
    this.button.textContent = this.open ? "Show one" : "Show both";
    this.draw();
    if (this.open) this.opened();
  }

  /** The graph of the iteration before, as it was at that iteration's end. */
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
    this.view.describe();
  }

  build() {
    const nothing = () => false;
    this.slots = new Slots(this.place);
    const redrawn = () => {
      this.slots.index();
      this.slots.show(this.state);
    };
    const told = { redrawn, selected: nothing, pointed: nothing, opened: nothing };
    return new GraphView(this.place, told, "The graph of the iteration before");
  }
}

/** How many operations a picture shows, those inside of folded boxes too. */
export function operations(picture) {
  const text = picture.autograd.LR;
  const folded = [...text.matchAll(/data-inside="([^"]*)"/g)].map(([, inside]) => inside.split(" ").length);
  return (text.match(/class="viz-node operation/g) ?? []).length - folded.length + folded.reduce((a, b) => a + b, 0);
}
