/** Fills slots with texts and sets the looks of marked elements, touching only what changed. */

/** Milliseconds in which a highlight fades. */
const FADE = 400;
const HIGHLIGHT = "var(--viz-changed)";

export class SlotFiller {
  /**
   * @param {HTMLElement} root contains everything with `data-slot` or `data-mark`
   * @param {string} [without] a selector for parts that show another moment, which are left alone
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

  /** Find the slots again; to be called after a part of the page was redrawn. Then everything is filled again. */
  index() {
    this.slotElements = collect(this.root, "data-slot", this.rest);
    this.markElements = collect(this.root, "data-mark", this.rest);
    this.texts.clear();
    this.marks.clear();
  }

  /** Show a state; slots that it does not name become empty. */
  show(state) {
    const fresh = !this.texts.size;
    this.unmark();
    update(this.slotElements, this.texts, state.texts, (element, text) => {
      setText(element, text);
      if (text && !fresh) this.changed.push(element);
    });
    update(this.markElements, this.marks, state.marks, setMark);
  }

  /** Highlight what the last step changed, until it fades. It costs a frame, so it is for a cursor at rest. */
  mark() {
    if (this.reduced.matches) return;
    this.fading = this.changed.map((element) => {
      const colour = element instanceof SVGElement ? "stroke" : "backgroundColor";
      return element.animate({ [colour]: [HIGHLIGHT, "transparent"] }, { duration: FADE });
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
  // The text node stays: replacing it costs the browser more than changing its data.
  if (element.firstChild) element.firstChild.data = text;
  else element.append(text);
  // If the text may be cut off, the tooltip has the whole.
  if (element.hasAttribute("data-whole")) element.title = text;
  // The style sheet shows None in grey.
  element.toggleAttribute("data-none", text === "None");
}

function setMark(element, words) {
  element.setAttribute("data-state", words);
}
