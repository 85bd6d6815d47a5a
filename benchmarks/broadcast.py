"""Questions to everybody who is due, through the whole path, at full speed and at a pace."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.children import child, first_line, python
from benchmarks.databases import KINDS, TITLES, Databases
from benchmarks.ledger import Ledger, audit
from benchmarks.machine import core_of_the_bot
from benchmarks.play import UNPACED, Meter, Stage, set_up
from benchmarks.population import Population
from benchmarks.standin.client import Report, StandIn, span, standing_in
from benchmarks.table import Row, at_least, exactly, milliseconds, under

_LIMIT = 150.0  # seconds for one run; what is not sent by then is missing in its figures
_AFTER = 0.5  # seconds for the outcomes of the last group
_PACED = 950  # a second, with what the ramps at both ends take
_SETTLED = 2.0  # seconds until votes come as fast as they will


@dataclass(frozen=True)
class Run:
    """One broadcast. `votes` people a second vote on what they get; `delay` is Telegram's."""

    kind: str
    people: int
    days: int = 0
    pace: float | None = None
    delay: float = 0.0
    votes: float = 0.0


@dataclass(frozen=True)
class Outcome:
    """What came of it: what the stand-in saw, what the bot spent, what the database holds."""

    run: Run
    report: Report
    meter: Meter
    before: Ledger
    after: Ledger

    @property
    def polls_per_second(self) -> float | None:
        """Between the first poll and the last."""
        seconds = span(self.report, "first_poll", "last_poll")
        return (self.report["polls"] - 1) / seconds if seconds else None

    @property
    def cpu_per_poll(self) -> float | None:
        """Milliseconds; from when the bot began to work until the last outcome was committed."""
        if not self.report["polls"]:
            return None
        end = self.report["last_poll"] + _AFTER
        spent = self.meter.between(self.report["first_asked"], end)
        return None if spent is None else 1000 * spent / self.report["polls"]

    @property
    def share_of_core(self) -> float | None:
        """While polls went out and votes came in."""
        start, end = self.report["first_poll"], self.report["last_poll"]
        if start is None or end - start <= _SETTLED:
            return None
        spent = self.meter.between(start + _SETTLED, end)
        return None if spent is None else spent / (end - start - _SETTLED)

    @property
    def sent(self) -> int:
        """Questions of this run that the database holds as sent."""
        return self.after.sent - self.before.sent

    @property
    def answers(self) -> int:
        """Answers to them that the database holds."""
        return self.after.answers - self.before.answers

    @property
    def faults(self) -> int:
        """Whatever there must be none of."""
        doubled = int(self.report["polls"] - self.report["chats"])
        return doubled + self.after.under_way + self.after.wrong


async def measure(databases: Databases, *, quick: bool) -> AsyncIterator[tuple[str, list[Row]]]:
    """Rows, a table at a time."""
    people, paced_people = (2_000, 5_000) if quick else (20_000, 20_000)
    yield "The stand-in by itself, asked by a client that costs next to nothing", [await _ceiling()]
    for kind in KINDS:
        runs = [
            Run(kind, people, pace=UNPACED),
            Run(kind, people, days=30, pace=UNPACED),
            Run(kind, people, pace=UNPACED, delay=0.08),
            Run(kind, people, days=30, pace=UNPACED, delay=0.08),
        ]
        rows = [row for run in runs for row in _speed(await broadcast(databases, run))]
        yield f"Broadcast to {people:,}, unpaced, {TITLES[kind]}", rows
        # What goes out is polls and cards: room for a thousand of each.
        paced = Run(kind, paced_people, days=30, pace=2_000, votes=1_000)
        title = f"1,000 polls/s out and 1,000 votes/s in, {TITLES[kind]}, 30 days of history"
        yield title, _together(await broadcast(databases, paced))


async def _ceiling() -> Row:
    async with standing_in() as telegram:
        command = python("benchmarks.standin.ceiling", telegram.url)
        async with child(*command, core=core_of_the_bot()) as process:
            calls = json.loads(await first_line(process))
    return Row("sendPoll calls/s", calls, "/s")


async def broadcast(databases: Databases, run: Run, profile: Path | None = None) -> Outcome:
    """Do the run, and look into the database afterwards."""
    population = Population(due=run.people, days=run.days)
    async with set_up(databases, run.kind, population) as (telegram, database, folder):
        before = await audit(database)
        await telegram.delay(run.delay)
        if run.votes:
            await telegram.vote_on_polls(run.votes)
        stage = Stage(telegram.url, database, folder, run.pace, profile=profile)
        async with stage.bot() as (_, meter):
            report = await _until_done(telegram, run)
        after = await audit(database)
    return Outcome(run, report, meter, before, after)


async def _until_done(telegram: StandIn, run: Run) -> Report:
    """Until all is sent, and answered where people vote; or until the limit."""

    def done(report: Report) -> bool:
        if report["polls"] < run.people or report["now"] < report["last_poll"] + _AFTER:
            return False
        return not run.votes or bool(report["cards"] >= run.people)

    try:
        return await telegram.until(done, _LIMIT)
    except TimeoutError:
        return await telegram.report()


def _speed(outcome: Outcome) -> list[Row]:
    run = outcome.run
    past = f"{run.days} days of history" if run.days else "no history"
    if run.delay:
        name = f"polls/s at 80 ms reply time, {past}"
        rows = [at_least(name, outcome.polls_per_second, 1_500, "/s")]
    else:
        rows = [
            at_least(f"polls/s, {past}", outcome.polls_per_second, 2_000, "/s"),
            under(f"CPU a poll, {past}", outcome.cpu_per_poll, 0.4, "ms"),
        ]
    return [*rows, *_kept(outcome)]


def _together(outcome: Outcome) -> list[Row]:
    report = outcome.report
    seconds = span(report, "first_taken", "last_acknowledged")
    votes = report["votes"]
    return [
        at_least("polls/s sent", outcome.polls_per_second, _PACED, "/s"),
        at_least("votes/s taken in", votes / seconds if seconds else None, _PACED, "/s"),
        under("CPU, share of one core", outcome.share_of_core, 0.7, ""),
        under("vote to card on the wire, p99", milliseconds(report["card_p99"]), 250, "ms"),
        Row("vote to card on the wire, median", milliseconds(report["card_median"]), "ms"),
        Row("peak memory", outcome.meter.peak_memory / 1e6 or None, "MB"),
        exactly("  votes cast", votes, outcome.run.people),
        exactly("  acknowledged", report["acknowledged"], votes),
        exactly("  counted in the database", outcome.answers, votes),
        exactly("  cards", report["cards"], votes),
        *_kept(outcome),
    ]


def _kept(outcome: Outcome) -> list[Row]:
    return [
        exactly("  recorded as sent", outcome.sent, outcome.run.people),
        exactly("  sent twice, not settled, totals wrong (sample)", outcome.faults, 0),
    ]
