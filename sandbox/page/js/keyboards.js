// Buttons under messages (inline keyboards) and below the message box (reply keyboards).
import { press } from "./api.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { botLink, linkProps, openOutside } from "./links.js";
import { openMiniApp } from "./miniapps.js";
import { openBotLink } from "./starting.js";
import { notify, state } from "./state.js";
import { shownMessages } from "./marks.js";
import { callbackAnswer, toast } from "./toasts.js";

const waiting = new Set(); // buttons that wait for the bot's answer

/** Returns the rows of buttons under a message, or null. */
export function inlineKeyboard(chat, message) {
  const rows = message.reply_markup?.inline_keyboard;
  if (!rows?.length) return null;
  return h("div", { class: "inline-keyboard", role: "group", "aria-label": "Buttons of the message" },
    rows.map((row, y) => h("div", { class: "button-row" },
      row.map((button, x) => inlineButton(chat, message, button, { row: y, column: x })))));
}

function inlineButton(chat, message, button, { row, column }) {
  const place = `${row}.${column}`;
  const key = `${state.me}:${chat}:${message.message_id}:${place}`;
  const common = { class: "inline-button", dataset: { testid: "inline-button", focus: `button ${place}` } };
  const label = h("span", { class: "button-label", dir: "auto" }, button.text);
  if (button.url) {
    const props = linkProps(button.url);
    if (props) return h("a", { ...common, ...props, dataset: { ...common.dataset, ...props.dataset } }, label, icon("link"));
  }
  if (button.web_app) {
    const open = () => openMiniApp(chat, { message_id: message.message_id, row, column });
    return h("button", { ...common, type: "button", "aria-haspopup": "dialog", on: { click: open } }, label, icon("window"));
  }
  if (button.callback_data == null) return h("button", { ...common, type: "button", disabled: true }, label);
  const busy = waiting.has(key);
  return h("button", {
    ...common, type: "button", class: `inline-button${busy ? " waiting" : ""}`, "aria-busy": busy ? "true" : null,
    on: { click: () => pressButton(chat, message, button.callback_data, key) },
  }, label, busy && h("span", { class: "spinner", "aria-hidden": "true" }));
}

async function pressButton(chat, message, data, key) {
  if (waiting.has(key)) return;
  waiting.add(key);
  notify("messages", { chat, message });
  try {
    const answer = await press(state.me, chat, message.message_id, data);
    callbackAnswer(answer);
    if (answer.url) botLink(answer.url) ? openBotLink(answer.url) : openOutside(answer.url);
  } catch (error) {
    toast(error.message);
  }
  waiting.delete(key);
  notify("messages", { chat, message });
}

/** Returns the reply keyboard of a chat: the newest one, unless it was removed since. */
export function replyKeyboardOf(chat) {
  for (const message of shownMessages(chat).toReversed()) {
    if (message.out) continue;
    if (message.reply_markup?.remove_keyboard) return null;
    if (message.reply_markup?.keyboard) return message.reply_markup.keyboard;
  }
  return null;
}

export function replyKeyboard(rows, send) {
  return h("div", { class: "reply-keyboard", role: "group", "aria-label": "Suggested answers" },
    rows.map((row) => h("div", { class: "button-row" }, row.map((button) => {
      const text = typeof button === "string" ? button : button.text;
      return h("button", { type: "button", class: "reply-button", dir: "auto", dataset: { testid: "reply-button", focus: `reply ${text}` }, on: { click: () => send(text) } }, text);
    }))));
}
