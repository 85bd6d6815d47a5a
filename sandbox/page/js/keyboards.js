// Buttons under messages (inline keyboards) and below the message box (reply keyboards).
import { press } from "./api.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { copy } from "./clipboard.js";
import { linkProps } from "./links.js";
import { openMiniApp } from "./miniapps.js";
import { openHere } from "./sharing.js";
import { notify, state } from "./state.js";
import { shownMessages } from "./marks.js";
import { callbackAnswer, toast } from "./toasts.js";

const waiting = new Set(); // buttons that wait for the bot's answer

/** Returns the rows of buttons under a message, or null. */
export function inlineKeyboard(chat, message) {
  const rows = message.reply_markup?.inline_keyboard;
  if (!rows?.length) return null;
  return h("div", { class: "inline-keyboard", role: "group", "aria-label": "Buttons of the message" },
    rows.map((row, y) => h("div", { class: `button-row${isTight(row) ? " tight" : ""}` },
      row.map((button, x) => inlineButton(chat, message, button, { row: y, column: x })))));
}

// Texts wrap at spaces, and a button is as wide as its longest word, unless the words of a row have no room side by side.
const ROW_PX = 300;
const LETTER_PX = 9;
const PADDING_PX = 20;

const longestWord = (text) => Math.max(...text.split(/\s+/).map((word) => word.length));
const isTight = (row) => row.reduce((px, { text }) => px + longestWord(text) * LETTER_PX + PADDING_PX, 0) > ROW_PX;

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
  if (button.copy_text) {
    return h("button", { ...common, type: "button", on: { click: () => copy(button.copy_text.text) } }, label, icon("copy"));
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
    if (answer.url) openHere(answer.url);
  } catch (error) {
    toast(error.message);
  }
  waiting.delete(key);
  notify("messages", { chat, message });
}

const folded = new Set(); // reply keyboards that are put away, until their icon is pressed

/** Returns {key, rows, once, placeholder, open} for the reply keyboard of a chat: the newest one, unless it was removed since. */
export function replyKeyboardOf(chat) {
  for (const message of shownMessages(chat).toReversed()) {
    const markup = message.out ? null : message.reply_markup;
    if (markup?.remove_keyboard) return null;
    if (!markup?.keyboard) continue;
    const key = `${state.me}:${chat}:${message.message_id}`;
    return { key, rows: markup.keyboard, once: markup.one_time_keyboard, placeholder: markup.input_field_placeholder, open: !folded.has(key) };
  }
  return null;
}

/** Puts the keyboard away, or brings it back. */
export function foldKeyboard({ key }, fold) {
  if (fold) folded.add(key);
  else folded.delete(key);
}

export function replyKeyboard({ rows }, send) {
  return h("div", { class: "reply-keyboard", role: "group", "aria-label": "Suggested answers" },
    rows.map((row) => h("div", { class: "button-row" }, row.map((button) => {
      const text = typeof button === "string" ? button : button.text;
      return h("button", { type: "button", class: "reply-button", dir: "auto", dataset: { testid: "reply-button", focus: `reply ${text}` }, on: { click: () => send(text) } }, text);
    }))));
}
