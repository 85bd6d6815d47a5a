// Small movements through the Web Animations API; none if the system is set to reduced motion.
import { h, lessMotion } from "./dom.js";

const BITS = 22;
const COLOURS = 5; // .confetti[data-colour] in polls.css

/** Animates a bar from one percentage to another. */
export function growFrom(bar, from, to) {
  if (from === to || lessMotion()) return;
  bar.animate([{ transform: `scaleX(${from / 100})` }, { transform: `scaleX(${to / 100})` }],
    { duration: 450, easing: "cubic-bezier(.2,.8,.2,1)" });
}

/** Shows confetti from the middle of an element. */
export function celebrate(element) {
  if (lessMotion()) return;
  const box = element.getBoundingClientRect();
  const layer = h("div", { class: "confetti-layer", "aria-hidden": "true" });
  document.body.append(layer);
  const flights = Array.from({ length: BITS }, (_, i) => fly(layer, box.left + box.width / 2, box.top + box.height / 2, i));
  Promise.allSettled(flights).then(() => layer.remove());
}

function fly(layer, x, y, i) {
  const bit = h("i", { class: "confetti", dataset: { colour: i % COLOURS } });
  layer.append(bit);
  const angle = (i / BITS) * 2 * Math.PI;
  const reach = 50 + ((i * 37) % 60);
  const [dx, dy] = [Math.cos(angle) * reach, Math.sin(angle) * reach - 30];
  return bit.animate([
    { transform: `translate(${x}px, ${y}px) scale(.4)`, opacity: 1 },
    { transform: `translate(${x + dx}px, ${y + dy}px) rotate(${i * 40}deg)`, opacity: 1, offset: 0.5, easing: "ease-in" },
    { transform: `translate(${x + dx * 1.2}px, ${y + dy + 90}px) rotate(${i * 80}deg)`, opacity: 0 },
  ], { duration: 1100, easing: "cubic-bezier(.15,.8,.4,1)", fill: "forwards" }).finished;
}

export function shake(element) {
  if (lessMotion()) return;
  const steps = [0, -6, 5, -4, 2, 0].map((x) => ({ transform: `translateX(${x}px)` }));
  element.animate(steps, { duration: 380, easing: "ease-out" });
}
