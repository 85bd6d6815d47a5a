// The menu of a message: reply, edit, delete, forward, copy.
import { deleteMessage, forwardMessage } from "./api.js";
import { avatar } from "./avatars.js";
import { copy } from "./clipboard.js";
import { beginEdit, beginReply } from "./composer.js";
import { h } from "./dom.js";
import { confirmDialog, openDialog } from "./dialogs.js";
import { openMenu } from "./menus.js";
import { openChatById } from "./navigation.js";
import { mayRetract, retract } from "./polls.js";
import { state } from "./state.js";
import { toast } from "./toasts.js";

/** Opens a message's menu at the pointer, or at its "⋯" button. */
export function openMessageMenu(event, chat, message) {
  event.preventDefault();
  const byPointer = event.type === "contextmenu" && (event.clientX || event.clientY);
  const anchor = byPointer ? { x: event.clientX, y: event.clientY } : event.currentTarget;
  openMenu(anchor, items(chat, message), { label: "Message actions", align: message.out && !byPointer ? "end" : "start" });
}

function items(chat, message) {
  const text = message.text ?? message.caption ?? message.poll?.question;
  return [
    { label: "Reply", icon: "reply", testid: "reply", run: () => beginReply(chat, message) },
    message.out && message.text != null && { label: "Edit", icon: "edit", testid: "edit", run: () => beginEdit(chat, message) },
    text != null && { label: "Copy text", icon: "copy", testid: "copy", run: () => copy(text) },
    mayRetract(message) && { label: "Retract vote", icon: "undo", testid: "retract", run: () => retract(chat, message) },
    { label: "Forward", icon: "forward", testid: "forward", run: () => chooseTarget(chat, message) },
    message.out && { label: "Delete", icon: "trash", danger: true, testid: "delete", run: () => askDelete(chat, message) },
  ].filter(Boolean);
}

function askDelete(chat, message) {
  confirmDialog("Delete message", "It will be gone for everybody in this chat.", "Delete",
    () => deleteMessage(state.me, chat, message.message_id));
}

function chooseTarget(chat, message) {
  const forward = async (target) => {
    dialog.close();
    try {
      await forwardMessage(state.me, chat, message.message_id, target.id);
      openChatById(target.id);
    } catch (error) {
      toast(error.message);
    }
  };
  const dialog = openDialog({
    title: "Forward to",
    body: [h("div", { class: "pick-list" }, state.chats.map((target) =>
      h("button", { type: "button", class: "pick", dataset: { testid: `forward-${target.id}` }, on: { click: () => forward(target) } },
        avatar(target, "s"), h("span", { dir: "auto" }, target.title))))],
    actions: [{ label: "Cancel" }],
  });
}
