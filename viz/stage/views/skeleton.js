/** The fixed parts of the stage, which are there before any tape, so that nothing moves when one arrives. */

import { element } from "./element.js";

/** A button with its key; `name` is its accessible name where another button has the same label. */
const button = (command, label, key, help, { argument = "", name = "", shortcut = key } = {}) =>
  `<button type="button" class="viz-button viz-${command}" data-command="${command}" title="${help}"` +
  `${argument && ` data-argument="${argument}"`}${name && ` aria-label="${name}"`}` +
  `${shortcut && ` aria-keyshortcuts="${shortcut}"`}>` +
  `<span>${label}</span>${key && `<kbd aria-hidden="true">${key}</kbd>`}</button>`;

/** A tool: `attributes` are those besides the class and the command; `help` is its tooltip. */
const tool = (command, label, help, { name = "", attributes = "" } = {}) =>
  `<button type="button" class="viz-tool${name && ` viz-${name}`}" data-command="${command}"` +
  `${attributes && ` ${attributes}`} title="${help}">${label}</button>`;

/** What the buttons of the steps do. */
const HELP = {
  back: "One statement back; with Alt, over the calls of functions",
  next: "One statement forward; with Alt, over the calls of functions",
  iterationBack: "One iteration back, to the same line; Ctrl ⇧ ← goes an epoch back",
  nodeBack: "One node back: inside a line that builds the graph, or inside backward",
  nodeNext: "One node forward: inside a line that builds the graph, or inside backward",
  iterationNext: "One iteration forward, to the same line; Ctrl ⇧ → goes to the next epoch",
  present: "Large type and no side bar, for a projector. PageUp and PageDown then step, and b blanks the screen",
  copy: "A link to this moment: program, cursor, selected node and level",
  again: "Run the file again from its start, as it is now",
  check: "Compare every gradient shown with central differences, computed in float64",
  tensors:
    "A cell for each element: strongest at the largest size that the tensor has in the run, as far as that is " +
    "here; with a dash, or narrow, if it is negative; empty if it is zero; struck out if it is infinite or NaN. " +
    "Of a large tensor, each cell shows the element of largest size in a block. After … is that of all elements.",
  flows:
    "The gradient went through this Node. PyTorch does not keep it: .grad of a non-leaf tensor stays None, " +
    "unless retain_grad() was called on it; such a box has a row .grad instead.",
};
/** Labels with their keys. */
const PRESENT = 'Present <kbd aria-hidden="true">p</kbd>';
const COPY = 'Copy link <kbd aria-hidden="true">l</kbd>';

