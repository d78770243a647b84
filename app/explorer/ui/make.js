// Elements, made by hand: text stays text, whatever it says. No element is ever made from markup.

export const get = (id) => document.getElementById(id);

/** An element with attributes (`on…` are listeners, `class` its class, booleans switch) and children (texts or nodes). */
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(key, String(value));
  }
  element.append(...children.flat(4).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export const button = (text, onclick, attributes = {}) => make("button", { type: "button", onclick, ...attributes }, text);

/** Replaces what an element holds, and keeps the focus on what has the same `data-key`. */
export function fill(element, ...children) {
  const key = element.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  element.replaceChildren(...children.flat(4).filter((child) => child !== null && child !== undefined && child !== false));
  if (key) [...element.querySelectorAll("[data-key]")].find((one) => one.dataset.key === key)?.focus();
}

const SVG = "http://www.w3.org/2000/svg";
const OUTLINES = {
  ellipse: "M8 2a6 6 0 1 0 0 12a6 6 0 1 0 0-12Z",
  "round-rectangle": "M4 2.5h8a1.5 1.5 0 0 1 1.5 1.5v8a1.5 1.5 0 0 1-1.5 1.5H4A1.5 1.5 0 0 1 2.5 12V4A1.5 1.5 0 0 1 4 2.5Z",
  diamond: "M8 1 15 8 8 15 1 8Z",
  hexagon: "M4.5 2h7L15 8l-3.5 6h-7L1 8Z",
  triangle: "M8 1.5 15 14H1Z",
  pentagon: "M8 1 15 6.2 12.4 14.5H3.6L1 6.2Z",
  octagon: "M5 1.5h6L14.5 5v6L11 14.5H5L1.5 11V5Z",
  rhomboid: "M1 3h10l4 10H5Z",
  vee: "M1 2l7 4 7-4-7 13Z",
  star: "M8 1l2 5h5l-4 3.3L12.5 15 8 11.5 3.5 15 5 9.3 1 6h5Z",
};

/** A small drawing of a kind: its shape in its colour. */
export function draw({ shape, colour }) {
  const image = document.createElementNS(SVG, "svg");
  for (const [key, value] of Object.entries({ viewBox: "0 0 16 16", width: 14, height: 14, "aria-hidden": "true" })) {
    image.setAttribute(key, value);
  }
  const outline = document.createElementNS(SVG, "path");
  outline.setAttribute("d", OUTLINES[shape] ?? OUTLINES.ellipse);
  outline.setAttribute("fill", colour);
  image.append(outline);
  return image;
}
