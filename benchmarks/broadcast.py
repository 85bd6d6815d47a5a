"""Broadcasts: questions to everybody who is due, at full speed and at a fixed pace."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.bot_process import TOKEN, UNPACED, BotProcess, CpuMeter, surroundings
from benchmarks.databases import KINDS, TITLES, DatabaseCounts, Databases, audit
from benchmarks.fake_telegram.client import FakeTelegram, Report, seconds_between
from benchmarks.population import Population
from benchmarks.table import Row, at_least, exactly, milliseconds, under
from sandbox.clock import Clock
from sandbox.people import write
from sandbox.server import running
from sandbox.world import World

_TIMEOUT = 150.0  # seconds for one run; its figures show what was not sent by then
_LAST_COMMIT = 0.5  # seconds after the last poll, for recording the last outcomes
_PACED_TARGET = 950  # a second: 1,000 less the start and the end of a run
_RAMP_UP = 2.0  # seconds until poll answers come at their full rate

_FREE_RATE = 30  # messages a second
_LOOK_INTERVAL = 1.0  # seconds
_GRACE = 60.0  # seconds beyond the measured time


@dataclass(frozen=True)
class Run:
    """One broadcast. `delay` is Telegram's reply time in seconds; `answers` is a rate a second."""

    kind: str
    subscribers: int
    days: int = 0
    pace: float | None = None
    delay: float = 0.0
    answers: float = 0.0


@dataclass(frozen=True)
class BroadcastResult:
    """What the fake Telegram saw, the CPU time of the bot, and the contents of the database."""

    run: Run
    report: Report
    meter: CpuMeter
    before: DatabaseCounts
    after: DatabaseCounts

    @property
    def polls_per_second(self) -> float | None:
        """Returns the rate from the first poll to the last."""
        seconds = seconds_between(self.report, "first_poll", "last_poll")
        return (self.report["polls"] - 1) / seconds if seconds else None

    @property
    def cpu_per_poll(self) -> float | None:
        """Returns milliseconds, from the first getUpdates to the commit of the last outcome."""
        if not self.report["polls"]:
            return None
        end = self.report["last_poll"] + _LAST_COMMIT
        seconds = self.meter.between(self.report["first_asked"], end)
        return None if seconds is None else 1000 * seconds / self.report["polls"]

    @property
    def share_of_core(self) -> float | None:
        """Returns the bot's share of one core while polls and answers were on their way."""
        start, end = self.report["first_poll"], self.report["last_poll"]
        if start is None or end - start <= _RAMP_UP:
            return None
        seconds = self.meter.between(start + _RAMP_UP, end)
        return None if seconds is None else seconds / (end - start - _RAMP_UP)

    def audit_rows(self) -> list[Row]:
        """Returns rows that show whether every question is recorded as sent, once."""
        doubled = int(self.report["polls"] - self.report["chats"])
        faults = doubled + self.after.unsettled + self.after.wrong
        return [
            exactly("  recorded as sent", self.after.sent - self.before.sent, self.run.subscribers),
            exactly("  sent twice, not settled, totals wrong (sample)", faults, 0),
        ]


async def measure(databases: Databases, *, quick: bool) -> AsyncIterator[tuple[str, list[Row]]]:
    """Yields two tables for each database."""
    subscribers, paced_subscribers = (2_000, 5_000) if quick else (20_000, 20_000)
    for kind in KINDS:
        runs = [
            Run(kind, subscribers, days, UNPACED, delay)
            for delay in (0.0, 0.08)
            for days in (0, 30)
        ]
        rows = [row for run in runs for row in _unpaced_rows(await broadcast(databases, run))]
        yield f"Broadcast to {subscribers:,}, unpaced, {TITLES[kind]}", rows
        # Polls and cards go out: the pace has room for a thousand of each.
        paced = Run(kind, paced_subscribers, days=30, pace=2_000, answers=1_000)
        title = f"1,000 polls/s out and 1,000 answers/s in, {TITLES[kind]}, 30 days of history"
        yield title, _paced_rows(await broadcast(databases, paced))


async def broadcast(databases: Databases, run: Run) -> BroadcastResult:
    """Run one broadcast, then audit the database."""
    population = Population(due=run.subscribers, days=run.days)
    async with surroundings(databases, run.kind, population) as (telegram, database, folder):
        before = await audit(database)
        await telegram.delay(run.delay)
        if run.answers:
            await telegram.answer_new_polls(run.answers)
        async with BotProcess(telegram.url, database, folder, run.pace).running() as (_, meter):
            report = await _wait_until_done(telegram, run)
        after = await audit(database)
    return BroadcastResult(run, report, meter, before, after)


