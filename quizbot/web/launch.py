"""What Telegram opens a Mini App with, checked as it prescribes.

core.telegram.org/bots/webapps, "Validating data received via the Mini App": the hash is the
HMAC-SHA-256 of all other fields, sorted, a line each, by a key made of the bot's token.
"""

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

GOOD_FOR = timedelta(minutes=5)
_AHEAD = timedelta(seconds=30)  # that Telegram's clock may be before ours

_LONGEST = 8192
_MOST_FIELDS = 30


class LaunchError(ValueError):
    """The data is not Telegram's, not for this bot, or too old."""


@dataclass(frozen=True)
class Launch:
    """Who opened the Mini App; the data is good until `expires_at` (UTC)."""

    user_id: int
    signature: str
    expires_at: datetime


def checked(init_data: str, token: str, now: datetime) -> Launch:
    """Raises LaunchError."""
    fields = _fields(init_data)
    signature = fields.pop("hash", "")
    lines = "\n".join(f"{name}={fields[name]}" for name in sorted(fields))
    secret = hmac.new(b"WebAppData", token.encode(), hashlib.sha256).digest()
    right = hmac.new(secret, lines.encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(right.encode(), signature.encode()):
        raise LaunchError("wrong hash")
    made_at = _moment(fields.get("auth_date", ""))
    if not made_at - _AHEAD <= now < made_at + GOOD_FOR:
        raise LaunchError("too old, or not yet")
    return Launch(_user_id(fields.get("user", "")), right, made_at + GOOD_FOR)


def _fields(init_data: str) -> dict[str, str]:
    if len(init_data) > _LONGEST:
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


def _moment(seconds: str) -> datetime:
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
