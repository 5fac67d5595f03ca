/** Links to lines of the program's text, `#line-7`: a click selects that line in the editor of the side bar. */

const EDITOR = ".st-key-editor-text textarea";
const LINK = /^#line-(\d+)$/;

/** Let the links of this page do so from now on. */
export function followLineLinks() {
  document.addEventListener("click", (event) => {
    const [, line] = LINK.exec(event.target.closest?.("a")?.getAttribute("href")) ?? [];
    const editor = line && document.querySelector(EDITOR);
    if (!editor) return;
    // The address belongs to the moment that the page shows.
    event.preventDefault();
    selectLine(editor, Number(line));
  });
}

/** Select a line of a text area, and scroll both it and the area into view. */
function selectLine(area, line) {
  const [from, to] = lineOf(area.value, line);
  area.focus({ preventScroll: true });
  area.setSelectionRange(from, to);
  const height = Number.parseFloat(getComputedStyle(area).lineHeight);
  area.scrollTo({ top: (line - 1) * height - area.clientHeight / 2, left: 0 });
  area.scrollIntoView({ block: "nearest" });
}

/**
 * Where a line of a text begins and ends; the end of a text that has fewer.
 * @param {string} text
 * @param {number} line from 1
 */
export function lineOf(text, line) {
  const before = text.split("\n").slice(0, line - 1);
  const from = Math.min(before.join("\n").length + Number(line > 1), text.length);
  const end = text.indexOf("\n", from);
  return [from, end < 0 ? text.length : end];
}
