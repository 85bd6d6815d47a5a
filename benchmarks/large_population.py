# ruff: noqa: S608 -- SQL made of this module's own words
"""Many subscribers with some days of history, inserted by SQL alone.

The next subscriber's id is far from the one before, as with Telegram's ids: rows and index entries
are scattered as they are after years of newcomers.
"""

import asyncio
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

import asyncpg
from sqlalchemy import make_url

from questions import Topic
from quizbot.quiz.answers.streaks import week_of

_ID = "1000000000 + (i * 2654435761) % 4294967296"  # unique for every i below 2^32
_CORRECT = "(({id} * 7 + {day} * 37) % 100 < 60)"  # 60 answers of 100


@dataclass(frozen=True)
class LargePopulation:
    """Subscribers who have answered a question on each of the `days` before `today`.

    They are due at the full hours (UTC) of `today`, an equal number at each. `items` are questions
    with their objectives, by id: at least as many as days, and no two of one objective. All points
    of these days belong to the week of `today`; before them, subscribers had earned 0 to `earlier`
    points.
    """

    subscribers: int
    today: date
    days: int
    items: Mapping[str, str]
    earlier: int = 3000

    def day(self, number: int) -> date:
        """Returns the date of a day; the first has the number 0, `today` follows the last."""
        return self.today + timedelta(days=number - self.days)


def an_item_each(topic: Topic) -> dict[str, str]:
    """Returns an item of each objective, with the objective."""
    return {topic.items_of(each)[0].id: each for each in topic.objectives if topic.items_of(each)}


def subscriber_id(number: int) -> int:
    """Returns the id of a subscriber, counted from 1; the same as _ID."""
    return 1_000_000_000 + number * 2_654_435_761 % 2**32


