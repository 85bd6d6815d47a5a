// The control API (sandbox/README.md), one function a call. Each throws ApiError with the server's sentence.

/** A call that the sandbox refused; the message can be shown to a person. */
export class ApiError extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

async function call(method, path, body) {
  const options = { method };
  if (body !== undefined) {
    options.headers = { "Content-Type": "application/json" };
    options.body = JSON.stringify(body);
  }
  let response;
  try {
    response = await fetch(`/sandbox${path}`, options);
  } catch {
    throw new ApiError("The sandbox does not answer. Is it still running?", 0);
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new ApiError(answer.error ?? `The sandbox answered ${response.status}.`, response.status);
  return answer;
}

const get = (path) => call("GET", path);
const post = (path, body) => call("POST", path, body);

export const readState = (user) => get(user == null ? "/state" : `/state?user=${user}`);
export const eventsUrl = (user) => `/sandbox/events?user=${user}`;
export const fileUrl = (fileId) => `/sandbox/files/${encodeURIComponent(fileId)}`;

export const addPerson = (person) => post("/users", person);
export const addGroup = (title, owner, members) => post("/groups", { title, owner, members });
export const addMember = (group, user, by) => post(`/groups/${group}/members`, { user, by });
export const leaveGroup = (group, user) => call("DELETE", `/groups/${group}/members/${user}`);
export const removeMember = (group, user, by) => call("DELETE", `/groups/${group}/members/${user}?by=${by}`);
export const promote = (group, user, by, rights) => post(`/groups/${group}/promote`, { user, by, rights });
export const demote = (group, user, by) => post(`/groups/${group}/demote`, { user, by });
export const permit = (group, by, permissions) => post(`/groups/${group}/permissions`, { by, permissions });

export const sendText = (user, chat, text, replyTo) =>
  post("/messages", { user, chat, text, ...(replyTo ? { reply_to: replyTo } : {}) });
export const editText = (user, chat, id, text) => post("/messages/edit", { user, chat, message_id: id, text });
export const deleteMessage = (user, chat, id) => post("/messages/delete", { user, chat, message_id: id });
export const forwardMessage = (user, from, id, chat) =>
  post("/messages/forward", { user, from_chat: from, message_id: id, chat });
export const vote = (user, chat, id, options) =>
  post("/vote", { user, chat, message_id: id, option_ids: options });
export const press = (user, chat, id, data) => post("/press", { user, chat, message_id: id, data });
export const webApp = (button) => post("/web_app", button);
export const setBlocked = (user, bot, blocked) => post(blocked ? "/block" : "/unblock", { user, bot });

export const readClock = () => get("/clock");
export const advanceClock = (seconds) => post("/clock", { advance: seconds });
export const setClock = (iso) => post("/clock", { set: iso });

export const readActions = () => get("/actions");
export const runAction = (name, user) => post(`/actions/${encodeURIComponent(name)}`, { user });
