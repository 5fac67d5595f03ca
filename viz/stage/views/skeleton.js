/** The fixed parts of the stage, which are there before any tape, so that nothing moves when one arrives. */

import { element } from "./element.js";

/** A button with its key; `name` is its accessible name where another button has the same label. */
const button = (command, label, key, help, { argument = "", name = "", shortcut = key } = {}) =>
  `<button type="button" class="viz-button viz-${command}" data-command="${command}" title="${help}"` +
  `${argument && ` data-argument="${argument}"`}${name && ` aria-label="${name}"`}` +
  `${shortcut && ` aria-keyshortcuts="${shortcut}"`}>` +
  `<span>${label}</span>${key && `<kbd aria-hidden="true">${key}</kbd>`}</button>`;

const HTML = `
<div class="viz-transport" role="toolbar" aria-label="Steps">
  <div class="viz-buttons">
    ${button("start", "Start", "Home", "Back to the moment before the loop")}
    ${button("iterationBack", "Iteration", "⇧ ←", "One iteration back, at the same line", { name: "Iteration back", shortcut: "Shift+ArrowLeft" })}
    ${button("back", "Back", "←", "One statement back", { shortcut: "ArrowLeft" })}
    ${button("nodeBack", "Node", ",", "One node back: as the graph was built, or as backward went", { name: "Node back" })}
    ${button("nodeNext", "Node", ".", "One node on: inside a forward line, or inside backward", { name: "Node on" })}
    ${button("next", "Next", "→", "One statement on", { shortcut: "ArrowRight" })}
    ${button("iterationNext", "Iteration", "⇧ →", "One iteration on, to the same line", { name: "Iteration on", shortcut: "Shift+ArrowRight" })}
    ${button("play", "Play", "Space", "Play statement by statement, or pause")}
    <select class="viz-speed" aria-label="Speed of play" title="Speed of play"></select>
    ${button("run", "+10", "", "Ten iterations on", { argument: "10", name: "+10 iterations" })}
    ${button("run", "+100", "", "A hundred iterations on", { argument: "100", name: "+100 iterations" })}
  </div>
  <div class="viz-seek">
    <span class="viz-where"></span>
    <input type="range" class="viz-slider" min="-1" max="0" value="-1" step="1" aria-label="Iteration">
    <progress class="viz-progress" max="1" value="0" hidden aria-label="Recording"></progress>
    <span class="viz-tell" role="status"></span>
    <button type="button" class="viz-tool viz-present" data-command="present" aria-keyshortcuts="p" aria-pressed="false" title="Large type and no side bar, for a projector; PageUp and PageDown step then, b blanks the screen">Present <kbd aria-hidden="true">p</kbd></button>
    <button type="button" class="viz-tool viz-copy" data-command="copy" aria-keyshortcuts="l" hidden title="A link to this moment: program, cursor, selected node and level">Copy link <kbd aria-hidden="true">l</kbd></button>
  </div>
  <p class="viz-link" hidden></p>
</div>
<p class="viz-sentence" role="status" aria-live="polite"></p>
<p class="viz-warning" role="alert" hidden></p>
<div class="viz-main">
  <div class="viz-left">
    <div class="viz-code" role="group" tabindex="0" aria-label="The program"></div>
    <section class="viz-inspector" aria-label="The selected node" hidden></section>
  </div>
  <figure class="viz-figure">
    <div class="viz-graphs">
      <div class="viz-before" hidden></div>
      <div class="viz-graph"></div>
      <p class="viz-differs" role="status" hidden><span></span> <button type="button" class="viz-tool">Show both</button></p>
    </div>
    <div class="viz-tools" role="toolbar" aria-label="Tools of the graph">
      <button type="button" class="viz-tool viz-check" data-command="check" hidden title="Compare every gradient shown with central differences, computed in float64">Check gradients</button>
      <button type="button" class="viz-tool viz-fold" data-command="fold" hidden title="Fold the boxes that were opened">Fold</button>
      <button type="button" class="viz-tool" data-command="level" data-argument="concept" aria-pressed="false" title="Tensors by name, and the operations between them">Concept</button>
      <button type="button" class="viz-tool" data-command="level" data-argument="autograd" aria-pressed="true" title="Every backward Node as PyTorch has it, with the tensors it saved">Autograd</button>
      <button type="button" class="viz-tool" data-command="zoomOut" title="Smaller ( - )" aria-label="Smaller">−</button>
      <button type="button" class="viz-tool" data-command="zoomIn" title="Larger ( + )" aria-label="Larger">+</button>
      <button type="button" class="viz-tool" data-command="fit" title="The whole graph ( 0 )">Fit</button>
      <button type="button" class="viz-tool" data-command="fullScreen" title="Full screen, and back ( f )">Full screen</button>
      <details class="viz-take"></details>
    </div>
    <figcaption class="viz-legend">
      <span class="viz-key leaf">tensor of the program</span>
      <span class="viz-key operation">operation and its Node</span>
      <span class="viz-key waiting">not built yet</span>
      <span class="viz-key glyph"><b>▶</b> at work now</span>
      <span class="viz-key glyph"><b>✓</b> backward went through</span>
      <span class="viz-key glyph"><s>saved</s> freed by backward</span>
      <span class="viz-key folded" hidden>several Nodes: open it</span>
      <span class="viz-key flows" title="The gradient went through this Node. PyTorch does not keep it: .grad of a non-leaf tensor stays None, unless retain_grad() was called on it; such a box has a row .grad instead."><i>flows</i>: not stored, <code>.grad</code> is None</span>
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
