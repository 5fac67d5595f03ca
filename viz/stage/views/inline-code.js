/**
 * Sentences of the server on the page. Text between backticks is code: Python marks it so, and this module alone
 * knows the mark. Where only a string fits, as in a title, the marks are left out.
 */

import { element } from "./element.js";

const CODE = /`([^`]+)`/;
const ALL = new RegExp(CODE, "g");

/** The parts of a sentence: strings and code elements. */
export function withCode(text) {
  return text.split(CODE).map((part, at) => (at % 2 ? element("code", "", part) : part));
}

/** Make a sentence the content of an element. */
export function setSentence(place, text) {
  if (CODE.test(text)) place.replaceChildren(...withCode(text));
  else place.textContent = text;
}

/** A sentence without its backticks. */
export function withoutMarks(text) {
  return text.replace(ALL, "$1");
}
