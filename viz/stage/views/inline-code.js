/**
 * Sentences of the server on the page. What stands between backticks in them is code: Python marks it so, and this is
 * the one place that knows. A sentence that goes where there is room for a string only (a title) leaves the marks out.
 */

import { element } from "./element.js";

const CODE = /`([^`]+)`/;
const ALL = new RegExp(CODE, "g");

/** The parts of a sentence, as strings and code elements. */
export function withCode(text) {
  return text.split(CODE).map((part, at) => (at % 2 ? element("code", "", part) : part));
}

/** Have an element say a sentence, and nothing else. */
export function setSentence(place, text) {
  if (CODE.test(text)) place.replaceChildren(...withCode(text));
  else place.textContent = text;
}

/** A sentence without its marks. */
export function withoutMarks(text) {
  return text.replace(ALL, "$1");
}
