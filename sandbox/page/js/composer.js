// The foot of a chat: the message box with its command menu; START before the first message; Unblock.
import { editText, sendText, setBlocked } from "./api.js";
import { commandKey, commandsOpen, commandText, hideCommands, showCommands } from "./commands.js";
import { byId, h, narrow } from "./dom.js";
import { apply, refresh } from "./events.js";
import { icon } from "./icons.js";
import { foldKeyboard, replyKeyboard, replyKeyboardOf } from "./keyboards.js";
import { shownMessages } from "./marks.js";
import { openMiniApp } from "./miniapps.js";
import { offeredStart, takeStart } from "./starting.js";
import { botOf, botsIn, commandsOf, fullName, notify, openChat, state, subscribe } from "./state.js";
import { toast } from "./toasts.js";

const LONGEST = 4096;
const drafts = new Map(); // `${person}:${chat}` -> text
let about = null; // {kind: "edit" or "reply", chat, message}: what the box is for, if not a new message
let parts = null; // {key (as in drafts), input, sendButton, holder}
let drawn = "";

export function startComposer() {
  subscribe("selection", () => draw(true));
  subscribe("chats", () => draw());
  subscribe("messages", ({ chat } = {}) => (chat === undefined || chat === state.chat) && draw());
  subscribe("leaving", keepDraft);
}

const editing = () => about?.kind === "edit";
const draftKey = () => `${state.me}:${state.chat}`;

function keepDraft() {
  if (parts && !editing()) drafts.set(draftKey(), parts.input.value);
  about = null;
}

// The foot is redrawn only when its kind changes, so that a text being typed stays.
function draw(force = false) {
  const chat = openChat();
  const keyboard = chat ? replyKeyboardOf(chat.id) : null;
  const kind = kindOf(chat);
  const shape = JSON.stringify([state.me, chat?.id, kind, keyboard, about?.kind, about?.message.message_id, chat && botsIn(chat).map((bot) => [commandsOf(bot, chat).length, bot.menu_button])]);
  if (!force && shape === drawn) return;
  const typed = parts?.key === draftKey() ? parts.input.value : null;
  const focused = byId("composer-area").contains(document.activeElement);
  drawn = shape;
  if (typed !== null && kind !== "box" && !editing()) drafts.set(draftKey(), typed);
  hideCommands();
  parts = null;
  const area = byId("composer-area");
  area.dataset.kind = kind;
  if (kind === "none") return area.replaceChildren();
  if (kind === "start") area.replaceChildren(bigButton("Start", "start", () => begin(chat)));
  else if (kind === "blocked") area.replaceChildren(bigButton("Unblock", "unblock", () => unblock(chat)));
  else drawBox(area, chat, keyboard, typed ?? drafts.get(draftKey()) ?? "");
  if (focused || (force && !narrow())) area.querySelector(focused ? "textarea, .big-button" : "textarea")?.focus({ preventScroll: true });
}

function kindOf(chat) {
  if (!chat) return "none";
  if (offeredStart(chat.id) !== null) return "start";
  if (chat.blocked) return "blocked";
  return chat.bot != null && shownMessages(chat.id).length === 0 ? "start" : "box";
}

async function begin(chat) {
  const payload = takeStart(chat.id) ?? "";
  if (chat.blocked) await unblock(chat);
  await send(`/start ${payload}`.trim());
  draw();
}

const bigButton = (label, action, run) =>
  h("button", { type: "button", class: "big-button", dataset: { testid: "start-button", action, focus: "big" }, on: { click: run } }, label);

function drawBox(area, chat, keyboard, text) {
  const holder = h("div", { class: "commands-holder" });
  const input = h("textarea", {
    id: "composer", rows: "1", maxlength: LONGEST, placeholder: keyboard?.placeholder || "Message", dir: "auto", "aria-label": `Message to ${chat.title}`, role: "combobox",
    "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": "commands", "aria-haspopup": "listbox", dataset: { testid: "composer" },
    autocomplete: "off", enterkeyhint: "send", on: { input: typedSomething, keydown: key, blur: () => setTimeout(() => document.activeElement !== input && hideCommands(), 150) },
  });
  input.value = text;
  const sendButton = h("button", {
    type: "button", class: "send-button", "aria-label": editing() ? "Save changes" : "Send", dataset: { testid: "send-button" },
    on: { pointerdown: (event) => event.preventDefault(), click: submit },
  }, icon(editing() ? "check" : "send"));
  parts = { key: draftKey(), input, sendButton, holder };
  area.replaceChildren(holder, ...(about ? [aboutBar()] : []), h("div", { class: "composer" }, menuButton(chat) || "", input, keyboard ? keyboardSwitch(keyboard) : "", sendButton),
    ...(keyboard?.open ? [replyKeyboard(keyboard, (answer) => answerWith(keyboard, answer))] : []));
  fit();
}

