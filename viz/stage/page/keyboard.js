/** The keys of the stage. Fields, menus, sliders and tables keep theirs. */

/** Elements that have uses of their own for keys. */
const OWN_USE = [
  "input, textarea, select, canvas, [contenteditable=true]",
  ...["slider", "combobox", "listbox", "grid", "textbox", "tab", "radio", "menu"].map((role) => `[role=${role}]`),
].join(", ");
const PRESSABLE = "button, a, summary, [role=button]";

const KEYS = {
  ArrowRight: "next",
  ArrowLeft: "back",
  "Shift+ArrowRight": "iterationNext",
  "Shift+ArrowLeft": "iterationBack",
  "Alt+ArrowRight": "overNext",
  "Alt+ArrowLeft": "overBack",
  "Ctrl+Shift+ArrowRight": "epochNext",
  "Ctrl+Shift+ArrowLeft": "epochBack",
  " ": "play",
  ".": "nodeNext",
  ",": "nodeBack",
  "+": "zoomIn",
  "-": "zoomOut",
  0: "fit",
  f: "fullScreen",
  l: "copy",
  p: "present",
  Home: "start",
};

/** Keys of presenter mode: what a clicker sends, and a blank screen. Otherwise these keys are the browser's. */
const PRESENTING = { PageDown: "next", PageUp: "back", b: "blank" };

/**
 * Listen on the whole page, so that keys work without a click first. Returns a function that stops listening.
 * @param {HTMLElement} root
 * @param {Record<string, () => void>} commands
 * @param {import("./presenter-mode.js").PresenterMode} presenter
 */
export function listenToKeys(root, commands, presenter) {
  const pressed = (event) => {
    if (event.defaultPrevented || event.metaKey) return;
    const key = nameOf(event);
    const name = KEYS[key] ?? (presenter.on ? PRESENTING[key] : undefined);
    if (!name || !root.isConnected || !root.dataset.ready) return;
    // With Alt, arrows are the browser's way through its history, unless there are calls to step over.
    if (event.altKey && !root.hasAttribute("data-calls")) return;
    const { target } = event;
    if (target instanceof Element) {
      if (target.closest(OWN_USE)) return;
      if (event.key === " " && target.closest(PRESSABLE)) return;
    }
    event.preventDefault();
    if (presenter.blank && name !== "blank") commands.blank();
    else commands[name]();
  };
  document.addEventListener("keydown", pressed);
  return () => document.removeEventListener("keydown", pressed);
}

/** The name of a key with those held down; on many keyboards + needs Shift, so only the character counts. */
function nameOf({ key, ctrlKey, altKey, shiftKey }) {
  const held = { Ctrl: ctrlKey, Alt: altKey, Shift: shiftKey && key !== "+" };
  return [...Object.keys(held).filter((one) => held[one]), key].join("+");
}
