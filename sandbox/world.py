"""The state of the local Telegram, and basic changes to it."""

import asyncio
import heapq
import itertools
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import Random
from string import ascii_letters, digits

from sandbox.accounts import Account, Bot, Person
from sandbox.chats import Chat, Draft, Group, Message, PrivateChat
from sandbox.clock import Clock
from sandbox.faults import Faults
from sandbox.files import Files
from sandbox.limits import FloodLimiter, Limits
from sandbox.params import Params
from sandbox.polls import Poll
from sandbox.updates import EventHub, UpdateQueue
from sandbox.views import is_received_by, view, view_for_page
from sandbox.wire import ApiError, Json, RefusedError, bad_request

CALLS_KEPT = 10_000


@dataclass(eq=False)
class CallbackQuery:
    """A pressed callback button that waits for answerCallbackQuery."""

    bot: Bot
    person: Person
    chat: Chat
    pressed: int
    answer: asyncio.Future[Json]


@dataclass(frozen=True)
class Action:
    """A button on the chat page, beside the clock, added by the program that runs a bot here.

    ``run`` gets the id of the person who pressed it and returns one sentence, which the page shows.
    The page also shows the sentence of a RefusedError.
    """

    name: str  # in the URL: letters, digits and hyphens
    label: str
    title: str  # the tooltip: what it does
    run: Callable[[int], Awaitable[str]]

    def view(self) -> Json:
        """Returns the JSON for the page."""
        return {"name": self.name, "label": self.label, "title": self.title}


