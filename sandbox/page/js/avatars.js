// Round pictures with initials, in a colour that is always the same for a person or chat.
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { fullName } from "./state.js";

const COLOURS = 7; // .avatar[data-colour="0"] to [data-colour="6"] in theme.css; the same for names

const segments = new Intl.Segmenter(undefined, { granularity: "grapheme" });
const firstLetter = (word) => [...segments.segment(word)][0]?.segment ?? "";

/** Returns one or two letters (or an emoji) for the name. */
export function initials(title) {
  const words = title.trim().split(/\s+/u).filter(Boolean);
  const picked = words.length > 1 ? [words[0], words.at(-1)] : words;
  return picked.map(firstLetter).join("").toUpperCase() || "?";
}

export const colourOf = (id) => Math.abs(Number(id)) % COLOURS;

export function avatar({ id, title, type }, size = "m") {
  const face = type && type !== "private" && !title.trim() ? icon("group") : initials(title);
  return h("span", { class: `avatar avatar-${size}`, "aria-hidden": "true", dataset: { colour: colourOf(id) } }, face);
}

/** Returns the avatar of a person or bot, from the User object. */
export const faceOf = (user, size) => avatar({ id: user.id, title: fullName(user), type: "private" }, size);
