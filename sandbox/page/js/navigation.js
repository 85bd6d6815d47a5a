// The person and the open chat, kept in the address (/?user=ID&chat=ID), so that it can be shared and Back works.
import { follow, refresh } from "./events.js";
import { narrow } from "./dom.js";
import { markRead } from "./marks.js";
import { chatOf, messagesOf, notify, state } from "./state.js";

const LAST_PERSON = "sandbox:person";

/** Returns the ids in the address; null where there is none. */
export function routeOf(address = location) {
  const query = new URLSearchParams(address.search);
  const id = (name) => (query.get(name) ? Number(query.get(name)) : null);
  return { user: id("user"), chat: id("chat") };
}

function writeRoute({ push }) {
  const query = new URLSearchParams();
  if (state.me != null) query.set("user", state.me);
  if (state.chat != null) query.set("chat", state.chat);
  const address = `${location.pathname}?${query}`;
  if (push) history.pushState(null, "", address);
  else history.replaceState(null, "", address);
}

/** Opens a chat, or the list (null). */
export function openChatById(id, { push = true } = {}) {
  if (state.chat !== id) notify("leaving");
  state.chat = id;
  if (id != null) markRead(id);
  writeRoute({ push });
  notify("selection");
  notify("chats");
}

/** Switches to another person, with their chats and events. */
export async function becomePerson(id, chat = null) {
  notify("leaving");
  state.me = id;
  state.chat = chat;
  localStorage.setItem(LAST_PERSON, String(id));
  follow();
  await refresh();
  if (state.chat == null || !chatOf(state.chat)) state.chat = firstChat();
  if (state.chat != null) markRead(state.chat);
  writeRoute({ push: false });
  notify("people");
  notify("selection");
  notify("chats");
}

// If there is one chat only, it is opened: there is nothing to choose.
// On a wide screen, where the list stays visible, the chat with the newest message is opened.
function firstChat() {
  if (state.chats.length === 1) return state.chats[0].id;
  if (narrow()) return null;
  const newest = (chat) => messagesOf(chat.id).at(-1)?.date ?? 0;
  return [...state.chats].sort((a, b) => newest(b) - newest(a))[0]?.id ?? null;
}

export const lastPerson = () => Number(localStorage.getItem(LAST_PERSON) ?? NaN);
