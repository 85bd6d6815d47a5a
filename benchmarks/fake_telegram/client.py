"""Start a fake Telegram, control it, and read its reports."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx

from benchmarks.machine import OTHER_CORE
from benchmarks.processes import python_command, read_line, running_process

Report = dict[str, Any]
OpenPoll = tuple[str, int]  # the id of a poll, and of the user who was asked

_INTERVAL = 0.1  # seconds between two reports


class FakeTelegram:
    """`url` is what a bot calls QUIZBOT_API_URL."""

    def __init__(self, url: str, http: httpx.AsyncClient) -> None:
        self.url = url
        self._http = http

    async def delay(self, seconds: float) -> None:
        """Reply to every send after that time from now on."""
        await self._command("delay", seconds)

    async def post_updates_to(self, url: str, secret: str, connections: int) -> None:
        """Post updates to that address from now on."""
        await self._command("webhook", {"url": url, "secret": secret, "connections": connections})

    async def answer_new_polls(self, rate: float) -> None:
        """Answer the polls that come from now on, `rate` a second."""
        await self._command("answer", {"rate": rate})

    async def answer(self, polls: Sequence[OpenPoll], rate: float | None = None) -> None:
        """Answer these polls: `rate` a second, or all at once."""
        await self._command("answer", {"polls": polls, "rate": rate})

    async def report(self) -> Report:
        report: Report = await self._command("report", None)
        return report

    async def wait_for(self, done: Callable[[Report], bool], seconds: float) -> Report:
        """Returns the first report that `done` accepts. Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            while not done(report := await self.report()):  # noqa: ASYNC110 -- no event for it
                await asyncio.sleep(_INTERVAL)
        return report

    async def wait_or_report(self, done: Callable[[Report], bool], seconds: float) -> Report:
        """Returns the first report that `done` accepts, or the one when the time is over."""
        try:
            return await self.wait_for(done, seconds)
        except TimeoutError:
            return await self.report()

    async def _command(self, name: str, value: object) -> Any:
        reply = (await self._http.post(f"/bench/{name}", json=value)).json()
        if not reply["ok"]:
            raise RuntimeError(reply["description"])
        return reply["result"]


@asynccontextmanager
async def running_fake_telegram() -> AsyncIterator[FakeTelegram]:
    """Run a fake Telegram in a process of its own while the block runs."""
    command = python_command("benchmarks.fake_telegram")
    async with running_process(*command, core=OTHER_CORE) as process:
        url = f"http://127.0.0.1:{await read_line(process)}"
        async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=30) as http:
            yield FakeTelegram(url, http)


def seconds_between(report: Report, start: str, end: str) -> float | None:
    """Returns the seconds between two times of a report; None if one of them is missing."""
    if report[start] is None or report[end] is None:
        return None
    return float(report[end] - report[start])
