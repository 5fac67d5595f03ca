/** The stage in one HTML file: plays the tape in the page, without a server and without Python. */

import { Stage } from "./stage.js";

const text = (id) => document.getElementById(id)?.textContent;

const packed = typeof DecompressionStream === "undefined" ? null : text("answers");
const stage = new Stage(document.getElementById("stage"), packed ? { ask } : {});
const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => {
  stage.root.dataset.theme = dark.matches ? "dark" : "light";
};
follow();
dark.addEventListener("change", () => {
  follow();
  stage.restyle();
});
stage.receive(JSON.parse(text("tape")));

/** The answer about a node from those in the page, in the form of the server's. */
async function ask(tape, { iteration, statement, node, part }) {
  const { answers, missing, of } = await (ask.unpacked ??= unpack(packed));
  const said = answers[heldAt(of[iteration]?.[node] ?? [], statement)];
  return said ?? (part === "value" ? null : missing);
}

/** The value at a statement, given pairs of a statement and the value from it on; undefined before the first. */
function heldAt(pairs, statement) {
  let held;
  for (let at = 0; at < pairs.length && pairs[at] <= statement; at += 2) held = pairs[at + 1];
  return held;
}

async function unpack(base64) {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).json();
}
