"""Poll answers: at full speed by polling and by webhook, and during a broadcast."""

import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass

from benchmarks.bot_process import UNPACED, BotProcess, CpuMeter, surroundings
from benchmarks.databases import KINDS, TITLES, DatabaseCounts, Databases, audit
from benchmarks.fake_telegram.client import FakeTelegram, Report, seconds_between
from benchmarks.population import Population
from benchmarks.table import Row, at_least, exactly, milliseconds, under

_TIMEOUT = 120.0  # seconds for one run; its figures show what was not answered by then
_DAYS = 10  # of history
_CONNECTIONS = 40  # Telegram's default (Bot API, setWebhook)
_SECRET = "benchmark_secret"  # noqa: S105 -- guards nothing


@dataclass(frozen=True)
class AnswersResult:
    """What the fake Telegram saw, the CPU time of the bot, and the contents of the database."""

    report: Report
    meter: CpuMeter
    before: DatabaseCounts
    after: DatabaseCounts

    @property
    def answers_per_second(self) -> float | None:
        """Returns the rate of acknowledged, so committed, answers; from the first one fetched."""
        seconds = seconds_between(self.report, "first_taken", "last_acknowledged")
        return self.report["acknowledged"] / seconds if seconds else None

    @property
    def cpu_per_answer(self) -> float | None:
        """Returns milliseconds for an answer and its card."""
        seconds = self.meter.between(self.report["first_taken"], self.report["now"])
        answers = self.report["acknowledged"]
        return None if seconds is None or not answers else 1000 * seconds / answers

    def audit_rows(self) -> list[Row]:
        """Returns rows that show whether every answer counts, once."""
        answers, counted = self.report["answers"], self.after.answers - self.before.answers
        return [
            exactly("  acknowledged", self.report["acknowledged"], answers),
            exactly("  counted in the database", counted, answers),
            exactly("  cards", self.report["cards"], answers),
            exactly("  totals wrong (sample)", self.after.wrong, 0),
        ]


async def measure(databases: Databases, *, quick: bool) -> AsyncIterator[tuple[str, list[Row]]]:
    """Yields three tables for each database."""
    answers = 2_000 if quick else 20_000
    for kind in KINDS:
        for webhook in (False, True):
            way = "webhook" if webhook else "polling"
            rows = _full_speed_rows(await _answer_all(databases, kind, answers, webhook=webhook))
            yield f"{answers:,} answers by {way}, {TITLES[kind]}", rows
    for kind in KINDS:
        rows = await _during_a_broadcast(databases, kind, seconds=10 if quick else 45)
        yield f"A broadcast at 30/s and 20 answers/s, {TITLES[kind]}", rows


async def _answer_all(
    databases: Databases, kind: str, answers: int, *, webhook: bool
) -> AnswersResult:
    """Run a bot for which that many answers wait when it is ready."""
    population = Population(due=0, open=answers, days=_DAYS)
    async with surroundings(databases, kind, population) as (telegram, database, folder):
        before = await audit(database)
        settings, address = _webhook_settings() if webhook else ({}, "")
        bot = BotProcess(telegram.url, database, folder, UNPACED, settings=settings)
        async with bot.running() as (_, meter):
            ready = await telegram.wait_for(lambda report: _is_ready(report, webhook=webhook), 30)
            if webhook:
                connections = int(ready["webhook"].get("max_connections", _CONNECTIONS))
                await telegram.post_updates_to(address, _SECRET, connections)
            await telegram.answer(population.open_polls)
            report = await _wait_until_answered(telegram, answers)
        after = await audit(database)
    return AnswersResult(report, meter, before, after)


def _webhook_settings() -> tuple[dict[str, str], str]:
    """Returns settings for a bot with a webhook, and the address to post updates to."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        listen = f"127.0.0.1:{probe.getsockname()[1]}"
    settings = {
        "QUIZBOT_LISTEN": listen,
        "QUIZBOT_WEBHOOK_URL": "https://bot.example.org/telegram",
        "QUIZBOT_WEBHOOK_SECRET": _SECRET,
    }
    return settings, f"http://{listen}/telegram"


def _is_ready(report: Report, *, webhook: bool) -> bool:
    return bool(report["webhook"]) if webhook else report["long_polls"] > 0


async def _wait_until_answered(telegram: FakeTelegram, answers: int) -> Report:
    def done(report: Report) -> bool:
        return bool(report["acknowledged"] >= answers and report["cards"] >= answers)

    return await telegram.wait_or_report(done, _TIMEOUT)


def _full_speed_rows(result: AnswersResult) -> list[Row]:
    seconds = seconds_between(result.report, "first_taken", "last_card")
    return [
        at_least("answers/s counted, acknowledged", result.answers_per_second, 2_000, "/s"),
        Row("  with their cards", result.report["cards"] / seconds if seconds else None, "/s"),
        Row("CPU per answer and its card", result.cpu_per_answer, "ms"),
        *result.audit_rows(),
    ]


async def _during_a_broadcast(databases: Databases, kind: str, seconds: int) -> list[Row]:
    """Measure at Telegram's pace: cards must not wait behind the questions of the broadcast."""
    answers = 20 * seconds
    population = Population(due=100 * seconds, open=answers, days=_DAYS)
    async with surroundings(databases, kind, population) as (telegram, database, folder):
        before = await audit(database)
        async with BotProcess(telegram.url, database, folder).running() as (_, meter):
            await telegram.wait_for(lambda report: report["polls"] >= 30, 30)
            await telegram.answer(population.open_polls, rate=20)
            report = await _wait_until_answered(telegram, answers)
        after = await audit(database)
    duration = seconds_between(report, "first_poll", "last_poll")
    return [
        under("answer to card, p99", milliseconds(report["card_p99"]), 300, "ms"),
        Row("answer to card, median", milliseconds(report["card_median"]), "ms"),
        Row("answer to card, worst", milliseconds(report["card_worst"]), "ms"),
        Row("polls/s meanwhile", report["polls"] / duration if duration else None, "/s"),
        *AnswersResult(report, meter, before, after).audit_rows(),
    ]
