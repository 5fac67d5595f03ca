/** The graph: shows pictures that Graphviz drew on the server, with zoom, pan and a selected node. */

import { fill } from "../template.js";
import { boxLabels } from "./box-labels.js";
import { bestSheet, extent, middle, neighbour, within } from "./drawing-geometry.js";
import { EdgeAnimation } from "./edge-animation.js";
import { element, svgElement } from "./element.js";
import { setSentence } from "./inline-code.js";
import { ViewportCulling } from "./viewport-culling.js";

const LARGEST = 4;
/** Pixels for each unit that make the smallest text, of 11 units, 10 pixels high. */
const READABLE = 0.91;
const STEP = 1.25;
/** Characters of a sum that fit above a box; a longer sum is in the sentence only. */
const LONGEST_SUM = 48;
/** Pixels that a pressed pointer moves before it pans instead of clicking. */
const SLACK = 4;
/** Whether the page is shown inside another one. */
const FRAMED = globalThis.parent !== globalThis.self;
/** A graph that would get fewer pixels per unit is shown in part. Inside another page, room is scarce. */
const SMALLEST = FRAMED ? 0.5 : READABLE;

export class GraphView {
  /**
   * @param {HTMLElement} place
   * @param {{redrawn: () => void, selected: ((node: number | null) => void) | null, opened: (node: number) =>
   *   boolean, pointed: (node: number | null, box: Element | null) => void}} callbacks called when another drawing
   *   was put in (its slots are empty then), when a node was selected (null if none can be) or is pointed at, and
   *   to open a folded box, which returns whether that is possible
   * @param {string} name the accessible name of the drawing
   */
  constructor(place, callbacks, name) {
    this.place = place;
    this.callbacks = callbacks;
    this.name = name;
    this.picture = undefined;
    this.level = "autograd";
    /** The sheet in the page with its scale, and its elements by the ids of boxes and links. */
    this.drawn = null;
    this.boxes = new Map();
    this.lines = new Map();
    this.zoom = 1;
    this.asOpened = true; // the viewer has neither zoomed nor panned
    this.node = null;
    this.animation = new EdgeAnimation();
    new ResizeObserver(() => this.fit()).observe(place);
    place.addEventListener("wheel", (event) => this.onWheel(event), { passive: false });
    place.addEventListener("pointerdown", (event) => this.onDown(event));
    place.addEventListener("keydown", (event) => this.onKey(event));
    place.addEventListener("focusin", ({ target }) => this.keepInView(target.closest(".viz-node")));
    for (const [event, at] of [
      ["pointerover", true],
      ["focusin", true],
      ["pointerout", false],
      ["focusout", false],
    ]) {
      place.addEventListener(event, ({ target }) => {
        const box = at ? target.closest(".viz-node") : null;
        this.callbacks.pointed(box ? this.dataOf(box).node : null, box);
      });
    }
  }

  /** The drawing in the page as data, as in viz/writing/picture_json.py; null if there is none. */
  get drawing() {
    return this.drawn ? this.picture[this.level] : null;
  }

  /** Show a picture; for null, the `reason` why there is none. */
  show(picture, reason) {
    if (picture === this.picture) return;
    const same = picture && this.drawn && picture[this.level].sheets.LR.svg === this.drawing.sheets.LR.svg;
    this.picture = picture;
    if (same) return;
    this.drawn = null;
    if (picture) return this.fit();
    const note = element("p", "viz-note");
    setSentence(note, reason);
    this.place.replaceChildren(note);
    this.index();
  }

  setLevel(level) {
    this.level = level;
    this.drawn = null;
    this.fit();
  }

  /** Choose the sheet that is largest in this place, and show the part of it around the centre. */
  fit() {
    if (!this.picture) return;
    const { clientWidth: width, clientHeight: height } = this.place;
    if (!width || !height) return;
    const best = bestSheet(this.picture[this.level].sheets, width, height);
    if (best.svg !== this.drawn?.svg) this.put(best);
    Object.assign(this.drawn, best, { width, height });
    if (this.asOpened) this.zoom = best.scale < SMALLEST ? READABLE / best.scale : 1;
    this.look();
  }

  /** Put a sheet into the page. */
  put(sheet) {
    this.drawn = sheet;
    this.centre = { x: sheet.x + sheet.w / 2, y: sheet.y + sheet.h / 2 };
    this.zoom = 1;
    this.asOpened = true;
    this.place.innerHTML = sheet.svg;
    this.svg.setAttribute("aria-label", this.name);
    this.sized = null;
    this.index();
    this.culling = new ViewportCulling([...this.boxes.values(), ...this.lines.values()]);
    this.markSelected();
    this.callbacks.redrawn();
  }

