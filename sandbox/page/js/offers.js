// Offers of whoever runs a bot in the sandbox: buttons beside the clock, and a line for newcomers.
import { readActions, runAction } from "./api.js";
import { byId, h } from "./dom.js";
import { icon } from "./icons.js";
import { notify, state, subscribe } from "./state.js";
import { toast } from "./toasts.js";

const SEEN = "sandbox:hint"; // the hint that was followed or closed in this tab

let offers = [];
const running = new Set(); // names

export async function startOffers() {
  subscribe("people", drawHint);
  subscribe("messages", drawHint);
  subscribe("online", () => state.online && update());
  await update();
}

async function update() {
  try {
    offers = await readActions();
    notify("offers");
  } catch (error) {
    toast(error.message);
  }
}

/** Returns the buttons for the clock bar. */
export const offerButtons = () => offers.map(({ name, label, title }) => {
  const busy = running.has(name);
  return h("button", {
    type: "button", class: "clock-button offer", title, disabled: busy, "aria-busy": busy ? "true" : null,
    dataset: { testid: `action-${name}`, focus: `action ${name}` }, on: { click: () => run(name) },
  }, h("span", {}, label));
});

async function run(name) {
  running.add(name);
  notify("offers");
  try {
    toast((await runAction(name, state.me)).said);
  } catch (error) {
    toast(error.message);
  }
  running.delete(name);
  await update();
}

// Whoever has written something needs no hint for newcomers any more.
const followed = () => [...state.messages.values()].some((messages) => messages.some((message) => message.out));

function drawHint() {
  const place = byId("hint");
  if (followed()) sessionStorage.setItem(SEEN, state.hint);
  const shown = Boolean(state.hint) && sessionStorage.getItem(SEEN) !== state.hint;
  place.hidden = !shown;
  if (!shown || place.dataset.text === state.hint) return;
  place.dataset.text = state.hint;
  place.replaceChildren(icon("bulb"), h("p", { dir: "auto" }, state.hint), h("button", {
    type: "button", class: "icon-button", "aria-label": "Put this hint away", dataset: { testid: "hint-close" }, on: { click: putAway },
  }, icon("close")));
}

function putAway() {
  sessionStorage.setItem(SEEN, state.hint);
  drawHint();
}
