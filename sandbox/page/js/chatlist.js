// The left column's list: every chat with its newest message, the time and the number of unread messages.
import { avatar } from "./avatars.js";
import { preview } from "./bubbles.js";
import { now } from "./clock.js";
import { byId, h, replaceKeepingFocus } from "./dom.js";
import { icon } from "./icons.js";
import { shownMessages, unreadCount } from "./marks.js";
import { openChatById } from "./navigation.js";
import { serviceText } from "./services.js";
import { state, subscribe } from "./state.js";
import { shortWhen } from "./times.js";

let planned = false;

export function startChatList() {
  for (const topic of ["chats", "typing", "selection", "clock"]) subscribe(topic, plan);
}

// Many events may come at once; the list is drawn once for all of them.
function plan() {
  if (planned) return;
  planned = true;
  queueMicrotask(() => {
    planned = false;
    draw();
  });
}

function draw() {
  const rows = state.chats.map((chat) => ({ chat, last: shownMessages(chat.id).at(-1) }));
  rows.sort((a, b) => (b.last?.date ?? 0) - (a.last?.date ?? 0));
  const total = rows.reduce((sum, { chat }) => sum + (chat.id === state.chat ? 0 : unreadCount(chat.id)), 0);
  const title = state.chats.find((chat) => chat.id === state.chat)?.title ?? "Sandbox chat";
  document.title = `${total ? `(${total}) ` : ""}${title}`;
  replaceKeepingFocus(byId("chat-list"),
    rows.length ? h("ul", {}, rows.map(row)) : h("p", { class: "hint" }, "No chats yet. Add a bot, or make a group."));
}

function row({ chat, last }) {
  const open = chat.id === state.chat;
  const unread = open && document.hasFocus() ? 0 : unreadCount(chat.id);
  return h("li", {}, h("button", {
    type: "button", class: `chat-row${open ? " open" : ""}`, "aria-current": open ? "true" : null,
    dataset: { testid: `chat-${chat.id}`, focus: `chat ${chat.id}` }, on: { click: () => openChatById(chat.id) },
  },
    avatar(chat, "l"),
    h("span", { class: "chat-row-text" },
      h("span", { class: "chat-row-top" },
        chat.type !== "private" && icon("group"),
        h("span", { class: "chat-row-title", dir: "auto" }, chat.title),
        last && h("time", {}, shortWhen(last.date, now()))),
      h("span", { class: "chat-row-bottom" },
        snippet(chat, last),
        unread > 0 && h("span", { class: "badge" }, String(unread), h("span", { class: "visually-hidden" }, " unread"))))));
}

function snippet(chat, last) {
  if (state.typing.has(chat.id)) return h("span", { class: "chat-row-snippet typing" }, "typing…");
  if (!last) return h("span", { class: "chat-row-snippet" }, chat.bot != null ? "Press START to begin" : "No messages yet");
  const author = authorOf(chat, last);
  return h("span", { class: "chat-row-snippet", dir: "auto" }, author && h("span", { class: "author" }, author), preview(last));
}

function authorOf(chat, message) {
  if (serviceText(message)) return "";
  if (message.out) return "You: ";
  return chat.type !== "private" && message.from ? `${message.from.first_name}: ` : "";
}
