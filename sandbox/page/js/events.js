// The server's events for one person: queued while the state is being read, so that none is lost. After a lost
// connection the state is read again.
import { eventsUrl, readState } from "./api.js";
import { dropMessage, notify, setOnline, setTyping, state, takeMessage, takeState } from "./state.js";

const RETRY_MS = 1500;

let source = null;
let retry = null;
let queue = null; // events that wait for the state being read
let again = false; // whether the state must be read once more
let running = null; // the promise of the read in progress

const HANDLERS = {
  message: ({ chat, message }) => takeMessage(chat, message),
  deleted: ({ chat, message_id: id }) => dropMessage(chat, id),
  typing: ({ chat }) => setTyping(chat),
  chats: () => refresh(),
  clock: ({ now }) => notify("clock", now),
  toast: (answer) => notify("toast", answer),
};

/** Follows the events of the open person from now on. */
export function follow() {
  clearTimeout(retry);
  source?.close();
  source = new EventSource(eventsUrl(state.me));
  for (const name of Object.keys(HANDLERS)) {
    source.addEventListener(name, (event) => apply(name, JSON.parse(event.data)));
  }
  let before = false;
  source.addEventListener("open", () => {
    setOnline(true);
    if (before) refresh();
    before = true;
  });
  source.addEventListener("error", () => {
    setOnline(false);
    // A browser gives up after an HTTP error; a sandbox that restarts needs more time.
    if (source.readyState === EventSource.CLOSED) retry = setTimeout(reconnect, RETRY_MS);
  });
}

async function reconnect() {
  await refresh();
  follow();
}

/** Handles an event, or the same news from a reply, in order. */
export function apply(name, data) {
  if (queue) queue.push([name, data]);
  else HANDLERS[name](data);
}

/** Reads the whole state again; calls during a read cause one more read, not many. */
export function refresh() {
  again = true;
  running ??= readAll().finally(() => (running = null));
  return running;
}

async function readAll() {
  while (again) {
    again = false;
    await readOnce(state.me);
  }
}

async function readOnce(person) {
  queue = [];
  try {
    const answer = await readState(person);
    if (person === state.me) takeState(answer);
    else again = true;
  } catch (error) {
    if (error.status === 404) notify("stranger"); // the sandbox was restarted and does not know this person
  } finally {
    const waiting = queue;
    queue = null;
    for (const [name, data] of waiting) if (name !== "chats") HANDLERS[name](data);
  }
}
