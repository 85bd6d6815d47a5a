// Polls and quizzes: options to press, the verdict, bars, and the explanation behind a light bulb.
import { vote } from "./api.js";
import { faceOf } from "./avatars.js";
import { celebrate, growFrom, shake } from "./effects.js";
import { announce, h } from "./dom.js";
import { richText } from "./entities.js";
import { apply } from "./events.js";
import { icon } from "./icons.js";
import { pollMedia } from "./media.js";
import { fullName, notify, state, userOf } from "./state.js";
import { dayAndTime } from "./times.js";
import { toast } from "./toasts.js";

const FACES = 3; // voters shown at an option; more appear as a number

const memory = new Map(); // poll as this person sees it -> {chosen, pending, open, bars drawn last}

function memoryOf(chat, message) {
  const key = `${state.me}:${chat}:${message.message_id}`;
  if (!memory.has(key)) memory.set(key, { chosen: new Set(), pending: null, open: false, bars: null });
  return memory.get(key);
}

/** Returns the poll of a message, as this person may see it. */
export function pollView(chat, message) {
  const { poll } = message;
  const mine = memoryOf(chat, message);
  const verdict = verdictOf(message);
  const view = { chat, message, poll, mine, verdict, shares: sharesOf(poll) };
  const element = h("div", {
    class: "poll", dataset: { testid: "poll", state: pollState(message), ...(verdict ? { verdict } : {}) },
  },
    head(view),
    poll.description && h("p", { class: "poll-description" }, richText(poll.description, poll.description_entities)),
    h("div", { class: "poll-options", role: "group", "aria-label": "Answers" },
      poll.options.map((option, index) => optionView(view, option, index))),
    hasExplanation(poll) && message.revealed && mine.open && explanation(poll),
    footer(view));
  mine.bars = answered(message) ? view.shares : poll.options.map(() => 0);
  return element;
}

// The person has voted, or the poll is closed.
const answered = (message) => Boolean(message.my_vote?.length) || Boolean(message.poll.is_closed);

function pollState({ poll, my_vote: mine }) {
  if (poll.is_closed) return "closed";
  return mine?.length ? "voted" : "open";
}

function rightOnes(poll) {
  return poll.correct_option_ids ?? (poll.correct_option_id != null ? [poll.correct_option_id] : []);
}

function verdictOf({ poll, my_vote: mine, revealed }) {
  if (poll.type !== "quiz" || !revealed || !mine?.length) return null;
  const right = new Set(rightOnes(poll));
  return mine.length === right.size && mine.every((id) => right.has(id)) ? "right" : "wrong";
}

/** Returns the percentage of voters for each option, as whole numbers. */
function sharesOf(poll) {
  const voters = poll.total_voter_count || 0;
  return poll.options.map((option) => (voters ? Math.round((100 * (option.voter_count ?? 0)) / voters) : 0));
}

function head({ chat, message, poll, mine, verdict }) {
  const kind = poll.type === "quiz" ? "Quiz" : "Poll";
  const title = poll.is_closed ? "Final results" : poll.is_anonymous ? `Anonymous ${kind.toLowerCase()}` : kind;
  const bulb = hasExplanation(poll) && message.revealed && h("button", {
    type: "button", class: "bulb", "aria-label": "Explanation", "aria-expanded": String(mine.open), title: "Explanation",
    dataset: { testid: "explanation-bulb", focus: "bulb" },
    on: { click: () => { mine.open = !mine.open; notify("messages", { chat, message }); } },
  }, icon("bulb"));
  return [
    h("h3", { class: "poll-question" }, richText(poll.question, poll.question_entities)),
    h("div", { class: "poll-head" },
      h("span", { class: "poll-kind" }, `${title} · ${countText(poll)}`),
      verdict && h("span", { class: `verdict ${verdict}` }, icon(verdict === "right" ? "check" : "close"),
        verdict === "right" ? "Correct" : "Not correct"),
      bulb),
  ];
}

