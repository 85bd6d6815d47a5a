"""Queries of coordinators' pages use indexes, however many rows belong to others."""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import event, insert, text
from sqlalchemy.ext.asyncio import AsyncEngine

from benchmarks.large_population import LargePopulation, an_item_each, fill, subscriber_id
from db.models import QuestionReport, ReportKind
from db.programmes import Enrolment, Programme
from db.session import create_engine, create_sessions
from quizbot.programmes import boards
from quizbot.programmes.boards import Period
from quizbot.programmes.reports import figures, learning, overview, refresh, teams
from quizbot.quiz import question_reports
from quizbot.quiz.answers import totals
from tests.programmes.steps import MONDAY, programme
from tests.quiz.steps import TOPIC

DAYS, EVERYBODY, MEMBERS = 3, 20_000, 40
LAST = MONDAY + timedelta(days=DAYS)
NOW = datetime.combine(LAST, time(23), UTC)

# What grows with the quiz, and not with the programme.
LARGE = {"subscribers", "deliveries", "answers", "objective_memories", "question_reports"}

Statements = list[tuple[str, Any]]


@pytest.fixture
async def engine(database: str) -> AsyncIterator[AsyncEngine]:
    """A quiz with many more rows than those of the members."""
    await fill(database, LargePopulation(EVERYBODY, LAST, DAYS, an_item_each(TOPIC)))
    engine = create_engine(database)
    yield engine
    await engine.dispose()


async def a_programme(engine: AsyncEngine) -> int:
    """A programme that a few of the people take part in."""
    sessions = create_sessions(engine)
    made = await programme(sessions)
    members = [subscriber_id(number) for number in range(1, MEMBERS + 1)]
    async with sessions.begin() as session:
        await session.execute(
            insert(Enrolment),
            [
                {"programme_id": made, "subscriber_id": each, "enrolled_on": MONDAY}
                for each in members
            ],
        )
        await totals.recount_scores(session, members)
        await session.execute(insert(QuestionReport), [_answered(each) for each in range(3000)])
    if engine.dialect.name == "postgresql":  # as autovacuum does in time
        async with engine.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            await connection.execute(text("VACUUM ANALYZE"))
    return made


def _answered(number: int) -> dict[str, Any]:
    """Returns a report that operators have answered."""
    of = {"item_id": f"item-{number}", "item_revision": 1, "kind": ReportKind.WRONG}
    return {**of, "created_at": NOW, "answered_at": NOW, "answer": "Thanks"}


@contextmanager
def listening(engine: AsyncEngine) -> Iterator[Statements]:
    """Yields the statements that are executed in the block."""
    statements: Statements = []

    def note(*arguments: Any) -> None:
        statement, parameters = arguments[2:4]
        if statement.startswith("SELECT"):
            statements.append((statement, parameters))

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    yield statements
    event.remove(engine.sync_engine, "before_cursor_execute", note)


async def read_through(engine: AsyncEngine, statement: str, parameters: Any) -> set[str]:
    """Returns the tables that the statement scans from end to end."""
    on_sqlite = engine.dialect.name == "sqlite"
    word = "EXPLAIN QUERY PLAN" if on_sqlite else "EXPLAIN"
    async with engine.connect() as connection:
        rows = await connection.exec_driver_sql(f"{word} {statement}", parameters)
        plan = "\n".join(str(row[-1]) for row in rows)
    names = re.findall(r"SCAN (\w+)" if on_sqlite else r"Seq Scan on (\w+)", plan)
    return {re.sub(r"_\d+$", "", name) for name in names} & LARGE


async def test_reports_use_indexes(engine: AsyncEngine) -> None:
    made = await a_programme(engine)
    with listening(engine) as statements:
        await refresh.refresh_reports(create_sessions(engine), made, TOPIC, NOW)
        await learning.report_learning(create_sessions(engine), made, TOPIC, LAST, is_over=False)
    assert len(statements) > 8
    for statement, parameters in statements:
        assert not await read_through(engine, statement, parameters), statement


async def test_pages_use_indexes(engine: AsyncEngine) -> None:
    made, sessions = await a_programme(engine), create_sessions(engine)
    with listening(engine) as statements:
        async with sessions() as session:
            found = await session.get_one(Programme, made)
            seen = await overview.programme_overview(session, found)
            await overview.count_moves(session, found, LAST, LAST)
            await teams.team_weeks(session, found, seen.days)
            await learning.learning_gain(session, found, TOPIC)
            await figures.mastery_shares(session, found, TOPIC)
            await figures.all_item_figures(session, found, TOPIC)
            await question_reports.count_open(session, NOW)
            await question_reports.reports_of(session, TOPIC.items[0].id, 1, NOW)
            for period in Period:
                await boards.member_board(session, found, period, LAST, me=subscriber_id(1))
                await boards.team_board(session, found, period, LAST)
    assert seen.enrolled == MEMBERS
    assert len(statements) > 12
    for statement, parameters in statements:
        assert not await read_through(engine, statement, parameters), statement
