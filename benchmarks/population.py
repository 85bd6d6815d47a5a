"""Subscribers with a past, in bulk: a few are played through by the bot's own rules and copied.

The past of each of `_MODELS` people is what the bot would have asked them, four fifths of it
answered; everybody else of a block has the same. It keeps every invariant, so that
quizbot.quiz.answers.totals finds nothing wrong.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    String,
    Table,
    and_,
    cast,
    insert,
    literal,
    select,
    text,
)
from sqlalchemy.ext.asyncio import AsyncEngine

from db.models import (
    Answer,
    Delivery,
    DeliveryState,
    LearnerMemory,
    Subscriber,
    SubscriberState,
    WeeklyScore,
)
from questions import load_topic
from quizbot.quiz.answers import scoring
from quizbot.quiz.answers.memory import Memory, review
from quizbot.quiz.asking.choosing import ItemPool, LearnerHistory

_TOPIC = Path(__file__).parent.parent / "questions/vitamin-b12-blood-flow"
_MODELS = 40  # people
_FIRST_DUE, _FIRST_OPEN = 5_000_000_001, 6_000_000_001  # user ids; the sandbox counts so as well
_FIRST_POLL = 5_300_000_000_000_000_000
_ANSWERED, _RIGHT = 0.8, 0.6
_SPREAD = 60.0  # seconds over which they became due

_DELIVERIES, _ANSWERS, _RECALLS, _WEEKS, _SUBSCRIBERS = (
    Delivery.metadata.tables[model.__tablename__]
    for model in (Delivery, Answer, LearnerMemory, WeeklyScore, Subscriber)
)


@dataclass(frozen=True)
class Population:
    """`due` people wait for today's question; `open` have it, and have not answered it yet.

    Behind each lie `days` days of questions.
    """

    due: int
    open: int = 0
    days: int = 0

    async def fill(self, engine: AsyncEngine) -> None:
        """Insert all; they are due from this moment on, for an hour."""
        now = datetime.now(UTC)
        async with engine.begin() as connection:
            await connection.run_sync(_fill, self, now)
        if engine.dialect.name == "postgresql":  # as its autovacuum would have done long ago
            async with engine.connect() as connection:
                await connection.execution_options(isolation_level="AUTOCOMMIT")
                await connection.execute(text("VACUUM ANALYZE"))

    @property
    def due_ids(self) -> range:
        """Who is due."""
        return range(_FIRST_DUE, _FIRST_DUE + self.due)

    @property
    def ballots(self) -> list[tuple[str, int]]:
        """The poll and the addressee of every open question, in no particular order."""
        ballots = [
            (str(_poll_number(person, self.days + 1)), person)
            for person in range(_FIRST_OPEN, _FIRST_OPEN + self.open)
        ]
        Random(1).shuffle(ballots)
        return ballots


@dataclass
class _Past:
    """What was asked, oldest first, and what the answers came to."""

    asked: list[tuple[date, str, int, str]] = field(default_factory=list)
    options: dict[date, int] = field(default_factory=dict)  # chosen, by the place in the bank
    memories: dict[str, Memory] = field(default_factory=dict)

    def counted(self) -> Iterator[scoring.CountedAnswer]:
        unanswered, begun = 0, False
        for day, *_ in self.asked:
            option = self.options.get(day)
            if option is None:
                unanswered += begun
                continue
            yield scoring.CountedAnswer(day, option == 0, unanswered)
            unanswered, begun = 0, True


def _fill(connection: Connection, population: Population, now: datetime) -> None:
    today = (now - timedelta(seconds=_SPREAD)).date()
    pool = ItemPool.of(load_topic(_TOPIC), Random(1))
    first_day = today - timedelta(days=population.days)
    for first, people, days in (
        (_FIRST_DUE, population.due, population.days),
        (_FIRST_OPEN, population.open, population.days + 1),
    ):
        block = max(1, people // _MODELS)
        pasts = {
            model: _lived(pool, Random(model), first_day, days, answered=population.days)
            for model in range(first, first + people, block)
        }
        ends = {model: min(model + block, first + people) for model in pasts}
        _add_subscribers(connection, pasts, ends, now, today, is_due=first == _FIRST_DUE)
        _add_models(connection, pasts, now, first_day)
        _copy_pasts(connection, ends, [first_day + timedelta(days=day) for day in range(days)])


def _lived(pool: ItemPool, rng: Random, first_day: date, days: int, answered: int) -> _Past:
    """So many days with the bot; nothing is answered after `answered` days."""
    past = _Past()
    for number in range(days):
        day = first_day + timedelta(days=number)
        asked = [item_id for _, item_id, _, _ in past.asked]
        item, order = pool.choose_daily(LearnerHistory.of(past.memories, asked, asked[-1:]), day)
        past.asked.append((day, item.id, item.revision, order))
        if number < answered and rng.random() < _ANSWERED:
            option = 0 if rng.random() < _RIGHT else 1
            past.options[day] = option
            memory = past.memories.get(item.id)
            past.memories[item.id] = review(memory, day, correct=option == 0)
    return past


def _add_subscribers(
    connection: Connection,
    pasts: dict[int, _Past],
    ends: dict[int, int],
    now: datetime,
    today: date,
    *,
    is_due: bool,
) -> None:
    rng, tomorrow = Random(2), datetime.combine(today, time(23, 59), UTC) + timedelta(days=1)
    rows = []
    for model, past in pasts.items():
        totals = scoring.total(past.counted())
        for person in range(model, ends[model]):
            due_at = now - timedelta(seconds=rng.uniform(0, _SPREAD)) if is_due else tomorrow
            rows.append(_subscriber(person, now, due_at) | vars(totals))
    _insert(connection, _SUBSCRIBERS, rows)


def _subscriber(person: int, now: datetime, due_at: datetime) -> dict[str, Any]:
    return {
        "id": person,
        "state": SubscriberState.ACTIVE,
        "alias": f"Person {person}",
        "alias_key": f"person{person}",
        "language": "en",
        "timezone": "UTC",
        "question_time": now.time().replace(second=0, microsecond=0),
        "joined_at": now - timedelta(days=400),
        "next_due_at": due_at,
    }


def _add_models(
    connection: Connection, pasts: dict[int, _Past], now: datetime, first_day: date
) -> None:
    deliveries, answers, memories, weeks = [], [], [], []
    last_id = connection.scalar(select(_DELIVERIES.c.id).order_by(_DELIVERIES.c.id.desc())) or 0
    for model, past in pasts.items():
        points: dict[date, int] = defaultdict(int)
        counted = {each.local_date: each for each in past.counted()}
        for day, item_id, revision, order in past.asked:
            last_id += 1
            number = (day - first_day).days + 1
            deliveries.append(_delivery(last_id, model, day, number, now) | {
                "item_id": item_id, "item_revision": revision, "option_order": order,
            })  # fmt: skip
            if (option := past.options.get(day)) is not None:
                answer = counted[day]
                points[scoring.week_of(day)] += answer.points
                answers.append(_answer(last_id, option, answer))
        for item_id, memory in past.memories.items():
            memories.append({"subscriber_id": model, "item_id": item_id, **vars(memory)})
        for week, earned in points.items():
            weeks.append({"week": week, "subscriber_id": model, "points": earned})
    _insert(connection, _DELIVERIES, deliveries)
    _insert(connection, _ANSWERS, answers)
    _insert(connection, _RECALLS, memories)
    _insert(connection, _WEEKS, weeks)
    if connection.dialect.name == "postgresql":  # ids were given, so its counter stands still
        connection.execute(
            text("SELECT setval(pg_get_serial_sequence('deliveries', 'id'), :last)"),
            {"last": max(1, last_id)},
        )


def _delivery(
    delivery_id: int, person: int, day: date, number: int, now: datetime
) -> dict[str, Any]:
    at = min(datetime.combine(day, time(9), UTC), now - timedelta(minutes=2))
    return {
        "id": delivery_id,
        "subscriber_id": person,
        "local_date": day,
        "slot": 0,
        "state": DeliveryState.SENT,
        "possibly_delivered": False,
        "claimed_at": at,
        "closes_at": at + timedelta(days=1),
        "sending_at": at,
        "message_id": number,
        "poll_id": str(_poll_number(person, number)),
    }


def _answer(delivery_id: int, option: int, answer: scoring.CountedAnswer) -> dict[str, Any]:
    return {
        "delivery_id": delivery_id,
        "option": option,
        "counted": True,
        "points": answer.points,
        "unanswered": answer.unanswered,
        "answered_at": datetime.combine(answer.local_date, time(10), UTC),
    }


def _copy_pasts(connection: Connection, ends: dict[int, int], days: list[date]) -> None:
    """Give everybody the past of their block's model; deliveries in the order of their days."""
    for day in days:
        for model, end in ends.items():
            _copy_deliveries(connection, model, end, day)
    for model, end in ends.items():
        _copy_answers(connection, model, end)
        _copy(connection, _RECALLS, model, end)
        _copy(connection, _WEEKS, model, end)


