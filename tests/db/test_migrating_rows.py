"""Migrations keep rows, and compute new columns of them."""

from datetime import UTC, datetime, time, timedelta

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Boolean, Connection, Date, MetaData, String, bindparam, func, select, text

from db import migrate
from db.models import Answer, Delivery, DeliveryState, Subscriber, SubscriberState
from db.programmes import Holiday
from db.reports import ProgrammeDay
from db.session import create_engine, create_sessions
from db.types import UtcDateTime
from quizbot.quiz.asking.question_days import question_days

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def _widen_alias(connection: Connection) -> None:
    """A change that SQLite makes by copying the table, here the one that others refer to."""
    operations = Operations(MigrationContext.configure(connection))
    with operations.batch_alter_table("subscribers") as table:
        table.alter_column("alias", type_=String(40), existing_type=String(32))


async def test_copying_the_parent_table_keeps_its_children(sqlite_database: str) -> None:
    engine = create_engine(sqlite_database)
    sessions = create_sessions(engine)
    async with sessions.begin() as session:
        session.add(
            Subscriber(
                id=1, state=SubscriberState.ACTIVE, alias="Otter", alias_key="otter",
                language="en", timezone="UTC", question_time=time(9), joined_at=NOW,
            )
        )  # fmt: skip
        await session.flush()
        session.add(
            Delivery(
                subscriber_id=1, local_date=NOW.date(), slot=0, item_id="item", item_revision=1,
                option_order="012", state=DeliveryState.SENT, claimed_at=NOW, closes_at=NOW,
            )
        )  # fmt: skip
    async with migrate.migrating(engine) as connection:
        await connection.run_sync(_widen_alias)
    async with sessions() as session:
        assert await session.scalar(select(func.count()).select_from(Delivery)) == 1
        foreign_keys = await session.connection()
        pragma = await foreign_keys.exec_driver_sql("PRAGMA foreign_keys")
        assert pragma.scalar() == 1  # on again
    await engine.dispose()


async def test_earlier_streaks_are_recounted_with_freezes(empty_database: str) -> None:
    """Seven days in a row earn a freeze; a day without a question breaks nothing."""
    engine = create_engine(empty_database)
    await migrate.upgrade(engine, "0003")
    # a: answered, u: unanswered, -: no question that day, l: answered late, so it does not count.
    histories = {1: "aaaaaaauaa", 2: "aau-a", 3: "aa--a", 4: "uu", 5: "", 6: "uaala"}
    async with engine.begin() as connection:
        for person, history in histories.items():
            await connection.run_sync(_add_person, person)
            for day, mark in enumerate(history):
                if mark != "-":
                    await connection.run_sync(_add_question, person, day, mark)
    await migrate.upgrade(engine)
    async with create_sessions(engine)() as session:
        people = await session.scalars(select(Subscriber).order_by(Subscriber.id))
        kept = [(each.streak, each.best_streak, each.freezes) for each in people]
        unanswered = await session.execute(
            select(Delivery.subscriber_id, Answer.unanswered)
            .join(Answer, Answer.delivery_id == Delivery.id)
            .where(Answer.unanswered > 0)
            .order_by(Delivery.id)
        )
        assert [tuple(row) for row in unanswered] == [(1, 1), (2, 1), (6, 1)]
    assert kept == [(9, 9, 0), (1, 2, 0), (3, 3, 0), (0, 0, 0), (0, 0, 0), (1, 2, 0)]
    await engine.dispose()


async def test_earlier_days_that_may_be_told_alone_stay_told(empty_database: str) -> None:
    """Days on which fewer than five people were correct, or were not, wait for later ones."""
    engine = create_engine(empty_database)
    await migrate.upgrade(engine, "0009")
    async with engine.begin() as connection:
        await connection.run_sync(_add_days, [(10, 5), (9, 5), (20, 19), (4, 0), (12, 7)])
    await migrate.upgrade(engine)
    async with create_sessions(engine)() as session:
        days = await session.scalars(select(ProgrammeDay).order_by(ProgrammeDay.local_date))
        told = [each.pool_ends_on == each.local_date for each in days]
    assert told == [True, False, False, False, True]
    await engine.dispose()


