/** The code: each line with its number, its text, and beside it the values of its last execution. */

import { lines } from "../labels.js";
import { lineSlot } from "../slots.js";
import { button, element } from "./element.js";

export class CodeView {
  /**
   * @param {HTMLElement} place
   * @param {(line: number) => void} chosen called with the number of a clicked line
   */
  constructor(place, chosen) {
    this.place = place;
    this.chosen = chosen;
    this.rows = new Map();
    this.current = null;
    this.places = new Map();
    this.scrolled = 0;
    new ResizeObserver(() => this.places.clear()).observe(place);
    place.addEventListener("scroll", () => (this.scrolled = place.scrollTop), { passive: true });
  }

  /**
   * Draw the program: `code` is a list of lines, each a list of [class, text]; `folds` maps lines to hidden ends.
   * @returns {boolean} false if the rows stayed, and at most their text changed
   */
  draw({ code, folds, runs, loop }) {
    const frame = JSON.stringify([code.length, folds, runs, loop]);
    const same = frame === this.frame;
    this.frame = frame;
    if (same) this.change(code);
    else this.drawRows(code, folds, runs, loop);
    this.code = code;
    return !same;
  }

  /** Set the text of the lines that changed. */
  change(code) {
    this.places.clear();
    for (const [line, row] of this.rows) {
      const parts = code[line - 1];
      const folded = row.title || JSON.stringify(parts) === JSON.stringify(this.code[line - 1]);
      if (!folded) this.fill(row, parts);
    }
  }

  drawRows(code, folds, runs, loop) {
    this.rows.clear();
    this.places.clear();
    this.current = null;
    const fold = new Map(folds.map(([first, last, text]) => [first, { last, text }]));
    const rows = [];
    for (let line = 1; line <= code.length; line += 1) {
      const folded = fold.get(line);
      const row = this.row(line, folded ? [["", folded.text]] : code[line - 1], runs.includes(line));
      if (folded) row.title = lines(line, folded.last);
      rows.push(row);
      for (let hidden = line; hidden <= (folded?.last ?? line); hidden += 1) this.rows.set(hidden, row);
      if (folded) line = folded.last;
    }
    this.place.replaceChildren(...rows);
    // The loop is stepped through most, so it is in view from the start: its end rather than its beginning.
    const end = loop && this.rows.get(loop[1]);
    if (end) this.place.scrollTop = end.offsetTop + end.offsetHeight * 2 - this.place.clientHeight;
    this.scrolled = this.place.scrollTop;
  }

  row(line, parts, runs) {
    const row = button("viz-line-row");
    row.dataset.line = line;
    // Only lines that run can be clicked. Tab does not stop at them, as the arrow keys step.
    row.tabIndex = -1;
    row.disabled = !runs;
    const number = element("span", "viz-line-number", String(line));
    const text = element("code", "viz-line-text");
    const beside = element("span", "viz-beside");
    beside.dataset.slot = lineSlot(line);
    beside.dataset.whole = "";
    row.dataset.mark = lineSlot(line);
    row.append(number, text, beside);
    this.fill(row, parts);
    row.addEventListener("click", () => this.chosen(line));
    return row;
  }

  /** Set the text of a line and its width in characters, which limits the value beside it. */
  fill(row, parts) {
    const text = row.querySelector(".viz-line-text");
    text.replaceChildren(...spans(parts));
    row.style.setProperty("--viz-wide", text.textContent.length);
  }

  /** Mark the line that was executed last, and scroll only if it is out of view. */
  point(line) {
    const row = this.rows.get(line);
    if (row === this.current) return;
    this.current?.removeAttribute("aria-current");
    this.current = row ?? null;
    if (!row) return;
    row.setAttribute("aria-current", "step");
    this.bring(row);
  }

  /** Bring a line into view, or else the current one; to be called when the size of the place changed. */
  reveal(line) {
    this.places.clear();
    const row = this.rows.get(line) ?? this.current;
    if (row) this.bring(row);
  }

  bring(row) {
    const { top, height, room } = this.measure(row);
    const { scrolled } = this;
    if (top < scrolled + height || top + 2 * height > scrolled + room) {
      this.place.scrollTop = Math.max(0, top - room * 0.6);
    }
  }

  /** Highlight a span of the source, `{line, column, endLine, endColumn}`; null removes the highlight. */
  highlight(span) {
    if (!CSS.highlights) return;
    CSS.highlights.delete("viz-source");
    const from = span && this.position(span.line, span.column);
    const to = span && this.position(span.endLine, span.endColumn);
    if (!from || !to) return;
    const range = new Range();
    range.setStart(...from);
    range.setEnd(...to);
    CSS.highlights.set("viz-source", new Highlight(range));
  }

  /** The text node of a column of a line, and the offset in it. */
  position(line, column) {
    const text = this.rows.get(line)?.querySelector(".viz-line-text");
    if (!text) return null;
    const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
    let left = column;
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (left <= node.length) return [node, left];
      left -= node.length;
    }
    return null;
  }

  /**
   * Where a row is. It is cached, as reading it while numbers change would force the browser to lay out the page.
   */
  measure(row) {
    let place = this.places.get(row);
    if (!place) {
      place = { top: row.offsetTop, height: row.offsetHeight, room: this.place.clientHeight };
      this.places.set(row, place);
    }
    return place;
  }
}

function spans(parts) {
  return parts.map(([name, part]) => (name ? element("span", `viz-${name}`, part) : part));
}
