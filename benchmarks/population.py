"""Subscribers with a history, in bulk: a few prototypes are simulated, then copied.

A prototype gets the questions that the bot would have chosen, and answers four fifths of them. The
subscribers after it, its block, get a copy of its history. All invariants hold, so the audit of
quizbot.quiz.answers.totals finds nothing wrong.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
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

from benchmarks import TOPIC_FOLDER
from benchmarks.databases import vacuum
from db.models import (
    DAILY,
    Answer,
    Delivery,
    DeliveryState,
    ObjectiveMemory,
    Subscriber,
    SubscriberState,
    WeeklyScore,
)
from questions import load_topic
from quizbot.quiz.answers import streaks
from quizbot.quiz.answers.memory import ItemAnswer, Memory, review
from quizbot.quiz.asking.choosing import Choice, ItemPool
from quizbot.quiz.asking.history import Asked, LearnerHistory

_PROTOTYPES = 40
_FIRST_DUE, _FIRST_OPEN = 5_000_000_001, 6_000_000_001  # user ids, counted as the sandbox does
_FIRST_POLL = 5_300_000_000_000_000_000
_ANSWERED, _CORRECT = 0.8, 0.6
_DUE_SPREAD = 60.0  # seconds between the first due time and the last

_DELIVERIES, _ANSWERS, _MEMORIES, _WEEKLY_SCORES, _SUBSCRIBERS = (
    Delivery.metadata.tables[model.__tablename__]
    for model in (Delivery, Answer, ObjectiveMemory, WeeklyScore, Subscriber)
)


@dataclass(frozen=True)
class Population:
    """`due` subscribers wait for a question; `open` have today's, and have not answered it yet.

    All of them have a history of `days` days.
    """

    due: int
    open: int = 0
    days: int = 0

    async def fill(self, engine: AsyncEngine) -> None:
        """Insert everybody, due now."""
        now = datetime.now(UTC)
        async with engine.begin() as connection:
            await connection.run_sync(_fill, self, now)
        await vacuum(engine)

    @property
    def due_ids(self) -> range:
        """Returns the ids of those who are due."""
        return range(_FIRST_DUE, _FIRST_DUE + self.due)

    @property
    def open_polls(self) -> list[tuple[str, int]]:
        """Returns the poll and the subscriber of every open question, shuffled."""
        polls = [
            (str(_poll_number(subscriber_id, self.days + 1)), subscriber_id)
            for subscriber_id in range(_FIRST_OPEN, _FIRST_OPEN + self.open)
        ]
        Random(1).shuffle(polls)
        return polls


@dataclass
class _History:
    """Questions by day, answers and memories of one subscriber."""

    asked: list[tuple[date, Choice]] = field(default_factory=list)
    options: dict[date, int] = field(default_factory=dict)  # chosen; 0 is the correct one
    memories: dict[str, Memory] = field(default_factory=dict)

    def counted(self) -> Iterator[streaks.CountedAnswer]:
        unanswered, begun = 0, False
        for day, *_ in self.asked:
            option = self.options.get(day)
            if option is None:
                unanswered += begun
                continue
            yield streaks.CountedAnswer(day, option == 0, unanswered)
            unanswered, begun = 0, True


def _fill(connection: Connection, population: Population, now: datetime) -> None:
    today = (now - timedelta(seconds=_DUE_SPREAD)).date()
    pool = ItemPool.of(load_topic(TOPIC_FOLDER), Random(1))
    first_day = today - timedelta(days=population.days)
    for first, people, days in (
        (_FIRST_DUE, population.due, population.days),
        (_FIRST_OPEN, population.open, population.days + 1),
    ):
        block = max(1, people // _PROTOTYPES)
        histories = {
            prototype: _simulate(pool, Random(prototype), first_day, days, answered=population.days)
            for prototype in range(first, first + people, block)
        }
        ends = {prototype: min(prototype + block, first + people) for prototype in histories}
        _add_subscribers(connection, histories, ends, now, today, is_due=first == _FIRST_DUE)
        _add_prototypes(connection, histories, now, first_day)
        _copy_histories(connection, ends, [first_day + timedelta(days=day) for day in range(days)])


def _simulate(pool: ItemPool, rng: Random, first_day: date, days: int, answered: int) -> _History:
    """Returns the history of that many days; questions after `answered` days stay unanswered."""
    history = _History()
    for number in range(days):
        day = first_day + timedelta(days=number)
        asked = [Asked(on, DAILY, each.item.id) for on, each in history.asked]
        purposes = [each.purpose for _, each in history.asked]
        known = LearnerHistory.of(history.memories, asked, purposes)
        choice = pool.choose_daily(known, day)
        history.asked.append((day, choice))
        item = choice.item
        if number < answered and rng.random() < _ANSWERED:
            option = 0 if rng.random() < _CORRECT else 1
            history.options[day] = option
            answer = ItemAnswer(day, DAILY, item.id, option == 0)
            if memory := review(history.memories.get(item.objective), answer):
                history.memories[item.objective] = memory
    return history


def _add_subscribers(
    connection: Connection,
    histories: dict[int, _History],
    ends: dict[int, int],
    now: datetime,
    today: date,
    *,
    is_due: bool,
) -> None:
    rng, tomorrow = Random(2), datetime.combine(today, time(23, 59), UTC) + timedelta(days=1)
    rows = []
    for prototype, history in histories.items():
        totals = streaks.total(history.counted())
        for subscriber_id in range(prototype, ends[prototype]):
            due_at = now - timedelta(seconds=rng.uniform(0, _DUE_SPREAD)) if is_due else tomorrow
            rows.append(_subscriber(subscriber_id, now, due_at) | vars(totals))
    _insert(connection, _SUBSCRIBERS, rows)


def _subscriber(subscriber_id: int, now: datetime, due_at: datetime) -> dict[str, Any]:
    return {
        "id": subscriber_id,
        "state": SubscriberState.ACTIVE,
        "alias": f"Person {subscriber_id}",
        "alias_key": f"person{subscriber_id}",
        "language": "en",
        "timezone": "UTC",
        "question_time": now.time().replace(second=0, microsecond=0),
        "joined_at": now - timedelta(days=400),
        "next_due_at": due_at,
    }


def _add_prototypes(
    connection: Connection, histories: dict[int, _History], now: datetime, first_day: date
) -> None:
    deliveries, answers, memories, weeks = [], [], [], []
    last_id = connection.scalar(select(_DELIVERIES.c.id).order_by(_DELIVERIES.c.id.desc())) or 0
    for prototype, history in histories.items():
        points: dict[date, int] = defaultdict(int)
        counted = {each.local_date: each for each in history.counted()}
        for day, (item, order, purpose) in history.asked:
            last_id += 1
            number = (day - first_day).days + 1
            deliveries.append(_delivery(last_id, prototype, day, number, now) | {
                "item_id": item.id, "item_revision": item.revision, "option_order": order,
                "purpose": purpose,
            })  # fmt: skip
            if (option := history.options.get(day)) is not None:
                answer = counted[day]
                points[streaks.week_of(day)] += answer.points
                answers.append(_answer(last_id, option, answer))
        for objective, memory in history.memories.items():
            key = {"subscriber_id": prototype, "objective_id": objective}
            memories.append({**key, **vars(memory), "seen": " ".join(memory.seen)})
        for week, earned in points.items():
            weeks.append({"week": week, "subscriber_id": prototype, "points": earned})
    _insert(connection, _DELIVERIES, deliveries)
    _insert(connection, _ANSWERS, answers)
    _insert(connection, _MEMORIES, memories)
    _insert(connection, _WEEKLY_SCORES, weeks)
    if connection.dialect.name == "postgresql":  # move the sequence behind the inserted ids
        connection.execute(
            text("SELECT setval(pg_get_serial_sequence('deliveries', 'id'), :last)"),
            {"last": max(1, last_id)},
        )


def _delivery(
    delivery_id: int, subscriber_id: int, day: date, number: int, now: datetime
) -> dict[str, Any]:
    at = min(datetime.combine(day, time(9), UTC), now - timedelta(minutes=2))
    return {
        "id": delivery_id,
        "subscriber_id": subscriber_id,
        "local_date": day,
        "slot": 0,
        "state": DeliveryState.SENT,
        "possibly_delivered": False,
        "claimed_at": at,
        "closes_at": at + timedelta(days=1),
        "sending_at": at,
        "message_id": number,
        "poll_id": str(_poll_number(subscriber_id, number)),
    }


def _answer(delivery_id: int, option: int, answer: streaks.CountedAnswer) -> dict[str, Any]:
    return {
        "delivery_id": delivery_id,
        "option": option,
        "counted": True,
        "points": answer.points,
        "unanswered": answer.unanswered,
        "answered_at": datetime.combine(answer.local_date, time(10), UTC),
    }


def _copy_histories(connection: Connection, ends: dict[int, int], days: list[date]) -> None:
    """Copy the history of each prototype to its block; deliveries in the order of their days."""
    for day in days:
        for prototype, end in ends.items():
            _copy_deliveries(connection, prototype, end, day)
    for prototype, end in ends.items():
        _copy_answers(connection, prototype, end)
        _copy(connection, _MEMORIES, prototype, end)
        _copy(connection, _WEEKLY_SCORES, prototype, end)


def _copy_deliveries(connection: Connection, prototype: int, end: int, day: date) -> None:
    # message_id is the number of the day.
    subscriber_id = _SUBSCRIBERS.c.id
    number = literal(_FIRST_POLL, BigInteger) + subscriber_id * 1000 + _DELIVERIES.c.message_id
    given = {"subscriber_id": subscriber_id, "poll_id": cast(number, String)}
    names = [column.name for column in _DELIVERIES.columns if column.name != "id"]
    rows = (
        select(*(given.get(name, _DELIVERIES.c[name]) for name in names))
        .join_from(_DELIVERIES, _SUBSCRIBERS, _copies_of(prototype, end))
        .where(_DELIVERIES.c.subscriber_id == prototype, _DELIVERIES.c.local_date == day)
    )
    connection.execute(insert(_DELIVERIES).from_select(names, rows))


def _copy_answers(connection: Connection, prototype: int, end: int) -> None:
    theirs = _DELIVERIES.alias()
    names = [column.name for column in _ANSWERS.columns]
    rows = (
        select(theirs.c.id, *(_ANSWERS.c[name] for name in names if name != "delivery_id"))
        .join(_DELIVERIES, _DELIVERIES.c.id == _ANSWERS.c.delivery_id)
        .join(theirs, theirs.c.local_date == _DELIVERIES.c.local_date)
        .where(
            _DELIVERIES.c.subscriber_id == prototype,
            theirs.c.subscriber_id > prototype,
            theirs.c.subscriber_id < end,
        )
    )
    ordered = ["delivery_id", *(name for name in names if name != "delivery_id")]
    connection.execute(insert(_ANSWERS).from_select(ordered, rows))


def _copy(connection: Connection, table: Table, prototype: int, end: int) -> None:
    subscriber_id, names = _SUBSCRIBERS.c.id, [column.name for column in table.columns]
    rows = (
        select(*(subscriber_id if name == "subscriber_id" else table.c[name] for name in names))
        .join_from(table, _SUBSCRIBERS, _copies_of(prototype, end))
        .where(table.c.subscriber_id == prototype)
    )
    connection.execute(insert(table).from_select(names, rows))


def _copies_of(prototype: int, end: int) -> ColumnElement[bool]:
    """Returns whether a subscriber is in the block, and not its prototype."""
    return and_(_SUBSCRIBERS.c.id > prototype, _SUBSCRIBERS.c.id < end)


def _insert(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(insert(table), rows)


def _poll_number(subscriber_id: int, number: int) -> int:
    return _FIRST_POLL + subscriber_id * 1000 + number
