"""Flood limits in real time: how much a bot may send (Bot FAQ, "My bot is hitting limits")."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.wire import too_many_requests


@dataclass(frozen=True)
class Rate:
    """A token bucket: ``burst`` messages at once, refilled at ``per_second``."""

    per_second: float
    burst: int


@dataclass(frozen=True)
class Limits:
    """The limits of one bot; None lifts a limit. Telegram tolerates small bursts in a chat."""

    overall: Rate | None = Rate(30, 30)
    paid: Rate | None = Rate(1000, 1000)
    private_chat: Rate | None = Rate(1, 5)
    group: Rate | None = Rate(20 / 60, 20)


UNLIMITED = Limits(overall=None, paid=None, private_chat=None, group=None)


class _Bucket:
    def __init__(self, rate: Rate, now: float) -> None:
        self.rate = rate
        self.tokens = float(rate.burst)
        self.filled = now

    def wait(self, now: float) -> float:
        """Returns the seconds until there is a token."""
        gained = (now - self.filled) * self.rate.per_second
        self.tokens = min(self.rate.burst, self.tokens + gained)
        self.filled = now
        return max(0.0, (1 - self.tokens) / self.rate.per_second)


class FloodLimiter:
    """The token buckets of all bots: for each bot, one over all chats and one per chat."""

    def __init__(
        self, limits: Limits | None = None, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self.limits = Limits() if limits is None else limits
        self._monotonic = monotonic
        self._buckets: dict[tuple[int, object], _Bucket] = {}

    def spend(self, bot: int, chat: int, *, group: bool, paid: bool) -> None:
        """Counts one message; raises ApiError 429, without counting, if it exceeds a limit."""
        now = self._monotonic()
        overall = self.limits.paid if paid else self.limits.overall
        in_chat = self.limits.group if group else self.limits.private_chat
        buckets = [
            self._bucket((bot, key), rate, now)
            for key, rate in (("paid" if paid else "all", overall), (chat, in_chat))
            if rate is not None
        ]
        wait = max((bucket.wait(now) for bucket in buckets), default=0.0)
        if wait > 0:
            raise too_many_requests(max(1, math.ceil(wait)))
        for bucket in buckets:
            bucket.tokens -= 1

    def _bucket(self, key: tuple[int, object], rate: Rate, now: float) -> _Bucket:
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = _Bucket(rate, now)
        return bucket
