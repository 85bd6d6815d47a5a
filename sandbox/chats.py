"""Where people and bots talk: private chats and groups."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from sandbox.accounts import Account, Bot, Person
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
    pinned: "Message | None" = None
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


@dataclass(eq=False)
class Group:
    """A group or supergroup. ``status`` says what everybody is in it, ChatMember's way."""

    id: int
    title: str
    owner: Account
    supergroup: bool = False
    members: dict[int, Account] = field(default_factory=dict)
    status: dict[int, str] = field(default_factory=dict)
    migrated_to: int | None = None
    pinned: "Message | None" = None
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

    def join(self, account: Account, status: str = "member") -> None:
        """Make somebody a member."""
        self.members[account.id] = account
        self.status[account.id] = status

    def leave(self, account: Account, status: str) -> None:
        """Make somebody a former member: ``left`` or ``kicked``."""
        del self.members[account.id]
        self.status[account.id] = status

    def member(self, account: Account, status: str | None = None) -> Json:
        """The ChatMember object, with another status if one is given."""
        return chat_member(account, status or self.status.get(account.id, "left"))


Chat: TypeAlias = PrivateChat | Group


def chat_member(account: Account, status: str) -> Json:
    """A ChatMember object with the fields that its status asks for."""
    member: Json = {"user": account.user(), "status": status}
    if status == "creator":
        member["is_anonymous"] = False
    elif status == "kicked":
        member["until_date"] = 0
    return member