def _copy_deliveries(connection: Connection, model: int, end: int, day: date) -> None:
    # message_id is the number of the day here.
    person = _SUBSCRIBERS.c.id
    number = literal(_FIRST_POLL, BigInteger) + person * 1000 + _DELIVERIES.c.message_id
    given = {"subscriber_id": person, "poll_id": cast(number, String)}
    names = [column.name for column in _DELIVERIES.columns if column.name != "id"]
    rows = (
        select(*(given.get(name, _DELIVERIES.c[name]) for name in names))
        .join_from(_DELIVERIES, _SUBSCRIBERS, _others(model, end))
        .where(_DELIVERIES.c.subscriber_id == model, _DELIVERIES.c.local_date == day)
    )
    connection.execute(insert(_DELIVERIES).from_select(names, rows))


def _copy_answers(connection: Connection, model: int, end: int) -> None:
    theirs = _DELIVERIES.alias()
    names = [column.name for column in _ANSWERS.columns]
    rows = (
        select(theirs.c.id, *(_ANSWERS.c[name] for name in names if name != "delivery_id"))
        .join(_DELIVERIES, _DELIVERIES.c.id == _ANSWERS.c.delivery_id)
        .join(theirs, theirs.c.local_date == _DELIVERIES.c.local_date)
        .where(
            _DELIVERIES.c.subscriber_id == model,
            theirs.c.subscriber_id > model,
            theirs.c.subscriber_id < end,
        )
    )
    ordered = ["delivery_id", *(name for name in names if name != "delivery_id")]
    connection.execute(insert(_ANSWERS).from_select(ordered, rows))


def _copy(connection: Connection, table: Table, model: int, end: int) -> None:
    person, names = _SUBSCRIBERS.c.id, [column.name for column in table.columns]
    rows = (
        select(*(person if name == "subscriber_id" else table.c[name] for name in names))
        .join_from(table, _SUBSCRIBERS, _others(model, end))
        .where(table.c.subscriber_id == model)
    )
    connection.execute(insert(table).from_select(names, rows))


def _others(model: int, end: int) -> ColumnElement[bool]:
    """Those of the model's block."""
    return and_(_SUBSCRIBERS.c.id > model, _SUBSCRIBERS.c.id < end)


def _insert(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(insert(table), rows)


def _poll_number(person: int, number: int) -> int:
    return _FIRST_POLL + person * 1000 + number