const HTML = `
<div class="viz-transport" role="toolbar" aria-label="Steps">
  <div class="viz-buttons">
    ${button("start", "Start", "Home", "Back to the moment before the loop")}
    ${button("iterationBack", "Iteration", "⇧ ←", HELP.iterationBack, {
      name: "Iteration back",
      shortcut: "Shift+ArrowLeft",
    })}
    ${button("back", "Back", "←", HELP.back, { shortcut: "ArrowLeft" })}
    ${button("nodeBack", "Node", ",", HELP.nodeBack, { name: "Node back" })}
    ${button("nodeNext", "Node", ".", HELP.nodeNext, { name: "Node forward" })}
    ${button("next", "Next", "→", HELP.next, { shortcut: "ArrowRight" })}
    ${button("iterationNext", "Iteration", "⇧ →", HELP.iterationNext, {
      name: "Iteration forward",
      shortcut: "Shift+ArrowRight",
    })}
    ${button("play", "Play", "Space", "Play statement by statement, or pause")}
    <select class="viz-speed" aria-label="Speed of play" title="Speed of play"></select>
    ${button("run", "+10", "", "Ten iterations forward", { argument: "10", name: "+10 iterations" })}
    ${button("run", "+100", "", "A hundred iterations forward", { argument: "100", name: "+100 iterations" })}
  </div>
  <div class="viz-seek">
    <span class="viz-where"></span>
    <span class="viz-track">
      <input type="range" class="viz-slider" min="-1" max="0" value="-1" step="1" aria-label="Iteration">
      <span class="viz-epochs" aria-hidden="true"></span>
    </span>
    <progress class="viz-progress" max="1" value="0" hidden aria-label="Recording"></progress>
    <span class="viz-tell" role="status"></span>
    ${tool("present", PRESENT, HELP.present, {
      name: "present",
      attributes: 'aria-keyshortcuts="p" aria-pressed="false"',
    })}
    ${tool("copy", COPY, HELP.copy, { name: "copy", attributes: 'aria-keyshortcuts="l" hidden' })}
  </div>
  <p class="viz-link" hidden></p>
</div>
<p class="viz-notice" role="status"></p>
<p class="viz-sentence" role="status" aria-live="polite"></p>
<section class="viz-traceback" tabindex="0" aria-label="Traceback" hidden>
  <p>Traceback in your files (most recent call last)</p>
  <ol></ol>
  <p class="viz-raised"></p>
</section>
<p class="viz-warning" role="alert" hidden></p>
<p class="viz-let-go" role="status" hidden>
  <span></span> ${tool("again", "Run it again up to there", HELP.again, { name: "again" })}
</p>
<div class="viz-main">
  <div class="viz-left">
    <p class="viz-calls" aria-label="Calls" hidden></p>
    <div class="viz-code" role="group" tabindex="0" aria-label="The program"></div>
    <section class="viz-inspector" aria-label="The selected node" hidden></section>
    <section class="viz-printed" tabindex="0" aria-label="Printed" hidden>
      <div><p hidden></p><pre></pre></div>
    </section>
  </div>
  <figure class="viz-figure">
    <div class="viz-graphs">
      <div class="viz-before" hidden></div>
      <div class="viz-graph"></div>
      <p class="viz-differs" role="status" hidden>
        <span></span> <button type="button" class="viz-tool">Show both</button>
      </p>
      <p class="viz-unchecked" role="status"></p>
    </div>
    <div class="viz-tools" role="toolbar" aria-label="Tools of the graph">
      ${tool("check", "Check gradients", HELP.check, { name: "check", attributes: "hidden" })}
      ${tool("fold", "Fold", "Fold the boxes that were opened", { name: "fold", attributes: "hidden" })}
      ${tool("level", "Concept", "Tensors by name, and the operations between them", {
        attributes: 'data-argument="concept" aria-pressed="false"',
      })}
      ${tool("level", "Autograd", "Every backward Node as PyTorch has it, with the tensors it saved", {
        attributes: 'data-argument="autograd" aria-pressed="true"',
      })}
      ${tool("zoomOut", "−", "Zoom out ( - )", { attributes: 'aria-label="Zoom out"' })}
      ${tool("zoomIn", "+", "Zoom in ( + )", { attributes: 'aria-label="Zoom in"' })}
      ${tool("fit", "Fit", "The whole graph ( 0 )")}
      ${tool("fullScreen", "Full screen", "Full screen, and back ( f )")}
      <details class="viz-take"></details>
    </div>
    <figcaption class="viz-legend">
      <span class="viz-key leaf">tensor</span>
      <span class="viz-key operation">operation</span>
      <span class="viz-key waiting">not built yet</span>
      <span class="viz-key glyph"><b>▶</b> at work now</span>
      <span class="viz-key glyph"><b>✓</b> backward went through</span>
      <span class="viz-key glyph"><s>saved</s> freed by backward</span>
      <span class="viz-key tensors" title="${HELP.tensors}">− <i class="viz-scale value"></i> + value</span>
      <span class="viz-key tensors" title="${HELP.tensors}">− <i class="viz-scale gradient"></i> + gradient</span>
      <span class="viz-key folded" hidden>several Nodes: open it</span>
      <span class="viz-key flows" title="${HELP.flows}"><i>flows</i>: not stored, <code>.grad</code> is None</span>
    </figcaption>
  </figure>
</div>
<div class="viz-ledger" role="region" aria-label="Parameters" tabindex="0"></div>
<div class="viz-charts"></div>`;

/** Build the parts of the stage in `parent`, and remove what was there. */
export function skeleton(parent) {
  const root = element("div", "viz-stage");
  root.innerHTML = HTML;
  parent.replaceChildren(root);
  return root;
}
