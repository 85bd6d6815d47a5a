// The list of a bot's commands above the message box: opened by the Menu button or by typing "/".
import { h } from "./dom.js";
import { botsIn, commandsOf, openChat } from "./state.js";

let view = null; // {input, list, matches, at, pick}

const isOpen = () => Boolean(view);

/** Returns the commands that begin with what was typed ("/le"), with their bots. */
export function matchingCommands(chat, typed) {
  const prefix = typed.replace(/^\//, "").toLowerCase();
  return botsIn(chat).flatMap((bot) =>
    commandsOf(bot, chat).filter(({ command }) => command.startsWith(prefix)).map((command) => ({ ...command, bot: bot.user })));
}

/** Returns the text to send for a command; in groups it names the bot, as there may be several. */
export const commandText = (chat, { command, bot }) =>
  chat.type === "private" ? `/${command}` : `/${command}@${bot.username}`;

/** Draws the list for what is typed, or closes it when nothing matches. */
export function showCommands(input, holder, typed, pick) {
  const chat = openChat();
  const matches = chat ? matchingCommands(chat, typed) : [];
  if (!matches.length) return hideCommands();
  const list = h("div", { class: "commands", role: "listbox", id: "commands", "aria-label": "Commands" },
    matches.map((match, index) => h("div", {
      class: "command", role: "option", id: `command-${index}`, dataset: { testid: `command-${match.command}` },
      // Pressing must not take the focus out of the message box.
      on: { pointerdown: (event) => event.preventDefault(), click: () => pick(match), pointermove: () => choose(index) },
    }, h("b", {}, `/${match.command}`), h("span", { dir: "auto" }, match.description))));
  holder.replaceChildren(list);
  view = { input, holder, list, matches, at: -1, pick };
  input.setAttribute("aria-expanded", "true");
  choose(0);
}

export function hideCommands() {
  if (!view) return;
  view.holder.replaceChildren();
  view.input.setAttribute("aria-expanded", "false");
  view.input.removeAttribute("aria-activedescendant");
  view = null;
}

function choose(index) {
  if (view.at === index) return;
  view.at = index;
  [...view.list.children].forEach((option, i) => option.setAttribute("aria-selected", String(i === index)));
  view.input.setAttribute("aria-activedescendant", `command-${index}`);
  view.list.children[index].scrollIntoView({ block: "nearest" });
}

/** Arrow keys, Enter, Tab and Escape while the list is open; returns true if the key was handled. */
export function commandKey(event) {
  if (!isOpen()) return false;
  const count = view.matches.length;
  if (event.key === "ArrowDown") choose((view.at + 1) % count);
  else if (event.key === "ArrowUp") choose((view.at - 1 + count) % count);
  else if ((event.key === "Enter" && !event.shiftKey) || event.key === "Tab") view.pick(view.matches[view.at], event.key === "Tab");
  else if (event.key === "Escape") hideCommands();
  else return false;
  event.preventDefault();
  return true;
}

export const commandsOpen = isOpen;
