"""Accounts: people and bots."""

from dataclasses import dataclass, field
from typing import TypeAlias

from sandbox.updates import UpdateQueue
from sandbox.wire import Json

DEFAULT_BUTTON: Json = {"type": "default"}


@dataclass(eq=False)
class Person:
    """A person's account."""

    id: int
    first_name: str
    last_name: str | None = None
    username: str | None = None
    language_code: str | None = None
    deleted: bool = False

    def user(self) -> Json:
        """Returns the User object; a deleted account has only its id."""
        if self.deleted:
            return {"id": self.id, "is_bot": False, "first_name": ""}
        return {"id": self.id, "is_bot": False, **self.names(), **self._language()}

    def names(self) -> Json:
        """Returns the names that are set, as in User and Chat objects."""
        if self.deleted:
            return {"first_name": ""}
        names = {
            "first_name": self.first_name,
            "last_name": self.last_name,
            "username": self.username,
        }
        return {key: name for key, name in names.items() if name is not None}

    def _language(self) -> Json:
        return {} if self.language_code is None else {"language_code": self.language_code}


@dataclass(eq=False)
class Webhook:
    """Where a bot's updates are posted, and the last error."""

    url: str
    secret_token: str | None
    max_connections: int
    last_error_date: int | None = None
    last_error_message: str | None = None

    def is_same(self, other: "Webhook") -> bool:
        """Returns whether both post to the same URL in the same way."""
        return (self.url, self.secret_token, self.max_connections) == (
            other.url,
            other.secret_token,
            other.max_connections,
        )


@dataclass(eq=False)
class Bot:
    """A bot's account with its settings and updates."""

    id: int
    token: str
    username: str
    first_name: str
    updates: UpdateQueue
    webhook: Webhook | None = None
    logged_out: bool = False
    last_message_id: int = 0
    # (scope, language code) -> BotCommand objects
    commands: dict[tuple[str, str], list[Json]] = field(default_factory=dict)
    # name, description or short_description -> language code -> text
    texts: dict[str, dict[str, str]] = field(default_factory=dict)
    # person id -> MenuButton object; None holds the default of all private chats
    menu_buttons: dict[int | None, Json] = field(default_factory=dict)

    def user(self) -> Json:
        """Returns the User object that others see."""
        return {"id": self.id, "is_bot": True, **self.names()}

    def names(self) -> Json:
        """Returns the names, as in User and Chat objects."""
        return {"first_name": self.text("name") or self.first_name, "username": self.username}

    def me(self) -> Json:
        """Returns the User object of getMe."""
        return {
            **self.user(),
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
            "can_connect_to_business": False,
            "has_main_web_app": False,
            "has_topics_enabled": False,
            "allows_users_to_create_topics": False,
            "can_manage_bots": False,
            "supports_guest_queries": False,
        }

    def text(self, kind: str, language: str = "") -> str:
        """Returns the name or a description in that language, else the default text."""
        texts = self.texts.get(kind, {})
        return texts.get(language) or texts.get("", "")

    def menu(self, scopes: list[str], language: str) -> list[Json]:
        """Returns the commands of the first scope with any, in the order of BotCommandScope."""
        for scope in scopes:
            for code in (language, ""):
                if commands := self.commands.get((scope, code)):
                    return commands
        return []

    def menu_button(self, person_id: int | None) -> Json:
        """Returns the MenuButton that the person sees; by default it opens the command list."""
        own = self.menu_buttons.get(person_id, DEFAULT_BUTTON)
        shown = own if own != DEFAULT_BUTTON else self.menu_buttons.get(None, DEFAULT_BUTTON)
        return {"type": "commands"} if shown == DEFAULT_BUTTON else shown


Account: TypeAlias = Person | Bot