class World:
    """Bots, people, chats. Ids are as long as Telegram's (more than 32 bits)."""

    def __init__(
        self,
        clock: Clock,
        *,
        seed: int = 0,
        limits: Limits | None = None,
    ) -> None:
        """``limits`` None: Telegram's."""
        self.clock = clock
        self.rng = Random(seed)  # noqa: S311 - repeatable, and guards nothing
        self.flood = FloodLimiter(limits)
        self.faults = Faults(self.rng)
        self.files = Files()
        self.hub = EventHub()
        self.people: dict[int, Person] = {}
        self.bots: dict[int, Bot] = {}
        self.groups: dict[int, Group] = {}
        self.private_chats: dict[tuple[int, int], PrivateChat] = {}
        self.polls: dict[str, Poll] = {}
        self.queries: dict[str, CallbackQuery] = {}
        self.poll_messages: defaultdict[str, list[Message]] = defaultdict(list)  # by poll id
        self.calls: deque[Json] = deque(maxlen=CALLS_KEPT)
        self.closing: list[tuple[int, int, Poll]] = []
        # Set when a poll gets a close date or the clock is moved: the next close date may change.
        self.closing_changed = asyncio.Event()
        # For the program that runs a bot here: times worth moving the clock to ({"label", "at"}),
        # buttons on the page, and a line for newcomers.
        self.moments: Callable[[], Awaitable[list[Json]]] = _no_moments
        self.actions: list[Action] = []
        self.hint = ""
        # Called when a bot's webhook is set or deleted; the server delivers to it.
        self.webhook_changed: Callable[[Bot], None] = lambda bot: None
        self._calls_made = itertools.count(1)
        self._by_token: dict[str, Bot] = {}
        self._ids = itertools.count(1)
        clock.on_move(self._clock_moved)

    # Accounts

    def add_person(
        self,
        first_name: str,
        last_name: str | None = None,
        username: str | None = None,
        language_code: str | None = None,
    ) -> Person:
        """Adds a person."""
        person = Person(
            5_000_000_000 + next(self._ids), first_name, last_name, username, language_code
        )
        self.people[person.id] = person
        self.hub.broadcast("chats", {})
        return person

    def add_bot(
        self,
        token: str | None = None,
        username: str = "sandbox_bot",
        first_name: str = "Sandbox bot",
    ) -> Bot:
        """Adds a bot; raises RefusedError if the token is malformed or taken."""
        token = token or self._new_token()
        number, _, secret = token.partition(":")
        if not number.isdigit() or not secret:
            raise RefusedError(400, "a token looks like 123456:ABC-DEF")
        bot_id = int(number)
        if bot_id in self.bots or bot_id in self.people:
            raise RefusedError(409, f"there is already an account {bot_id}")
        first_update = self.rng.randrange(100_000_000, 900_000_000)
        updates = UpdateQueue(first_update, self.faults, self.clock)
        bot = Bot(bot_id, token, username, first_name, updates)
        self.bots[bot_id] = self._by_token[token] = bot
        self.hub.broadcast("chats", {})
        return bot

    def _new_token(self) -> str:
        secret = "".join(self.rng.choices(ascii_letters + digits, k=35))
        return f"{7_000_000_000 + next(self._ids)}:{secret}"

    def bot_with(self, token: str) -> Bot | None:
        """Returns the bot with that token."""
        return self._by_token.get(token)

    def account(self, account_id: int) -> Account | None:
        """Returns the person or bot with that id."""
        return self.people.get(account_id) or self.bots.get(account_id)

    def new_id(self) -> str:
        """Returns a new long id, as polls and callback queries have."""
        return str(5_200_000_000_000_000_000 + self.rng.randrange(10**15) * 1000 + next(self._ids))

    # Chats

    def private_chat(self, person: Person, bot: Bot) -> PrivateChat:
        """Returns their private chat, created on first use."""
        key = (person.id, bot.id)
        chat = self.private_chats.get(key)
        if chat is None:
            chat = self.private_chats[key] = PrivateChat(person, bot)
        return chat

    def new_group_id(self, *, supergroup: bool) -> int:
        """Returns an unused id of a group or supergroup."""
        first = -1_002_000_000_000 if supergroup else -4_000_000_000
        return first - next(self._ids)

    def current(self, chat: Chat) -> Chat:
        """Returns the chat that people see: for a migrated group, its supergroup."""
        if isinstance(chat, Group) and chat.migrated_to is not None:
            return self.groups[chat.migrated_to]
        return chat

    # Messages

    def post(self, chat: Chat, sender: Account, draft: Draft) -> Message:
        """Adds a message to a chat, and sends it to everybody who sees it."""
        message = Message(
            chat=chat,
            id=chat.new_message_id(),
            sender=sender,
            date=self.clock.timestamp(),
            content=draft.content,
            poll=draft.poll,
            reply_to=draft.reply_to,
            markup=draft.markup,
            origin=draft.origin,
            pinned=draft.pinned,
        )
        chat.messages[message.id] = message
        if message.poll is not None:
            self.poll_messages[message.poll.id].append(message)
        self.show(message)
        self._update_bots(message, "message")
        return message

    def edited(self, message: Message) -> None:
        """Sends a changed message to the pages and, if a person changed it, to bots."""
        message.edit_date = self.clock.timestamp()
        self.show(message)
        self._update_bots(message, "edited_message")

    def show(self, message: Message) -> None:
        """Sends a new or changed message to the pages of the chat's people."""
        chat = self.current(message.chat)
        for person in chat.people():
            if self.hub.is_followed(person.id):
                data = {
                    "chat": chat.id_for(person),
                    "message": view_for_page(message, person),
                }
                self.hub.publish(person.id, "message", data)

    def delete(self, message: Message) -> None:
        """Deletes a message for everybody."""
        del message.chat.messages[message.id]
        if message in message.chat.pins:
            message.chat.pins.remove(message)
        chat = self.current(message.chat)
        for person in chat.people():
            data = {"chat": chat.id_for(person), "message_id": message.id}
            self.hub.publish(person.id, "deleted", data)

    def _update_bots(self, message: Message, kind: str) -> None:
        for bot in message.chat.bots():
            own = message.sender is bot and "new_chat_members" not in message.content
            if (not own or message.pinned is not None) and is_received_by(message, bot):
                bot.updates.put(kind, view(message, bot))

    # Polls

    def add_poll(self, poll: Poll) -> None:
        """Stores a poll, and closes it at its close date."""
        self.polls[poll.id] = poll
        if poll.close_date is not None and not poll.is_closed:
            heapq.heappush(self.closing, (poll.close_date, next(self._ids), poll))
            self.closing_changed.set()

    def close_poll(self, poll: Poll) -> None:
        """Ends the voting; everybody sees the correct option."""
        poll.is_closed = True
        self.poll_changed(poll)

    def poll_changed(self, poll: Poll) -> None:
        """Sends the poll to its bot and to the pages."""
        if isinstance(poll.owner, Bot):
            poll.owner.updates.put("poll", poll.view(poll.owner))
        self._show_poll(poll)

    def _show_poll(self, poll: Poll) -> None:
        for message in self.poll_messages[poll.id]:
            if message.id in message.chat.messages:
                self.show(message)

    def close_due_polls(self) -> None:
        """Closes polls past their close date; every call of both APIs begins with this.

        Bots get no update (PollManager::on_close_poll_timeout in TDLib).
        """
        while self.closing and self.closing[0][0] <= self.clock.now().timestamp():
            poll = heapq.heappop(self.closing)[2]
            if not poll.is_closed:
                poll.is_closed = True
                self._show_poll(poll)

    def _clock_moved(self) -> None:
        self.close_due_polls()
        self.closing_changed.set()
        for bot in self.bots.values():
            bot.updates.changed.set()
        self.hub.broadcast("clock", {"now": self.clock.now().isoformat()})

    # Calls of the Bot API

    def chat_for(self, bot: Bot, chat_id: str) -> Chat:
        """Returns the chat that a bot names; raises ApiError 400 if it does not know it."""
        if not chat_id:
            raise bad_request("chat_id is empty")
        try:
            number = int(chat_id)
        except ValueError:
            raise bad_request("chat not found") from None
        person = self.people.get(number)
        if person is not None:
            return self.private_chat(person, bot)
        group = self.groups.get(number)
        if group is None or bot.id not in group.status:
            raise bad_request("chat not found")
        return group

    def log_call(self, bot: Bot, method: str, params: Params) -> Json:
        """Adds a bot's call to the log; the caller fills in ``ok`` and ``status``."""
        entry: Json = {
            "n": next(self._calls_made),
            "at": self.clock.now().isoformat(),
            "bot": bot.id,
            "method": method,
            "params": params.logged(),
            "ok": None,
            "status": None,
        }
        self.calls.append(entry)
        return entry

    def close(self) -> None:
        """Ends event streams and long polls."""
        self.hub.close()
        for bot in self.bots.values():
            bot.updates.interrupt(ApiError(502, "Bad Gateway"))


async def _no_moments() -> list[Json]:
    return []
