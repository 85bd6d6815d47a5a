"""Webhooks: every update is posted until the bot accepts it."""

import asyncio
import json
from collections import defaultdict
from dataclasses import dataclass
from urllib.parse import parse_qsl

import httpx

from sandbox.accounts import Bot, Webhook
from sandbox.botapi import perform
from sandbox.loopback import NO_CERTIFICATES
from sandbox.params import Params
from sandbox.wire import Json
from sandbox.world import World

TIMEOUT = 60.0  # seconds
LONGEST_PAUSE = (60, 120)  # seconds; each pause is drawn at random from this range
LONGEST_RETRY_AFTER = 3600  # seconds


class Webhooks:
    """Runs a task for every bot with a webhook."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._tasks: dict[int, asyncio.Task[None]] = {}

    def changed(self, bot: Bot) -> None:
        """Reacts to a bot's webhook being set, replaced or deleted."""
        if running := self._tasks.pop(bot.id, None):
            running.cancel()
        if bot.webhook is not None:
            sender = _WebhookSender(self._world, bot, bot.webhook)
            self._tasks[bot.id] = asyncio.get_running_loop().create_task(sender.run())

    async def close(self) -> None:
        """Stops all tasks."""
        tasks = list(self._tasks.values())
        self._tasks.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@dataclass
class _Retry:
    """When an update is posted again, in Unix time, after some failures."""

    at: float = 0.0
    failures: int = 0
    pause: float = 1.0

    def fail(self, now: float, retry_after: int, longest: float) -> None:
        """Sets the next time: when the bot asked for it, else at once, then 2, 4, 8 ... s later."""
        pause = float(min(retry_after, LONGEST_RETRY_AFTER))
        if not retry_after and self.failures:
            pause = self.pause = min(2 * self.pause, longest)
        self.at = now + pause
        self.failures += 1


class _WebhookSender:
    """Posts one update of each queue at a time; the next one waits until it is accepted.

    The rules are those of WebhookActor in the Bot API server.
    """

    def __init__(self, world: World, bot: Bot, webhook: Webhook) -> None:
        self._world = world
        self._bot = bot
        self._webhook = webhook
        self._busy: set[object] = set()  # queues with a post under way
        self._retries: defaultdict[int, _Retry] = defaultdict(_Retry)  # by update_id

    async def run(self) -> None:
        """Delivers in order of arrival within a queue, at most max_connections at once."""
        updates = self._bot.updates
        async with (
            self._client() as client,
            asyncio.TaskGroup() as deliveries,
        ):
            while True:
                updates.changed.clear()
                ready, next_retry = self._plan()
                for update in ready:
                    self._busy.add(queue_of(update))
                    deliveries.create_task(self._deliver(client, update))
                await self._world.clock.wait(updates.changed, next_retry)

    @staticmethod
    def _client() -> httpx.AsyncClient:
        return httpx.AsyncClient(timeout=TIMEOUT, trust_env=False, verify=NO_CERTIFICATES)

    def _plan(self) -> tuple[list[Json], float | None]:
        """Returns the updates to post now, and the Unix time of the next retry.

        Only the oldest updates are looked at, as on Telegram: if all their queues are blocked,
        the others wait, too.
        """
        most = self._webhook.max_connections
        now = self._world.clock.now().timestamp()
        ready: list[Json] = []
        next_retry = None
        blocked = set(self._busy)
        for update in self._bot.updates.peek(2 * most):
            queue = queue_of(update)
            if queue in blocked:
                continue
            blocked.add(queue)
            retry = self._retries.get(update["update_id"])
            if retry is not None and retry.at > now:
                next_retry = min(retry.at, next_retry or retry.at)
            elif len(self._busy) + len(ready) < most:
                ready.append(update)
        return ready, next_retry

    async def _deliver(self, client: httpx.AsyncClient, update: Json) -> None:
        update_id = update["update_id"]
        retry_after = await self._post(client, update)
        if retry_after is None:
            self._bot.updates.discard(update)
            self._retries.pop(update_id, None)
            if self._world.faults.doubles():
                await self._post(client, update)
        else:
            longest = self._world.rng.uniform(*LONGEST_PAUSE)
            now = self._world.clock.now().timestamp()
            self._retries[update_id].fail(now, retry_after, longest)
        self._busy.discard(queue_of(update))
        self._bot.updates.changed.set()

    async def _post(self, client: httpx.AsyncClient, update: Json) -> int | None:
        """Returns None if the bot accepts the update, else its Retry-After (0 without one)."""
        secret = self._webhook.secret_token
        headers = {} if secret is None else {"X-Telegram-Bot-Api-Secret-Token": secret}
        try:
            reply = await client.post(self._webhook.url, json=update, headers=headers)
        except httpx.HTTPError as error:
            self._note_error(f"Connection failed: {type(error).__name__}")
            return 0
        if not reply.is_success:
            status = f"{reply.status_code} {reply.reason_phrase}"
            self._note_error(f"Wrong response from the webhook: {status}")
            retry_after = reply.headers.get("retry-after", "")
            return int(retry_after) if retry_after.isdecimal() else 0
        await self._perform(reply)
        return None

    def _note_error(self, message: str) -> None:
        self._webhook.last_error_date = self._world.clock.timestamp()
        self._webhook.last_error_message = message

    async def _perform(self, reply: httpx.Response) -> None:
        """Makes the call in the reply's body, if any; the bot does not learn its result."""
        values = _call_in(reply)
        method = values.pop("method", None)
        if isinstance(method, str) and not _is_ignored(method.lower()):
            await perform(self._world, self._bot, method, Params(values))


def _is_ignored(method: str) -> bool:
    """Returns whether the server ignores that method in a webhook's reply."""
    return method.startswith("get") or method in (
        "setwebhook",
        "deletewebhook",
        "close",
        "logout",
    )


def queue_of(update: Json) -> object:
    """Returns the queue of an update: its chat's, poll's or person's (Client::add_update).

    An update that names none, like a hostile one, has a queue of its own.
    """
    for kind, (subject, path) in _QUEUES.items():
        if kind in update:
            value: object = update[kind]
            for name in path:
                value = value.get(name) if isinstance(value, dict) else None
            return update["update_id"] if value is None else (subject, str(value))
    return update["update_id"]


# Kind of update -> what its queue is for, and where that id stands.
_QUEUES: dict[str, tuple[str, tuple[str, ...]]] = {
    "message": ("chat", ("chat", "id")),
    "edited_message": ("chat", ("chat", "id")),
    "poll": ("poll", ("id",)),
    "poll_answer": ("poll", ("poll_id",)),
    "callback_query": ("presses of", ("from", "id")),
    "my_chat_member": ("bot in", ("chat", "id")),
    "chat_member": ("membership of", ("new_chat_member", "user", "id")),
}


def _call_in(reply: httpx.Response) -> Json:
    kind = reply.headers.get("content-type", "")
    if kind.startswith("application/x-www-form-urlencoded"):
        return dict(parse_qsl(reply.text, keep_blank_values=True))
    try:
        values = json.loads(reply.content or b"{}")
    except ValueError:
        return {}
    return values if isinstance(values, dict) else {}
