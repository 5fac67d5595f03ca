/** The graph: one picture per topology and level, drawn by Graphviz on the server; zoom, pan, and the selected node. */

import { Flow } from "./edge-animation.js";
import { say } from "./inline-code.js";
import { Sight } from "./viewport-culling.js";
import { describe, flows, sentenceOf } from "./box-names.js";

const LARGEST_FIT = 1.7;
const LARGEST = 4;
/** Pixels to a unit of the drawing below which nobody can read it; a graph that large is shown in part, at READABLE. */
const TINY = 0.5;
const READABLE = 0.8;
const STEP = 1.25;
/** Letters of a sum that still has room above a box; a longer one is in the sentence only. */
const LONGEST_SUM = 48;
/** Pixels that a pointer moves before it pans, and does not click. */
const SLACK = 4;
/** Whether the page is shown inside another one. */
const FRAMED = globalThis.parent !== globalThis.self;

export class GraphView {
  /**
   * @param {HTMLElement} place
   * @param {{redrawn: () => void, selected: ((node: number | null) => void) | null, opened: (node: number) => boolean,
   *   pointed: (node: number | null, box: Element | null) => void}} told who is told that another drawing was put in
   *   (its slots are empty then), that a node was selected (null: none can be), or pointed at; and that a folded box
   *   is to be opened, which answers whether that can be
   * @param {string} [name] what the drawing is called
   */
  constructor(place, told, name = "The autograd graph") {
    this.place = place;
    this.told = told;
    this.name = name;
    this.picture = undefined;
    this.level = "autograd";
    this.drawn = null;
    this.zoom = 1;
    this.node = null;
    this.flow = new Flow();
    new ResizeObserver(() => this.fit()).observe(place);
    place.addEventListener("wheel", (event) => this.onWheel(event), { passive: false });
    place.addEventListener("pointerdown", (event) => this.onDown(event));
    place.addEventListener("keydown", (event) => this.onKey(event));
    place.addEventListener("focusin", ({ target }) => this.keepInView(target.closest(".viz-node")));
    for (const [event, at] of [["pointerover", true], ["focusin", true], ["pointerout", false], ["focusout", false]]) {
      place.addEventListener(event, ({ target }) => {
        const box = at ? target.closest(".viz-node") : null;
        this.told.pointed(box ? Number(box.dataset.node) : null, box);
      });
    }
  }

  /** Show a picture (level -> direction -> SVG); null where there is none, and then `reason` says why. */
  show(picture, reason) {
    if (picture === this.picture) return;
    const same = picture && this.picture && picture.autograd.LR === this.picture.autograd.LR;
    this.picture = picture;
    if (same) return;
    this.drawn = null;
    if (picture) return this.fit();
    this.place.replaceChildren();
    const note = document.createElement("p");
    note.className = "viz-note";
    say(note, reason || "No operation on a tensor that needs a gradient yet: there is no graph.");
    this.place.append(note);
  }

  setLevel(level) {
    this.level = level;
    this.drawn = null;
    this.fit();
  }

  /** Put in the drawing that is largest in this place, and show the part of it that is looked at. */
  fit() {
    if (!this.picture) return;
    const { clientWidth: width, clientHeight: height } = this.place;
    if (!width || !height) return;
    let best = null;
    for (const svg of Object.values(this.picture[this.level])) {
      const [x, y, w, h] = viewBox(svg);
      const scale = Math.min(width / w, height / h, LARGEST_FIT);
      // Left to right, the first, reads like the code; top to bottom has to be clearly larger to be worth it.
      const worth = best ? scale : scale * 1.08;
      if (!best || worth > best.worth) best = { svg, scale, worth, x, y, w, h };
    }
    if (best.svg !== this.drawn?.svg) {
      this.drawn = best;
      this.centre = { x: best.x + best.w / 2, y: best.y + best.h / 2 };
      this.zoom = best.scale < TINY ? READABLE / best.scale : 1;
      this.place.innerHTML = best.svg;
      this.svg.setAttribute("aria-label", this.name);
      this.sized = null;
      this.sight = new Sight(this.svg);
      this.picked();
      this.told.redrawn();
    }
    Object.assign(this.drawn, best, { width, height });
    this.look();
  }

