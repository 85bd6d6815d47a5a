// Building elements. Text always becomes text nodes: no string is ever parsed as HTML.

/**
 * Returns an element. Props: `class`, `dataset`, `on` (event listeners), `vars` (CSS custom properties),
 * booleans as attributes present or absent, everything else as an attribute.
 * Children: nodes, strings, arrays of them; null, undefined and false are left out.
 */
export function h(tag, props = {}, ...children) {
  return fill(document.createElement(tag), props, children);
}

/** Returns an element in the SVG namespace. */
export function svg(tag, props = {}, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), props, children);
}

function fill(element, props, children) {
  for (const [name, value] of Object.entries(props)) setProp(element, name, value);
  element.append(...children.flat(Infinity).filter((child) => child != null && child !== false));
  return element;
}

function setProp(element, name, value) {
  if (value == null || value === false) return;
  if (name === "dataset") Object.assign(element.dataset, value);
  else if (name === "on") for (const [type, call] of Object.entries(value)) element.addEventListener(type, call);
  else if (name === "vars") for (const [key, v] of Object.entries(value)) element.style.setProperty(key, v);
  else element.setAttribute(name, value === true ? "" : value);
}

/** Returns the element of index.html with that id. */
export const byId = (id) => document.getElementById(id);

/** Replaces the children, and keeps the focus on the element with the same data-focus key, if there is one. */
export function replaceKeepingFocus(container, ...children) {
  const key = container.contains(document.activeElement) ? document.activeElement.dataset.focus : null;
  container.replaceChildren(...children.filter(Boolean));
  if (key) container.querySelector(`[data-focus="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
}

/** Announces something to screen readers at once. */
export function announce(text) {
  const region = byId("announcer");
  region.textContent = "";
  requestAnimationFrame(() => (region.textContent = text));
}

/** Returns whether the system is set to reduced motion. */
export const lessMotion = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** Returns whether list and chat are two screens. Keep in step with layout.css. */
export const narrow = () => matchMedia("(max-width: 640px)").matches;
