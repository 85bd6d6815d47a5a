"""Updates by webhook. It returns 200 only after the update's effect is committed.

After any other status, Telegram sends the update again (Bot API, setWebhook).
"""

import asyncio
import hmac
import json
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address

from starlette.types import ASGIApp, Receive, Scope, Send

from quizbot import metrics
from quizbot.logs import RefusalLog
from quizbot.telegram.updates.receiver import RawUpdate, Receiver, id_of

Network = IPv4Network | IPv6Network

_SECRET = b"x-telegram-bot-api-secret-token"
_LARGEST_BODY = 1024 * 1024  # bytes; Telegram's largest updates are far smaller
_RETRY_AFTER = b"5"  # seconds; without it, Telegram's pauses grow to two minutes
_TIMEOUT = 25.0  # seconds that an update may take; Telegram waits about a minute


_NETWORKS, _NO_SECRET = "not from QUIZBOT_WEBHOOK_NETWORKS", "wrong or no secret token"
# What to do about a refusal, by its reason.
_ADVICE = {
    _NETWORKS: "If this is Telegram or your proxy, correct QUIZBOT_WEBHOOK_NETWORKS; behind a "
    "proxy, leave it empty.",
    _NO_SECRET: "If this is Telegram or your proxy, somebody has set the webhook with another "
    "secret: the bot sets it again within a minute, or at a restart.",
}


class _RefusedError(Exception):
    """The request is refused with this status. `reason` is set only if it is to be logged."""

    def __init__(self, status: int, reason: str = "") -> None:
        self.status = status
        self.reason = reason


class Webhook:
    """An ASGI application for one path.

    Requests must have the secret, and come from one of the networks if any are given. The client
    address is the connection's, or the one that a proxy names if uvicorn trusts the proxy (by
    default only on loopback).
    """

    def __init__(
        self,
        receiver: Receiver,
        path: str,
        secret: str,
        networks: Sequence[Network] = (),
        timeout: float = _TIMEOUT,
    ) -> None:
        self._receiver = receiver
        self._path = path
        self._secret = secret.encode()
        self._networks = networks
        self._timeout = timeout
        self._refusals = RefusalLog()

    def before(self, app: ASGIApp) -> ASGIApp:
        """Returns the application with the webhook on its path, before slower routing."""

        async def route(scope: Scope, receive: Receive, send: Send) -> None:
            is_webhook = scope["type"] == "http" and scope["path"] == self._path
            await (self if is_webhook else app)(scope, receive, send)

        return route

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            self._check(scope)
            update = _update(await _body(scope, receive))
            status = await self._handle(update)
        except _RefusedError as refusal:
            status = refusal.status
            if reason := refusal.reason:
                metrics.WEBHOOK_REFUSED.labels(status).inc()
                advice = {"advice": _ADVICE[reason]} if reason in _ADVICE else {}
                self._refusals.note(
                    "webhook_refused", reason, scope["client"], status=status, **advice
                )
        await _respond(send, status)

    def _check(self, scope: Scope) -> None:
        if scope["method"] != "POST":
            raise _RefusedError(405)
        if self._networks and not _is_in(scope["client"], self._networks):
            raise _RefusedError(403, _NETWORKS)
        given = next((value for name, value in scope["headers"] if name == _SECRET), b"")
        if not hmac.compare_digest(given, self._secret):
            raise _RefusedError(403, _NO_SECRET)

    async def _handle(self, update: RawUpdate) -> int:
        if not self._receiver.has_room:
            return 503
        task = self._receiver.take(update)
        await asyncio.wait([task], timeout=self._timeout)
        if not task.done():
            self._receiver.give_back(id_of(update))
        return 200 if task.done() and not task.cancelled() else 503


def _is_in(client: tuple[str, int] | None, networks: Iterable[Network]) -> bool:
    try:
        address = ip_address(client[0] if client else "")
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return any(address in network for network in networks)


async def _body(scope: Scope, receive: Receive) -> bytes:
    """Returns the body. Raises _RefusedError if it is too large.

    The same if it does not arrive: `web.server` waits only for a while.
    """
    length = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    if int(length) > _LARGEST_BODY:
        raise _RefusedError(413, "too large")
    parts: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _RefusedError(400)
        parts.append(message.get("body", b""))
        size, more = size + len(parts[-1]), message.get("more_body", False)
        if size > _LARGEST_BODY:
            raise _RefusedError(413, "too large")
    return b"".join(parts)


def _update(body: bytes) -> RawUpdate:
    try:
        update = json.loads(body)
    except (ValueError, RecursionError):
        raise _RefusedError(400, "not JSON") from None
    if not isinstance(update, dict) or type(update.get("update_id")) is not int:
        raise _RefusedError(400, "no update_id")
    return update


async def _respond(send: Send, status: int) -> None:
    headers = [(b"content-length", b"0")]
    if status == 405:
        headers.append((b"allow", b"POST"))
    if status == 503:
        headers.append((b"retry-after", _RETRY_AFTER))
    if status == 413:  # the rest of the body is not read
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
