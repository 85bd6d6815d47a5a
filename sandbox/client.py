"""A typed client for the control API, for tests and tools."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from datetime import datetime
from io import BytesIO
from types import TracebackType
from typing import Any, Self, TypedDict, Unpack
from urllib.parse import quote

from aiohttp import ClientResponse, ClientSession, ClientTimeout, DummyCookieJar

from sandbox.wire import Json

_LONGEST_EVENT = 2**20  # bytes
_JSON = {"Content-Type": "application/json"}


class ControlError(Exception):
    """The control API refused: ``status`` and its sentence."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(f"{status}: {sentence}")
        self.status = status


class FaultOptions(TypedDict, total=False):
    """Options that limit and shape a fault (see the README)."""

    method: str
    chat_id: int
    count: int
    probability: float
    seconds: float
    status: int
    after: int


class Control:
    """The control API, one method per call. Ids are as in the README."""

    def __init__(self, url: str) -> None:
        """``url`` is the one that ``running`` yields."""
        self._url = f"{url}/sandbox"

    async def __aenter__(self) -> Self:
        self._http = ClientSession(
            timeout=ClientTimeout(30), cookie_jar=DummyCookieJar(), read_bufsize=_LONGEST_EVENT
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._http.close()

    async def state(self, user: int) -> Json:
        """Returns everything as that person sees it."""
        state: Json = await self._get("/state", user=user)
        return state

    async def messages(self, user: int, chat: int) -> list[Json]:
        """Returns one chat's messages, oldest first."""
        state = await self.state(user)
        messages: list[Json] = state["messages"].get(str(chat), [])
        return messages

    async def user(
        self,
        first_name: str,
        *,
        last_name: str | None = None,
        username: str | None = None,
        language_code: str | None = None,
    ) -> Json:
        """Add a person. Returns the User object."""
        return await self._post(
            "/users",
            first_name=first_name,
            last_name=last_name,
            username=username,
            language_code=language_code,
        )

    async def deactivate(self, user: int) -> None:
        """Delete a person's account."""
        await self._post(f"/users/{user}/delete")

    async def bot(
        self,
        token: str | None = None,
        *,
        username: str | None = None,
        first_name: str | None = None,
    ) -> Json:
        """Add a bot. Returns ``{"token", "user"}``."""
        return await self._post("/bots", token=token, username=username, first_name=first_name)

    async def group(self, title: str, owner: int, members: list[int]) -> Json:
        """Add a group. Returns the Chat object."""
        return await self._post("/groups", title=title, owner=owner, members=members)

    async def add_member(self, group: int, user: int, *, by: int | None = None) -> None:
        """Add somebody; without ``by``, they join."""
        await self._post(f"/groups/{group}/members", user=user, by=by)

    async def remove_member(self, group: int, user: int, *, by: int | None = None) -> None:
        """Remove somebody; without ``by``, they leave."""
        actor = {} if by is None else {"by": by}
        await self._call("DELETE", f"/groups/{group}/members/{user}", params=actor)

    async def migrate(self, group: int) -> Json:
        """Turn it into a supergroup. Returns the new Chat object."""
        return await self._post(f"/groups/{group}/migrate")

    async def promote(
        self, group: int, user: int, *, by: int, rights: Sequence[str] | None = None
    ) -> None:
        """Make somebody an administrator, with the usual rights or only the given ones."""
        chosen = None if rights is None else list(rights)
        await self._post(f"/groups/{group}/promote", user=user, by=by, rights=chosen)

    async def demote(self, group: int, user: int, *, by: int) -> None:
        """Make an administrator a member again."""
        await self._post(f"/groups/{group}/demote", user=user, by=by)

    async def permit(self, group: int, *, by: int, **permissions: bool) -> None:
        """Change what members may do, like ``can_send_polls=False``."""
        await self._post(f"/groups/{group}/permissions", by=by, permissions=permissions)

    async def write(self, user: int, chat: int, text: str, *, reply_to: int | None = None) -> Json:
        """Send a text. Returns the Message."""
        return await self._post("/messages", user=user, chat=chat, text=text, reply_to=reply_to)

    async def edit(self, user: int, chat: int, message_id: int, text: str) -> Json:
        """Change the person's own text. Returns the Message."""
        return await self._post(
            "/messages/edit", user=user, chat=chat, message_id=message_id, text=text
        )

    async def delete(self, user: int, chat: int, message_id: int) -> None:
        """Delete a message for everybody."""
        await self._post("/messages/delete", user=user, chat=chat, message_id=message_id)

    async def forward(self, user: int, from_chat: int, message_id: int, chat: int) -> Json:
        """Forward a message. Returns the new Message."""
        return await self._post(
            "/messages/forward", user=user, from_chat=from_chat, message_id=message_id, chat=chat
        )

    async def vote(
        self, user: int, chat: int, message_id: int, option_ids: list[int], *, force: bool = False
    ) -> Json:
        """Vote, or withdraw with []. Returns the Message with the poll."""
        return await self._post(
            "/vote", user=user, chat=chat, message_id=message_id, option_ids=option_ids, force=force
        )

    async def press(
        self, user: int, chat: int, message_id: int, data: str, *, wait: float | None = None
    ) -> Json:
        """Press a button. Returns the bot's answer, or {} after ``wait`` seconds (default 5)."""
        return await self._post(
            "/press", user=user, chat=chat, message_id=message_id, data=data, wait=wait
        )

    async def web_app(
        self, user: int, chat: int, message_id: int, *, row: int = 0, column: int = 0
    ) -> Json:
        """Open a button's Mini App. Returns ``{"url", "init_data"}``."""
        return await self._post(
            "/web_app", user=user, chat=chat, message_id=message_id, row=row, column=column
        )

    async def menu_web_app(self, user: int, bot: int) -> Json:
        """Open the menu button's Mini App. Returns ``{"url", "init_data"}``."""
        return await self._post("/web_app", user=user, chat=bot)

    async def block(self, user: int, bot: int) -> None:
        """Block the bot."""
        await self._post("/block", user=user, bot=bot)

    async def unblock(self, user: int, bot: int) -> None:
        """Unblock the bot."""
        await self._post("/unblock", user=user, bot=bot)

    async def fault(self, fault: str, **options: Unpack[FaultOptions]) -> int:
        """Add a fault (see the README). Returns its id."""
        answer = await self._post("/faults", fault=fault, **dict(options))
        return int(answer["id"])

    async def faults(self) -> list[Json]:
        """Returns the faults that can still occur."""
        listed: list[Json] = await self._get("/faults")
        return listed

    async def clear_faults(self, fault: int | None = None) -> None:
        """Remove one fault, or all."""
        await self._call("DELETE", "/faults" if fault is None else f"/faults/{fault}")

    async def now(self) -> datetime:
        """Returns the sandbox's time, aware, in UTC."""
        return datetime.fromisoformat((await self._get("/clock"))["now"])

    async def advance(self, seconds: float) -> datetime:
        """Move the clock forward. Returns the new time."""
        return datetime.fromisoformat((await self._post("/clock", advance=seconds))["now"])

    async def set_clock(self, moment: datetime) -> datetime:
        """Move the clock forward to an aware time. Returns it."""
        answer = await self._post("/clock", set=moment.isoformat())
        return datetime.fromisoformat(answer["now"])

    async def actions(self) -> list[Json]:
        """Returns the buttons of the program that runs a bot inside."""
        listed: list[Json] = await self._get("/actions")
        return listed

    async def run_action(self, name: str, user: int) -> str:
        """Press one as that person. Returns the sentence that it shows."""
        return str((await self._post(f"/actions/{quote(name)}", user=user))["said"])

    async def calls(self, method: str = "", since: int = 0) -> list[Json]:
        """Returns the bots' calls after call number ``since``."""
        listed: list[Json] = await self._get("/calls", method=method, since=since)
        return listed

    async def forget_calls(self) -> None:
        """Clear the list of calls."""
        await self._call("DELETE", "/calls")

    async def pending(self, bot: int) -> Json:
        """Returns how many updates are waiting, and the last confirmed one."""
        pending: Json = await self._get("/updates/pending", bot=bot)
        return pending

    async def raw_update(self, bot: int, update: Json) -> int:
        """Give the bot any update. Returns its update_id."""
        return int((await self._post("/updates", bot=bot, update=update))["update_id"])

    async def raw_updates(self, bot: int, updates: Sequence[Json]) -> list[int]:
        """The same for many at once, in order. Returns their update_ids."""
        answer = await self._post("/updates/many", bot=bot, updates=updates)
        return list(answer["update_ids"])

    async def file(self, file_id: str) -> bytes:
        """Returns the bytes of a picture or document."""
        async with self._http.get(f"{self._url}/files/{quote(file_id)}") as reply:
            await _check(reply)
            return await reply.read()

    async def events(self, user: int) -> AsyncGenerator[tuple[str, Json], None]:
        """Yields that person's events; the first is ("open", {}): from then on none is missed."""
        async with self._http.get(
            f"{self._url}/events", params={"user": user}, timeout=ClientTimeout()
        ) as reply:
            kind = ""
            async for ended_line in reply.content:
                line = ended_line.decode().rstrip("\r\n")
                if line == ": open":
                    yield "open", {}
                elif line.startswith("event: "):
                    kind = line.removeprefix("event: ")
                elif line.startswith("data: "):
                    yield kind, json.loads(line.removeprefix("data: "))

    async def wait_for(
        self,
        user: int,
        chat: int,
        matches: Callable[[Json], bool],
        *,
        after: int = 0,
        timeout: float = 5.0,  # noqa: ASYNC109
    ) -> Json:
        """Returns the oldest matching message from others, once it arrives or changes to match.

        ``after`` skips messages up to that id. Raises TimeoutError if none comes.
        """

        def wanted(message: Json) -> bool:
            return not message["out"] and message["message_id"] > after and matches(message)

        async with asyncio.timeout(timeout), aclosing(self.events(user)) as events:
            async for kind, data in events:
                candidates = []
                if kind == "open":
                    candidates = await self.messages(user, chat)
                elif kind == "message" and data["chat"] == chat:
                    candidates = [data["message"]]
                for message in candidates:
                    if wanted(message):
                        return message
        raise ConnectionError("the sandbox ended")

    async def _get(self, path: str, **params: str | int) -> Any:
        return await self._call("GET", path, params=params)

    async def _post(self, path: str, **body: object) -> Json:
        # Written as ASCII: lone surrogates, which JSON can escape but UTF-8 cannot encode, pass.
        given = {key: value for key, value in body.items() if value is not None}
        content = BytesIO(json.dumps(given).encode())  # aiohttp warns of large bodies otherwise
        answer: Json = await self._call("POST", path, data=content, headers=_JSON)
        return answer

    async def _call(self, verb: str, path: str, **request: Any) -> Any:
        async with self._http.request(verb, f"{self._url}{path}", **request) as reply:
            await _check(reply)
            return await reply.json()


async def _check(reply: ClientResponse) -> None:
    if not reply.ok:
        raise ControlError(reply.status, (await reply.json())["error"])
