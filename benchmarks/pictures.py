"""Pictures for the chat: rendering time, delays of the event loop, memory of the subprocess."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from statistics import median

from benchmarks import TOPIC_FOLDER
from benchmarks.machine import BOT_CORE, peak_memory, pin
from benchmarks.table import Row, under
from questions import Topic, load_topic
from quizbot.charts import Figure
from quizbot.charts.days import CountedDay
from quizbot.charts.digest import DigestPicture, Headline
from quizbot.charts.progress import Outcome, Point, ProgressPicture
from quizbot.charts.render import Picture, Rasteriser
from quizbot.telegram.messages.words import Languages

_TODAY = date(2026, 3, 18)
_ENGLISH = Languages()["en"]


async def measure(databases: object, *, quick: bool) -> AsyncIterator[tuple[str, list[Row]]]:
    """Yields one table; no database is needed."""
    topic = load_topic(TOPIC_FOLDER)
    pictures: dict[str, Picture] = {"progress": _progress(topic), "digest": _digest(topic)}
    idle = 1 if quick else 60
    rows: list[Row] = []
    async with Rasteriser(idle=idle) as rasteriser:
        first = await _milliseconds(rasteriser, pictures["progress"])
        rows.append(under("first picture, with the start of the process", first, 500, "ms"))
        assert rasteriser.pid is not None
        pin(BOT_CORE, rasteriser.pid)  # the event loop has the other core
        with _loop_delays() as delays:
            for name, picture in pictures.items():
                taken = [
                    await _milliseconds(rasteriser, picture) for _ in range(10 if quick else 100)
                ]
                rows.append(under(f"picture of the {name}, median", median(taken), 200, "ms"))
                rows.append(under(f"picture of the {name}, longest", max(taken), 200, "ms"))
        rows.append(under("event loop blocked meanwhile, longest", max(delays), 20, "ms"))
        memory = peak_memory(rasteriser.pid)
        rows.append(under("memory of the process, peak", memory, 60, "MB"))
        ended = await _seconds_until_ended(rasteriser)
        rows.append(under(f"process ends after {idle} quiet seconds", ended, idle + 1, "s"))
    yield "Pictures for the chat", rows


async def _milliseconds(rasteriser: Rasteriser, picture: Picture) -> float:
    begun = time.perf_counter()
    await rasteriser.png(picture)
    return 1000 * (time.perf_counter() - begun)


@contextmanager
def _loop_delays() -> Iterator[list[float]]:
    """Yields the delays of the event loop's turns, in milliseconds, while the block runs."""
    delays = [0.0]

    async def watch() -> None:
        while True:
            begun = time.perf_counter()
            await asyncio.sleep(0.001)
            delays.append(1000 * (time.perf_counter() - begun) - 1)

    watching = asyncio.create_task(watch())
    try:
        yield delays
    finally:
        watching.cancel()


async def _seconds_until_ended(rasteriser: Rasteriser) -> float:
    begun = time.perf_counter()
    while rasteriser.pid is not None:  # noqa: ASYNC110 -- no event for it
        await asyncio.sleep(0.01)
    return time.perf_counter() - begun


def _progress(topic: Topic) -> ProgressPicture:
    """Returns a picture of a quarter of a year, with the most key points that it can show."""
    outcomes: tuple[Outcome, ...] = ("correct", "incorrect", "correct", "unanswered", "correct")
    days = {_TODAY - timedelta(days=n): outcomes[n * n % 5] for n in range(88)}
    stems = [item.stem for item in topic.approved[:15]]
    points = tuple(Point(stem, 1 + n % 4, n % 3, 5 - n % 5) for n, stem in enumerate(stems))
    return ProgressPicture(_ENGLISH, "", "1,234 points · streak 12 days", _TODAY, days, points)


def _digest(topic: Topic) -> DigestPicture:
    headlines = tuple(
        Headline(label, value, change)
        for label, value, change in (
            ("Enrolled", "48", "+3"),
            ("Active", "41", "−2"),
            ("Answered", "78 %", "+5 points"),
            ("Right", "64 %", "±0"),
        )
    )
    days = tuple(
        CountedDay(_TODAY + timedelta(days=n), name, Figure(48, "48"), Figure(41 - n, f"{41 - n}"))
        for n, name in enumerate(_ENGLISH.short_weekdays)
    )
    first, later = Figure(0.62, "62 %"), Figure(0.79, "79 %")
    stem = max((item.stem for item in topic.approved), key=len)
    return DigestPicture(
        language=_ENGLISH,
        alt="",
        title="Spring programme",
        subtitle="9 to 15 March",
        headlines=headlines,
        days=days,
        first=first,
        review=later,
        too_few="",
        question=stem,
        question_note="31 % right",
    )
