// Groups: create, list members, add, remove, leave.
import { addGroup, addMember, demote, leaveGroup, permit, promote, removeMember } from "./api.js";
import { faceOf } from "./avatars.js";
import { byId, h } from "./dom.js";
import { confirmDialog, field, openDialog } from "./dialogs.js";
import { refresh } from "./events.js";
import { icon } from "./icons.js";
import { openChatById } from "./navigation.js";
import { botOf, chatOf, fullName, state, userOf } from "./state.js";
import { toast } from "./toasts.js";

export function startGroups() {
  byId("sidebar-foot").append(h("button", {
    type: "button", class: "new-group", dataset: { testid: "new-group" }, on: { click: askGroup },
  }, icon("plus"), "New group"));
}

const everybodyElse = () => [...state.bots.map((bot) => bot.user), ...state.users].filter((user) => user.id !== state.me);
const roleOf = (user) => (botOf(user.id) ? "bot" : user.username ? `@${user.username}` : "person");

function person(user, control, role = roleOf(user)) {
  return [control, faceOf(user, "s"),
    h("span", { class: "pick-text" }, h("span", { dir: "auto" }, fullName(user)), h("small", {}, role))];
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

/** Lists the members; others can be made administrators or removed. */
export function showMembers(chat) {
  const members = chat.members.map((id) => userOf(id) ?? { id, first_name: `Account ${id}` });
  const dialog = openDialog({
    title: `Members of ${chat.title}`,
    body: [h("ul", { class: "pick-list" }, members.map((user) =>
      h("li", { class: "pick still" }, person(user, null, memberRole(chat, user)), memberButtons(chat, user, () => dialog.close()))))],
    actions: [{ label: "Close", main: true }],
  });
}

const memberRole = (chat, user) =>
  [chat.roles[user.id], user.id === state.me ? "you" : roleOf(user)].filter(Boolean).join(" · ");

function memberButtons(chat, user, close) {
  if (user.id === state.me) return null;
  const button = (picture, label, testid, call) => h("button", {
    type: "button", class: "icon-button", "aria-label": `${label} ${fullName(user)}`, title: label, dataset: { testid: `${testid}-${user.id}` },
    on: { click: async () => { close(); await change(call); if (chatOf(chat.id)) showMembers(chatOf(chat.id)); } },
  }, icon(picture));
  const leads = chat.roles[user.id] === "admin";
  return h("span", { class: "pick-buttons" },
    chat.roles[state.me] && chat.roles[user.id] !== "owner" && (leads
      ? button("undo", "No administrator any more:", "demote", () => demote(chat.id, user.id, state.me))
      : button("shield", "Make an administrator:", "promote", () => promote(chat.id, user.id, state.me))),
    button("close", "Remove", "remove", () => removeMember(chat.id, user.id, state.me)));
}

const SWITCHES = { can_send_messages: "Send messages", can_send_polls: "Send polls" };

/** Edits what members may do, and bots that are members. */
export function askPermissions(chat) {
  openDialog({
    title: "What members may do",
    body: [h("div", { class: "pick-list" }, Object.entries(SWITCHES).map(([name, label]) =>
      h("label", { class: "pick" }, h("input", { type: "checkbox", name, checked: chat.permissions[name] }), label)))],
    actions: [{ label: "Cancel" }, {
      label: "Save", main: true, testid: "permissions-ok",
      run: async (form) => {
        await permit(chat.id, state.me, Object.fromEntries(Object.keys(SWITCHES).map((name) => [name, form.has(name)])));
        await refresh();
      },
    }],
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
