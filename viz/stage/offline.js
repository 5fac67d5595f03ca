/** The stage in a file of its own: plays the tape that stands in the page, without a server and without Python. */

import { Stage } from "./stage.js";

const stage = new Stage(document.getElementById("stage"), {});
const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => {
  stage.root.dataset.theme = dark.matches ? "dark" : "light";
};
follow();
dark.addEventListener("change", () => {
  follow();
  stage.restyle();
});
stage.receive(JSON.parse(document.getElementById("tape").textContent));
