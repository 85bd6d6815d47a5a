"""The session's cookie: out of scripts' reach, and of other sites'.

A browser that Telegram opens has one that comes along when its owner follows a link (Lax). In
Telegram's web client the Mini App is a frame within another site, which browsers give only such
cookies as say that they are meant for that (SameSite=None) and in a jar of their own by the site
around (Partitioned); they need https. A local Telegram is the same site as we are: Lax will do.
"""

from starlette.requests import Request
from starlette.responses import Response

from quizbot.programmes.sign_in import SESSION_FOR, SignedIn
from quizbot.web.address import Address

_NAME = "quizbot"
_SECURE_NAME = "__Host-quizbot"  # browsers take it only with Secure, Path=/ and no Domain


def token(request: Request, address: Address) -> str:
    """The one that came along; empty if none did."""
    return request.cookies.get(_name(address), "")


def give(response: Response, signed_in: SignedIn, address: Address, *, framed: bool) -> None:
    """Hand the session to the browser, in place of any other; `framed` is for a Mini App."""
    _set(response, "", 0, address, framed=not framed)
    seconds = int(SESSION_FOR.total_seconds())
    _set(response, signed_in.token, seconds, address, framed=framed)


def take_back(response: Response, address: Address) -> None:
    """From whichever jar it is in."""
    for framed in (False, True):
        _set(response, "", 0, address, framed=framed)


def _set(response: Response, value: str, age: int, address: Address, *, framed: bool) -> None:
    across = framed and address.is_secure
    parts = [
        f"{_name(address)}={value}",
        "Path=/",
        f"Max-Age={age}",
        "HttpOnly",
        *(["Secure"] if address.is_secure else []),
        "SameSite=None" if across else "SameSite=Lax",
        *(["Partitioned"] if across else []),
    ]
    response.headers.append("Set-Cookie", "; ".join(parts))


def _name(address: Address) -> str:
    return _SECURE_NAME if address.is_secure else _NAME