async def _wait_until_done(telegram: FakeTelegram, run: Run) -> Report:
    """Returns the report once all is sent and, if people answer, all cards are there."""

    def done(report: Report) -> bool:
        if report["polls"] < run.subscribers:
            return False
        if report["now"] < report["last_poll"] + _LAST_COMMIT:
            return False
        return not run.answers or bool(report["cards"] >= run.subscribers)

    return await telegram.wait_or_report(done, _TIMEOUT)


def _unpaced_rows(result: BroadcastResult) -> list[Row]:
    run = result.run
    history = f"{run.days} days of history" if run.days else "no history"
    if run.delay:
        name = f"polls/s at 80 ms reply time, {history}"
        rows = [at_least(name, result.polls_per_second, 1_500, "/s")]
    else:
        rows = [
            at_least(f"polls/s, {history}", result.polls_per_second, 2_000, "/s"),
            under(f"CPU per poll, {history}", result.cpu_per_poll, 0.4, "ms"),
        ]
    return [*rows, *result.audit_rows()]


def _paced_rows(result: BroadcastResult) -> list[Row]:
    report = result.report
    seconds = seconds_between(report, "first_taken", "last_acknowledged")
    answers, counted = report["answers"], result.after.answers - result.before.answers
    rate = answers / seconds if seconds else None
    return [
        at_least("polls/s sent", result.polls_per_second, _PACED_TARGET, "/s"),
        at_least("answers/s received", rate, _PACED_TARGET, "/s"),
        under("CPU, share of one core", result.share_of_core, 0.7, ""),
        under("answer to card on the wire, p99", milliseconds(report["card_p99"]), 250, "ms"),
        Row("answer to card on the wire, median", milliseconds(report["card_median"]), "ms"),
        Row("peak memory", result.meter.peak_memory / 1e6 or None, "MB"),
        exactly("  poll answers", answers, result.run.subscribers),
        exactly("  acknowledged", report["acknowledged"], answers),
        exactly("  counted in the database", counted, answers),
        exactly("  cards", report["cards"], answers),
        *result.audit_rows(),
    ]


async def measure_rate_limit(
    databases: Databases, *, quick: bool
) -> AsyncIterator[tuple[str, list[Row]]]:
    """Yields a table: a minute at Telegram's free pace, against the sandbox with its limits."""
    seconds = 10 if quick else 60
    population = Population(due=_FREE_RATE * (seconds + 20))
    database = await databases.create("sqlite", population)
    world = _world(population)
    with TemporaryDirectory(prefix="quizbot-bench-") as folder:
        async with running(world) as url, BotProcess(url, database, Path(folder)).running():
            async with asyncio.timeout(seconds + _GRACE):
                while not _covers(_poll_times(world), seconds):  # noqa: ASYNC110 -- no event for it
                    await asyncio.sleep(_LOOK_INTERVAL)
    await databases.drop(database)
    times = _poll_times(world)
    used = sum(at < times[0] + seconds for at in times)
    told_to_wait = sum(call["status"] == 429 for call in world.calls)
    yield (
        f"{seconds} s at {_FREE_RATE} messages/s, against the sandbox with Telegram's limits",
        [
            at_least("share of the limit used", 100 * used / (_FREE_RATE * seconds), 99, "%"),
            exactly("told to wait (429)", told_to_wait, 0),
        ],
    )


def _world(population: Population) -> World:
    """Returns a sandbox in which everybody has written to the bot once, as they must have."""
    world = World(Clock())
    bot = world.add_bot(TOKEN, username="bench_bot")
    people = [world.add_person(f"Person {number}") for number in range(population.due)]
    assert [person.id for person in people] == list(population.due_ids)
    for person in people:
        write(world, person, bot.id, "Hello")
    bot.updates.clear()
    return world


def _covers(times: list[float], seconds: float) -> bool:
    return bool(times) and times[-1] - times[0] >= seconds


def _poll_times(world: World) -> list[float]:
    """Returns when the sandbox accepted each poll, in seconds."""
    return [
        datetime.fromisoformat(call["at"]).timestamp()
        for call in world.calls
        if call["method"] == "sendPoll" and call["ok"]
    ]
