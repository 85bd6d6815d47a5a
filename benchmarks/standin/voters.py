"""People who vote: on the polls that were sent, or on a list of ballots, at a given rate."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence

from benchmarks.standin.tally import Tally
from benchmarks.standin.updates import Updates

_STEP = 0.005  # seconds
_READING = 1.0  # seconds between a poll and its vote
_POSITIONS = 2  # every question has that many options at least


class Voters:
    """`rate` is in votes a second; None: all at once."""

    def __init__(self, updates: Updates, tally: Tally) -> None:
        self._updates = updates
        self._tally = tally
        self._polls: deque[tuple[float, str, int]] = deque()
        self._count = 0
        self.voting = False

    def see(self, poll_id: str, user_id: int) -> None:
        """A poll has come; it is voted on after a second's reading."""
        if self.voting:
            self._polls.append((time.monotonic() + _READING, poll_id, user_id))

    def cast(self, ballots: Sequence[tuple[str, int]]) -> None:
        """All of these at once."""
        for poll_id, user_id in ballots:
            self._vote(poll_id, user_id)
        self._updates.announce()

    async def vote_on_polls(self, rate: float) -> None:
        """On each poll that comes, until cancelled."""
        self.voting = True
        await _steadily(rate, self._next_poll, self._updates.announce)

    async def vote_on(self, ballots: Sequence[tuple[str, int]], rate: float) -> None:
        """On each of the list, until cancelled."""
        left = deque(ballots)

        def next_ballot() -> bool:
            if not left:
                return False
            self._vote(*left.popleft())
            return True

        await _steadily(rate, next_ballot, self._updates.announce)

    def _next_poll(self) -> bool:
        if not self._polls or self._polls[0][0] > time.monotonic():
            return False
        _, poll_id, user_id = self._polls.popleft()
        self._vote(poll_id, user_id)
        return True

    def _vote(self, poll_id: str, user_id: int) -> None:
        self._count += 1
        self._tally.vote(user_id)
        self._updates.add_vote(poll_id, user_id, self._count % _POSITIONS)


async def _steadily(rate: float, step: Callable[[], bool], done: Callable[[], None]) -> None:
    """Take `rate` steps a second; what could not be taken is not made up for."""
    allowed, last = 0.0, time.monotonic()
    while True:
        await asyncio.sleep(_STEP)
        now = time.monotonic()
        # A late tick may catch up with a twentieth of a second.
        allowed = min(allowed + (now - last) * rate, max(1.0, rate / 20))
        last, moved = now, False
        while allowed >= 1 and step():
            allowed -= 1
            moved = True
        if moved:
            done()