async def test_answers_of_all_dates_go_on_counting_beside_an_earlier_version(
    empty_database: str,
) -> None:
    """That version counts them on holidays and on days of other programmes; so does a rebuild."""
    engine = create_engine(empty_database)
    await migrate.upgrade(engine, "0030")
    async with engine.begin() as connection:
        await connection.run_sync(_add_days, [])
    migrated_on = datetime.now(UTC).date()
    await migrate.upgrade(engine)
    async with engine.begin() as connection:  # as the earlier version does
        await connection.execute(
            text(
                "INSERT INTO programmes (id, name, topic, timezone, weekdays, question_time, "
                "starts_on, created_at, demo) SELECT 2, name, topic, timezone, 1, question_time, "
                "starts_on, created_at, demo FROM programmes"
            )
        )
        mondays = text("UPDATE programmes SET weekdays = 1, starts_on = '2020-01-01'")
        await connection.execute(mondays)
    week = [migrated_on + timedelta(days=number) for number in range(-5, 10)]
    async with create_sessions(engine).begin() as session:
        session.add_all(Holiday(programme_id=1, day=day) for day in week)
        await session.flush()
        found = await question_days(session, [1, 2])
    [(last, _)] = found[1].earlier
    assert 2 <= (last - migrated_on).days <= 3  # 3 if it has become midnight meanwhile
    assert [day for day in week if found[1].counts(day)] == [day for day in week if day <= last]
    expected = [day for day in week if day <= last or day.weekday() == 0]
    assert [day for day in week if found[2].counts(day)] == expected
    await engine.dispose()


def _add_days(connection: Connection, counts: list[tuple[int, int]]) -> None:
    """Adds a programme with a settled day for each number of answers and of correct ones."""
    tables = MetaData()
    tables.reflect(connection, only=["programmes", "programme_days"])
    programme = {"id": 1, "name": "P", "topic": "t", "timezone": "UTC", "weekdays": 127}
    times = {"question_time": time(9), "starts_on": NOW.date(), "created_at": NOW, "demo": False}
    connection.execute(tables.tables["programmes"].insert(), programme | times)
    names = ("enrolled", "asked", "late", "unconfirmed", "refused", "not_sent", "reminded")
    for number, (answered, correct) in enumerate(counts):
        key = {"programme_id": 1, "local_date": NOW.date() + timedelta(days=number)}
        values = {"answered": answered, "correct": correct, "counted_at": NOW, "settled": True}
        row = key | dict.fromkeys(names, 0) | values
        connection.execute(tables.tables["programme_days"].insert(), row)


def _add_person(connection: Connection, person: int) -> None:
    connection.execute(
        text(
            "INSERT INTO subscribers (id, state, alias, alias_key, language, timezone, "
            "question_time, joined_at, points, answered, correct, streak, best_streak, reminders) "
            "VALUES (:id, 'active', :alias, :alias, 'en', 'UTC', '09:00:00', :now, 0, 0, 0, 0, 0, "
            ":yes)"
        ).bindparams(bindparam("now", type_=UtcDateTime()), bindparam("yes", type_=Boolean())),
        {"id": person, "alias": f"person{person}", "now": NOW, "yes": True},
    )


def _add_question(connection: Connection, person: int, day: int, mark: str) -> None:
    number = 100 * person + day
    at = NOW + timedelta(days=day)
    times = [bindparam(name, type_=UtcDateTime()) for name in ("at", "end")]
    connection.execute(
        text(
            "INSERT INTO deliveries (id, subscriber_id, local_date, slot, item_id, item_revision, "
            "option_order, state, maybe_elsewhere, claimed_at, closes_at, attempts) VALUES "
            "(:id, :person, :day, 0, 'item', 1, '012', 'sent', :no, :at, :end, 1)"
        ).bindparams(
            *times, bindparam("day", type_=Date()), bindparam("no", type_=Boolean())
        ),
        {"id": number, "person": person, "day": at.date(), "no": False, "at": at,
         "end": at + timedelta(days=1)},
    )  # fmt: skip
    if mark in "al":
        connection.execute(
            text(
                "INSERT INTO answers (delivery_id, option, counted, points, answered_at) "
                "VALUES (:id, 0, :counted, 10, :at)"
            ).bindparams(times[0], bindparam("counted", type_=Boolean())),
            {"id": number, "counted": mark == "a", "at": at},
        )
