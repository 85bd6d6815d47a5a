// The log of the open chat: redraws only what changed, and keeps the reading position.
import { messageView } from "./bubbles.js";
import { now } from "./clock.js";
import { byId, h, lessMotion } from "./dom.js";
import { icon } from "./icons.js";
import { send } from "./composer.js";
import { markRead, shownMessages } from "./marks.js";
import { playVerdict, pollChanged } from "./polls.js";
import { avatar } from "./avatars.js";
import { openHere } from "./sharing.js";
import { botOf, openChat, state, subscribe } from "./state.js";
import { serviceText } from "./services.js";
import { dayKey, dayTitle, isoOf } from "./times.js";

const NEAR_END = 80; // px from the end that still count as the end
const GLIDE_MS = 500;
const TOUCH_MS = 1000; // for how long a wheel or a finger keeps scrolling
const SCROLL_KEYS = new Set(["ArrowUp", "PageUp", "Home", " "]);
const RUN_S = 600; // messages of one sender within ten minutes form a run

let drawn = new Map(); // message_id -> {message, place, element}
let drawnFor = ""; // person and chat that the log shows
let atEnd = true; // whether new messages are followed
let lastTop = 0;
let touchedAt = -Infinity; // when wheel, finger, key or scrollbar was last used here
let glidingUntil = 0; // a smooth scroll is under way
let settling = null; // the timer that completes it
let newSinceAway = 0;
const places = new Map(); // person and chat -> scrollTop, for chats not read to the end

export function startConversation() {
  const timeline = byId("timeline");
  const down = byId("scroll-bottom");
  down.append(icon("down"), h("span", { class: "badge", hidden: true }));
  down.addEventListener("click", () => toEnd(true));
  timeline.addEventListener("scroll", scrolled, { passive: true });
  for (const type of ["wheel", "touchmove"]) timeline.addEventListener(type, touched, { passive: true });
  timeline.addEventListener("keydown", (event) => SCROLL_KEYS.has(event.key) && touched());
  // On the scrollbar: a press on a message scrolls nothing, but what it changes may move the log.
  timeline.addEventListener("pointerdown", (event) => event.target === timeline && touched());
  // A drag of the scrollbar has no time limit.
  timeline.addEventListener("pointermove", (event) => event.buttons && touched(), { passive: true });
  timeline.addEventListener("click", followLinks);
  timeline.addEventListener("unfold", keepInSight);
  // When pictures load, explanations open or the window shrinks, a log at its end stays there.
  const watcher = new ResizeObserver(() => atEnd && toEnd(false));
  watcher.observe(byId("messages"));
  watcher.observe(timeline);
  subscribe("leaving", keepPlace);
  subscribe("selection", drawAll);
  subscribe("sending", () => (atEnd = true));
  subscribe("messages", changed);
  // "Today" becomes "Yesterday"; the clock is redrawn in the same step.
  subscribe("clock", () => setTimeout(() => changed()));
}

const sight = () => `${state.me}:${state.chat}`;

function keepPlace() {
  if (state.chat == null) return;
  if (atEnd) places.delete(sight());
  else places.set(sight(), byId("timeline").scrollTop);
}

function changed({ chat, message, fresh } = {}) {
  if (chat !== undefined && chat !== state.chat) return;
  if (drawnFor !== sight()) return drawAll();
  const redraw = !fresh && message ? message.message_id : null;
  if (fresh && !message.out && !atEnd) newSinceAway += 1;
  draw(redraw);
  markRead(state.chat);
  if (atEnd) toEnd(Boolean(fresh));
  drawDown();
}

function drawAll() {
  const log = byId("messages");
  const other = drawnFor !== sight();
  if (other) {
    log.setAttribute("aria-busy", "true");
    drawn = new Map();
    newSinceAway = 0;
    atEnd = true;
    drawnFor = sight();
    log.replaceChildren();
  }
  draw(null);
  log.removeAttribute("aria-busy");
  if (!other) return;
  const place = places.get(sight());
  if (place === undefined) toEnd(false);
  else {
    byId("timeline").scrollTop = place;
    atEnd = false;
  }
  lastTop = byId("timeline").scrollTop;
  scrolled();
}

/** Updates the log to the messages; `redraw` is redrawn even if it is the same object. */
function draw(redraw) {
  const log = byId("messages");
  const chat = openChat();
  if (!chat) return log.replaceChildren(state.chats.length ? emptyNote("Choose a chat to begin") : "");
  const messages = shownMessages(chat.id);
  if (!messages.length) {
    drawn = new Map();
    return log.replaceChildren(introduction(chat));
  }
  const next = new Map();
  const wanted = messages.flatMap((message, i) => {
    const place = placeOf(messages, i);
    const entry = entryOf(chat.id, message, place, redraw);
    next.set(message.message_id, entry);
    return place.newDay ? [daySeparator(log, message), entry.element] : [entry.element];
  });
  drawn = next;
  settle(log, wanted);
  for (const entry of next.values()) {
    if (entry.verdict) playVerdict(entry.verdict, entry.element);
    entry.verdict = null;
  }
}

function entryOf(chatId, message, place, redraw) {
  const old = drawn.get(message.message_id);
  const same = old && old.message === message && old.place.key === place.key && redraw !== message.message_id;
  if (same) return old;
  // A state that is read again has equal messages in new objects.
  if (old && redraw !== message.message_id && old.place.key === place.key && old.json === JSON.stringify(message)) return old;
  const verdict = message.poll && old && old.message !== message ? pollChanged(chatId, old.message, message) : null;
  const element = messageView(chatId, message, place);
  if (!old && drawn.size) element.classList.add("arriving");
  if (old) keepFocus(old.element, element);
  return { message, json: JSON.stringify(message), place, element, verdict, old: old?.element };
}

