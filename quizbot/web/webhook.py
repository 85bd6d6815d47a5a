"""Updates come in by webhook; 200 is answered only after the update's effect is committed.

Whatever else is answered, Telegram repeats the update (Bot API, setWebhook).
"""

import asyncio
import hmac
import json
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address

import structlog
from starlette.types import ASGIApp, Receive, Scope, Send

from quizbot import metrics
from quizbot.telegram.updates.receiver import RawUpdate, Receiver, id_of

log = structlog.get_logger(__name__)

Network = IPv4Network | IPv6Network

_SECRET = b"x-telegram-bot-api-secret-token"
_LARGEST = 1024 * 1024  # bytes of a body; Telegram's largest updates are far below
_PATIENCE = 25.0  # seconds that a request may take; Telegram waits about a minute


class _RefusedError(Exception):
    """The request is answered with this status; what is not Telegram's fault has no `reason`."""

    def __init__(self, status: int, reason: str = "") -> None:
        self.status = status
        self.reason = reason


class Webhook:
    """An ASGI application for one path.

    Requests must have the secret, and come from one of the networks if any are given. The peer's
    address is the connection's; uvicorn puts the one that a proxy names in its place if it trusts
    the proxy (by default one on loopback).
    """

    def __init__(
        self,
        receiver: Receiver,
        path: str,
        secret: str,
        networks: Sequence[Network] = (),
        patience: float = _PATIENCE,
    ) -> None:
        self._receiver = receiver
        self._path = path
        self._secret = secret.encode()
        self._networks = networks
        self._patience = patience
        self._told: set[str] = set()

    def before(self, app: ASGIApp) -> ASGIApp:
        """The application with this one on its path: ahead of routing, as time counts here."""

        async def either(scope: Scope, receive: Receive, send: Send) -> None:
            mine = scope["type"] == "http" and scope["path"] == self._path
            await (self if mine else app)(scope, receive, send)

        return either

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            self._check(scope)
            update = _update(await _body(scope, receive, self._patience))
            status = await self._handle(update)
        except _RefusedError as refusal:
            status = refusal.status
            if refusal.reason:
                self._tell(refusal, scope)
        await _respond(send, status)

    def _tell(self, refusal: _RefusedError, scope: Scope) -> None:
        """Count it, and log each reason once: anybody may knock, and as often as they like."""
        metrics.WEBHOOK_REFUSED.labels(refusal.status).inc()
        if refusal.reason not in self._told:
            self._told.add(refusal.reason)
            peer = scope["client"][0] if scope["client"] else None
            log.warning("webhook_refused", status=refusal.status, peer=peer, reason=refusal.reason)

    def _check(self, scope: Scope) -> None:
        if scope["method"] != "POST":
            raise _RefusedError(405)
        if self._networks and not _is_in(scope["client"], self._networks):
            raise _RefusedError(403, "not from QUIZBOT_WEBHOOK_NETWORKS")
        given = next((value for name, value in scope["headers"] if name == _SECRET), b"")
        if not hmac.compare_digest(given, self._secret):
            raise _RefusedError(403, "wrong or no secret token")

    async def _handle(self, update: RawUpdate) -> int:
        if not self._receiver.has_room:
            return 503
        task = self._receiver.take(update)
        await asyncio.wait([task], timeout=self._patience)
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


async def _body(scope: Scope, receive: Receive, seconds: float) -> bytes:
    """All of it, unless it is too large or does not come."""
    length = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    if int(length) > _LARGEST:
        raise _RefusedError(413, "too large")
    parts: list[bytes] = []
    size, more = 0, True
    try:
        async with asyncio.timeout(seconds):
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise _RefusedError(400)
                parts.append(message.get("body", b""))
                size, more = size + len(parts[-1]), message.get("more_body", False)
                if size > _LARGEST:
                    raise _RefusedError(413, "too large")
    except TimeoutError:
        raise _RefusedError(408, "did not come in time") from None
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
    if status in (408, 413):  # what is still to come of the body is not read
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
