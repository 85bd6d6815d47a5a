"""Webhooks: every update is posted until the bot accepts it."""

import asyncio
import json
from urllib.parse import parse_qsl

import httpx

from sandbox.accounts import Bot, Webhook
from sandbox.botapi import perform
from sandbox.loopback import NO_CERTIFICATES
from sandbox.params import Params
from sandbox.wire import Json
from sandbox.world import World

LONGEST_PAUSE = 60.0
TIMEOUT = 60.0


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


class _WebhookSender:
    def __init__(self, world: World, bot: Bot, webhook: Webhook) -> None:
        self._world = world
        self._bot = bot
        self._webhook = webhook
        self._claimed: set[int] = set()

    async def run(self) -> None:
        """Delivers in order of arrival, at most max_connections at once."""
        slots = asyncio.Semaphore(self._webhook.max_connections)
        async with (
            self._client() as client,
            asyncio.TaskGroup() as deliveries,
        ):
            while True:
                await slots.acquire()
                update = await self._next()
                task = deliveries.create_task(self._deliver(client, update))
                task.add_done_callback(lambda _: slots.release())

    @staticmethod
    def _client() -> httpx.AsyncClient:
        return httpx.AsyncClient(timeout=TIMEOUT, trust_env=False, verify=NO_CERTIFICATES)

    async def _next(self) -> Json:
        updates = self._bot.updates
        while True:
            for update in updates.peek(self._webhook.max_connections + len(self._claimed)):
                if update["update_id"] not in self._claimed:
                    self._claimed.add(update["update_id"])
                    return update
            updates.arrived.clear()
            await updates.arrived.wait()

    async def _deliver(self, client: httpx.AsyncClient, update: Json) -> None:
        """Posts until the update is accepted, with growing pauses in real time."""
        pause = self._world.webhook_retry
        while not await self._post(client, update):
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
        self._bot.updates.discard(update)
        self._claimed.discard(update["update_id"])
        if self._world.faults.doubles():
            await self._post(client, update)

    async def _post(self, client: httpx.AsyncClient, update: Json) -> bool:
        secret = self._webhook.secret_token
        headers = {} if secret is None else {"X-Telegram-Bot-Api-Secret-Token": secret}
        try:
            reply = await client.post(self._webhook.url, json=update, headers=headers)
        except httpx.HTTPError as error:
            self._note_error(f"Connection failed: {type(error).__name__}")
            return False
        if not reply.is_success:
            self._note_error(f"Wrong response from the webhook: {reply.status_code}")
            return False
        await self._perform(reply)
        return True

    def _note_error(self, message: str) -> None:
        self._webhook.last_error_date = self._world.clock.timestamp()
        self._webhook.last_error_message = message

    async def _perform(self, reply: httpx.Response) -> None:
        """Makes the call in the reply's body, if any; the bot does not learn its result."""
        values = _call_in(reply)
        method = values.pop("method", None)
        if isinstance(method, str):
            await perform(self._world, self._bot, method, Params(values))


def _call_in(reply: httpx.Response) -> Json:
    kind = reply.headers.get("content-type", "")
    if kind.startswith("application/x-www-form-urlencoded"):
        return dict(parse_qsl(reply.text, keep_blank_values=True))
    try:
        values = json.loads(reply.content or b"{}")
    except ValueError:
        return {}
    return values if isinstance(values, dict) else {}