  get svg() {
    return this.drawn ? this.place.firstElementChild : null;
  }

  /** Pixels to a unit of the drawing. */
  get scale() {
    return this.drawn.scale * this.zoom;
  }

  /** What of the drawing is in sight, in its units; around what was asked for, and inside the drawing where it can. */
  get view() {
    const [w, h] = [this.drawn.width / this.scale, this.drawn.height / this.scale];
    return { x: this.centre.x - w / 2, y: this.centre.y - h / 2, w, h };
  }

  /** Show what lies around the centre, which stays inside the drawing. */
  look() {
    const { x, y, w, h, width, height } = this.drawn;
    const { scale, svg } = this;
    this.centre.x = within(this.centre.x, x, w, width / scale);
    this.centre.y = within(this.centre.y, y, h, height / scale);
    // To move the drawing costs nothing; to give it another size has the browser lay out each of its texts.
    if (this.sized !== scale) {
      svg.setAttribute("width", w * scale);
      svg.setAttribute("height", h * scale);
      this.sized = scale;
    }
    svg.style.transform = `translate(${(x - this.view.x) * scale}px, ${(y - this.view.y) * scale}px)`;
    this.sight.keep(this.zoom > 1 ? this.view : null);
    this.place.classList.toggle("viz-zoomed", this.zoom > 1);
  }

  /** Make it larger or smaller, the point at `px`, `py` (pixels in the place) staying where it is. */
  zoomBy(factor, px = this.place.clientWidth / 2, py = this.place.clientHeight / 2) {
    if (!this.drawn) return;
    const [dx, dy] = [px - this.drawn.width / 2, py - this.drawn.height / 2];
    const before = this.scale;
    this.zoom = Math.min(Math.max(this.zoom * factor, 1), Math.max(1, LARGEST / this.drawn.scale));
    this.centre.x += dx / before - dx / this.scale;
    this.centre.y += dy / before - dy / this.scale;
    this.look();
  }

  whole() {
    this.zoom = 1;
    if (this.drawn) this.look();
  }