  /** Find the elements of the boxes and links. */
  index() {
    const all = (selector) => [...this.place.querySelectorAll(selector)];
    this.boxes = new Map(all(".viz-node").map((box) => [box.dataset.box, box]));
    this.lines = new Map(all(".viz-edge").map((line) => [line.dataset.mark, line]));
  }

  /** The data of a box. */
  dataOf(box) {
    return this.drawing.boxes.find(({ id }) => id === box.dataset.box);
  }

  get svg() {
    return this.drawn ? this.place.firstElementChild : null;
  }

  /** Pixels for each unit of the drawing. */
  get scale() {
    return this.drawn.scale * this.zoom;
  }

  /** The visible part of the drawing, in its units. */
  get view() {
    const [w, h] = [this.drawn.width / this.scale, this.drawn.height / this.scale];
    return { x: this.centre.x - w / 2, y: this.centre.y - h / 2, w, h };
  }

  /** Show the part around the centre; move the centre so that the part is inside the drawing if it can be. */
  look() {
    const { x, y, w, h, width, height } = this.drawn;
    const { scale, svg } = this;
    this.centre.x = within(this.centre.x, x, w, width / scale);
    this.centre.y = within(this.centre.y, y, h, height / scale);
    // Moving the drawing costs nothing; resizing it makes the browser lay out each of its texts.
    if (this.sized !== scale) {
      svg.setAttribute("width", w * scale);
      svg.setAttribute("height", h * scale);
      this.sized = scale;
    }
    svg.style.transform = `translate(${(x - this.view.x) * scale}px, ${(y - this.view.y) * scale}px)`;
    this.culling.keep(this.zoom > 1 ? this.view : null);
    this.place.classList.toggle("viz-zoomed", this.zoom > 1);
  }

  /** Zoom in or out around the point at `px`, `py`, in pixels of the place. */
  zoomBy(factor, px = this.place.clientWidth / 2, py = this.place.clientHeight / 2) {
    if (!this.drawn) return;
    this.asOpened = false;
    const [dx, dy] = [px - this.drawn.width / 2, py - this.drawn.height / 2];
    const before = this.scale;
    this.zoom = Math.min(Math.max(this.zoom * factor, 1), Math.max(1, LARGEST / this.drawn.scale));
    this.centre.x += dx / before - dx / this.scale;
    this.centre.y += dy / before - dy / this.scale;
    this.look();
  }

  whole() {
    this.asOpened = false;
    this.zoom = 1;
    if (this.drawn) this.look();
  }

  onWheel(event) {
    // If the drawing cannot get smaller, the wheel scrolls the page. Inside another page it zooms only with Ctrl
    // (so does a pinch on a touchpad): otherwise it would catch everyone who scrolls past.
    if (!this.drawn || (event.deltaY > 0 && this.zoom <= 1) || (FRAMED && !event.ctrlKey)) return;
    event.preventDefault();
    const box = this.place.getBoundingClientRect();
    this.zoomBy(STEP ** (-event.deltaY / 100), event.clientX - box.left, event.clientY - box.top);
  }

  onDown(down) {
    if (!this.drawn || down.button !== 0) return;
    const box = down.target.closest(".viz-node");
    let moved = false;
    let last = down;
    const ended = new AbortController();
    const { signal } = ended;
    const move = (event) => {
      moved ||= Math.hypot(event.clientX - down.clientX, event.clientY - down.clientY) > SLACK;
      if (!moved) return;
      this.asOpened = false;
      this.centre.x -= (event.clientX - last.clientX) / this.scale;
      this.centre.y -= (event.clientY - last.clientY) / this.scale;
      last = event;
      this.look();
    };
    const up = () => {
      ended.abort();
      if (!moved && box) this.choose(box);
    };
    window.addEventListener("pointermove", move, { signal });
    window.addEventListener("pointerup", up, { signal });
    window.addEventListener("pointercancel", () => ended.abort(), { signal });
  }

