/** Taking it away: the picture as it stands is made here, the rest by the server, where there is one. */

import { button, element } from "./element.js";
import { standaloneSvg, toPng } from "./svg-export.js";
import { setSentence } from "./inline-code.js";

/** Iterations of an offline page, where nobody says how many; and the most. */
const PAGE = 20;
const MOST = 1000;

/** What the server makes: its rows in the menu, each with the kind in the address, the link's words and its title. */
const ROWS = [
  ["Program", [["program", "Python", "The program as a file that Python runs"]]],
  ["Graph", [["graph", "DOT", "The graph at this moment, for Graphviz"]]],
  ["Whole run", [["numbers", "CSV", "Every parameter, every .grad and the loss, iteration by iteration"]]],
  [
    "Offline page",
    [
      ["page", "HTML", "One file that plays these iterations without Python and without the internet"],
      ["page-with-charts", "with charts", "The same with the charts; about 5 MB"],
    ],
  ],
];

export class DownloadMenu {
  /**
   * @param {HTMLDetailsElement} place
   * @param {URL | undefined} base what the server makes is below it; without one the menu has the picture only
   * @param {GraphView} graph
   * @param {() => {tape: string, iteration: number, statement: number}} moment what is on the stage now
   */
  constructor(place, base, graph, moment) {
    Object.assign(this, { place, base, graph, moment });
    this.links = [];
    const list = element("div", "viz-take-list");
    list.append(this.row("Picture", [this.button("SVG", () => this.saveSvg()), this.button("PNG", () => this.savePng())]));
    if (base) list.append(...ROWS.map(([label, links]) => this.row(label, links.map((link) => this.link(...link)))));
    this.note = element("p", "viz-take-note");
    this.note.setAttribute("role", "status");
    list.append(this.note);
    place.append(element("summary", "viz-tool", "Take away"), list);
    place.addEventListener("toggle", () => this.toggled());
    // Heard from the start: a menu tells a little later that it was opened, and Escape may come before.
    place.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !place.open) return;
      event.stopPropagation();
      place.open = false;
      place.querySelector("summary").focus();
    });
  }

  row(label, parts) {
    const made = element("div", "viz-take-row");
    made.setAttribute("role", "group");
    made.setAttribute("aria-label", label);
    for (const part of parts) part.setAttribute("aria-label", `${label}: ${part.textContent}`);
    made.append(element("span", "viz-take-label", label), ...parts);
    if (label === "Offline page") made.append(this.count());
    return made;
  }

  button(text, pressed) {
    const made = button("viz-tool", text);
    made.title = `The picture as it stands, as ${text}`;
    made.addEventListener("click", () => {
      this.note.textContent = "";
      pressed().catch((error) => (this.note.textContent = `The picture could not be made: ${error.message}.`));
    });
    return made;
  }

  link(kind, text, title) {
    const made = element("a", "viz-tool", text);
    Object.assign(made, { title, download: "" });
    made.dataset.kind = kind;
    made.addEventListener("click", (event) => {
      event.preventDefault();
      this.address(); // the cursor may have moved since the menu was opened
      this.take(made.href).catch(() => (this.note.textContent = "The server gave no answer; try again."));
    });
    this.links.push(made);
    return made;
  }

  /** Save what the server makes, or show the sentence that it has instead: a link alone would show neither. */
  async take(address) {
    this.note.textContent = "";
    const answer = await fetch(address);
    const [, file] = answer.headers.get("Content-Disposition")?.match(/filename="([^"]+)"/) ?? [];
    if (answer.ok && file) save(await answer.blob(), file);
    else setSentence(this.note, await answer.text());
  }

  /** How many iterations an offline page has. */
  count() {
    const label = element("label", "viz-take-count");
    this.iterations = element("input");
    Object.assign(this.iterations, { type: "number", min: 1, max: MOST, step: 1, value: PAGE });
    this.iterations.addEventListener("input", () => this.address());
    label.append(this.iterations, " iterations");
    return label;
  }

  /** Have the links lead to what is on the stage now. */
  address() {
    const { tape, iteration, statement } = this.moment();
    const asked = Math.round(this.iterations?.valueAsNumber || PAGE);
    const page = { to: Math.min(Math.max(asked, 1), MOST) };
    const queries = { graph: { iteration, statement }, numbers: { to: MOST }, page, "page-with-charts": page };
    for (const link of this.links) {
      const address = new URL(`${tape}/${link.dataset.kind}`, this.base);
      address.search = new URLSearchParams(queries[link.dataset.kind] ?? {});
      link.href = address;
    }
  }

  /** An open menu closes with Escape, and with a press beside it. */
  toggled() {
    this.open?.abort();
    this.note.textContent = "";
    if (!this.place.open) return;
    this.address();
    this.open = new AbortController();
    const beside = ({ target }) => {
      if (!this.place.contains(target)) this.place.open = false;
    };
    document.addEventListener("pointerdown", beside, { signal: this.open.signal });
  }

  /** The part of the drawing that is in sight; all of it where nothing was made larger. */
  picture() {
    const { svg, drawn, view, zoom } = this.graph;
    if (!svg) throw new Error("there is no graph here");
    return standaloneSvg(svg, zoom > 1 ? view : drawn);
  }

  async saveSvg() {
    save(new Blob([this.picture().text], { type: "image/svg+xml" }), "graph.svg");
  }

  async savePng() {
    save(await toPng(this.picture()), "graph.png");
  }
}

/** Have the browser save a file. */
function save(blob, name) {
  const link = element("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