// The element is not on the page yet: it gets the focus as soon as it is.
function keepFocus(before, after) {
  const key = before.contains(document.activeElement) ? document.activeElement.dataset.focus : null;
  if (key) queueMicrotask(() => after.querySelector(`[data-focus="${CSS.escape(key)}"]`)?.focus({ preventScroll: true }));
  reopen(before, after, ".spoiler", (element) => element.click());
  reopen(before, after, ".expandable", (element) => {
    for (const name of ["data-long", "data-open"]) element.setAttribute(name, "");
    element.querySelector(".fold-toggle").setAttribute("aria-expanded", "true");
  });
}

// Opens what was open in the element that is replaced.
function reopen(before, after, kind, open) {
  const replacements = after.querySelectorAll(kind);
  [...before.querySelectorAll(kind)].forEach((element, i) => {
    if ("open" in element.dataset && replacements[i]) open(replacements[i]);
  });
}

// Puts the wanted elements in order while moving as few as possible (moved ones lose the focus, and screen readers read them again).
function settle(log, wanted) {
  const keep = new Set(wanted);
  for (const child of [...log.children]) if (!keep.has(child)) child.remove();
  wanted.forEach((element, i) => {
    if (log.children[i] !== element) log.insertBefore(element, log.children[i] ?? null);
  });
}

function placeOf(messages, i) {
  const [before, message, after] = [messages[i - 1], messages[i], messages[i + 1]];
  const first = !joins(before, message);
  const last = !joins(message, after);
  const newDay = !before || dayKey(before.date) !== dayKey(message.date);
  return { first, last, newDay, key: `${first}${last}${newDay}` };
}

const joins = (a, b) => Boolean(a && b && a.from?.id === b.from?.id && b.date - a.date < RUN_S &&
  dayKey(a.date) === dayKey(b.date) && !serviceText(a) && !serviceText(b));

function daySeparator(log, message) {
  const iso = isoOf(message.date).slice(0, 10);
  const title = dayTitle(message.date, now());
  const old = log.querySelector(`.day[data-day="${iso}"]`);
  if (old) {
    if (old.textContent !== title) old.firstChild.textContent = title;
    return old;
  }
  return h("div", { class: "day", role: "separator", "aria-label": title, dataset: { day: iso } }, h("span", {}, title));
}

function introduction(chat) {
  const bot = chat.bot != null ? botOf(chat.bot) : null;
  if (!bot) return emptyNote("No messages here yet");
  return h("div", { class: "introduction" },
    avatar(chat, "xl"),
    h("h2", { dir: "auto" }, chat.title),
    h("p", { class: "introduction-name" }, `@${bot.user.username}`),
    bot.description && h("div", { class: "introduction-card" }, h("h3", {}, "What can this bot do?"), h("p", { dir: "auto" }, bot.description)));
}

const emptyNote = (text) => h("div", { class: "empty-note" }, h("span", {}, text));

const touched = () => (touchedAt = performance.now());

function scrolled() {
  const timeline = byId("timeline");
  const near = timeline.scrollHeight - timeline.scrollTop - timeline.clientHeight < NEAR_END;
  // Only a person who scrolls up leaves the end. Content that grows or shrinks (a new bubble, a
  // picture that loads) moves the log as well, and must not count as scrolling.
  const byPerson = performance.now() - touchedAt < TOUCH_MS;
  if (near) atEnd = true;
  else if (byPerson && timeline.scrollTop < lastTop - 1) atEnd = false;
  lastTop = timeline.scrollTop;
  if (atEnd) newSinceAway = 0;
  drawDown();
}

// A quote that unfolds stays where it is, also at the end of the log.
function keepInSight() {
  atEnd = false;
  requestAnimationFrame(scrolled);
}

function toEnd(smoothly) {
  atEnd = true;
  if (smoothly && !lessMotion()) {
    glidingUntil = performance.now() + GLIDE_MS;
    settling ??= setTimeout(settleAtEnd, GLIDE_MS);
  }
  scrollToEnd(performance.now() < glidingUntil ? "smooth" : "instant");
}

const scrollToEnd = (behavior) => {
  const timeline = byId("timeline");
  timeline.scrollTo({ top: timeline.scrollHeight, behavior });
};

// A browser that is busy with a burst of messages may abort a smooth scroll: it is completed here.
function settleAtEnd() {
  settling = null;
  glidingUntil = 0;
  if (atEnd) scrollToEnd("instant");
}

function drawDown() {
  const down = byId("scroll-bottom");
  const badge = down.querySelector(".badge");
  down.hidden = atEnd || state.chat == null;
  badge.hidden = newSinceAway === 0;
  badge.textContent = String(newSinceAway);
}

function followLinks(event) {
  const link = event.target.closest?.("[data-here], [data-command], [data-jump]");
  if (!link) return;
  const { here, command, jump } = link.dataset;
  event.preventDefault();
  if (here) openHere(here);
  else if (command) send(command);
  else jumpTo(Number(jump));
}

function jumpTo(messageId) {
  const element = drawn.get(messageId)?.element;
  if (!element) return;
  touched();
  element.scrollIntoView({ block: "center", behavior: lessMotion() ? "instant" : "smooth" });
  element.classList.add("pointed-at");
  setTimeout(() => element.classList.remove("pointed-at"), 1600);
}
