"""What a browser keeps and sends: the session cookie, a Mini App's launch data, a flash message.

Scripts and other sites cannot read the cookie. A link in a browser sets one with SameSite=Lax. In
Telegram's web client the Mini App is a frame in another site: there the cookie needs SameSite=None,
https, and a separate store for each surrounding site (Partitioned). On a local Telegram, which
is the same site as the dashboard, Lax is enough.
"""

import hashlib
import hmac
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from starlette.requests import Request
from starlette.responses import Response

from quizbot.programmes.sign_in import SESSION_LIFETIME, SignedIn
from quizbot.settings import is_loopback_host

LAUNCH_FOR = timedelta(minutes=5)
_CLOCK_SKEW = timedelta(seconds=30)  # by which Telegram's clock may be ahead of ours
_LONGEST_LAUNCH = 8192  # characters
_MOST_FIELDS = 30

_FLASH = "-flash"  # behind the name of the session's cookie
_FLASH_FOR = timedelta(minutes=1)
_WANTED = "-wanted"
_WANTED_FOR = timedelta(minutes=10)  # to fetch a link from the chat
# Only paths of ours, so that it can lead to no other site; no downloads, which are not pages.
_PAGE_OF_PROGRAMME = re.compile(r"/p/([1-9][0-9]{0,17})(?:/[A-Za-z0-9_-]{1,80}){0,4}")
_COOKIE = "quizbot"
_SECURE_COOKIE = "__Host-quizbot"  # browsers accept it only with Secure, Path=/ and no Domain


class LaunchError(ValueError):
    """The launch data is not Telegram's, not for this bot, or too old."""


class Address:
    """The dashboard's public address: QUIZBOT_PUBLIC_URL, or this machine's own.

    Without the setting, links point only to this machine: over plain http to any other, others
    could read the session on the way.
    """

    def __init__(self, public_url: str, host: str) -> None:
        self._public_url = public_url
        self._host = host if is_loopback_host(host) else "127.0.0.1"
        self._port = 0

    def listens_on(self, port: int) -> None:
        """Sets the port that the server listens on."""
        self._port = port

    @property
    def url(self) -> str:
        """The address without a trailing slash."""
        if self._public_url:
            return self._public_url
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}"

    @property
    def is_secure(self) -> bool:
        """Returns whether browsers reach it by https."""
        return self.url.startswith("https://")


def origin_of(url: str) -> str:
    """Returns the URL's origin as browsers write it in `Origin`: without a default port."""
    parts = urlsplit(url)
    default = {"https": 443, "http": 80}.get(parts.scheme)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{host}" + (
        f":{parts.port}" if parts.port not in (None, default) else ""
    )


def session_token(request: Request, address: Address) -> str:
    """Returns the token in the request's cookie, or an empty string."""
    return _cookie(request, _cookie_name(address))


def _cookie(request: Request, name: str) -> str:
    """Returns the cookie's value, or an empty string.

    Not by `request.cookies`, which needs http.cookies: there, quotes take time that grows with the
    square of their number before Python 3.11.10 and 3.12.6 (CVE-2024-7592). Ours have no quotes.
    """
    found = ""
    for header in request.headers.getlist("cookie"):
        for cookie in header.split(";"):
            key, _, value = cookie.partition("=")
            if key.strip() == name:
                found = value.strip()
    return found


def set_cookie(response: Response, signed_in: SignedIn, address: Address, *, framed: bool) -> None:
    """Sets the new session's cookie and clears any other; `framed` is for a Mini App."""
    name = _cookie_name(address)
    _add_cookie(response, name, "", timedelta(), address, framed=not framed)
    _add_cookie(response, name, signed_in.token, SESSION_LIFETIME, address, framed=framed)


def clear_cookies(response: Response, address: Address) -> None:
    """Removes the session from the browser, from both of its cookie stores."""
    for framed in (False, True):
        _add_cookie(response, _cookie_name(address), "", timedelta(), address, framed=framed)


