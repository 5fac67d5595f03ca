/** The stage as a Streamlit component: the first chunk comes as bytes, the rest is fetched. */

import { AddressBar, read } from "./page/address-bar.js";
import { read as readChunk, TapeLoader, TOO_MUCH } from "./playback/tape-loader.js";
import { CopyLink } from "./page/copy-link.js";
import { followLineLinks } from "./page/line-links.js";
import { ProgramStore } from "./page/program-store.js";
import { element } from "./views/element.js";
import { setSentence } from "./views/inline-code.js";
import { Stage } from "./stage.js";
import { HistoryQueue } from "./page/history-queue.js";

const SHEETS = ["stage.css", "own-file.css", "download-menu.css"];
await Promise.all(SHEETS.map((name) => style(new URL(name, import.meta.url).href)));

/** Attributes in which Streamlit says whether it has a server, and whether that is running the page. */
const CONNECTION = "data-test-connection-state";
const SCRIPT = "data-test-script-state";

const decoder = new TextDecoder();
const stages = new WeakMap();
/** The state of a stage that Streamlit took off the page; the next stage continues with it. */
let left = null;
/** The stage on the page, and the function that sends the server a value, so that it runs the page again. */
let present = null;
let say = null;
/** What represents the last program that arrived in the address. */
let last = null;
const addressBar = new AddressBar(
  () => present?.moment ?? null,
  () => historyQueue.under,
);
const programs = new ProgramStore(storage());

addEventListener("popstate", ({ isTrusted }) => {
  if (!present || !isTrusted) return;
  addressBar.led();
  const known = !present.open(read());
  forget();
  historyQueue.leads(!known);
});

const app = document.querySelector(`[${CONNECTION}]`);
const historyQueue = new HistoryQueue(
  () => runs(),
  // After `forget`, so that Streamlit sends no old query.
  () => setTimeout(() => went(read().link)),
  () => {
    if (last === read().link) addressBar.follow();
    else addressBar.release();
  },
);

/** Send the server where the history led; a program that is too long for the address has to be handed to it. */
function went(link) {
  if (ProgramStore.means(link)) hand(link);
  else rerun("went");
}

/** Make the server run the page again, for a reason. */
function rerun(reason) {
  say(reason, Date.now());
}

/** Hand the server a program that this tab stored. */
function hand(link) {
  say("kept", { text: programs.find(link), at: Date.now() });
}

/** The storage of this tab; null if the browser has none for a page in a frame. */
function storage() {
  try {
    return sessionStorage;
  } catch {
    return null;
  }
}

/**
 * Make Streamlit forget the query that the history led to: it would send that query with every run from now on,
 * whatever the address says later. It does so by a step to an address without a query.
 */
function forget() {
  const here = location.href;
  history.replaceState(history.state, "", location.pathname);
  dispatchEvent(new PopStateEvent("popstate"));
  history.replaceState(history.state, "", here);
}

/** After input in the side bar, milliseconds without fetching ahead: the program is about to be replaced. */
const PAUSE = 500;
let touched = -Infinity;
for (const kind of ["input", "keydown", "pointerdown"]) {
  const note = ({ target }) => {
    if (target.closest?.('[data-testid="stSidebar"]')) touched = performance.now();
  };
  document.addEventListener(kind, note, { capture: true, passive: true });
}
const busy = () => touched + PAUSE - performance.now();

/** Whether Streamlit runs the page, or is about to. */
const runs = () => app !== null && app.getAttribute(SCRIPT) !== "notRunning";

/** The server does not have the tape (any more). If the page is running, it brings the tape: do not stop that. */
function missing() {
  if (!runs()) rerun("lost");
}

/**
 * A new connection may lead to another server, which has to know the session before anything is asked of it.
 * Values set without a connection go with the first message. That way the server gets a program that is too long
 * for the address at once; otherwise it would have to ask for it, and take every field off the page meanwhile.
 * Without a connection, Streamlit disables the fields: the one in use loses the focus, and React does not notice.
 * React gets that event once there is a server, so that the field passes its number on.
 */
function watchConnection() {
  let lost = false;
  let unheard = [];
  document.addEventListener("focusout", ({ target }) => target.disabled && unheard.push(target), {
    capture: true,
  });
  new MutationObserver(() => {
    const connected = app.getAttribute(CONNECTION) === "CONNECTED";
    if (connected && lost) {
      if (present) rerun("lost");
      for (const field of unheard) field.dispatchEvent(new FocusEvent("focusout", { bubbles: true }));
      unheard = [];
    } else if (!connected && !lost && present && ProgramStore.means(last) && last === read().link) hand(last);
    lost = !connected;
  }).observe(app, { attributes: true, attributeFilter: [CONNECTION] });
}

