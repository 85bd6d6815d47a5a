"""A bot that Telegram posts its updates to."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from quizbot.scheduler import Jobs
from tests.sizes import PATIENCE
from tests.telegram.sandbox import Sandbox

SECRET = "a-secret-of-the-tests_1"
HEADER = "X-Telegram-Bot-Api-Secret-Token"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class WebhookBot:
    """Runs the bot with a webhook, and posts updates to it as Telegram does."""

    sandbox: Sandbox
    port: int = field(default_factory=free_port)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/telegram"

    @asynccontextmanager
    async def bot(self, **changed: Any) -> AsyncIterator[Jobs]:
        given = {
            "listen": f"127.0.0.1:{self.port}",
            "webhook_url": self.url,
            "webhook_secret": SECRET,
        }
        async with self.sandbox.bot(**(given | changed)) as jobs:
            yield jobs

    async def post(self, update: Any, **headers: str) -> int:
        """Posts an update with the secret. Returns the status of the reply."""
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as client:
            reply = await client.post(self.url, json=update, headers={HEADER: SECRET} | headers)
            return reply.status_code
