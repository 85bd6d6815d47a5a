"""Items that arrive together are recorded together; a bad one fails alone."""

import asyncio
from collections.abc import Sequence
from typing import Any

import asyncpg
import pytest
from structlog.contextvars import bound_contextvars, get_contextvars

from db.batch_committer import BatchCommitter
from tests.telegram import virtual_time


class Recorder:
    """Records batches. The first one takes until `ready` is set."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.begun = asyncio.Event()
        self.ready = asyncio.Event()
        self.failures = 0  # how many times it still fails

    async def record(self, group: Sequence[int]) -> None:
        self.begun.set()
        await self.ready.wait()
        if self.failures:
            self.failures -= 1
            raise asyncpg.ConnectionDoesNotExistError("the database is away")
        if 13 in group:
            raise ValueError("thirteen")
        self.batches.append(list(group))


async def test_items_that_arrive_during_a_commit_share_the_next_one() -> None:
    recorder = Recorder()
    committer = BatchCommitter(recorder.record)
    first = asyncio.create_task(committer.add(0))
    await recorder.begun.wait()
    others = [asyncio.create_task(committer.add(number)) for number in range(1, 8)]
    await asyncio.sleep(0)
    assert not first.done()
    recorder.ready.set()
    await asyncio.gather(first, *others)
    assert recorder.batches == [[0], [1, 2, 3, 4, 5, 6, 7]]


async def test_items_that_arrive_together_share_a_batch_of_limited_size() -> None:
    recorder = Recorder()
    recorder.ready.set()
    committer = BatchCommitter(recorder.record, max_batch=4)
    await asyncio.gather(*(committer.add(number) for number in range(10)))
    assert recorder.batches == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]


def test_clients_that_wait_for_a_commit_share_the_next_one() -> None:
    """As the connections of a webhook, which get their answers one by one."""

    async def batches(patience: float) -> list[list[int]]:
        recorder = Recorder()
        committer = BatchCommitter(recorder.record, patience=patience)

        async def client(number: int) -> None:
            for _ in range(3):
                await committer.add(number)
                await asyncio.sleep(number / 1000)

        clients = [asyncio.create_task(client(number)) for number in range(8)]
        await recorder.begun.wait()
        recorder.ready.set()
        await asyncio.gather(*clients)
        return recorder.batches

    assert len(virtual_time.run(batches(0))) > 10
    assert [len(each) for each in virtual_time.run(batches(0.02))] == [8, 8, 8]
    assert [len(each) for each in virtual_time.run(batches(0.004))][1] < 8  # no longer


def test_an_item_that_comes_alone_does_not_wait_long() -> None:
    async def seconds() -> float:
        recorder, clock = Recorder(), asyncio.get_running_loop()
        recorder.ready.set()
        committer = BatchCommitter(recorder.record, patience=10)
        await asyncio.gather(*(committer.add(number) for number in range(12)))
        begun = clock.time()
        await committer.add(1)
        return clock.time() - begun

    assert virtual_time.run(seconds()) < 0.005


async def test_a_bad_item_fails_alone() -> None:
    recorder = Recorder()
    recorder.ready.set()
    committer = BatchCommitter(recorder.record)
    results = await asyncio.gather(
        *(committer.add(number) for number in (1, 13, 2)), return_exceptions=True
    )
    assert [type(result) for result in results] == [type(None), ValueError, type(None)]
    assert recorder.batches == [[1], [2]]


def test_a_bad_item_of_several_is_tried_twice_while_the_database_takes_changes() -> None:
    """A statement that waits for a locked row takes 30 seconds to fail."""

    async def record(batch: Sequence[int]) -> None:
        if 13 in batch:
            await asyncio.sleep(30)
            raise asyncpg.LockNotAvailableError("somebody keeps the row")

    async def can_write() -> bool:
        return True

    async def seconds_until_recorded() -> float:
        committer, clock = BatchCommitter(record, can_write), asyncio.get_running_loop()
        begun = clock.time()
        bad, good = asyncio.create_task(committer.add(13)), asyncio.create_task(committer.add(1))
        await good
        with pytest.raises(asyncpg.LockNotAvailableError):
            await bad
        return clock.time() - begun

    assert virtual_time.run(seconds_until_recorded()) == 60


async def test_items_wait_while_the_database_is_unreachable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pauses: list[float] = []

    async def at_once(seconds: float) -> None:
        pauses.append(seconds)

    monkeypatch.setattr("db.transient_errors.asyncio.sleep", at_once)
    recorder = Recorder()
    recorder.ready.set()
    recorder.failures = 3
    committer = BatchCommitter(recorder.record)
    await asyncio.gather(committer.add(1), committer.add(2))
    assert recorder.batches == [[1, 2]]
    assert len(pauses) == 3


async def test_an_item_whose_caller_was_cancelled_is_still_recorded() -> None:
    recorder = Recorder()
    committer = BatchCommitter(recorder.record)
    impatient, patient = (asyncio.create_task(committer.add(number)) for number in (1, 2))
    await recorder.begun.wait()
    impatient.cancel()
    recorder.ready.set()
    await patient
    assert recorder.batches == [[1, 2]]


async def test_closing_cancels_items_that_are_not_recorded() -> None:
    recorder = Recorder()
    committer = BatchCommitter(recorder.record)
    working = asyncio.create_task(committer.add(1))
    await recorder.begun.wait()
    waiting = asyncio.create_task(committer.add(2))
    await asyncio.sleep(0)
    await committer.close()
    results = await asyncio.gather(working, waiting, return_exceptions=True)
    assert [type(result) for result in results] == [asyncio.CancelledError] * 2
    assert recorder.batches == []


async def test_log_lines_of_a_batch_do_not_name_the_update_that_came_first() -> None:
    bound: list[dict[str, Any]] = []

    async def record(_items: Sequence[int]) -> None:
        bound.append(get_contextvars())

    with bound_contextvars(update=7):
        await BatchCommitter(record).add(1)
    assert bound == [{}]
