// Links to the sandbox's bots: START with the payload of a link, or adding the bot to a group.
import { addGroup, addMember, promote, sendText } from "./api.js";
import { avatar } from "./avatars.js";
import { h } from "./dom.js";
import { field, openDialog } from "./dialogs.js";
import { refresh } from "./events.js";
import { botLink } from "./links.js";
import { openChatById } from "./navigation.js";
import { chatOf, notify, state, subscribe } from "./state.js";
import { toast } from "./toasts.js";

let offer = null; // {chat, payload}: that chat shows START

export function startStarting() {
  subscribe("leaving", () => (offer = null));
}

/** Returns the payload that START would send in this chat, or null. */
export const offeredStart = (chat) => (offer?.chat === chat ? offer.payload : null);

/** Returns the same, and ends the offer. */
export function takeStart(chat) {
  const payload = offeredStart(chat);
  offer = null;
  return payload;
}

/** Follows a t.me link to a bot of the sandbox. */
export function openBotLink(address) {
  const { bot, start, startgroup, rights } = botLink(address);
  if (startgroup !== null) return askForGroup(bot.user, startgroup, rights);
  openChatById(bot.user.id);
  if (!start) return;
  offer = { chat: bot.user.id, payload: start };
  notify("selection");
}

function askForGroup(bot, payload, rights) {
  const groups = state.chats.filter((chat) => chat.type !== "private" && (!rights.length || chat.roles[state.me]));
  const choose = (group) => {
    dialog.close();
    enter(group.id, bot, payload, rights).catch((error) => toast(error.message));
  };
  const dialog = openDialog({
    title: `Add ${bot.first_name} to a group`,
    testid: "choose-group",
    body: [
      rights.length > 0 && h("p", {}, `It will be an administrator that may ${rights.map(inWords).join(", ")}.`),
      groups.length > 0 && h("div", { class: "pick-list" }, groups.map((group) =>
        h("button", { type: "button", class: "pick", dataset: { testid: `choose-group-${group.id}` }, on: { click: () => choose(group) } },
          avatar(group, "s"), h("span", { class: "pick-text", dir: "auto" }, group.title)))),
      field(groups.length ? "Or a new group" : "Name of a new group", "title", { required: true, maxlength: 128 }),
    ],
    actions: [{ label: "Cancel" }, {
      label: "Create", main: true, testid: "choose-group-new",
      run: async (form) => {
        const group = await addGroup(form.get("title").trim(), state.me, [bot.id]);
        await refresh();
        await enter(group.id, bot, payload, rights);
      },
    }],
  });
}

const inWords = (right) => right.replace(/^can_/, "").replaceAll("_", " ");

// Like Telegram: the bot joins, and a message of the person has the payload.
async function enter(group, bot, payload, rights) {
  if (!chatOf(group).members.includes(bot.id)) await addMember(group, bot.id, state.me);
  if (rights.length) await promote(group, bot.id, state.me, rights);
  if (payload) await sendText(state.me, group, `/start@${bot.username} ${payload}`);
  await refresh();
  openChatById(group);
}
