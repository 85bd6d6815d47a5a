"""The scheduler stops without an error, at whatever moment."""

import asyncio
import logging

import pytest
from apscheduler.events import EVENT_JOB_EXECUTED
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from quizbot import scheduler
from tests.sizes import PATIENCE
from tests.telegram.sandbox import Sandbox


async def test_a_tick_at_the_very_end_is_no_error(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    executed = asyncio.Event()
    start, shutdown = AsyncIOScheduler.start, AsyncIOScheduler.shutdown

    def shutdown_and_tick(scheduler: AsyncIOScheduler, wait: bool) -> None:
        shutdown(scheduler, wait)  # takes effect in the next turn of the event loop
        scheduler._process_jobs()  # as its timer does if it is due in this turn

    def watch(scheduler: AsyncIOScheduler) -> None:
        start(scheduler)
        scheduler.add_listener(lambda _: executed.set(), EVENT_JOB_EXECUTED)

    often = dict.fromkeys(scheduler._INTERVALS, 0.001)  # some job is due at any time
    monkeypatch.setattr(scheduler, "_INTERVALS", often)
    monkeypatch.setattr(AsyncIOScheduler, "start", watch)
    monkeypatch.setattr(AsyncIOScheduler, "shutdown", shutdown_and_tick)
    async with asyncio.timeout(PATIENCE), sandbox.bot():
        await executed.wait()
    assert [each for each in caplog.records if each.levelno >= logging.ERROR] == []
    assert sandbox.faults_logged() == []
