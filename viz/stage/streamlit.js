/** The stage as a Streamlit component: what is seen first comes as bytes, the rest is fetched. */

import { AddressBar, read } from "./page/address-bar.js";
import { TapeLoader, TOO_MUCH } from "./playback/tape-loader.js";
import { CopyLink } from "./page/copy-link.js";
import { ProgramStore } from "./page/program-store.js";
import { element } from "./views/element.js";
import { Stage } from "./stage.js";
import { HistoryQueue } from "./page/history-queue.js";

await Promise.all(["stage.css", "download-menu.css"].map((name) => style(new URL(name, import.meta.url).href)));

/** Where Streamlit's page says whether it has a server, and whether that runs the page. */
const CONNECTION = "data-test-connection-state";
const SCRIPT = "data-test-script-state";

const decoder = new TextDecoder();
const stages = new WeakMap();
/** What a stage that Streamlit took off the page held: the next one goes on with it, nothing is sent twice. */
let left = null;
/** The stage that is on the page now, and what tells the server something, upon which it runs the page again. */
let present = null;
let say = null;
/** What stands in the address for the program that came last. */
let last = null;
const bar = new AddressBar(() => present?.moment ?? null, () => way.under);
const recall = new ProgramStore(storage());

addEventListener("popstate", ({ isTrusted }) => {
  if (!present || !isTrusted) return;
  bar.led();
  const known = !present.open(read());
  forget();
  way.leads(!known);
});

const app = document.querySelector(`[${CONNECTION}]`);
const way = new HistoryQueue(
  () => runs(),
  // Streamlit has to have forgotten before it sends the next query.
  () => setTimeout(() => went(read().link)),
  () => {
    if (last === read().link) bar.follow();
    else bar.release();
  },
);

/** Have the server go where the browser's history led; it knows no program that is too long for the address. */
function went(link) {
  if (ProgramStore.means(link)) hand(link);
  else rerun("went");
}

/** Have the server run the page again, for a reason. */
function rerun(reason) {
  say(reason, Date.now());
}

/** Give the server the program that this tab kept. */
function hand(link) {
  say("kept", { text: recall.find(link), at: Date.now() });
}

/** What the browser keeps for this tab; null where it keeps nothing for a page in a frame. */
function storage() {
  try {
    return sessionStorage;
  } catch {
    return null;
  }
}

/**
 * Streamlit has noted what the browser's history led to, and would send that query with every run from now on, whatever
 * the address says later. It notes nothing where the history leads to an address without a query.
 */
function forget() {
  const here = location.href;
  history.replaceState(history.state, "", location.pathname);
  dispatchEvent(new PopStateEvent("popstate"));
  history.replaceState(history.state, "", here);
}

/** Whoever types or clicks in the side bar changes the program: what is fetched ahead then is of one that leaves. */
const SOON = 500; // ms
let touched = -Infinity;
for (const kind of ["input", "keydown", "pointerdown"]) {
  const note = ({ target }) => {
    if (target.closest?.('[data-testid="stSidebar"]')) touched = performance.now();
  };
  document.addEventListener(kind, note, { capture: true, passive: true });
}
const busy = () => touched + SOON - performance.now();

/** Whether Streamlit runs the page, or is about to. */
const runs = () => app !== null && app.getAttribute(SCRIPT) !== "notRunning";

/** The server does not have the tape (any more). A run that is under way brings it, and would only be stopped. */
function missing() {
  if (!runs()) rerun("lost");
}

/**
 * Behind a new connection there may be another server: it is to know the session before anything is asked of it. What
 * is said while there is no connection goes along with the first message: a program that the address has no room for,
 * which the server would have to ask for otherwise, taking every field off the page meanwhile. A field in which someone
 * types loses the keyboard because Streamlit disables it, and React does not hear of that: it is told once there is a
 * server, as the field passes its number on then.
 */
function watchConnection() {
  let lost = false;
  let unheard = [];
  document.addEventListener("focusout", ({ target }) => target.disabled && unheard.push(target), { capture: true });
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
  watchConnection();
  new MutationObserver(() => way.changed()).observe(app, { attributes: true, attributeFilter: [SCRIPT] });
}

/** Streamlit calls this for every change of the data and of the theme, with the same parent element. */
export function show({ data, parentElement, setStateValue }) {
  let stage = stages.get(parentElement);
  if (!stage) {
    const told = (sentence) => stage.transport.tell(sentence);
    const feed = new TapeLoader(new URL("../tape/", import.meta.url), missing, told, busy);
    const plotly = new URL("plotly.js", import.meta.url).href;
    const away = new URL("../take/", import.meta.url);
    const copy = () => link.copy();
    const moved = () => bar.follow();
    stage = new Stage(parentElement, { plotly, feed, ask, check, away, draw, moved, copy, opening: read() });
    const link = new CopyLink(
      stage.root.querySelector(".viz-link"),
      () => ({ link: bar.link(), unlinked: stage.tape.unlinked }),
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
    take(stage, JSON.parse(decoder.decode(data)));
  }
  return () => {
    left = stage.held;
    stages.delete(parentElement);
    if (present === stage) present = null;
    stage.destroy();
  };
}

/** What the server sent: a program's first chunk, or the question for one that this tab may have kept. */
function take(stage, said) {
  stage.root.hidden = Boolean(said.asks) && !stage.tape;
  if (said.asks) {
    setTimeout(() => hand(said.asks));
    return;
  }
  last = said.link;
  bar.came(last);
  stage.receive(said);
  if (said.kept) recall.keep(said.link, said.kept);
}

/** Ask the server about a moment of a tape, `what` it knows; `{problem}` where it has to wait, null without an answer. */
async function question(what, tape, query) {
  const address = new URL(`../${what}/${tape}`, import.meta.url);
  address.search = new URLSearchParams(query);
  const answer = await fetch(address).catch(() => null);
  if (answer?.status === TOO_MUCH) return { problem: await answer.text() };
  return answer?.ok ? answer.json() : null;
}

const ask = (tape, query) => question("node", tape, query);
const check = (tape, query) => question("check", tape, query);
const draw = (tape, query) => question("picture", tape, query);

/** Light or dark is Streamlit's to say: its background colour tells. */
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

/** A CSS colour as red, green and blue (0 to 255), whatever way it is written. */
function rgb(colour, parent) {
  const probe = element("span");
  probe.style.color = colour.trim() || "white";
  parent.append(probe);
  const numbers = getComputedStyle(probe).color.match(/[\d.]+/g)?.map(Number) ?? [255, 255, 255];
  probe.remove();
  return numbers;
}

/** Put the style sheet into the page, once, and wait for it: nothing is shown before it can be shown right. */
function style(href) {
  return new Promise((resolve) => {
    const link = element("link");
    link.rel = "stylesheet";
    link.href = href;
    link.onload = link.onerror = resolve;
    document.head.append(link);
  });
}

/** Where the side bar is closed, Streamlit's button to open it stands where the first row begins. */
function makeRoom(root) {
  const look = () => {
    root.classList.toggle("viz-alone", document.querySelector('[data-testid="stExpandSidebarButton"]') !== null);
  };
  new ResizeObserver(look).observe(root);
}
