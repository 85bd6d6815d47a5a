// Short notes that disappear by themselves, and alerts that wait for OK.
import { byId, h } from "./dom.js";
import { openDialog } from "./dialogs.js";

const SHOWN_MS = 4500;
const SAME_MS = 3000;

let last = { text: null, at: -Infinity };

// A callback answer may arrive twice: in the reply to the press, and as an event.
function saidJustNow(text) {
  const same = last.text === text && performance.now() - last.at < SAME_MS;
  last = { text, at: performance.now() };
  return same;
}

/** Shows a note at the foot of the page for a few seconds. */
export function toast(text) {
  if (!text || saidJustNow(text)) return;
  const note = h("div", { class: "toast", dataset: { testid: "toast" } }, text);
  byId("toasts").append(note);
  setTimeout(() => note.remove(), Math.max(SHOWN_MS, text.length * 60));
}

/** Shows a bot's answer to a pressed button. */
export function callbackAnswer({ text, show_alert: alert }) {
  if (!alert) return toast(text);
  if (!text || saidJustNow(text)) return;
  openDialog({ title: "", testid: "alert", body: [h("p", { class: "alert-text", dir: "auto" }, text)], actions: [{ label: "OK", main: true }] });
}
