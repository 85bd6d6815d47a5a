"""Pictures for the chat: how long one takes, whether the bot waits for it, and what it needs."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from statistics import median

from benchmarks import machine
from benchmarks.table import Row, under
from questions import Topic, load_topic
from quizbot.charts import Figure
from quizbot.charts.digest import DigestPicture, DigestWords, Headline
from quizbot.charts.participation import CountedDay
from quizbot.charts.progress import Day, Outcome, Point, ProgressPicture, ProgressWords
from quizbot.charts.render import Picture, Rasteriser

_TODAY = date(2026, 3, 18)
_WEEKDAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_MONTHS = tuple("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split())


async def measure(databases: object, *, quick: bool) -> AsyncIterator[tuple[str, list[Row]]]:
    """One table; no database takes part."""
    topic = load_topic(machine.ROOT / "questions/vitamin-b12-blood-flow")
    pictures: dict[str, Picture] = {"progress": _progress(topic), "digest": _digest(topic)}
    idle = 1 if quick else 60
    rows: list[Row] = []
    async with Rasteriser(idle=idle) as rasteriser:
        first = await _milliseconds(rasteriser, pictures["progress"])
        rows.append(under("first picture, with the start of the process", first, 500, "ms"))
        assert rasteriser.pid is not None
        machine.pin(machine.core_of_the_bot(), rasteriser.pid)  # the loop has the other one
        with _longest_block() as blocks:
            for name, picture in pictures.items():
                taken = [
                    await _milliseconds(rasteriser, picture) for _ in range(10 if quick else 100)
                ]
                rows.append(under(f"picture of the {name}, median", median(taken), 200, "ms"))
                rows.append(under(f"picture of the {name}, longest", max(taken), 200, "ms"))
        rows.append(under("loop blocked meanwhile, longest", max(blocks), 20, "ms"))
        memory = _peak_memory(rasteriser.pid)
        rows.append(under("memory of the process, peak", memory, 60, "MB"))
        ended = await _seconds_until_ended(rasteriser)
        rows.append(under(f"process ends after {idle} quiet seconds", ended, idle + 1, "s"))
    yield "Pictures for the chat", rows


async def _milliseconds(rasteriser: Rasteriser, picture: Picture) -> float:
    begun = time.perf_counter()
    await rasteriser.png(picture)
    return 1000 * (time.perf_counter() - begun)


@contextmanager
def _longest_block() -> Iterator[list[float]]:
    """By how many milliseconds the loop's turns come late while the block runs."""
    late = [0.0]

    async def watch() -> None:
        while True:
            begun = time.perf_counter()
            await asyncio.sleep(0.001)
            late.append(1000 * (time.perf_counter() - begun) - 1)

    watching = asyncio.create_task(watch())
    try:
        yield late
    finally:
        watching.cancel()


def _peak_memory(pid: int) -> float | None:
    """The most that has been resident, in megabytes (10^6 bytes); None without /proc."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return None
    kilobytes = status.partition("VmHWM:")[2].split()[0]
    return int(kilobytes) * 1024 / 1_000_000


async def _seconds_until_ended(rasteriser: Rasteriser) -> float:
    begun = time.perf_counter()
    while rasteriser.pid is not None:  # noqa: ASYNC110 - a process tells no event that it ended
        await asyncio.sleep(0.01)
    return time.perf_counter() - begun


def _progress(topic: Topic) -> ProgressPicture:
    """A quarter of a year, and as many key points as are ever shown."""
    words = ProgressWords(
        title="Your progress",
        subtitle="1,234 points · streak 12 days",
        calendar="Daily questions",
        points="What you have learnt",
        correct="Right",
        incorrect="Wrong",
        unanswered="No answer",
        mastered="Mastered",
        learning="Learning",
        new="New",
        weekdays=_WEEKDAYS,
        months=_MONTHS,
        alt="",
    )
    outcomes: tuple[Outcome, ...] = ("correct", "incorrect", "correct", "unanswered", "correct")
    days = tuple(Day(_TODAY - timedelta(days=n), outcomes[n * n % 5]) for n in range(88))
    stems = [item.stem for item in topic.approved[:15]]
    points = tuple(Point(stem, 1 + n % 4, n % 3, 5 - n % 5) for n, stem in enumerate(stems))
    return ProgressPicture(words, _TODAY, days, points)


def _digest(topic: Topic) -> DigestPicture:
    words = DigestWords(
        title="Spring programme",
        subtitle="9 to 15 March",
        answered="Answered of asked",
        gain="Right at first and later attempts",
        first="First",
        later="Later",
        too_few="",
        hardest="Hardest question",
        alt="",
    )
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
        for n, name in enumerate(_WEEKDAYS)
    )
    first, later = Figure(0.62, "62 %"), Figure(0.79, "79 %")
    stem = max((item.stem for item in topic.approved), key=len)
    return DigestPicture(words, headlines, days, first, later, stem, "31 % right")