async def fill(url: str, population: LargePopulation) -> None:
    """Insert a population into an empty database."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        await asyncio.to_thread(_fill_sqlite, parsed.database or "", population)
    else:
        await _fill_postgresql(url, population)


def _fill_sqlite(file: str, population: LargePopulation) -> None:
    database = sqlite3.connect(file)  # checks no foreign keys unless told to
    for setting in ("synchronous = OFF", "cache_size = -2000000", "temp_store = MEMORY"):
        database.execute(f"PRAGMA {setting}")
    with database:
        for statement in _statements(_Sqlite(), population):
            database.execute(statement)
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()


async def _fill_postgresql(url: str, population: LargePopulation) -> None:
    database = await asyncpg.connect(url)
    await database.execute("SET session_replication_role = replica")  # checks no foreign keys
    await database.execute("SET work_mem = '256MB'")
    for statement in _statements(_Postgresql(), population):
        await database.execute(statement, timeout=600)
    await database.execute("SELECT setval('deliveries_id_seq', (SELECT max(id) FROM deliveries))")
    await database.execute("VACUUM ANALYZE", timeout=600)
    await database.execute("CHECKPOINT", timeout=600)
    await database.close()


class _Dialect(Protocol):
    """Expressions that the two databases write differently. Hours are i modulo 24."""

    def series(self, count: int) -> str: ...
    def day(self, day: date) -> str: ...
    def hour_of(self, day: date) -> str: ...
    def wall_time(self) -> str: ...


class _Sqlite:
    def series(self, count: int) -> str:
        rest = f"SELECT i + 1 FROM series WHERE i < {count}"
        return f"(WITH RECURSIVE series(i) AS (SELECT 1 UNION ALL {rest}) SELECT i FROM series)"

    def day(self, day: date) -> str:
        return f"'{day}'"

    def hour_of(self, day: date) -> str:
        return f"'{day} ' || {self.wall_time()}"

    def wall_time(self) -> str:
        return "printf('%02d', i % 24) || ':00:00.000000'"


class _Postgresql:
    def series(self, count: int) -> str:
        return f"(SELECT i FROM generate_series(1, CAST({count} AS bigint)) AS series(i))"

    def day(self, day: date) -> str:
        return f"DATE '{day}'"

    def hour_of(self, day: date) -> str:
        return f"TIMESTAMPTZ '{day} 00:00+00' + (i % 24) * INTERVAL '1 hour'"

    def wall_time(self) -> str:
        return "TIME '00:00' + (i % 24) * INTERVAL '1 hour'"


def _statements(dialect: _Dialect, population: LargePopulation) -> list[str]:
    series = dialect.series(population.subscribers)
    everybody = f"(SELECT i, {_ID} AS subscriber FROM {series} AS s) AS everybody"
    statements = [_subscribers(dialect, everybody, population)]
    for number in range(population.days):
        statements += _one_day(dialect, everybody, population, number)
    if population.days:
        week = {
            "week": dialect.day(week_of(population.today)),
            "subscriber_id": "subscriber",
            "points": _points_earned("subscriber", population.days),
        }
        statements.append(_insert("weekly_scores", week, everybody))
    return statements


def _subscribers(dialect: _Dialect, everybody: str, population: LargePopulation) -> str:
    days = population.days
    last = dialect.day(population.day(days - 1)) if days else "NULL"
    earned = _points_earned("subscriber", days)
    columns = {
        "id": "subscriber",
        "state": "'active'",
        "alias": "'Otter ' || subscriber",
        "alias_key": "'otter' || subscriber",
        "language": "'en'",
        "timezone": "'UTC'",
        "question_time": dialect.wall_time(),
        "joined_at": dialect.hour_of(population.day(-1)),
        "next_due_at": dialect.hour_of(population.today),
        "reminders": "true",
        "points": f"{earned} + (i * 7919) % {population.earlier + 1}",
        "answered": str(days),
        "correct": _correct_count("subscriber", days),
        "streak": str(days),
        "best_streak": str(days),
        "last_answered_on": last,
    }
    return _insert("subscribers", columns, everybody)


def _one_day(
    dialect: _Dialect, everybody: str, population: LargePopulation, number: int
) -> list[str]:
    """Returns the inserts of deliveries, in the order of their due times, answers and memories."""
    day, after = population.day(number), population.day(number + 1)
    before = number * population.subscribers
    items = " UNION ALL ".join(
        f"SELECT {index} AS number, '{item}' AS item, '{objective}' AS objective"
        for index, (item, objective) in enumerate(population.items.items())
    )
    position = "row_number() OVER (ORDER BY i % 24, i) AS position"
    ranked = (
        f"(SELECT i, subscriber, {position} FROM {everybody}) AS ranked JOIN ({items}) AS items "
        f"ON number = (subscriber + {number}) % {len(population.items)}"
    )
    deliveries = {
        "id": f"{before} + position",
        "subscriber_id": "subscriber",
        "local_date": dialect.day(day),
        "slot": "0",
        "item_id": "item",
        "item_revision": "1",
        "option_order": "'0123'",
        "state": "'sent'",
        "possibly_delivered": "false",
        "claimed_at": dialect.hour_of(day),
        "closes_at": dialect.hour_of(after),
        "sending_at": dialect.hour_of(day),
        "attempts": "0",
        "message_id": f"1000 + {number}",
        "poll_id": f"CAST(5100000000000000000 + {before} + position AS VARCHAR(20))",
    }
    correct = _CORRECT.format(id="subscriber_id", day=number)
    answers = {
        "delivery_id": "id",
        "option": f"CASE WHEN {correct} THEN 0 ELSE 1 END",
        "counted": "true",
        "points": f"CASE WHEN {correct} THEN 10 ELSE 2 END",
        "answered_at": "claimed_at",
    }
    memories = {
        "subscriber_id": "subscriber_id",
        "objective_id": "objective",
        "seen": "item_id",
        "stability": "2.3065",
        "difficulty": "2.1181",
        "reviewed_on": dialect.day(day),
        "due_on": dialect.day(after + timedelta(days=1)),
        "incorrect": f"NOT {correct}",
        "first_correct_on": f"CASE WHEN {correct} THEN {dialect.day(day)} END",
        "last_correct_on": f"CASE WHEN {correct} THEN {dialect.day(day)} END",
        "reviews": "1",
    }
    joined = f"deliveries JOIN ({items}) AS items ON item = item_id"
    that_day = f"WHERE local_date = {dialect.day(day)} ORDER BY id"
    return [
        _insert("deliveries", deliveries, f"{ranked} ORDER BY position"),
        _insert("answers", answers, f"deliveries {that_day}"),
        _insert("objective_memories", memories, f"{joined} {that_day}"),
    ]


def _insert(table: str, columns: dict[str, str], source: str) -> str:
    names, values = ", ".join(columns), ", ".join(columns.values())
    return f"INSERT INTO {table} ({names}) SELECT {values} FROM {source}"


def _correct_count(id_: str, days: int) -> str:
    each = (
        f"CASE WHEN {_CORRECT.format(id=id_, day=day)} THEN 1 ELSE 0 END" for day in range(days)
    )
    return " + ".join(each) or "0"


def _points_earned(id_: str, days: int) -> str:
    return f"{2 * days} + 8 * ({_correct_count(id_, days)})"
