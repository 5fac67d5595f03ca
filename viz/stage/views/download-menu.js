/** The menu of downloads: the picture is made here, and the rest by the server if there is one. */

import { DOWNLOAD, FAILED } from "../labels.js";
import { button, element } from "./element.js";
import { standaloneSvg, toPng } from "./svg-export.js";
import { setSentence } from "./inline-code.js";

/** Iterations of an offline page by default, and at most. */
const DEFAULT = 20;
const MOST = 1000;

/** The rows of what the server makes: a label, and links with the kind in the address, the text and the title. */
const ROWS = [
  ["Program", [["program", "Python", "The program as a file that Python runs"]]],
  ["Graph", [["graph", "DOT", "The graph at this moment, for Graphviz"]]],
  ["Whole run", [["numbers", "CSV", "Every parameter, every .grad and the loss, iteration by iteration"]]],
  [
    DOWNLOAD.page,
    [
      ["page", "HTML", "One file that plays these iterations without Python and without the internet"],
      ["page-with-charts", "with charts", "The same with the charts; about 5 MB"],
    ],
  ],
];

export class DownloadMenu {
  /**
   * @param {HTMLDetailsElement} place
   * @param {URL | undefined} base the address below which the server makes files; without it the menu has the
   *   picture only
   * @param {GraphView} graph
   * @param {() => {tape: string, iteration: number, statement: number}} moment the moment on stage
   */
  constructor(place, base, graph, moment) {
    Object.assign(this, { place, base, graph, moment });
    this.links = [];
    const list = element("div", "viz-take-list");
    list.append(
      this.row(DOWNLOAD.picture, [
        this.button("SVG", () => this.saveSvg()),
        this.button("PNG", () => this.savePng()),
      ]),
    );
    if (base)
      list.append(
        ...ROWS.map(([label, links]) =>
          this.row(
            label,
            links.map((link) => this.link(...link)),
          ),
        ),
      );
    this.note = element("p", "viz-take-note");
    this.note.setAttribute("role", "status");
    list.append(this.note);
    place.append(element("summary", "viz-tool", DOWNLOAD.menu), list);
    place.addEventListener("toggle", () => this.toggled());
    // Added at once: `toggle` fires a little after the menu opens, and Escape may come before it.
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
    if (label === DOWNLOAD.page) made.append(this.count());
    return made;
  }

  button(text, pressed) {
    const made = button("viz-tool", text);
    made.title = DOWNLOAD.pictureAs(text);
    made.addEventListener("click", () => {
      this.note.textContent = "";
      pressed().catch((error) => (this.note.textContent = FAILED.picture(error.message)));
    });
    return made;
  }

  link(kind, text, title) {
    const made = element("a", "viz-tool", text);
    Object.assign(made, { title, download: "" });
    made.dataset.kind = kind;
    made.addEventListener("click", (event) => {
      event.preventDefault();
      this.address(); // the cursor may have moved since the menu opened
      this.take(made.href).catch(() => (this.note.textContent = FAILED.download));
    });
    this.links.push(made);
    return made;
  }

  /** Save the file that the server makes, or show the sentence that it sends instead. */
  async take(address) {
    this.note.textContent = "";
    const answer = await fetch(address);
    const [, file] = answer.headers.get("Content-Disposition")?.match(/filename="([^"]+)"/) ?? [];
    if (answer.ok && file) save(await answer.blob(), file);
    else setSentence(this.note, await answer.text());
  }

  /** The field for the number of iterations of an offline page. */
  count() {
    const label = element("label", "viz-take-count");
    this.iterations = element("input");
    Object.assign(this.iterations, { type: "number", min: 1, max: MOST, step: 1, value: DEFAULT });
    this.iterations.addEventListener("input", () => this.address());
    label.append(this.iterations, ` ${DOWNLOAD.iterations}`);
    return label;
  }

  /** Point the links at the moment on stage. */
  address() {
    const { tape, iteration, statement } = this.moment();
    const asked = Math.round(this.iterations?.valueAsNumber || DEFAULT);
    const page = { to: Math.min(Math.max(asked, 1), MOST) };
    const queries = { graph: { iteration, statement }, numbers: { to: MOST }, page, "page-with-charts": page };
    for (const link of this.links) {
      const address = new URL(`${tape}/${link.dataset.kind}`, this.base);
      address.search = new URLSearchParams(queries[link.dataset.kind] ?? {});
      link.href = address;
    }
  }

  /** Close an open menu on a press outside it. */
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

  /** The part of the drawing that the viewer zoomed or panned to, else all of it. */
  picture() {
    if (!this.graph.drawn) throw new Error(FAILED.graph);
    const { svg, drawn, view, zoom, asOpened } = this.graph;
    return standaloneSvg(svg, zoom > 1 && !asOpened ? view : drawn);
  }

  async saveSvg() {
    save(new Blob([this.picture().text], { type: "image/svg+xml" }), "graph.svg");
  }

  async savePng() {
    save(await toPng(this.picture()), "graph.png");
  }
}

/** Make the browser save a file. */
function save(blob, name) {
  const link = element("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
