// What the open person sees: a copy of the server's state, kept up to date by its events.
// Parts of the page subscribe to the topics they draw: "people", "chats", "messages", "typing", "online", "offers".

export const state = {
  me: null, // id of the current person
  chat: null, // id of the open chat
  users: [],
  bots: [],
  chats: [],
  messages: new Map(), // chat id -> [Message], oldest first
  typing: new Set(), // chat ids
  hint: "", // a line for newcomers
  online: false,
};

const listeners = new Map();
const typingTimers = new Map();

/** Calls `draw(detail)` whenever that topic changes. */
export function subscribe(topic, draw) {
  listeners.set(topic, [...(listeners.get(topic) ?? []), draw]);
}

export function notify(topic, detail) {
  for (const draw of listeners.get(topic) ?? []) draw(detail);
}

/** Replaces the state by a result of `GET /sandbox/state`. */
export function takeState(answer) {
  state.users = answer.users.filter((user) => !user.deleted);
  state.bots = answer.bots;
  state.hint = answer.hint ?? "";
  state.chats = withEveryBot(answer.chats ?? []);
  // A group that became a supergroup continues under its new id.
  state.chat = state.chats.find((chat) => chat.migrated_from != null && chat.migrated_from === state.chat)?.id ?? state.chat;
  state.messages = new Map(
    Object.entries(answer.messages ?? {}).map(([id, messages]) => [Number(id), messages]));
  state.typing.clear();
  for (const chat of state.chats) if (chat.typing) setTyping(chat.id);
  for (const topic of ["people", "chats", "messages", "typing"]) notify(topic);
}

// A bot without messages is a chat as well: START is pressed there.
function withEveryBot(chats) {
  const known = new Set(chats.map((chat) => chat.id));
  const missing = state.bots.filter((bot) => !known.has(bot.user.id)).map(({ user }) =>
    ({ id: user.id, type: "private", title: user.first_name, bot: user.id, members: [], roles: {}, blocked: false }));
  return [...chats, ...missing];
}

/** Adds or changes a message. */
export function takeMessage(chat, message) {
  const messages = messagesOf(chat);
  const at = messages.findIndex((other) => other.message_id === message.message_id);
  const fresh = at < 0;
  const next = fresh ? [...messages, message] : messages.with(at, message);
  if (fresh) next.sort((a, b) => a.message_id - b.message_id);
  state.messages.set(chat, next);
  if (fresh && !message.out) setTyping(chat, false);
  notify("messages", { chat, message, fresh });
  notify("chats");
}

export function dropMessage(chat, messageId) {
  state.messages.set(chat, messagesOf(chat).filter((message) => message.message_id !== messageId));
  notify("messages", { chat });
  notify("chats");
}

/** Shows that the other side is typing, for five seconds, like chat actions do. */
export function setTyping(chat, typing = true) {
  clearTimeout(typingTimers.get(chat));
  if (typing) {
    state.typing.add(chat);
    typingTimers.set(chat, setTimeout(() => setTyping(chat, false), 5000));
  } else if (!state.typing.delete(chat)) return;
  notify("typing");
}

export function setOnline(online) {
  if (state.online === online) return;
  state.online = online;
  document.documentElement.dataset.online = String(online);
  notify("online");
}

export const messagesOf = (chat) => state.messages.get(chat) ?? [];
export const chatOf = (id) => state.chats.find((chat) => chat.id === id);
export const openChat = () => chatOf(state.chat);
export const userOf = (id) => state.users.find((user) => user.id === id) ?? botOf(id)?.user;
export const botOf = (id) => state.bots.find((bot) => bot.user.id === id);
export const me = () => state.users.find((user) => user.id === state.me);

/** Returns the bot with that @name (with or without the @, in any case). */
export function botNamed(username) {
  const wanted = username.replace(/^@/, "").toLowerCase();
  return state.bots.find((bot) => bot.user.username?.toLowerCase() === wanted);
}

/** Returns the bots that receive commands in this chat. */
export function botsIn(chat) {
  if (chat.bot != null) return [botOf(chat.bot)].filter(Boolean);
  return chat.members.map(botOf).filter(Boolean);
}

/** Returns the commands of a bot's menu in this chat. */
export const commandsOf = (bot, chat) => (chat.type === "private" ? bot.commands : bot.group_commands);

export const fullName = (user) =>
  [user?.first_name, user?.last_name].filter(Boolean).join(" ") || "Deleted account";
