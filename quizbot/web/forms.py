"""What is posted, read within bounds, and whether a request comes from our own pages."""

import asyncio
from urllib.parse import parse_qsl

from starlette.requests import Request

from quizbot.web.address import Address, origin_of

_LARGEST = 16 * 1024  # bytes of a body
_FIELDS = 50
_PATIENCE = 10.0  # seconds that a body may take to come


class UnacceptableError(Exception):
    """The request is answered with this status and nothing of it is done."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def check_origin(request: Request, address: Address) -> None:
    """Only what our own pages post is taken (Fetch Metadata, and `Origin` by RFC 6454).

    A browser that sends neither header is judged by the token alone. Raises UnacceptableError.
    """
    site = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin")
    if site != "same-origin" or (origin is not None and origin != origin_of(address.url)):
        raise UnacceptableError(403)


def check_link(request: Request) -> None:
    """Only by a link of our own pages, or typed: other sites' links do nothing.

    A browser without Fetch Metadata is let through. Raises UnacceptableError.
    """
    if request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        raise UnacceptableError(403)


async def form_of(request: Request) -> dict[str, str]:
    """The fields of a form, without NUL; of two of a name the last. Raises UnacceptableError."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise UnacceptableError(415)
    try:
        async with asyncio.timeout(_PATIENCE):
            body = await _body(request)
    except TimeoutError:
        raise UnacceptableError(408) from None
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_FIELDS)
    except ValueError:
        raise UnacceptableError(400) from None
    return {name: value.replace("\0", "") for name, value in pairs}


async def _body(request: Request) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > _LARGEST:
            raise UnacceptableError(413)
        parts.append(part)
    return b"".join(parts)
