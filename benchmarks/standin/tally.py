"""What a stand-in has seen: calls, polls, and from a vote to its card. Seconds, monotonic clock."""

import math
import resource
import time
from collections import Counter
from typing import Any


class Tally:
    """Counts. A chat that was sent more than one poll shows in `polls` against `chats`."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.cards: list[float] = []
        self._sends: Counter[int] = Counter()
        self._polled: set[int] = set()
        self._polls: list[float] = []
        self._voted: dict[int, float] = {}
        self._last_card: float | None = None

    def poll(self, chat_id: int) -> None:
        """A question came for that chat."""
        now = time.monotonic()
        self._polls.append(now)
        self._polled.add(chat_id)
        self._sends[int(now)] += 1

    def message(self, chat_id: int) -> None:
        """A message came for that chat: the card, if somebody there has voted."""
        now = time.monotonic()
        self._sends[int(now)] += 1
        if (voted := self._voted.pop(chat_id, None)) is not None:
            self.cards.append(now - voted)
            self._last_card = now

    def vote(self, chat_id: int) -> None:
        """Somebody voted in that chat."""
        self._voted[chat_id] = time.monotonic()

    def report(self) -> dict[str, Any]:
        usage = resource.getrusage(resource.RUSAGE_SELF)
        return {
            "now": time.monotonic(),
            "cpu": usage.ru_utime + usage.ru_stime,
            "calls": dict(self.calls),
            "polls": len(self._polls),
            "chats": len(self._polled),
            "first_poll": self._polls[0] if self._polls else None,
            "last_poll": self._polls[-1] if self._polls else None,
            "peak_sends": max(self._sends.values(), default=0),
            "cards": len(self.cards),
            "last_card": self._last_card,
            "card_median": percentile(self.cards, 0.5),
            "card_p99": percentile(self.cards, 0.99),
            "card_worst": max(self.cards, default=None),
        }


def percentile(values: list[float], share: float) -> float | None:
    """The smallest value that the share of them does not exceed; None without any."""
    if not values:
        return None
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]
