// The sandbox's time, which runs with the browser's, and the buttons that move it forward.
import { advanceClock, readClock, setClock } from "./api.js";
import { byId, h, replaceKeepingFocus } from "./dom.js";
import { icon } from "./icons.js";
import { offerButtons } from "./offers.js";
import { subscribe } from "./state.js";
import { clockDate, clockTime, isoSeconds, tomorrowMorning } from "./times.js";
import { toast } from "./toasts.js";

const HOUR_S = 3600;
const SETTLED_MS = 400;

let base = Date.now(); // the sandbox's time, in ms, ...
let since = performance.now(); // ... when performance.now() had this value
let moments = [];
let asking = null;

/** Returns the sandbox's time. */
export const now = () => new Date(base + performance.now() - since);

export async function startClock() {
  subscribe("clock", take);
  subscribe("messages", askAgainSoon);
  subscribe("offers", draw);
  await update();
  setInterval(drawTime, 1000);
}

async function update() {
  try {
    const answer = await readClock();
    moments = answer.moments ?? [];
    set(answer.now);
  } catch (error) {
    toast(error.message);
  }
}

// A bot's message may change the next moments; a burst of messages causes one request.
function askAgainSoon() {
  clearTimeout(asking);
  asking = setTimeout(update, SETTLED_MS);
}

// After a move of the clock, the next moments may differ.
function take(iso) {
  set(iso);
  update();
}

function set(iso) {
  base = Date.parse(iso);
  since = performance.now();
  draw();
}

async function move(call) {
  try {
    set((await call()).now);
  } catch (error) {
    toast(error.message);
  }
}

function draw() {
  replaceKeepingFocus(byId("clock-bar"),
    h("span", { class: "clock-face" }, icon("clock"),
      h("span", { class: "clock-label" }, "Sandbox time"),
      h("time", { class: "clock-now", dataset: { testid: "clock" } })),
    h("span", { class: "clock-buttons" },
      button("hour-button", null, ["+1 hour"], () => advanceClock(HOUR_S), { label: "Move on by one hour" }),
      button("tomorrow-button", "sun", ["Tomorrow", h("span", { class: "roomy" }, ", 09:00")], () => setClock(isoSeconds(tomorrowMorning(now()))),
        { label: "Move on to tomorrow, 09:00 UTC" }),
      moments.map(({ label, at }) =>
        button("moment-button", "skip", [label], () => setClock(at), { at, label: `Move on to: ${label}` })),
      offerButtons()));
  drawTime();
}

function button(testid, picture, text, call, { at, label }) {
  return h("button", {
    type: "button", class: "clock-button", "aria-label": label, title: label,
    dataset: { testid, focus: at ? `${testid} ${label}` : testid, at: at ?? "" }, on: { click: () => move(call) },
  }, picture && icon(picture), h("span", {}, text));
}

function drawTime() {
  const face = byId("clock-bar").querySelector("time");
  if (!face) return;
  const moment = now();
  const text = `${clockDate(moment)} · ${clockTime(moment)} UTC`;
  face.setAttribute("datetime", isoSeconds(moment));
  if (face.dataset.text === text) return;
  face.dataset.text = text;
  face.replaceChildren(h("span", { class: "clock-date" }, clockDate(moment), h("span", { class: "roomy" }, ` ${moment.getUTCFullYear()}`)), h("b", {}, clockTime(moment)),
    h("span", { class: "clock-zone" }, "UTC"));
}
