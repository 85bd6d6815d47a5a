// Pop-up menus: opened at a button or at the pointer, used with the arrow keys, closed by Escape.
import { h } from "./dom.js";
import { icon } from "./icons.js";

let open = null;

/**
 * Shows a menu near `anchor` (an element, or {x, y} of the pointer).
 * Items: {label, icon?, node?, run, danger?, checked?, testid?} or null for a separator.
 */
export function openMenu(anchor, items, { label, align = "start", onclose } = {}) {
  closeMenu();
  const back = document.activeElement;
  const list = h("div", { class: "menu", role: "menu", "aria-label": label }, items.map(entry));
  document.body.append(list);
  place(list, anchor, align);
  open = { list, back, onclose, anchor };
  anchor.setAttribute?.("aria-expanded", "true");
  list.addEventListener("keydown", walk);
  (list.querySelector('[aria-checked="true"]') ?? list.querySelector("button"))?.focus();
  // The press that opened the menu must not close it again.
  setTimeout(() => {
    document.addEventListener("pointerdown", outside, true);
    window.addEventListener("resize", closeMenu);
  });
}

export function closeMenu(returnFocus = false) {
  if (!open) return;
  const { list, back, onclose, anchor } = open;
  open = null;
  list.remove();
  anchor.setAttribute?.("aria-expanded", "false");
  document.removeEventListener("pointerdown", outside, true);
  window.removeEventListener("resize", closeMenu);
  if (returnFocus === true) back?.focus?.({ preventScroll: true });
  onclose?.();
}

function entry(item) {
  if (!item) return h("div", { class: "menu-line", role: "separator" });
  const checkable = item.checked !== undefined;
  return h("button", {
    type: "button", role: checkable ? "menuitemradio" : "menuitem", class: item.danger ? "danger" : "",
    "aria-checked": checkable ? String(item.checked) : null, dataset: { testid: item.testid ?? "" }, tabindex: "-1",
    on: { click: () => { closeMenu(true); item.run(); } },
  }, item.node ?? icon(item.icon), h("span", { class: "menu-label", dir: "auto" }, item.label), item.checked && icon("check"));
}

function walk(event) {
  const buttons = [...open.list.querySelectorAll("button")];
  const at = buttons.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
  if (to !== undefined) {
    event.preventDefault();
    buttons[(to + buttons.length) % buttons.length].focus();
  } else if (event.key === "Escape" || event.key === "Tab") {
    event.preventDefault();
    event.stopPropagation();
    closeMenu(true);
  }
}

function outside(event) {
  if (open && !open.list.contains(event.target)) closeMenu();
}

function place(list, anchor, align) {
  const box = anchor.getBoundingClientRect?.() ?? { left: anchor.x, right: anchor.x, top: anchor.y, bottom: anchor.y };
  const { offsetWidth: width, offsetHeight: height } = list;
  const left = align === "end" ? box.right - width : box.left;
  const below = box.bottom + 6 + height < innerHeight;
  const top = below ? box.bottom + 6 : Math.max(8, box.top - height - 6);
  list.style.left = `${Math.min(Math.max(8, left), Math.max(8, innerWidth - width - 8))}px`;
  list.style.top = `${top}px`;
}