  onKey(event) {
    const box = event.target.closest?.(".viz-node");
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    if (!box) return;
    if (event.key === "Enter" || event.key === " ") this.choose(box);
    else if (event.key === "Escape") this.select(null);
    else if (event.key.startsWith("Arrow"))
      this.walk(neighbour(box, this.boxes.values(), event.key, this.linked(box)));
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** Focus a box; it has to be in view first. */
  walk(box) {
    this.keepInView(box);
    box?.focus({ preventScroll: true });
  }

  /** The boxes at the other ends of the links of a box. */
  linked(box) {
    const name = box.dataset.box;
    const ends = this.drawing.links.filter(({ tail, head }) => tail === name || head === name);
    return new Set(ends.map(({ tail, head }) => this.boxes.get(tail === name ? head : tail)));
  }

  /** Open a folded box if that is possible; otherwise select the node of the box. */
  choose(box) {
    if (!this.callbacks.selected) return;
    const { node, inside } = this.dataOf(box);
    if (!inside || !this.callbacks.opened(node)) this.select(node, box);
  }

  /** Select a node, or none for null; selecting the selected node deselects it. */
  select(node, box = null) {
    this.node = node === this.node ? null : node;
    this.markSelected(box);
    this.callbacks.selected(this.node);
  }

  /** Mark the box of the selected node, and make it the one that Tab reaches. */
  markSelected(box = null) {
    const all = [...this.boxes.values()];
    // If nothing can be selected, a box is not a button.
    if (!this.callbacks.selected) return all.forEach((one) => one.setAttribute("role", "img"));
    const chosen = new Set(this.boxesOf(({ node }) => node === this.node));
    for (const one of all) {
      one.setAttribute("aria-pressed", chosen.has(one));
      one.setAttribute("tabindex", -1);
    }
    const stop = box ?? [...chosen][0] ?? all[0];
    stop?.setAttribute("tabindex", 0);
    return undefined;
  }

  /** The elements of the boxes whose data meets a condition. */
  boxesOf(condition) {
    return this.drawing?.boxes.filter(condition).map(({ id }) => this.boxes.get(id)) ?? [];
  }

  /** Bring a node that is at work now into view. */
  follow() {
    if (!this.drawn || this.zoom <= 1) return;
    const now = this.place.querySelector('.viz-node[data-state~="now"], .viz-cell[data-state~="now"]');
    this.keepInView(now?.closest(".viz-node"));
  }

  /** Bring a box into view if it is out of view. */
  keepInView(box) {
    if (!box || !this.drawn || this.zoom <= 1) return;
    const { left, right, top, bottom } = extent(box);
    const { x, y, w, h } = this.view;
    if (left >= x && right <= x + w && top >= y && bottom <= y + h) return;
    Object.assign(this.centre, middle(box));
    this.look();
  }

  /** Whether some boxes are folded. */
  get isFolded() {
    return this.drawing?.boxes.some(({ inside }) => inside) ?? false;
  }

  /** Whether backward has visited any node by now. */
  get hasGradients() {
    return this.place.querySelector('.viz-node[data-state~="done"]') !== null;
  }

  /** The box of a node, or the folded box that it is in; null if this level has none. */
  box(node) {
    return this.boxesOf((box) => box.node === node || box.inside?.includes(node))[0] ?? null;
  }

  /** Set the accessible names of the boxes for a state of the tape, in the words of viz/writing/stage_words.py. */
  describe(state, words) {
    const { boxes } = this.drawing ?? { boxes: [] };
    const labels = boxLabels(boxes, state, words);
    boxes.forEach(({ id }, at) => this.boxes.get(id).setAttribute("aria-label", labels[at]));
  }

  /**
   * The sentence about one node in a step; null if this level has no box for it.
   * @param {Record<string, (string[] | null)[]>} said by level, a template for each step
   * @param {number} step
   */
  sentence(node, said, step, texts) {
    const box = this.box(node);
    if (!box) return null;
    const template = said[this.level][step];
    return this.dataOf(box).folded ?? (template && fill(template, (slot) => texts.get(slot) ?? ""));
  }

  /**
   * Move the gradients of a node along its edges, and write the sum that it received above its box, if there is
   * one.
   */
  send(node, sum) {
    const leaving = this.drawing?.links.filter((link) => link.node === node) ?? [];
    this.animation.run(leaving.map(({ id }) => this.lines.get(id)));
    if (sum) this.add(node, sum);
  }

  /** Write a sum above the box of a node, until the next step: `3 + 5 = 8`. */
  add(node, text) {
    const box = this.box(node);
    if (!box || this.dataOf(box).inside || text.length > LONGEST_SUM) return;
    const { width } = box.querySelector(".viz-outline").getBBox();
    const sum = svgElement("text", { class: "viz-sum", x: width / 2, y: -4, "text-anchor": "middle" });
    sum.textContent = text;
    box.append(sum);
  }

  /** End the step: stop what moves, and remove the sum. */
  settle() {
    this.animation.stop();
    for (const sum of this.place.querySelectorAll(".viz-sum")) sum.remove();
  }
}
