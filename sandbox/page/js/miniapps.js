// Mini Apps: a web page of the bot in a frame; a sheet on a phone, a panel on a wide screen.
import { webApp } from "./api.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { openOutside } from "./links.js";
import { openHere } from "./sharing.js";
import { botOf, state } from "./state.js";
import { toast } from "./toasts.js";

// What Telegram's own web client lets a Mini App do.
const ALLOWED = "allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox allow-forms allow-modals";

/** Opens the Mini App of a button: {message_id, row, column}, or the menu button's without them. */
export async function openMiniApp(chat, button = {}) {
  try {
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    const { url } = await webApp({ user: state.me, chat, dark, ...button });
    show(botOf(chat).user.first_name, url);
  } catch (error) {
    toast(error.message);
  }
}

function show(title, url) {
  const frame = h("iframe", { src: url, title, sandbox: ALLOWED, dataset: { testid: "mini-app-frame" }, on: { load: () => dialog.removeAttribute("aria-busy") } });
  const dialog = h("dialog", { class: "mini-app", "aria-label": `Mini App of ${title}`, "aria-busy": "true", dataset: { testid: "mini-app" } },
    h("header", { class: "mini-app-head" },
      h("div", { class: "mini-app-title" }, h("h2", { dir: "auto" }, title), h("p", {}, "mini app")),
      h("button", { type: "button", class: "icon-button", "aria-label": "Close", title: "Close", dataset: { testid: "mini-app-close" }, on: { click: () => dialog.close() } }, icon("close"))),
    h("div", { class: "mini-app-stage" }, h("span", { class: "spinner", "aria-hidden": "true" }), frame));
  const hear = (event) => event.source === frame.contentWindow && obey(event.data, dialog);
  window.addEventListener("message", hear);
  dialog.addEventListener("close", () => {
    window.removeEventListener("message", hear);
    dialog.remove();
  });
  document.body.append(dialog);
  dialog.showModal();
}

/** Handles the events of a Mini App (core.telegram.org/api/web-events) that matter here. */
function obey(data, dialog) {
  const { eventType: type, eventData: details } = parsed(data);
  if (type === "web_app_close") dialog.close();
  else if (type === "web_app_open_link") openOutside(details?.url);
  else if (type === "web_app_open_tg_link") {
    const address = `https://t.me${details?.path_full}`;
    dialog.close();
    openHere(address);
  }
}

function parsed(data) {
  try {
    return JSON.parse(data) ?? {};
  } catch {
    return {};
  }
}
