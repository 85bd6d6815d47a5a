"""Closing a connection without a reply, which HTTP servers do not offer by themselves."""

import asyncio

from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class Connection(HttpToolsProtocol):
    """Lets a response get at the connection below it."""

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self.scope["extensions"] = {"sandbox": {"transport": self.transport}}


class Hangup(Response):
    """Not a response: the connection is closed, and the client has to guess."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Close, and return only when the server has noticed."""
        transport: asyncio.Transport = scope["extensions"]["sandbox"]["transport"]
        transport.close()
        while (await receive())["type"] != "http.disconnect":
            pass
