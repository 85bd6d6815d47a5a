// The person switcher at the head of the left column, and the form for a new person.
import { addPerson } from "./api.js";
import { faceOf } from "./avatars.js";
import { byId, h, replaceKeepingFocus } from "./dom.js";
import { field, openDialog } from "./dialogs.js";
import { icon } from "./icons.js";
import { openMenu } from "./menus.js";
import { botLink, lastBotLink } from "./links.js";
import { becomePerson } from "./navigation.js";
import { openBotLink } from "./starting.js";
import { fullName, me, state, subscribe } from "./state.js";

export function startPeople() {
  subscribe("people", draw);
}

function draw() {
  const person = me();
  if (!person) return byId("people").replaceChildren();
  replaceKeepingFocus(byId("people"), h("button", {
    type: "button", class: "person-switcher", "aria-haspopup": "menu", "aria-expanded": "false",
    dataset: { testid: "person-switcher", focus: "switcher" }, on: { click: (event) => openSwitcher(event.currentTarget) },
  },
    faceOf(person, "m"),
    h("span", { class: "person-text" },
      h("span", { class: "person-role" }, "You are"),
      h("span", { class: "person-name", dir: "auto" }, fullName(person))),
    icon("down")));
}

/** Lists the people; picking one switches to them. */
export function openSwitcher(anchor) {
  const people = state.users.map((user) => ({
    label: fullName(user), node: faceOf(user, "s"), checked: user.id === state.me, testid: `person-${user.id}`,
    // In the same chat if they have it, to look at it as several people in turn.
    run: () => user.id !== state.me && becomePerson(user.id, state.chat),
  }));
  const more = [
    { label: "Add a person", icon: "plus", testid: "add-person", run: askPerson },
    { label: "Open a link", icon: "forward", testid: "open-link", run: askLink },
  ];
  openMenu(anchor, [...people, null, ...more], { label: "Who am I" });
}

/** Opens a t.me link from elsewhere, such as from paper; the form begins with the last one shown. */
function askLink() {
  openDialog({
    title: "Open a link",
    body: [field("A t.me link to a bot", "link", { required: true, value: lastBotLink(), maxlength: 256, placeholder: "https://t.me/health_quiz_bot?start=…" })],
    actions: [{ label: "Cancel" }, { label: "Open", main: true, testid: "open-link-ok", run: (form) => {
      const link = form.get("link").trim();
      if (!botLink(link)) throw new Error("That leads to no bot here; paste a link such as https://t.me/health_quiz_bot?start=…");
      openBotLink(link);
    } }],
  });
}

/** Adds a person, and switches to them. */
export function askPerson() {
  openDialog({
    title: "Add a person",
    body: [
      field("First name", "first_name", { required: true }),
      field("Last name", "last_name"),
      field("Username", "username", { placeholder: "without @", maxlength: 32, pattern: "[A-Za-z0-9_]*" }),
      field("Language", "language_code", { placeholder: "en, de, pt-br", maxlength: 12 }),
    ],
    actions: [{ label: "Cancel" }, { label: "Add", main: true, testid: "add-person-ok", run: create }],
  });
}

async function create(form) {
  const filled = [...form].map(([name, value]) => [name, value.trim()]).filter(([, value]) => value);
  const person = await addPerson(Object.fromEntries(filled));
  await becomePerson(person.id);
}
