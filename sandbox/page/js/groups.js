// Groups: making one, who is in it, adding, removing, leaving.
import { addGroup, addMember, leaveGroup, removeMember } from "./api.js";
import { avatar } from "./avatars.js";
import { byId, h } from "./dom.js";
import { confirmDialog, field, openDialog } from "./dialogs.js";
import { refresh } from "./events.js";
import { icon } from "./icons.js";
import { openChatById } from "./navigation.js";
import { botOf, fullName, state, userOf } from "./state.js";
import { toast } from "./toasts.js";

export function startGroups() {
  byId("sidebar-foot").append(h("button", {
    type: "button", class: "new-group", dataset: { testid: "new-group" }, on: { click: askGroup },
  }, icon("plus"), "New group"));
}

const everybodyElse = () => [...state.bots.map((bot) => bot.user), ...state.users].filter((user) => user.id !== state.me);
const roleOf = (user) => (botOf(user.id) ? "bot" : user.username ? `@${user.username}` : "person");

function person(user, control) {
  return [control, avatar({ id: user.id, title: fullName(user), type: "private" }, "s"),
    h("span", { class: "pick-text" }, h("span", { dir: "auto" }, fullName(user)), h("small", {}, roleOf(user)))];
}

function askGroup() {
  openDialog({
    title: "New group",
    body: [
      field("Name", "title", { required: true, maxlength: 128 }),
      h("fieldset", { class: "pick-list" }, h("legend", {}, "Members"), everybodyElse().map((user) =>
        h("label", { class: "pick" }, person(user, h("input", { type: "checkbox", name: "members", value: user.id, checked: Boolean(botOf(user.id)) }))))),
    ],
    actions: [{ label: "Cancel" }, { label: "Create", main: true, testid: "new-group-ok", run: create }],
  });
}

async function create(form) {
  const group = await addGroup(form.get("title").trim(), state.me, form.getAll("members").map(Number));
  await refresh();
  openChatById(group.id);
}

/** Who is in the group; each other member can be removed, others can be added. */
export function showMembers(chat) {
  const members = chat.members.map((id) => userOf(id) ?? { id, first_name: `Account ${id}` });
  const dialog = openDialog({
    title: `Members of ${chat.title}`,
    body: [h("ul", { class: "pick-list" }, members.map((user) => h("li", { class: "pick still" }, person(user),
      user.id === state.me ? h("small", {}, "you") : h("button", {
        type: "button", class: "icon-button", "aria-label": `Remove ${fullName(user)}`,
        on: { click: () => { dialog.close(); change(() => removeMember(chat.id, user.id, state.me)); } },
      }, icon("close")))))],
    actions: [{ label: "Close", main: true }],
  });
}

export function askMember(chat) {
  const others = everybodyElse().filter((user) => !chat.members.includes(user.id));
  const dialog = openDialog({
    title: "Add a member",
    body: [others.length ? h("div", { class: "pick-list" }, others.map((user) => h("button", {
      type: "button", class: "pick", dataset: { testid: `add-member-${user.id}` },
      on: { click: () => { dialog.close(); change(() => addMember(chat.id, user.id, state.me)); } },
    }, person(user)))) : h("p", {}, "Everybody is here already. Add a person first.")],
    actions: [{ label: "Cancel" }],
  });
}

export function askLeave(chat) {
  confirmDialog("Leave group", `Leave “${chat.title}”? Others can add you again.`, "Leave", async () => {
    await change(() => leaveGroup(chat.id, state.me));
    openChatById(null);
  });
}

async function change(call) {
  try {
    await call();
    await refresh();
  } catch (error) {
    toast(error.message);
  }
}