if (app) {
  followLineLinks();
  watchConnection();
  new MutationObserver(() => historyQueue.changed()).observe(app, { attributes: true, attributeFilter: [SCRIPT] });
}

/** Streamlit calls this for every change of the data or the theme, with the same parent element. */
export function show({ data, parentElement, setStateValue }) {
  let stage = stages.get(parentElement);
  if (!stage) {
    const refused = (sentence) => stage.transport.tell(sentence);
    const loader = new TapeLoader(new URL("../tape/", import.meta.url), missing, refused, busy);
    const plotly = new URL("plotly.js", import.meta.url).href;
    const downloads = new URL("../take/", import.meta.url);
    const copy = () => link.copy();
    const moved = () => addressBar.follow();
    stage = new Stage(parentElement, {
      plotly,
      loader,
      ask,
      cells,
      check,
      downloads,
      draw,
      moved,
      copy,
      again: () => rerun("again"),
      opening: read(),
    });
    const link = new CopyLink(
      stage.root.querySelector(".viz-link"),
      () => ({ link: addressBar.link(), unlinked: stage.tape.unlinked }),
      (sentence) => stage.transport.tell(sentence),
    );
    stages.set(parentElement, stage);
    present = stage;
    say = setStateValue;
    document.body.classList.add("viz-page");
    document.body.classList.toggle("viz-embedded", new URL(location.href).searchParams.get("embed") === "true");
    makeRoom(stage.root);
    if (left) stage.adopt(left);
    left = null;
  }
  followTheme(stage, parentElement);
  if (stage.lastData !== data) {
    stage.lastData = data;
    take(stage, readChunk(decoder.decode(data)));
  }
  return () => {
    left = stage.held;
    stages.delete(parentElement);
    if (present === stage) present = null;
    stage.destroy();
  };
}

/** Take what the server sent: the first chunk of a program, or a request for one that this tab may have stored. */
function take(stage, said) {
  stage.root.hidden = Boolean(said.asks) && !stage.tape;
  if (said.asks) {
    setTimeout(() => hand(said.asks));
    return;
  }
  last = said.link;
  addressBar.came(last);
  setSentence(stage.root.querySelector(".viz-notice"), said.notice ?? "");
  stage.receive(said);
  if (said.kept) programs.keep(said.link, said.kept);
}

/** Ask the server about a tape; promises `{problem}` if it refuses for now, null if it does not answer. */
async function question(what, tape, query) {
  const address = new URL(`../${what}/${tape}`, import.meta.url);
  address.search = new URLSearchParams(query);
  const answer = await fetch(address).catch(() => null);
  if (answer?.status === TOO_MUCH) return { problem: await answer.text() };
  return answer?.ok ? answer.json() : null;
}

const ask = (tape, query) => question("node", tape, query);
const check = (tape, query) => question("check", tape, query);
const cells = (tape, query) => question("tensor", tape, query);
const draw = (tape, query) => question("picture", tape, query);

/** Follow Streamlit's theme: its background colour says whether that is light or dark. */
function followTheme(stage, parent) {
  const colour = getComputedStyle(parent).getPropertyValue("--st-background-color");
  if (stage.background === colour) return;
  stage.background = colour;
  const [red, green, blue] = rgb(colour, parent);
  const theme = 0.299 * red + 0.587 * green + 0.114 * blue < 128 ? "dark" : "light";
  if (stage.root.dataset.theme === theme) return;
  const first = !stage.root.dataset.theme;
  stage.root.dataset.theme = theme;
  if (!first) stage.restyle();
}

/** A CSS colour of any notation as red, green and blue, 0 to 255. */
function rgb(colour, parent) {
  const probe = element("span");
  probe.style.color = colour.trim() || "white";
  parent.append(probe);
  const numbers = getComputedStyle(probe)
    .color.match(/[\d.]+/g)
    ?.map(Number) ?? [255, 255, 255];
  probe.remove();
  return numbers;
}

/** Add a style sheet to the page and wait for it, so that nothing is shown without its styles. */
function style(href) {
  return new Promise((resolve) => {
    const link = element("link");
    link.rel = "stylesheet";
    link.href = href;
    link.onload = link.onerror = resolve;
    document.head.append(link);
  });
}

/** Make room for Streamlit's button that opens a closed side bar, at the start of the first row. */
function makeRoom(root) {
  const look = () => {
    root.classList.toggle("viz-alone", document.querySelector('[data-testid="stExpandSidebarButton"]') !== null);
  };
  new ResizeObserver(look).observe(root);
}
