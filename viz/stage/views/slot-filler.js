/** Fills slots with texts and gives marks their looks, touching only what changed. */

/** Milliseconds that a mark takes to fade. */
const FADES = 400;
const MARKED = "var(--viz-changed)";

export class SlotFiller {
  /**
   * @param {HTMLElement} root everything that carries `data-slot` or `data-mark` is below it
   * @param {string} [without] a selector: what lies inside shows another moment
   */
  constructor(root, without = "") {
    this.root = root;
    this.rest = without && `:not(${without} *)`;
    this.reduced = matchMedia("(prefers-reduced-motion: reduce)");
    this.texts = new Map();
    this.marks = new Map();
    this.changed = [];
    this.fading = [];
    this.index();
  }

  /** Look for slots anew; to be called after a part of the page was drawn again. Nothing counts as shown then. */
  index() {
    this.slotElements = collect(this.root, "data-slot", this.rest);
    this.markElements = collect(this.root, "data-mark", this.rest);
    this.texts.clear();
    this.marks.clear();
  }

  /** Show a state: what it does not name becomes empty. */
  show(state) {
    const fresh = !this.texts.size;
    this.unmark();
    update(this.slotElements, this.texts, state.texts, (element, text) => {
      setText(element, text);
      if (text && !fresh) this.changed.push(element);
    });
    update(this.markElements, this.marks, state.marks, setMark);
  }

  /** Mark what the last step changed; the mark fades. For when nobody steps on at once: it costs a frame. */
  mark() {
    if (this.reduced.matches) return;
    this.fading = this.changed.map((element) => {
      const colour = element instanceof SVGElement ? "stroke" : "backgroundColor";
      return element.animate({ [colour]: [MARKED, "transparent"] }, { duration: FADES });
    });
    this.changed = [];
  }

  unmark() {
    for (const one of this.fading) one.cancel();
    this.fading = [];
    this.changed = [];
  }
}

function collect(root, attribute, rest) {
  const found = new Map();
  for (const element of root.querySelectorAll(`[${attribute}]${rest}`)) {
    const name = element.getAttribute(attribute);
    const others = found.get(name);
    if (others) others.push(element);
    else found.set(name, [element]);
  }
  return found;
}

function update(elements, shown, wanted, set) {
  for (const [name, targets] of elements) {
    const value = wanted.get(name) ?? "";
    if (shown.get(name) === value) continue;
    shown.set(name, value);
    for (const element of targets) set(element, value);
  }
}

function setText(element, text) {
  // The text node stays: putting another in costs the page more than changing what it says.
  if (element.firstChild) element.firstChild.data = text;
  else element.append(text);
  // Where there may be no room for all of it, the whole is shown to whoever points at it.
  if (element.hasAttribute("data-whole")) element.title = text;
  // What is not there is grey: None and an empty slot are told apart from numbers by the style sheet.
  element.toggleAttribute("data-none", text === "None");
}

function setMark(element, words) {
  element.setAttribute("data-state", words);
}
