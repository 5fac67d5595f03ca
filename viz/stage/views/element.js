/** Makes elements, HTML and SVG. */

export const SVG = "http://www.w3.org/2000/svg";

/** An HTML element with a class and a string of text; both may be empty. */
export function element(tag, className = "", text = "") {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

/** A button; it submits nothing. */
export function button(className, text = "") {
  const made = element("button", className, text);
  made.type = "button";
  return made;
}

/** An SVG element with its attributes. */
export function svgElement(tag, attributes = {}) {
  const made = document.createElementNS(SVG, tag);
  setAttributes(made, attributes);
  return made;
}

/** Set several attributes of an element. */
export function setAttributes(made, attributes) {
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
}