function countText(poll) {
  const noun = poll.type === "quiz" ? "answer" : "vote";
  const count = poll.total_voter_count ?? 0;
  return count === 0 ? `no ${noun}s yet` : `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function optionView(view, option, index) {
  const { message, poll, mine } = view;
  const text = richText(option.text, option.text_entities);
  if (answered(message)) return resultView(view, option, index, text);
  const chosen = mine.chosen.has(index) || mine.pending?.includes(index);
  const several = poll.allows_multiple_answers;
  return h("button", {
    type: "button", class: `option${mine.pending ? " waiting" : ""}`, "aria-pressed": several ? String(Boolean(chosen)) : null,
    "aria-disabled": mine.pending ? "true" : null,
    dataset: { testid: "poll-option", index, focus: `option ${index}` },
    on: { click: () => choose(view, index) },
  },
    h("span", { class: `choice${several ? " several" : ""}${chosen ? " chosen" : ""}${chosen && mine.pending ? " spinner" : ""}`, "aria-hidden": "true" },
      chosen && !mine.pending && icon("check")),
    h("span", { class: "option-text" }, text));
}

function resultView({ message, poll, mine, shares }, option, index, text) {
  const chosen = message.my_vote?.includes(index) ?? false;
  const mark = markOf(message, index, chosen);
  const share = shares[index];
  const bar = h("span", { class: "bar", vars: { "--share": share / 100 }, "aria-hidden": "true" });
  growFrom(bar, mine.bars?.[index] ?? share, share);
  const words = { right: chosen ? "your answer, right" : "the right answer", wrong: "your answer, wrong" }[mark]
    ?? (chosen ? "your answer" : "");
  return h("div", {
    class: `option result${chosen ? " mine" : ""}`, tabindex: "-1",
    dataset: { testid: "poll-option", index, focus: `option ${index}`, ...(mark ? { mark } : {}) },
  },
    h("span", { class: "share" }, message.revealed ? `${share}%` : ""),
    h("span", { class: "option-text" }, text, words && h("span", { class: "visually-hidden" }, `, ${words}`), votersOf(message, index)),
    h("span", { class: `mark${mark ? ` ${mark}` : ""}`, "aria-hidden": "true" },
      mark === "wrong" ? icon("close") : (mark || chosen) && icon("check")),
    bar);
}

// The voters of an option, unless the poll is anonymous.
function votersOf({ voters = {} }, index) {
  const chosen = Object.entries(voters).filter(([, options]) => options.includes(index)).map(([id]) => userOf(Number(id))).filter(Boolean);
  if (!chosen.length) return null;
  const names = chosen.map(fullName).join(", ");
  return h("span", { class: "voters", title: names, dataset: { testid: "voters" } },
    h("span", { class: "visually-hidden" }, `, chosen by ${names}`),
    chosen.slice(0, FACES).map((user) => faceOf(user, "xs")),
    chosen.length > FACES && h("small", { "aria-hidden": "true" }, `+${chosen.length - FACES}`));
}

function markOf({ poll, revealed }, index, chosen) {
  if (poll.type !== "quiz" || !revealed) return null;
  if (rightOnes(poll).includes(index)) return "right";
  return chosen ? "wrong" : null;
}

const hasExplanation = (poll) => Boolean(poll.explanation || poll.explanation_media);

function explanation(poll) {
  return h("div", { class: "explanation", role: "note", "aria-label": "Explanation", dataset: { testid: "explanation" } },
    icon("bulb"),
    h("div", {}, poll.explanation && richText(poll.explanation, poll.explanation_entities), pollMedia(poll.explanation_media)));
}

function footer(view) {
  const { message, poll, mine } = view;
  if (poll.allows_multiple_answers && !answered(message)) {
    return h("button", {
      type: "button", class: "poll-vote", disabled: mine.chosen.size === 0 || Boolean(mine.pending),
      dataset: { testid: "poll-vote", focus: "vote" }, on: { click: () => send(view, [...mine.chosen].sort()) },
    }, "Vote");
  }
  if (poll.close_date && !poll.is_closed) return h("p", { class: "poll-foot" }, `Open until ${dayAndTime(poll.close_date)} UTC`);
  return null;
}

function choose(view, index) {
  const { chat, message, poll, mine } = view;
  if (mine.pending) return;
  if (!poll.allows_multiple_answers) return void send(view, [index]);
  if (!mine.chosen.delete(index)) mine.chosen.add(index);
  notify("messages", { chat, message });
}

/** Votes; the verdict is drawn as soon as the sandbox sends it. */
async function send({ chat, message, mine }, options) {
  mine.pending = options;
  notify("messages", { chat, message });
  try {
    const answer = await vote(state.me, chat, message.message_id, options);
    if (answer.message_id) apply("message", { chat, message: answer });
  } catch (error) {
    toast(error.message);
  }
  mine.pending = null;
  mine.chosen.clear();
  notify("messages", { chat, message });
}

/** Withdraws the person's vote (regular polls). */
export async function retract(chat, message) {
  try {
    const answer = await vote(state.me, chat, message.message_id, []);
    if (answer.message_id) apply("message", { chat, message: answer });
  } catch (error) {
    toast(error.message);
  }
}

/** Returns whether the person may withdraw their vote. */
export const mayRetract = ({ poll, my_vote: mine }) =>
  Boolean(poll && mine?.length && !poll.is_closed && (poll.allows_revoting ?? poll.type !== "quiz"));

/**
 * Called before the message is redrawn: announces a new verdict; a wrong answer opens the explanation.
 * Returns the verdict if it is new.
 */
export function pollChanged(chat, before, message) {
  const mine = memoryOf(chat, message);
  const verdict = verdictOf(message);
  if (!before?.poll || !verdict || verdictOf(before)) return null;
  mine.open = verdict === "wrong";
  const right = rightOnes(message.poll).map((id) => message.poll.options[id]?.text).join(", ");
  announce(verdict === "right" ? "Correct." : `Not correct. The right answer: ${right}. ${message.poll.explanation ?? ""}`);
  return verdict;
}

/** Plays the effects of a verdict on the poll. */
export function playVerdict(verdict, element) {
  if (verdict === "right") celebrate(element.querySelector('[data-mark="right"] .mark') ?? element);
  if (verdict === "wrong") shake(element.querySelector('[data-mark="wrong"]') ?? element);
}
