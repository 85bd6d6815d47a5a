// One message of the log: a bubble, or a service line.
import { avatar, colourOf } from "./avatars.js";
import { h } from "./dom.js";
import { richText } from "./entities.js";
import { icon } from "./icons.js";
import { inlineKeyboard } from "./keyboards.js";
import { mediaView, photoWidth, pollMedia } from "./media.js";
import { openMessageMenu } from "./actions.js";
import { pollView } from "./polls.js";
import { fullName, messagesOf, openChat } from "./state.js";
import { fullTime, isoOf, timeOf } from "./times.js";
import { serviceText } from "./services.js";

/** Returns the element for a message. `first` and `last` say whether it begins or ends a run of one sender. */
export function messageView(chat, message, { first, last }) {
  const service = serviceText(message);
  if (service) return serviceLine(message, service);
  const group = openChat()?.type !== "private";
  const withFace = group && !message.out;
  const element = h("article", {
    class: `message ${message.out ? "out" : "in"}${first ? " first" : ""}${last ? " last" : ""}`,
    "aria-label": `${senderName(message)}, ${timeOf(message.date)}`,
    dataset: { testid: `message-${message.message_id}`, id: message.message_id },
    on: { contextmenu: (event) => openMessageMenu(event, chat, message) },
  },
    withFace && (last ? avatar({ id: message.from?.id ?? 0, title: senderName(message) }, "s") : h("span", { class: "no-avatar" })),
    h("div", { class: "column", ...(photoWidth(message) ? { vars: { "--photo": `${photoWidth(message)}px` } } : {}) },
      h("div", { class: `bubble${message.poll ? " has-poll" : ""}${message.photo ? " has-photo" : ""}` },
        content(chat, message, withFace && first), menuButton(chat, message)),
      inlineKeyboard(chat, message)));
  return element;
}

const senderName = (message) => fullName(message.from ?? { first_name: message.sender_chat?.title });

function content(chat, message, named) {
  const media = mediaView(message) ?? pollMedia(message.poll?.media);
  const text = message.text ?? message.caption;
  const entities = message.entities ?? message.caption_entities;
  return [
    named && h("div", { class: "sender", dir: "auto", dataset: { colour: colourOf(message.from?.id ?? 0) } }, senderName(message)),
    forwardedFrom(message),
    quoted(chat, message),
    media,
    message.poll && pollView(chat, message),
    text != null && h("div", { class: `text${isBigEmoji(text) ? " big-emoji" : ""}` }, richText(text, entities)),
    !media && !message.poll && text == null && h("div", { class: "text unknown" }, "A kind of message that this page cannot show"),
    h("div", { class: "meta" },
      message.edit_date && h("span", { class: "edited" }, "edited"),
      h("time", { datetime: isoOf(message.date), title: fullTime(message.date) }, timeOf(message.date)),
      message.out && h("span", { class: "ticks", "aria-hidden": "true" }, icon("check"))),
  ];
}

// A message of one to three emoji is shown large, as chats do.
const isBigEmoji = (text) => /^(?:\p{Extended_Pictographic}[\u{1F3FB}-\u{1F3FF}\uFE0F\u200D]*){1,3}$/u.test(text);

function forwardedFrom({ forward_origin: origin }) {
  if (!origin) return null;
  const name = origin.sender_user ? fullName(origin.sender_user)
    : origin.sender_user_name ?? origin.sender_chat?.title ?? origin.chat?.title ?? "someone";
  return h("div", { class: "forwarded" }, "Forwarded from ", h("b", { dir: "auto" }, name));
}

function quoted(chat, { reply_to_message: reply }) {
  if (!reply) return null;
  const here = messagesOf(chat).some((message) => message.message_id === reply.message_id);
  return h("button", {
    type: "button", class: "quote", disabled: !here, dataset: { colour: colourOf(reply.from?.id ?? 0), jump: reply.message_id },
    "aria-label": `In reply to ${senderName(reply)}: ${preview(reply)}`,
  }, h("b", { dir: "auto" }, senderName(reply)), h("span", { dir: "auto" }, preview(reply)));
}

function menuButton(chat, message) {
  return h("button", {
    type: "button", class: "message-menu", "aria-label": "Message actions", "aria-haspopup": "menu",
    dataset: { testid: "message-menu", focus: "message-menu" },
    on: { click: (event) => openMessageMenu(event, chat, message) },
  }, icon("more"));
}

function serviceLine(message, text) {
  return h("div", { class: "service", dataset: { testid: `message-${message.message_id}`, id: message.message_id } },
    h("span", { dir: "auto" }, text));
}

/** Returns one line for a message, for the chat list and quotes. */
export function preview(message) {
  const service = serviceText(message);
  if (service) return service;
  if (message.poll) return `${message.poll.type === "quiz" ? "Quiz" : "Poll"}: ${message.poll.question}`;
  const text = (message.text ?? message.caption ?? "").replace(/\s+/g, " ");
  if (message.photo) return text ? `Photo: ${text}` : "Photo";
  if (message.document) return message.document.file_name ?? "Document";
  return text || "Message";
}
