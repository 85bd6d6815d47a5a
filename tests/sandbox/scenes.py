"""Who and what takes part in the sandbox's tests."""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx

from sandbox.wire import Json

# Loading certificates costs more than a whole test, and there are none on loopback.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
START = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@dataclass
class Api:
    """The Bot API as bare HTTP: what goes over the wire is what is asserted."""

    http: httpx.AsyncClient
    token: str

    async def raw(self, method: str, **params: Any) -> httpx.Response:
        """The reply to a call with a JSON body."""
        return await self.http.post(f"/bot{self.token}/{method}", json=params)

    async def __call__(self, method: str, **params: Any) -> Any:
        """The result; AssertionError if the call is refused."""
        body = (await self.raw(method, **params)).json()
        assert body["ok"], body
        return body["result"]

    async def refusal(self, method: str, **params: Any) -> Json:
        """The error's body; AssertionError if the call is not refused."""
        reply = await self.raw(method, **params)
        body: Json = reply.json()
        assert not body["ok"], body
        assert body["error_code"] == reply.status_code
        return body

    async def description(self, method: str, **params: Any) -> str:
        """Only the words of the refusal."""
        return str((await self.refusal(method, **params))["description"])

    async def updates(self, **params: Any) -> list[Json]:
        """The updates that wait; they are confirmed."""
        updates: list[Json] = await self("getUpdates", **params)
        if updates:
            await self("getUpdates", offset=updates[-1]["update_id"] + 1)
        return updates


@dataclass
class Scene:
    """Who takes part: ids as everybody uses them."""

    url: str
    bot: int
    ana: int