// A bot may have it open a Mini App; its commands are then listed by typing "/".
function menuButton(chat) {
  const own = chat.bot != null ? botOf(chat.bot).menu_button : null;
  if (own?.type === "web_app") {
    return h("button", {
      type: "button", class: "menu-button opens-app", "aria-haspopup": "dialog", dataset: { testid: "menu-button" }, on: { click: () => openMiniApp(chat.id) },
    }, icon("window"), h("span", { dir: "auto" }, own.text));
  }
  return botsIn(chat).some((bot) => commandsOf(bot, chat).length) && h("button", {
    type: "button", class: "menu-button", "aria-label": "Commands", "aria-haspopup": "listbox", dataset: { testid: "menu-button" },
    on: { pointerdown: (event) => event.preventDefault(), click: toggleMenu },
  }, icon("menu"), h("span", {}, "Menu"));
}

function keyboardSwitch(keyboard) {
  const label = keyboard.open ? "Hide the suggested answers" : "Show the suggested answers";
  const turn = () => {
    foldKeyboard(keyboard, keyboard.open);
    draw();
  };
  return h("button", {
    type: "button", class: "icon-button keyboard-switch", "aria-label": label, title: label, "aria-expanded": String(keyboard.open),
    dataset: { testid: "keyboard-switch", focus: "keyboard-switch" }, on: { pointerdown: (event) => event.preventDefault(), click: turn },
  }, icon("keyboard"));
}

function answerWith(keyboard, text) {
  if (keyboard.once) foldKeyboard(keyboard, true);
  draw();
  send(text);
}

function aboutBar() {
  const [title, stop] = editing() ? ["Edit message", "Stop editing"] : [`Reply to ${fullName(about.message.from)}`, "Do not reply"];
  const { text, caption, poll } = about.message;
  return h("div", { class: "about-bar" }, icon(about.kind),
    h("span", {}, h("b", { dir: "auto" }, title), h("span", { dir: "auto" }, text ?? caption ?? poll?.question ?? "Message")),
    h("button", { type: "button", class: "icon-button", "aria-label": stop, on: { click: () => stopAbout() } }, icon("close")));
}

function typedSomething() {
  fit();
  const { input, holder } = parts;
  if (!editing() && /^\/\w*$/.test(input.value)) showCommands(input, holder, input.value, pickCommand);
  else hideCommands();
}

// As high as its text, up to a limit (max-height in layout.css).
function fit() {
  const { input, sendButton } = parts;
  input.style.height = "auto";
  input.style.height = `${input.scrollHeight}px`;
  sendButton.disabled = !input.value.trim();
}

function key(event) {
  if (event.isComposing || commandKey(event)) return;
  if (event.key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    submit();
  } else if (event.key === "Escape" && about) {
    event.preventDefault();
    stopAbout();
  } else if (event.key === "ArrowUp" && !parts.input.value) {
    const mine = shownMessages(state.chat).findLast((message) => message.out && message.text != null);
    if (mine) {
      event.preventDefault();
      beginEdit(state.chat, mine);
    }
  }
}

function toggleMenu() {
  const { input, holder } = parts;
  const open = commandsOpen();
  input.focus();
  if (open) hideCommands();
  else showCommands(input, holder, "/", pickCommand);
}

/** Enter sends the command; Tab only completes it, so that something can be added. */
function pickCommand(match, complete = false) {
  const text = commandText(openChat(), match);
  hideCommands();
  parts.input.value = complete ? `${text} ` : "";
  fit();
  if (!complete) send(text);
}

function submit() {
  const text = parts.input.value.trim();
  if (!text) return;
  if (editing()) return void saveEdit(text);
  parts.input.value = "";
  typedSomething();
  parts.input.focus();
  send(text);
}

/** Sends a text into the open chat; a refused text returns to the box. */
export async function send(text) {
  const chat = state.chat;
  const reply = about?.kind === "reply" ? about.message.message_id : undefined;
  if (reply) stopAbout();
  notify("sending");
  try {
    const message = await sendText(state.me, chat, text, reply);
    if (message.message_id) apply("message", { chat, message: { ...message, out: true } });
  } catch (error) {
    toast(error.message);
    if (parts && chat === state.chat && !parts.input.value) {
      parts.input.value = text;
      fit();
    }
  }
}

async function saveEdit(text) {
  const { chat, message } = about;
  try {
    if (text !== message.text) await editText(state.me, chat, message.message_id, text);
    stopAbout();
  } catch (error) {
    toast(error.message);
  }
}

/** Puts a message into the box to edit it. */
export function beginEdit(chat, message) {
  if (!editing()) drafts.set(draftKey(), parts?.input.value ?? "");
  about = { kind: "edit", chat, message };
  draw();
  parts.input.value = message.text;
  fit();
  parts.input.focus();
}

/** Makes the next message a reply to that message. */
export function beginReply(chat, message) {
  if (!parts || chat !== state.chat) return;
  if (editing()) stopAbout();
  about = { kind: "reply", chat, message };
  draw();
  parts.input.focus();
}

function stopAbout() {
  if (editing() && parts) parts.input.value = drafts.get(draftKey()) ?? "";
  about = null;
  draw();
  parts?.input.focus();
}

async function unblock(chat) {
  try {
    await setBlocked(state.me, chat.bot, false);
    await refresh();
  } catch (error) {
    toast(error.message);
  }
}
