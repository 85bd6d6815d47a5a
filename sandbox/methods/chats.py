"""Methods about chats and their members."""

from sandbox import groups
from sandbox.accounts import Account
from sandbox.chats import Group, PrivateChat, chat_member
from sandbox.methods.call import Call, Method
from sandbox.wire import Json, bad_request


def get_chat(call: Call) -> Json:
    """Returns the ChatFullInfo object."""
    chat = call.world.chat_for(call.bot, call.params.text("chat_id"))
    if isinstance(chat, Group):
        chat.admit(call.bot)
    gifts = (
        "unlimited_gifts",
        "limited_gifts",
        "unique_gifts",
        "premium_subscription",
        "gifts_from_channels",
    )
    full: Json = {
        **chat.view(call.bot),
        "accent_color_id": 0,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys(gifts, False),
    }
    if isinstance(chat, Group):
        full["permissions"] = chat.permissions
    if chat.pins:
        full["pinned_message"] = call.seen(chat.pins[-1])
    return full


def get_chat_member(call: Call) -> Json:
    """Returns a ChatMember object; in a private chat both are members."""
    chat = call.chat()
    account = call.world.account(call.params.integer("user_id"))
    if account is None:
        raise bad_request("user not found")
    if isinstance(chat, PrivateChat):
        if account not in (chat.person, chat.bot):
            raise bad_request("member not found")
        return chat_member(account, "member")
    return chat.member(account)


def get_chat_administrators(call: Call) -> list[Json]:
    """Returns owner and administrators, without other bots."""
    group = _group(call)
    listed: list[Account] = [*group.people(), *(bot for bot in group.bots() if bot is call.bot)]
    leading = [m for m in listed if group.status[m.id] in ("creator", "administrator")]
    return [group.member(account) for account in leading]


def get_chat_member_count(call: Call) -> int:
    """Returns the number of members."""
    chat = call.chat()
    return len(chat.members) if isinstance(chat, Group) else 2


def leave_chat(call: Call) -> bool:
    """Makes the bot leave a group."""
    groups.remove(call.world, _group(call), call.bot, call.bot)
    return True


def _group(call: Call) -> Group:
    chat = call.chat()
    if not isinstance(chat, Group):
        raise bad_request("method is available only for groups, supergroups and channels")
    return chat


METHODS: dict[str, Method] = {
    "getChat": get_chat,
    "getChatMember": get_chat_member,
    "getChatAdministrators": get_chat_administrators,
    "getChatMemberCount": get_chat_member_count,
    "leaveChat": leave_chat,
}