  onWheel(event) {
    // Where there is nothing to make smaller the wheel scrolls the page, as it does elsewhere. In a frame of somebody's
    // page it always does, as whoever scrolls past would be caught: there it zooms with Ctrl, as a pinch on a touchpad.
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
    else if (event.key.startsWith("Arrow")) this.walk(this.neighbour(box, event.key));
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** Go to a box; one that lies far away has to be in sight before it can have the focus. */
  walk(box) {
    this.keepInView(box);
    box?.focus({ preventScroll: true });
  }

  /** The node that an arrow key leads to: along an edge where one goes that way, else the nearest on that side. */
  neighbour(box, key) {
    const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
    const name = box.dataset.box;
    const linked = new Set();
    for (const { dataset } of this.place.querySelectorAll(".viz-edge")) {
      if (dataset.tail === name) linked.add(dataset.head);
      if (dataset.head === name) linked.add(dataset.tail);
    }
    const here = middle(box);
    let best = null;
    for (const other of this.place.querySelectorAll(".viz-node")) {
      const there = middle(other);
      const [across, down] = [there.x - here.x, there.y - here.y];
      const along = across * dx + down * dy;
      if (along <= 1) continue;
      const aside = Math.abs(across * dy) + Math.abs(down * dx);
      const cost = along + 2 * aside + (linked.has(other.dataset.box) ? 0 : 1e4);
      if (!best || cost < best.cost) best = { other, cost };
    }
    return best?.other ?? null;
  }

  /** Open a folded box where that can be; select what any other stands for. */
  choose(box) {
    if (!this.told.selected) return;
    const node = Number(box.dataset.node);
    if (!box.dataset.inside || !this.told.opened(node)) this.select(node, box);
  }

  /** Select a node, or none; the one that is selected already is let go. */
  select(node, box = null) {
    this.node = node === this.node ? null : node;
    this.picked(box);
    this.told.selected(this.node);
  }

  /** Mark the selected node, and make it the one that Tab comes to. */
  picked(box = null) {
    const all = [...this.place.querySelectorAll(".viz-node")];
    // Where nothing can be selected, a box is no button.
    if (!this.told.selected) return all.forEach((one) => one.setAttribute("role", "img"));
    for (const one of all) {
      one.setAttribute("aria-pressed", this.node !== null && Number(one.dataset.node) === this.node);
      one.setAttribute("tabindex", -1);
    }
    const stop = box ?? all.find((one) => Number(one.dataset.node) === this.node) ?? all[0];
    stop?.setAttribute("tabindex", 0);
    return undefined;
  }

  /** Bring the nodes that are at work now into view; at the end of an iteration that is the last one built. */
  follow() {
    if (!this.drawn || this.zoom <= 1) return;
    const now = this.place.querySelector('.viz-node[data-state~="now"], .viz-cell[data-state~="now"]');
    this.keepInView(now?.closest(".viz-node"));
  }

  /** Bring a node into view, if it is out of it. */
  keepInView(box) {
    if (!box || !this.drawn || this.zoom <= 1) return;
    const { x, y } = middle(box);
    const { w, h } = this.view;
    const hidden = (at, centre, shown) => Math.abs(at - centre) > shown * 0.4;
    if (!hidden(x, this.centre.x, w) && !hidden(y, this.centre.y, h)) return;
    Object.assign(this.centre, { x, y });
    this.look();
  }

  /** Whether some of its boxes stand for several Nodes. */
  get isFolded() {
    return this.place.querySelector(".viz-node.folded") !== null;
  }

  /** Whether backward went through any node by now. */
  get hasGradients() {
    return this.place.querySelector('.viz-node[data-state~="done"]') !== null;
  }

  /** The box of a node, or the folded one that it is in; null where this level has none. */
  box(node) {
    return this.place.querySelector(`.viz-node[data-node="${node}"], .viz-node[data-inside~="${node}"]`);
  }

  /** Say in words what each box shows: for whoever does not see it. */
  describe() {
    describe(this.place);
  }

  /** What one node does now, in words. */
  sentence(node, count) {
    return sentenceOf(this.place, this.box(node), node, count);
  }

  /** Show gradients leaving a node along its edges, and the sum of those that met in it, or with what it `had`. */
  send(node, had) {
    this.flow.run([...this.place.querySelectorAll(`.viz-edge[data-mark^="e${node}."]`)]);
    this.add(node, had);
  }

  /** Write above the box of a node what met in it: `3 + 5 = 8`; until the next step. A leaf adds to its `.grad`. */
  add(node, had) {
    const box = this.box(node);
    if (!box || box.dataset.inside) return;
    // The number in such a box is not the sum of what met here.
    if (/keeps|shared/.test(box.dataset.state)) return;
    const arrived = flows(this.place, box, "tail").map(({ said }) => said);
    if (box.classList.contains("leaf") && had && had !== "None") arrived.unshift(had);
    const total = this.place.querySelector(`[data-slot="n${node}.g"]`)?.textContent;
    if (arrived.length < 2 || !total) return;
    const sum = document.createElementNS("http://www.w3.org/2000/svg", "text");
    const { width } = box.querySelector(".viz-outline").getBBox();
    for (const [name, value] of Object.entries({ class: "viz-sum", x: width / 2, y: -4, "text-anchor": "middle" })) {
      sum.setAttribute(name, value);
    }
    sum.textContent = `${arrived.join(" + ")} = ${total}`;
    if (sum.textContent.length <= LONGEST_SUM) box.append(sum);
  }

  /** The step is over: nothing moves any more, and no sum is being made. */
  settle() {
    this.flow.stop();
    for (const sum of this.place.querySelectorAll(".viz-sum")) sum.remove();
  }
}

function middle(box) {
  const { e, f } = box.transform.baseVal.consolidate().matrix;
  const outline = box.querySelector(".viz-outline");
  return { x: e + outline.width.baseVal.value / 2, y: f + outline.height.baseVal.value / 2 };
}

/** A centre such that no more than needed of what is shown lies outside the drawing. */
function within(centre, start, size, shown) {
  if (shown >= size) return start + size / 2;
  return Math.min(Math.max(centre, start + shown / 2), start + size - shown / 2);
}

function viewBox(svg) {
  return svg.match(/viewBox="([^"]+)"/)[1].split(" ").map(Number);
}
