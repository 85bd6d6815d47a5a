// Connects the parts of the page, and opens the chat in the address or, without one, a good first chat.
import { readState } from "./api.js";
import { startChatHead } from "./chathead.js";
import { startChatList } from "./chatlist.js";
import { startClock } from "./clock.js";
import { startComposer } from "./composer.js";
import { startConversation } from "./conversation.js";
import { startGroups } from "./groups.js";
import { becomePerson, lastPerson, openChatById, routeOf } from "./navigation.js";
import { startOffers } from "./offers.js";
import { askPerson, startPeople } from "./people.js";
import { startStarting } from "./starting.js";
import { state, subscribe } from "./state.js";
import { callbackAnswer, toast } from "./toasts.js";

async function start() {
  startPeople();
  startGroups();
  startChatList();
  startChatHead();
  startConversation();
  startComposer();
  startStarting();
  subscribe("toast", ({ chat, ...answer }) => chat === state.chat && callbackAnswer(answer));
  subscribe("stranger", () => enter({}));
  window.addEventListener("popstate", goBack);
  await Promise.all([startClock(), startOffers(), enter(routeOf())]);
  document.documentElement.dataset.ready = "true";
}

/** Switches to the person in the address, else to the last one, else to the first. */
async function enter({ user = null, chat = null }) {
  const people = await findPeople([user, lastPerson()].filter(Boolean));
  const wanted = [user, lastPerson()].map((id) => people.find((person) => person.id === id)).find(Boolean) ?? people[0];
  if (wanted) await becomePerson(wanted.id, chat);
  else askPerson();
}

// The state without a person also lists all people.
async function findPeople(candidates) {
  for (const id of [...candidates, null]) {
    try {
      return (await readState(id)).users.filter((person) => !person.deleted);
    } catch (error) {
      if (!error.status) toast(error.message);
    }
  }
  return [];
}

function goBack() {
  const { user, chat } = routeOf();
  if (user != null && user !== state.me) becomePerson(user, chat);
  else openChatById(chat, { push: false });
}

start();
