"""Votes taken in: as fast as the bot can, by polling and by webhook, and beside a broadcast."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.databases import KINDS, TITLES, Databases
from benchmarks.ledger import Ledger, audit
from benchmarks.play import UNPACED, Meter, Stage, knows_setting, set_up
from benchmarks.population import Population
from benchmarks.ports import free_port
from benchmarks.standin.client import Report, StandIn, span
from benchmarks.table import Row, at_least, exactly, milliseconds, under

_LIMIT = 120.0  # seconds for one run; what is not answered by then is missing in its figures
_DAYS = 10  # of history
_CONNECTIONS = 40  # what Telegram opens if it is not told (Bot API, setWebhook)
_SECRET = "benchmark_secret"  # noqa: S105 -- guards nothing


@dataclass(frozen=True)
class Outcome:
    """What came of it: what the stand-in saw, what the bot spent, what the database holds."""

    report: Report
    meter: Meter
    before: Ledger
    after: Ledger

    @property
    def votes_per_second(self) -> float | None:
        """Acknowledged, so committed; from the first that was taken on."""
        seconds = span(self.report, "first_taken", "last_acknowledged")
        return self.report["acknowledged"] / seconds if seconds else None

    @property
    def cpu_per_vote(self) -> float | None:
        """Milliseconds, with all of its card."""
        spent = self.meter.between(self.report["first_taken"], self.report["now"])
        votes = self.report["acknowledged"]
        return None if spent is None or not votes else 1000 * spent / votes

    def kept(self) -> list[Row]:
        """Whether every vote counts, once."""
        votes = self.report["votes"]
        return [
            exactly("  acknowledged", self.report["acknowledged"], votes),
            exactly("  counted in the database", self.after.answers - self.before.answers, votes),
            exactly("  cards", self.report["cards"], votes),
            exactly("  totals wrong (sample)", self.after.wrong, 0),
        ]


async def measure(databases: Databases, *, quick: bool) -> AsyncIterator[tuple[str, list[Row]]]:
    """Rows, a table at a time."""
    votes = 2_000 if quick else 20_000
    for kind in KINDS:
        for webhook in (False, True):
            title = f"{votes:,} votes by {'webhook' if webhook else 'polling'}, {TITLES[kind]}"
            if webhook and not knows_setting("webhook_url"):
                yield title, [Row("votes/s", None, note="the bot has no QUIZBOT_WEBHOOK_URL")]
            else:
                yield title, _rows(await take_in(databases, kind, votes, webhook=webhook))
    for kind in KINDS:
        rows = await _beside_a_broadcast(databases, kind, seconds=10 if quick else 45)
        yield f"A broadcast at 30/s, and 20 votes/s, {TITLES[kind]}", rows


async def take_in(
    databases: Databases,
    kind: str,
    votes: int,
    *,
    webhook: bool = False,
    profile: Path | None = None,
) -> Outcome:
    """So many votes, all waiting when the bot is ready."""
    population = Population(due=0, open=votes, days=_DAYS)
    async with set_up(databases, kind, population) as (telegram, database, folder):
        before = await audit(database)
        settings, address = _webhook() if webhook else ({}, "")
        stage = Stage(telegram.url, database, folder, UNPACED, settings, profile)
        async with stage.bot() as (_, meter):
            ready = await telegram.until(lambda report: _listens(report, webhook=webhook), 30)
            if webhook:
                connections = int(ready["webhook"].get("max_connections", _CONNECTIONS))
                await telegram.post_to(address, _SECRET, connections)
            await telegram.vote_on(population.ballots)
            report = await _until_answered(telegram, votes)
        after = await audit(database)
    return Outcome(report, meter, before, after)


def _webhook() -> tuple[dict[str, str], str]:
    """Settings for a bot that is posted to, and the address to post to."""
    listen = f"127.0.0.1:{free_port()}"
    public = "https://bot.example.org/telegram"
    settings = {
        "QUIZBOT_LISTEN": listen,
        "QUIZBOT_WEBHOOK_URL": public,
        "QUIZBOT_WEBHOOK_SECRET": _SECRET,
    }
    return settings, public.replace("https://bot.example.org", f"http://{listen}")


def _listens(report: Report, *, webhook: bool) -> bool:
    return bool(report["webhook"]) if webhook else report["long_polls"] > 0


async def _until_answered(telegram: StandIn, votes: int) -> Report:
    def done(report: Report) -> bool:
        return bool(report["acknowledged"] >= votes and report["cards"] >= votes)

    try:
        return await telegram.until(done, _LIMIT)
    except TimeoutError:
        return await telegram.report()


def _rows(outcome: Outcome) -> list[Row]:
    cards = outcome.report["last_card"]
    seconds = None if cards is None else cards - outcome.report["first_taken"]
    return [
        at_least("votes/s counted, acknowledged", outcome.votes_per_second, 2_000, "/s"),
        Row("  with their cards", outcome.report["cards"] / seconds if seconds else None, "/s"),
        Row("CPU a vote and its card", outcome.cpu_per_vote, "ms"),
        *outcome.kept(),
    ]


async def _beside_a_broadcast(databases: Databases, kind: str, seconds: int) -> list[Row]:
    """At Telegram's pace the cap is what is scarce: cards must not wait for their turn."""
    votes = 20 * seconds
    population = Population(due=100 * seconds, open=votes, days=_DAYS)
    async with set_up(databases, kind, population) as (telegram, database, folder):
        before = await audit(database)
        async with Stage(telegram.url, database, folder).bot() as (_, meter):
            await telegram.until(lambda report: report["polls"] >= 30, 30)
            await telegram.vote_on(population.ballots, rate=20)
            report = await _until_answered(telegram, votes)
        after = await audit(database)
    outcome = Outcome(report, meter, before, after)
    return [
        under("vote to card, p99", milliseconds(report["card_p99"]), 300, "ms"),
        Row("vote to card, median", milliseconds(report["card_median"]), "ms"),
        Row("vote to card, worst", milliseconds(report["card_worst"]), "ms"),
        Row("polls/s meanwhile", _polls_per_second(report), "/s"),
        *outcome.kept(),
    ]


def _polls_per_second(report: Report) -> float | None:
    seconds = span(report, "first_poll", "last_poll")
    return report["polls"] / seconds if seconds else None
