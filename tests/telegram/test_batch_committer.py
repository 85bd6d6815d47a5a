"""What arrives together is recorded together, and a bad one hurts only itself."""

import asyncio
from collections.abc import Sequence

import pytest

from quizbot.telegram.updates.batch_committer import BatchCommitter


class Book:
    """Where votes are recorded. It is busy with the first until `ready` is set."""

    def __init__(self) -> None:
        self.pages: list[list[int]] = []
        self.begun = asyncio.Event()
        self.ready = asyncio.Event()
        self.away = 0  # so many times

    async def record(self, group: Sequence[int]) -> None:
        self.begun.set()
        await self.ready.wait()
        if self.away:
            self.away -= 1
            raise ConnectionError("the database is away")
        if 13 in group:
            raise ValueError("thirteen")
        self.pages.append(list(group))


async def test_what_comes_while_one_is_recorded_goes_together_next() -> None:
    book = Book()
    votes = BatchCommitter(book.record)
    first = asyncio.create_task(votes.add(0))
    await book.begun.wait()
    others = [asyncio.create_task(votes.add(number)) for number in range(1, 8)]
    await asyncio.sleep(0)
    assert not first.done()
    book.ready.set()
    await asyncio.gather(first, *others)
    assert book.pages == [[0], [1, 2, 3, 4, 5, 6, 7]]


async def test_what_comes_at_once_goes_at_once_up_to_so_many() -> None:
    book = Book()
    book.ready.set()
    votes = BatchCommitter(book.record, max_batch=4)
    await asyncio.gather(*(votes.add(number) for number in range(10)))
    assert book.pages == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]


async def test_a_bad_one_hurts_only_itself() -> None:
    book = Book()
    book.ready.set()
    votes = BatchCommitter(book.record)
    results = await asyncio.gather(
        *(votes.add(number) for number in (1, 13, 2)), return_exceptions=True
    )
    assert [type(result) for result in results] == [type(None), ValueError, type(None)]
    assert book.pages == [[1], [2]]


async def test_while_the_database_is_away_all_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []

    async def at_once(seconds: float) -> None:
        pauses.append(seconds)

    monkeypatch.setattr("db.transient_errors.asyncio.sleep", at_once)
    book = Book()
    book.ready.set()
    book.away = 3
    votes = BatchCommitter(book.record)
    await asyncio.gather(votes.add(1), votes.add(2))
    assert book.pages == [[1, 2]]
    assert len(pauses) == 3


async def test_one_whose_waiter_has_gone_is_recorded_with_the_rest() -> None:
    book = Book()
    votes = BatchCommitter(book.record)
    impatient, patient = (asyncio.create_task(votes.add(number)) for number in (1, 2))
    await book.begun.wait()
    impatient.cancel()
    book.ready.set()
    await patient
    assert book.pages == [[1, 2]]


async def test_closing_gives_up_on_what_is_not_recorded() -> None:
    book = Book()
    votes = BatchCommitter(book.record)
    working = asyncio.create_task(votes.add(1))
    await book.begun.wait()
    waiting = asyncio.create_task(votes.add(2))
    await asyncio.sleep(0)
    await votes.close()
    results = await asyncio.gather(working, waiting, return_exceptions=True)
    assert [type(result) for result in results] == [asyncio.CancelledError] * 2
    assert book.pages == []
