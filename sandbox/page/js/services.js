// Service messages as sentences.
import { fullName } from "./state.js";

/** Returns the sentence for a service message, or null for any other message. */
export function serviceText(message) {
  const who = fullName(message.from);
  if (message.new_chat_members) return joined(message, who);
  if (message.left_chat_member) return left(message, who);
  if (message.group_chat_created || message.supergroup_chat_created) return `${who} created the group`;
  if (message.new_chat_title) return `${who} renamed the group to “${message.new_chat_title}”`;
  if (message.migrate_to_chat_id || message.migrate_from_chat_id) return "The group became a supergroup";
  if (message.pinned_message) return `${who} pinned a message`;
  return null;
}

function joined({ new_chat_members: members, from }, who) {
  if (members.length === 1 && members[0].id === from?.id) return `${who} joined the group`;
  return `${who} added ${members.map(fullName).join(", ")}`;
}

function left({ left_chat_member: member, from }, who) {
  return member.id === from?.id ? `${fullName(member)} left the group` : `${who} removed ${fullName(member)}`;
}
