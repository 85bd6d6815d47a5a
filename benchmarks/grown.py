# ruff: noqa: S608 -- SQL put together from this module's own words
"""Databases as they are after some days with so many subscribers, filled by SQL alone.

Whoever joins next has an id far from the one before, as with Telegram's: so what is kept lies as
scattered, in the tables and in every index, as after years of newcomers.
"""

import asyncio
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

import asyncpg
from sqlalchemy import make_url

from quizbot.quiz.answers.scoring import week_of

_ID = "1000000000 + (i * 2654435761) % 4294967296"  # of its own for every i below 2^32
_RIGHT = "(({id} * 7 + {day} * 37) % 100 < 60)"  # 60 answers of 100


@dataclass(frozen=True)
class Past:
    """So many people, who have answered a question on each of the `days` before `today`.

    They are due at a full hour (UTC) of `today`, evenly over the 24. `items` are ids; there are at
    least as many as days. All points of these days are of the week of `today`; before them the
    people had earned 0 to `earlier` points.
    """

    people: int
    today: date
    days: int
    items: Sequence[str]
    earlier: int = 3000

    def day(self, number: int) -> date:
        """The first has the number 0; `today` follows the last."""
        return self.today + timedelta(days=number - self.days)


def person(number: int) -> int:
    """The id of whoever joined as the so many-th, from 1 on: as _ID has it."""
    return 1_000_000_000 + number * 2_654_435_761 % 2**32


