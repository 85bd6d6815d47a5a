"""The Bot API as tests call it, and the accounts that take part."""

import base64
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx

from sandbox.wire import Json

START = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
# A PNG of one pixel.
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@dataclass
class Api:
    """The Bot API over plain HTTP, so that tests see what goes over the wire."""

    http: httpx.AsyncClient
    token: str

    async def raw(self, method: str, **params: Any) -> httpx.Response:
        """Returns the reply to a call with a JSON body."""
        return await self.http.post(f"/bot{self.token}/{method}", json=params)

    async def __call__(self, method: str, **params: Any) -> Any:
        """Returns the result; raises AssertionError if the call is refused."""
        body = (await self.raw(method, **params)).json()
        assert body["ok"], body
        return body["result"]

    async def refusal(self, method: str, **params: Any) -> Json:
        """Returns the body of the error; raises AssertionError if the call succeeds."""
        reply = await self.raw(method, **params)
        body: Json = reply.json()
        assert not body["ok"], body
        assert body["error_code"] == reply.status_code
        return body

    async def description(self, method: str, **params: Any) -> str:
        """Returns the description of the error."""
        return str((await self.refusal(method, **params))["description"])

    async def updates(self, **params: Any) -> list[Json]:
        """Returns the updates that wait, and confirms them."""
        updates: list[Json] = await self("getUpdates", **params)
        if updates:
            await self("getUpdates", offset=updates[-1]["update_id"] + 1)
        return updates


@dataclass(frozen=True)
class Accounts:
    """The ids of the bot and of Ana, who has started it."""

    bot: int
    ana: int