def set_flash(response: Response, text: str, address: Address) -> None:
    """Keeps a text for the next page, which tells what has been done; "" forgets it.

    In a cookie, not in the address: no link can make a page say what has not been done, and names
    of members stay out of histories and logs.
    """
    value, lifetime = quote(text, safe=""), _FLASH_FOR if text else timedelta()
    for framed in (False, True):
        name = _cookie_name(address) + _FLASH
        _add_cookie(response, name, value, lifetime, address, framed=framed)


def flash_of(request: Request, address: Address) -> str:
    """Returns the text of `set_flash`, or an empty string."""
    return unquote(_cookie(request, _cookie_name(address) + _FLASH))


def set_wanted(response: Response, path: str, address: Address) -> None:
    """Keeps the path of a programme's page, to open it after signing in; any other forgets it."""
    name, is_ours = _cookie_name(address) + _WANTED, _PAGE_OF_PROGRAMME.fullmatch(path)
    kept, lifetime = (quote(path, safe=""), _WANTED_FOR) if is_ours else ("", timedelta())
    _add_cookie(response, name, kept, lifetime, address, framed=False)


def wanted_page(request: Request, address: Address) -> tuple[int, str] | None:
    """Returns the programme and the path of `set_wanted`; None without one that is ours."""
    path = unquote(_cookie(request, _cookie_name(address) + _WANTED))
    found = _PAGE_OF_PROGRAMME.fullmatch(path)
    return (int(found[1]), path) if found else None


def _add_cookie(
    response: Response,
    name: str,
    value: str,
    max_age: timedelta,
    address: Address,
    *,
    framed: bool,
) -> None:
    cross_site = framed and address.is_secure
    parts = [
        f"{name}={value}",
        "Path=/",
        f"Max-Age={int(max_age.total_seconds())}",
        "HttpOnly",
        *(["Secure"] if address.is_secure else []),
        "SameSite=None" if cross_site else "SameSite=Lax",
        *(["Partitioned"] if cross_site else []),
    ]
    response.headers.append("Set-Cookie", "; ".join(parts))


def _cookie_name(address: Address) -> str:
    return _SECURE_COOKIE if address.is_secure else _COOKIE


@dataclass(frozen=True)
class Launch:
    """Who opened the Mini App; the data can be used until `expires_at` (UTC)."""

    user_id: int
    signature: str
    expires_at: datetime


def check_launch(init_data: str, token: str, now: datetime) -> Launch:
    """Returns who opened the Mini App, from the data that Telegram signed. Raises LaunchError.

    core.telegram.org/bots/webapps, "Validating data received via the Mini App": the hash is the
    HMAC-SHA-256 of all other fields, sorted, one per line, with a key derived from the token.
    """
    fields = _launch_fields(init_data)
    signature = fields.pop("hash", "")
    lines = "\n".join(f"{name}={fields[name]}" for name in sorted(fields))
    secret = hmac.new(b"WebAppData", token.encode(), hashlib.sha256).digest()
    expected = hmac.new(secret, lines.encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), signature.encode()):
        raise LaunchError("wrong hash")
    made_at = _timestamp(fields.get("auth_date", ""))
    if not made_at - _CLOCK_SKEW <= now < made_at + LAUNCH_FOR:
        raise LaunchError("too old, or not yet")
    return Launch(_user_id(fields.get("user", "")), expected, made_at + LAUNCH_FOR)


def _launch_fields(init_data: str) -> dict[str, str]:
    if len(init_data) > _LONGEST_LAUNCH:
        raise LaunchError("too long")
    try:
        pairs = parse_qsl(
            init_data, keep_blank_values=True, strict_parsing=True, max_num_fields=_MOST_FIELDS
        )
    except ValueError:
        raise LaunchError("no fields") from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise LaunchError("a field twice")
    return fields


def _timestamp(seconds: str) -> datetime:
    if not (seconds.isascii() and seconds.isdecimal() and len(seconds) <= 11):
        raise LaunchError("no auth_date")
    return datetime.fromtimestamp(int(seconds), UTC)


def _user_id(user: str) -> int:
    try:
        user_id = json.loads(user)["id"]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise LaunchError("no user") from None
    if type(user_id) is not int or not 0 < user_id < 2**63:
        raise LaunchError("no user")
    return user_id
