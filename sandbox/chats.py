"""Where people and bots talk: private chats and groups."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from sandbox.accounts import Account, Bot, Person
from sandbox.rights import Rights, all_permissions, sending_refused
from sandbox.wire import ApiError, Json, bad_request, forbidden

if TYPE_CHECKING:
    from sandbox.messages import Message


@dataclass(eq=False)
class PrivateChat:
    """A person and a bot. Its id is, to either of them, the id of the other."""

    person: Person
    bot: Bot
    started: bool = False
    blocked: bool = False
    pins: "list[Message]" = field(default_factory=list)  # the newest last
    messages: "dict[int, Message]" = field(default_factory=dict)
    typing_until: float = 0.0  # real monotonic seconds
    is_group = False

    def id_for(self, viewer: Account) -> int:
        """The chat id that the viewer uses."""
        return self.bot.id if viewer is self.person else self.person.id

    def view(self, viewer: Account) -> Json:
        """The Chat object that the viewer gets."""
        other: Account = self.bot if viewer is self.person else self.person
        return {"id": other.id, "type": "private", **other.names()}

    def shown(self) -> "list[Message]":
        """What its people see of it, oldest first."""
        return list(self.messages.values())

    def people(self) -> list[Person]:
        """The people in it."""
        return [self.person]

    def bots(self) -> list[Bot]:
        """The bots in it."""
        return [self.bot]

    def new_message_id(self) -> int:
        """A bot's private messages are numbered together, whoever they are to."""
        self.bot.last_message_id += 1
        return self.bot.last_message_id

    def admit(self, bot: Bot) -> None:
        """ApiError 403 if the bot may not write here."""
        del bot
        if self.person.deleted:
            raise forbidden("user is deactivated")
        if self.blocked:
            raise forbidden("bot was blocked by the user")
        if not self.started:
            raise forbidden("bot can't initiate conversation with a user")

    def refusal(self, bot: Bot, content: Json) -> ApiError | None:
        """A bot may send here whatever there is."""
        del bot, content
        return None

    def may(self, account: Account, right: str) -> bool:
        """Both may do everything here."""
        del account, right
        return True


@dataclass(eq=False)
class Group:
    """A group or supergroup. ``status`` says what everybody is in it, ChatMember's way."""

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
    pins: "list[Message]" = field(default_factory=list)  # the newest last
    messages: "dict[int, Message]" = field(default_factory=dict)
    last_message_id: int = 0
    typing_until: float = 0.0  # real monotonic seconds
    is_group = True

    @property
    def kind(self) -> str:
        """``group`` or ``supergroup``."""
        return "supergroup" if self.supergroup else "group"

    def id_for(self, viewer: Account) -> int:
        """The same for everybody."""
        del viewer
        return self.id

    def view(self, viewer: Account | None = None) -> Json:
        """The Chat object."""
        del viewer
        everybody = {} if self.supergroup else {"all_members_are_administrators": False}
        return {"id": self.id, "type": self.kind, "title": self.title, **everybody}

    def shown(self) -> "list[Message]":
        """What its people see of it, oldest first: also what was said before it moved."""
        earlier = [] if self.migrated_from is None else self.migrated_from.shown()
        return [*earlier, *self.messages.values()]

    def people(self) -> list[Person]:
        """The people in it."""
        return [member for member in self.members.values() if isinstance(member, Person)]

    def bots(self) -> list[Bot]:
        """The bots in it."""
        return [member for member in self.members.values() if isinstance(member, Bot)]

    def new_message_id(self) -> int:
        """Every group numbers its own messages."""
        self.last_message_id += 1
        return self.last_message_id

    def admit(self, bot: Bot) -> None:
        """ApiError 400 or 403 if the bot may not write here."""
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
        """400 if members may not send that, and the bot is only one of them."""
        if self.status.get(bot.id) == "administrator":
            return None
        return sending_refused(content, self.permissions)

    def may(self, account: Account, right: str) -> bool:
        """Whether the owner or an administrator with that right."""
        if self.status.get(account.id) == "creator":
            return True
        return self.rights.get(account.id, {}).get(right, False)

    def join(self, account: Account, status: str = "member") -> None:
        """Make somebody a member."""
        self.members[account.id] = account
        self.status[account.id] = status

    def leave(self, account: Account, status: str) -> None:
        """Make somebody a former member: ``left`` or ``kicked``."""
        del self.members[account.id]
        self.rights.pop(account.id, None)
        self.status[account.id] = status

    def member(self, account: Account) -> Json:
        """The ChatMember object."""
        status = self.status.get(account.id, "left")
        return chat_member(account, status, self.rights.get(account.id))


Chat: TypeAlias = PrivateChat | Group


def chat_member(account: Account, status: str, rights: Rights | None = None) -> Json:
    """A ChatMember object with the fields that its status asks for."""
    member: Json = {"user": account.user(), "status": status}
    if status == "creator":
        member["is_anonymous"] = False
    elif status == "administrator":
        member |= {"can_be_edited": False, **(rights or {})}
    elif status == "kicked":
        member["until_date"] = 0
    return member
