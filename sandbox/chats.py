"""Chats and the messages in them: private chats, and groups with their members."""

from dataclasses import dataclass, field
from typing import TypeAlias

from sandbox.accounts import Account, Bot, Person
from sandbox.polls import Poll
from sandbox.rights import Rights, all_permissions, sending_refused
from sandbox.wire import ApiError, Json, bad_request, forbidden


@dataclass(eq=False)
class Message:
    """A message. ``content`` holds the fields that are the same for every viewer."""

    chat: "Chat"
    id: int
    sender: Account
    date: int
    content: Json
    poll: Poll | None = None
    reply_to: "Message | None" = None
    markup: Json | None = None
    origin: Json | None = None
    edit_date: int | None = None
    pinned: "Message | None" = None

    @property
    def inline_keyboard(self) -> Json | None:
        """Returns the buttons under the message; a reply keyboard is not part of it."""
        if self.markup is not None and "inline_keyboard" in self.markup:
            return self.markup
        return None

    def may_be_edited(self, by: Account, *, buttons_only: bool = False) -> bool:
        """Returns whether that account can edit it (MessagesManager::can_edit_message in TDLib).

        Forwards, messages with a reply keyboard and service messages stay as they are; of a
        closed poll only the buttons can change.
        """
        if self.sender is not by or self.origin is not None or self.markup != self.inline_keyboard:
            return False
        if self.poll is not None:
            return buttons_only or not self.poll.is_closed
        return not self.content.keys().isdisjoint(("text", "photo", "document"))


@dataclass
class Draft:
    """The content of a new message, without its chat and its sender."""

    content: Json = field(default_factory=dict)
    poll: Poll | None = None
    reply_to: Message | None = None
    markup: Json | None = None
    origin: Json | None = None
    pinned: Message | None = None


@dataclass(eq=False)
class PrivateChat:
    """A person and a bot. For each of them, the chat's id is the id of the other."""

    person: Person
    bot: Bot
    started: bool = False
    blocked: bool = False
    pins: list[Message] = field(default_factory=list)  # the newest last
    messages: dict[int, Message] = field(default_factory=dict)
    typing_until: float = 0.0  # real monotonic seconds
    is_group = False

    def id_for(self, viewer: Account) -> int:
        """Returns the chat id that the viewer uses."""
        return self.bot.id if viewer is self.person else self.person.id

    def view(self, viewer: Account) -> Json:
        """Returns the Chat object that the viewer gets."""
        other: Account = self.bot if viewer is self.person else self.person
        return {"id": other.id, "type": "private", **other.names()}

    def shown(self) -> list[Message]:
        """Returns the messages that its people see, oldest first."""
        return list(self.messages.values())

    def people(self) -> list[Person]:
        """Returns the people in it."""
        return [self.person]

    def bots(self) -> list[Bot]:
        """Returns the bots in it."""
        return [self.bot]

    def new_message_id(self) -> int:
        """Returns the next id: one sequence for all private chats of a bot."""
        self.bot.last_message_id += 1
        return self.bot.last_message_id

    def admit(self, bot: Bot) -> None:
        """Raises ApiError 403 if the bot may not write here."""
        del bot
        if self.person.deleted:
            raise forbidden("user is deactivated")
        if self.blocked:
            raise forbidden("bot was blocked by the user")
        if not self.started:
            raise forbidden("bot can't initiate conversation with a user")

    def refusal(self, bot: Bot, content: Json) -> ApiError | None:
        """Returns None: a bot may send any kind of message here."""
        del bot, content
        return None

    def may(self, account: Account, right: str) -> bool:
        """Returns True: both may do everything here."""
        del account, right
        return True


@dataclass(eq=False)
class Group:
    """A group or supergroup. ``status`` holds the ChatMember status of each account."""

    id: int
    title: str
    owner: Account
    supergroup: bool = False
    members: dict[int, Account] = field(default_factory=dict)
    status: dict[int, str] = field(default_factory=dict)
    rights: dict[int, Rights] = field(default_factory=dict)  # of administrators
    permissions: Rights = field(default_factory=all_permissions)  # of members
    migrated_to: int | None = None
    migrated_from: "Group | None" = None
    pins: list[Message] = field(default_factory=list)  # the newest last
    messages: dict[int, Message] = field(default_factory=dict)
    last_message_id: int = 0
    typing_until: float = 0.0  # real monotonic seconds
    is_group = True

    @property
    def kind(self) -> str:
        """Returns ``group`` or ``supergroup``."""
        return "supergroup" if self.supergroup else "group"

    def id_for(self, viewer: Account) -> int:
        """Returns the id, which is the same for everybody."""
        del viewer
        return self.id

    def view(self, viewer: Account | None = None) -> Json:
        """Returns the Chat object."""
        del viewer
        everybody = {} if self.supergroup else {"all_members_are_administrators": False}
        return {"id": self.id, "type": self.kind, "title": self.title, **everybody}

    def shown(self) -> list[Message]:
        """Returns the messages that its people see, also from before a migration, oldest first."""
        earlier = [] if self.migrated_from is None else self.migrated_from.shown()
        return [*earlier, *self.messages.values()]

    def people(self) -> list[Person]:
        """Returns the people in it."""
        return [member for member in self.members.values() if isinstance(member, Person)]

    def bots(self) -> list[Bot]:
        """Returns the bots in it."""
        return [member for member in self.members.values() if isinstance(member, Bot)]

    def new_message_id(self) -> int:
        """Returns the next id: every group has its own sequence."""
        self.last_message_id += 1
        return self.last_message_id

    def admit(self, bot: Bot) -> None:
        """Raises ApiError 400 or 403 if the bot may not write here."""
        if self.migrated_to is not None:
            raise ApiError(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                migrate_to_chat_id=self.migrated_to,
            )
        if bot.id in self.members:
            return
        if self.status.get(bot.id) == "kicked":
            raise forbidden(f"bot was kicked from the {self.kind} chat")
        if bot.id in self.status:
            raise forbidden(f"bot is not a member of the {self.kind} chat")
        raise bad_request("chat not found")

    def refusal(self, bot: Bot, content: Json) -> ApiError | None:
        """Returns an ApiError 400 if members may not send that and the bot has no admin rights."""
        if self.status.get(bot.id) == "administrator":
            return None
        return sending_refused(content, self.permissions)

    def may(self, account: Account, right: str) -> bool:
        """Returns whether the account is the owner, or an administrator with that right."""
        if self.status.get(account.id) == "creator":
            return True
        return self.rights.get(account.id, {}).get(right, False)

    def join(self, account: Account, status: str = "member") -> None:
        """Makes the account a member."""
        self.members[account.id] = account
        self.status[account.id] = status

    def leave(self, account: Account, status: str) -> None:
        """Makes the account a former member; ``status`` is ``left`` or ``kicked``."""
        del self.members[account.id]
        self.rights.pop(account.id, None)
        self.status[account.id] = status

    def member(self, account: Account) -> Json:
        """Returns the ChatMember object."""
        status = self.status.get(account.id, "left")
        return chat_member(account, status, self.rights.get(account.id))


Chat: TypeAlias = PrivateChat | Group


def chat_member(account: Account, status: str, rights: Rights | None = None) -> Json:
    """Returns a ChatMember object with the fields of its status."""
    member: Json = {"user": account.user(), "status": status}
    if status == "creator":
        member["is_anonymous"] = False
    elif status == "administrator":
        member |= {"can_be_edited": False, **(rights or {})}
    elif status == "kicked":
        member["until_date"] = 0
    return member
