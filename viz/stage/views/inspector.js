/** The inspector: the server's explanation of the selected node at the cursor's moment. */

import { CHECK, CLOSE } from "../labels.js";
import { button, element } from "./element.js";
import { setSentence } from "./inline-code.js";

const MATHML = "http://www.w3.org/1998/Math/MathML";

export class Inspector {
  /**
   * @param {HTMLElement} place
   * @param {() => void} closed called when its button is pressed
   */
  constructor(place, closed) {
    this.place = place;
    this.title = element("h3", "viz-inspected");
    this.body = element("div", "viz-explanation");
    this.body.tabIndex = 0; // it scrolls, so the keyboard must reach it
    this.body.setAttribute("role", "group");
    this.body.setAttribute("aria-label", "Explanation");
    const close = button("viz-tool", CLOSE);
    close.addEventListener("click", closed);
    const header = element("header");
    header.append(this.title, close);
    place.append(header, this.body);
  }

  hide() {
    this.place.hidden = true;
  }

  /**
   * Show an answer of the server, and the check of the node's gradient if there is one; the scroll position stays.
   */
  show({ title, sections }, check) {
    const { scrollTop } = this.body;
    this.place.hidden = false;
    setSentence(this.title, title);
    const checked = check ? [{ heading: CHECK.heading, blocks: [{ text: check.text }] }] : [];
    this.body.replaceChildren(...[...checked, ...sections].map(section));
    this.body.scrollTop = scrollTop;
  }

  fail(sentence) {
    this.place.hidden = false;
    this.body.replaceChildren(said("p", sentence));
  }
}

function section({ heading, blocks }) {
  const made = element("section");
  made.append(said("h4", heading), ...blocks.map(block));
  return made;
}

function block({ text, math, table }) {
  if (math !== undefined) return formula(math);
  if (table !== undefined) return tableOf(table);
  return said("p", text);
}

/** A formula, made of MathML elements only. */
function formula(text) {
  const box = element("div", "viz-formula");
  const parsed = new DOMParser().parseFromString(text, "application/xml").documentElement;
  const pure = [parsed, ...parsed.querySelectorAll("*")].every((one) => one.namespaceURI === MATHML);
  box.append(pure ? document.importNode(parsed, true) : text);
  return box;
}

function tableOf({ head, rows }) {
  const table = element("table");
  const top = table.createTHead().insertRow();
  for (const name of head) top.append(said("th", name));
  const body = table.createTBody();
  for (const row of rows) {
    const line = body.insertRow();
    for (const cell of row) line.append(said("td", cell));
  }
  const frame = element("div", "viz-table");
  frame.append(table);
  return frame;
}

/** An element with a sentence of the server. */
function said(tag, text) {
  const made = element(tag);
  setSentence(made, text);
  return made;
}
