// Links that this page follows itself: those to the sandbox's bots, and those that share a text.
import { sendText } from "./api.js";
import { avatar, faceOf } from "./avatars.js";
import { copy } from "./clipboard.js";
import { h } from "./dom.js";
import { openDialog } from "./dialogs.js";
import { botLink, openOutside, sharing } from "./links.js";
import { becomePerson, openChatById } from "./navigation.js";
import { openBotLink } from "./starting.js";
import { fullName, state } from "./state.js";
import { toast } from "./toasts.js";

/** Follows a link: within the sandbox if it leads there, else in a new tab. */
export function openHere(address) {
  if (botLink(address)) openBotLink(address);
  else if (sharing(address)) askWhere(sharing(address));
  else openOutside(address);
}

// The sandbox has no chats between two people: a link to a bot is opened as the person who would receive it.
function askWhere({ url, text }) {
  const others = botLink(url) ? state.users.filter((user) => user.id !== state.me) : [];
  const chats = state.chats.filter((chat) => !chat.blocked);
  const dialog = openDialog({
    title: "Share",
    testid: "share",
    body: [
      h("p", { class: "shared-text", dir: "auto" }, text),
      list("Send to", chats.map((chat) => pick(avatar(chat, "s"), chat.title, `share-${chat.id}`, () => sendTo(chat.id)))),
      others.length > 0 && list("Open the link as", others.map((user) =>
        pick(faceOf(user, "s"), fullName(user), `share-as-${user.id}`, () => openAs(user.id)))),
    ],
    actions: [{ label: "Copy", testid: "share-copy", run: () => copy(text) }, { label: "Cancel" }],
  });

  function pick(face, name, testid, run) {
    const click = () => {
      dialog.close();
      run().catch((error) => toast(error.message));
    };
    return h("button", { type: "button", class: "pick", dataset: { testid }, on: { click } }, face, h("span", { class: "pick-text", dir: "auto" }, name));
  }

  async function sendTo(chat) {
    await sendText(state.me, chat, text);
    openChatById(chat);
  }

  async function openAs(person) {
    await becomePerson(person);
    openBotLink(url);
  }
}

const list = (title, entries) => h("fieldset", { class: "pick-list" }, h("legend", {}, title), entries);
