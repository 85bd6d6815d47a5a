// What this browser remembers for each person and chat: how far they have read, from where a
// cleared chat is shown, and the scroll position. Kept for the tab, so that a reload changes nothing.
import { messagesOf, state } from "./state.js";

const key = (kind, chat) => `sandbox:${kind}:${state.me}:${chat}`;
const newest = (chat) => messagesOf(chat).at(-1)?.message_id ?? 0;

function read(kind, chat) {
  const mark = Number(sessionStorage.getItem(key(kind, chat)) ?? 0);
  // A mark beyond the newest message is left over from an earlier run of the sandbox.
  return mark > newest(chat) && newest(chat) > 0 ? 0 : mark;
}

const write = (kind, chat) => sessionStorage.setItem(key(kind, chat), String(newest(chat)));

export const markRead = (chat) => write("read", chat);
export const clearForMe = (chat) => write("cleared", chat);

/** Returns the number of unread messages of others. */
export function unreadCount(chat) {
  const mark = read("read", chat);
  return shownMessages(chat).filter((message) => !message.out && message.message_id > mark).length;
}

/** Returns the chat's messages without those that this person cleared. */
export function shownMessages(chat) {
  const mark = read("cleared", chat);
  // Both groups have a message about the migration; one is enough.
  return messagesOf(chat).filter((message) => message.message_id > mark && !message.migrate_from_chat_id);
}