async def fill(url: str, past: Past) -> None:
    """Put it into an empty database."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        await asyncio.to_thread(_fill_sqlite, parsed.database or "", past)
    else:
        await _fill_postgresql(url, past)


def _fill_sqlite(file: str, past: Past) -> None:
    database = sqlite3.connect(file)  # checks no foreign keys unless told to
    for setting in ("synchronous = OFF", "cache_size = -2000000", "temp_store = MEMORY"):
        database.execute(f"PRAGMA {setting}")
    with database:
        for statement in _statements(_Sqlite(), past):
            database.execute(statement)
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()


async def _fill_postgresql(url: str, past: Past) -> None:
    database = await asyncpg.connect(url)
    await database.execute("SET session_replication_role = replica")  # checks no foreign keys
    await database.execute("SET work_mem = '256MB'")
    for statement in _statements(_Postgresql(), past):
        await database.execute(statement, timeout=600)
    await database.execute("SELECT setval('deliveries_id_seq', (SELECT max(id) FROM deliveries))")
    await database.execute("VACUUM ANALYZE", timeout=600)
    await database.execute("CHECKPOINT", timeout=600)
    await database.close()


class _Dialect(Protocol):
    """How a database writes what the two write differently. Hours are i modulo 24."""

    def series(self, people: int) -> str: ...
    def day(self, day: date) -> str: ...
    def hour_of(self, day: date) -> str: ...
    def wall_time(self) -> str: ...


class _Sqlite:
    def series(self, people: int) -> str:
        rest = f"SELECT i + 1 FROM series WHERE i < {people}"
        return f"(WITH RECURSIVE series(i) AS (SELECT 1 UNION ALL {rest}) SELECT i FROM series)"

    def day(self, day: date) -> str:
        return f"'{day}'"

    def hour_of(self, day: date) -> str:
        return f"'{day} ' || {self.wall_time()}"

    def wall_time(self) -> str:
        return "printf('%02d', i % 24) || ':00:00.000000'"


class _Postgresql:
    def series(self, people: int) -> str:
        return f"(SELECT i FROM generate_series(1, CAST({people} AS bigint)) AS series(i))"

    def day(self, day: date) -> str:
        return f"DATE '{day}'"

    def hour_of(self, day: date) -> str:
        return f"TIMESTAMPTZ '{day} 00:00+00' + (i % 24) * INTERVAL '1 hour'"

    def wall_time(self) -> str:
        return "TIME '00:00' + (i % 24) * INTERVAL '1 hour'"


def _statements(dialect: _Dialect, past: Past) -> list[str]:
    everybody = f"(SELECT i, {_ID} AS person FROM {dialect.series(past.people)} AS s) AS everybody"
    statements = [_subscribers(dialect, everybody, past)]
    for number in range(past.days):
        statements += _one_day(dialect, everybody, past, number)
    if past.days:
        week = {
            "week": dialect.day(week_of(past.today)),
            "subscriber_id": "person",
            "points": _earned("person", past.days),
        }
        statements.append(_insert("weekly_scores", week, everybody))
    return statements


def _subscribers(dialect: _Dialect, everybody: str, past: Past) -> str:
    last = dialect.day(past.day(past.days - 1)) if past.days else "NULL"
    columns = {
        "id": "person",
        "state": "'active'",
        "alias": "'Otter ' || person",
        "alias_key": "'otter' || person",
        "language": "'en'",
        "timezone": "'UTC'",
        "question_time": dialect.wall_time(),
        "joined_at": dialect.hour_of(past.day(-1)),
        "next_due_at": dialect.hour_of(past.today),
        "reminders": "true",
        "points": f"{_earned('person', past.days)} + (i * 7919) % {past.earlier + 1}",
        "answered": str(past.days),
        "correct": _right_ones("person", past.days),
        "streak": str(past.days),
        "best_streak": str(past.days),
        "last_answered_on": last,
    }
    return _insert("subscribers", columns, everybody)


def _one_day(dialect: _Dialect, everybody: str, past: Past, number: int) -> list[str]:
    """The deliveries in the order in which they were due, their answers, what these taught."""
    day, after, before = past.day(number), past.day(number + 1), number * past.people
    names = " UNION ALL ".join(
        f"SELECT {place} AS place, '{item}' AS item" for place, item in enumerate(past.items)
    )
    ranked = f"(SELECT i, person, row_number() OVER (ORDER BY i % 24, i) AS turn FROM {everybody})"
    turned = (
        f"{ranked} AS turned JOIN ({names}) AS names "
        f"ON place = (person + {number}) % {len(past.items)}"
    )
    deliveries = {
        "id": f"{before} + turn",
        "subscriber_id": "person",
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
        "poll_id": f"CAST(5100000000000000000 + {before} + turn AS VARCHAR(20))",
    }
    right = _RIGHT.format(id="subscriber_id", day=number)
    answers = {
        "delivery_id": "id",
        "option": f"CASE WHEN {right} THEN 0 ELSE 1 END",
        "counted": "true",
        "points": f"CASE WHEN {right} THEN 10 ELSE 2 END",
        "answered_at": "claimed_at",
    }
    memories = {
        "subscriber_id": "subscriber_id",
        "item_id": "item_id",
        "stability": "2.3065",
        "difficulty": "2.1181",
        "reviewed_on": dialect.day(day),
        "due_on": dialect.day(after + timedelta(days=1)),
        "incorrect": f"NOT {right}",
        "first_correct_on": f"CASE WHEN {right} THEN {dialect.day(day)} END",
        "last_correct_on": f"CASE WHEN {right} THEN {dialect.day(day)} END",
        "reviews": "1",
    }
    these = f"deliveries WHERE local_date = {dialect.day(day)} ORDER BY id"
    return [
        _insert("deliveries", deliveries, f"{turned} ORDER BY turn"),
        _insert("answers", answers, these),
        _insert("memories", memories, these),
    ]


def _insert(table: str, columns: dict[str, str], source: str) -> str:
    names, values = ", ".join(columns), ", ".join(columns.values())
    return f"INSERT INTO {table} ({names}) SELECT {values} FROM {source}"


def _right_ones(person: str, days: int) -> str:
    each = (
        f"CASE WHEN {_RIGHT.format(id=person, day=day)} THEN 1 ELSE 0 END" for day in range(days)
    )
    return " + ".join(each) or "0"


def _earned(person: str, days: int) -> str:
    return f"{2 * days} + 8 * ({_right_ones(person, days)})"
