"""A stand-in from outside: start it, give it orders, ask what it has seen."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx

from benchmarks.children import child, first_line, python
from benchmarks.machine import core_of_the_rest

Report = dict[str, Any]
Ballot = tuple[str, int]
"""The id of a poll, and of the person who votes in it."""

_LOOK = 0.1  # seconds between two looks


class StandIn:
    """`url` is what a bot calls QUIZBOT_API_URL."""

    def __init__(self, url: str, http: httpx.AsyncClient) -> None:
        self.url = url
        self._http = http

    async def delay(self, seconds: float) -> None:
        """Every answer to a send takes that long from now on."""
        await self._order("delay", seconds)

    async def post_to(self, url: str, secret: str, connections: int) -> None:
        """Post updates to that address from now on."""
        await self._order("webhook", {"url": url, "secret": secret, "connections": connections})

    async def vote_on_polls(self, rate: float) -> None:
        """People vote, so many a second, on the polls that come from now on."""
        await self._order("votes", {"rate": rate})

    async def vote_on(self, ballots: Sequence[Ballot], rate: float | None = None) -> None:
        """People vote on these: so many a second, or all at once."""
        await self._order("votes", {"ballots": ballots, "rate": rate})

    async def report(self) -> Report:
        report: Report = await self._order("report", None)
        return report

    async def until(self, done: Callable[[Report], bool], seconds: float) -> Report:
        """The first report of which that is true. Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            while not done(report := await self.report()):  # noqa: ASYNC110 -- nor does it
                await asyncio.sleep(_LOOK)
        return report

    async def _order(self, order: str, given: object) -> Any:
        answer = (await self._http.post(f"/bench/{order}", json=given)).json()
        if not answer["ok"]:
            raise RuntimeError(answer["description"])
        return answer["result"]


@asynccontextmanager
async def standing_in() -> AsyncIterator[StandIn]:
    """A stand-in in a process of its own."""
    async with child(*python("benchmarks.standin"), core=core_of_the_rest()) as process:
        url = f"http://127.0.0.1:{await first_line(process)}"
        async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=30) as http:
            yield StandIn(url, http)


def span(report: Report, start: str, end: str) -> float | None:
    """Seconds between two moments of a report; None if either never came."""
    if report[start] is None or report[end] is None:
        return None
    return float(report[end] - report[start])
