// The head of the open chat: its name, what the other side is doing, and the chat's menu.
import { setBlocked } from "./api.js";
import { avatar, faceOf } from "./avatars.js";
import { byId, h, replaceKeepingFocus } from "./dom.js";
import { confirmDialog } from "./dialogs.js";
import { refresh } from "./events.js";
import { askLeave, askMember, askPermissions, showMembers } from "./groups.js";
import { icon } from "./icons.js";
import { clearForMe } from "./marks.js";
import { openMenu } from "./menus.js";
import { openChatById } from "./navigation.js";
import { openSwitcher } from "./people.js";
import { botOf, botsIn, fullName, me, notify, openChat, state, subscribe } from "./state.js";
import { toast } from "./toasts.js";

export function startChatHead() {
  for (const topic of ["selection", "chats", "typing", "online"]) subscribe(topic, draw);
}

let drawn = "";

function draw() {
  const chat = openChat();
  const status = chat ? statusOf(chat) : "";
  const shape = JSON.stringify([state.me, chat?.id, chat?.title, status, chat?.blocked]);
  if (shape === drawn) return;
  drawn = shape;
  document.documentElement.dataset.screen = chat ? "chat" : "list";
  const head = byId("chat-head");
  head.hidden = !chat;
  if (!chat) return head.replaceChildren();
  replaceKeepingFocus(head,
    iconButton("back", "Back to the chats", "back-button", () => openChatById(null)),
    avatar(chat, "m"),
    h("div", { class: "chat-head-text" },
      h("h1", { class: "chat-title", dir: "auto", dataset: { testid: "chat-title" } }, chat.title),
      h("p", { class: `chat-status${isTyping(chat) ? " typing" : ""}`, dataset: { testid: "chat-status" } }, status,
        isTyping(chat) && state.online && h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")))),
    me() && switcher(),
    iconButton("more", "More", "chat-menu", (event) => openChatMenu(event.currentTarget, chat), "menu"));
}

// On a phone the person switcher is on another screen, with the list.
const switcher = () => h("button", {
  type: "button", class: "head-switcher", "aria-label": `You are ${fullName(me())}`, title: `You are ${fullName(me())}`, "aria-haspopup": "menu",
  dataset: { testid: "head-switcher", focus: "head-switcher" }, on: { click: (event) => openSwitcher(event.currentTarget) },
}, faceOf(me(), "s"));

const isTyping = (chat) => state.typing.has(chat.id);

function statusOf(chat) {
  if (!state.online) return "connecting…";
  if (isTyping(chat)) return typist(chat);
  if (chat.blocked) return "blocked by you";
  if (chat.bot != null) return "bot";
  const count = chat.members.length;
  return chat.type === "private" ? "person" : `${count} member${count === 1 ? "" : "s"}`;
}

// Only bots are seen typing, and a group may have several.
function typist(chat) {
  const bots = chat.type === "private" ? [] : botsIn(chat);
  return bots.length === 1 ? `${bots[0].user.first_name} is typing` : "typing";
}

function iconButton(picture, label, testid, click, haspopup) {
  return h("button", {
    type: "button", class: `icon-button ${testid}`, "aria-label": label, title: label, "aria-haspopup": haspopup,
    dataset: { testid, focus: testid }, on: { click },
  }, icon(picture));
}

function openChatMenu(anchor, chat) {
  const clear = { label: "Delete chat", icon: "trash", danger: true, testid: "clear-chat", run: () => askClear(chat) };
  const items = chat.bot != null ? [blockItem(chat), clear] : chat.type === "private" ? [clear] : [
    { label: "Members", icon: "group", testid: "members", run: () => showMembers(chat) },
    { label: "Add a member", icon: "plus", testid: "add-member", run: () => askMember(chat) },
    chat.roles[state.me] && { label: "Permissions", icon: "shield", testid: "permissions", run: () => askPermissions(chat) },
    { label: "Leave group", icon: "leave", danger: true, testid: "leave-group", run: () => askLeave(chat) },
  ];
  openMenu(anchor, items.filter((item) => item !== undefined), { label: "Chat", align: "end" });
}

function blockItem(chat) {
  const name = botOf(chat.bot)?.user.first_name ?? "bot";
  return {
    label: chat.blocked ? `Unblock ${name}` : `Block ${name}`, icon: chat.blocked ? "undo" : "block",
    danger: !chat.blocked, testid: chat.blocked ? "unblock" : "block", run: () => block(chat, !chat.blocked),
  };
}

async function block(chat, blocked) {
  try {
    await setBlocked(state.me, chat.bot, blocked);
    await refresh();
  } catch (error) {
    toast(error.message);
  }
}

function askClear(chat) {
  confirmDialog("Delete chat", "Its messages disappear for you; the other side keeps them.", "Delete", () => {
    clearForMe(chat.id);
    notify("messages", {});
    notify("chats");
  });
}
