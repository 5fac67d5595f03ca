/**
 * Sentences of the server on the page. What stands between backticks in them is code: Python marks it so, and this is
 * the one place that knows. A sentence that goes where there is room for a string only (a title) leaves the marks out.
 */

const CODE = /`([^`]+)`/;
const ALL = new RegExp(CODE, "g");

/** The parts of a sentence, as strings and code elements. */
export function marked(text) {
  return text.split(CODE).map((part, at) => (at % 2 ? code(part) : part));
}

/** Have an element say a sentence, and nothing else. */
export function say(element, text) {
  if (CODE.test(text)) element.replaceChildren(...marked(text));
  else element.textContent = text;
}

/** A sentence without its marks. */
export function plain(text) {
  return text.replace(ALL, "$1");
}

function code(text) {
  const made = document.createElement("code");
  made.textContent = text;
  return made;
}
