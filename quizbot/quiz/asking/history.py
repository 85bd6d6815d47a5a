"""What learners have answered and were asked: the history that choosing goes by.

It is read for a whole batch. What is read does not grow with the years: a memory lists the items
that were answered, and of the questions only those of the last 60 days are read.
"""

from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    SQLColumnExpression,
    String,
    bindparam,
    case,
    cast,
    func,
    select,
)
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import DAILY, Delivery, ObjectiveMemory, Purpose
from db.types import among
from quizbot.quiz.answers.memory import Memory

ASKED_DAYS = 60  # an item that stayed unanswered for longer counts as not seen
_LATELY = timedelta(days=7)
_REVIEWS = {Purpose.MISSED, Purpose.DUE, Purpose.RANDOM, Purpose.LONGEST_AGO}


class Asked(NamedTuple):
    """A question that a learner was asked; `slot` tells the daily question from practice."""

    day: date
    slot: int
    item_id: str


class Review(NamedTuple):
    """The latest review of an objective, and the date of the next. `stability` is in days."""

    reviewed_on: date
    due_on: date
    incorrect: bool
    stability: float

    def overdue_ratio(self, day: date) -> float:
        """Returns the days since the review over the stability: the greater, the less is recalled.

        In FSRS the probability of recall depends on nothing else.
        """
        return (day - self.reviewed_on).days / self.stability


@dataclass(frozen=True)
class LearnerHistory:
    """What a learner has answered, and was asked.

    `met` are the objectives answered; `due` has at least those that are due. `faultless` says that
    the latest answers to all of them were correct. `asked_on` has the items of the last 60 days,
    each with the date on which it was asked last; `seen` are these, and all items answered before.
    `lately` are the questions of the last week, in the order of days. `reviews` is how many of the
    latest four daily questions were reviews. `corrected` is the item whose correction goes with the
    next question, which must not give the correction away.
    """

    met: Set[str] = frozenset()
    due: Mapping[str, Review] = field(default_factory=dict)
    seen: Set[str] = frozenset()
    faultless: bool = True
    asked_on: Mapping[str, date] = field(default_factory=dict)
    lately: Sequence[Asked] = ()
    reviews: int = 0
    corrected: str = ""

    @classmethod
    def of(
        cls,
        memories: Mapping[str, Memory],
        asked: Sequence[Asked],
        purposes: Sequence[str] = (),
    ) -> "LearnerHistory":
        """Returns the history after these questions; `purposes` are those of the daily ones."""
        last = asked[-1].day if asked else date.max
        since = last - timedelta(ASKED_DAYS)
        asked_on = {each.item_id: each.day for each in asked if each.day > since}
        return cls(
            met=memories.keys(),
            due={
                objective_id: Review(each.reviewed_on, each.due_on, each.incorrect, each.stability)
                for objective_id, each in memories.items()
            },
            seen=asked_on.keys() | {item for each in memories.values() for item in each.seen},
            faultless=not any(each.incorrect for each in memories.values()),
            asked_on=asked_on,
            lately=[each for each in asked if each.day > last - _LATELY],
            reviews=sum(each in _REVIEWS for each in purposes[-4:]),
        )

    @property
    def last_daily(self) -> date | None:
        """The date of the latest daily question, if it was in the last week."""
        return max((each.day for each in self.lately if each.slot == DAILY), default=None)


async def learner_histories(
    session: AsyncSession, subscriber_ids: Collection[int], now: datetime
) -> Mapping[int, LearnerHistory]:
    """Returns the histories of a batch.

    Each subscriber is one row a query: the database joins what would be many rows into a string,
    because reading them would be most of the cost of a claim.
    """
    connection = await session.connection()
    today = now.date()
    parameters = {
        "ids": list(subscriber_ids),
        "tomorrow": today + timedelta(days=1),  # already begun in some zones
        "since": today - timedelta(ASKED_DAYS),
        "week": today - _LATELY,
    }
    answered = {row[0]: row for row in await connection.execute(_ANSWERED, parameters)}
    asked = {row[0]: row[1] for row in await connection.execute(_ASKED, parameters)}
    lately = {row[0]: row[1] for row in await connection.execute(_LATEST, parameters)}
    histories = {}
    for each in subscriber_ids:
        _, met, seen, incorrect, due = answered.get(each, _NOTHING)
        asked_on = {
            row[_DAY:]: date.fromisoformat(row[:_DAY]) for row in sorted(_lines(asked.get(each)))
        }
        latest = [row.split(" ") for row in _lines(lately.get(each))]
        purposes = sorted((row[0], row[3]) for row in latest if row[1] == _DAILY)
        histories[each] = LearnerHistory(
            met=frozenset(_lines(met)),
            due=dict(map(_review, _lines(due))),
            seen=asked_on.keys() | seen.split(),
            faultless=not incorrect,
            asked_on=asked_on,
            lately=sorted(
                Asked(date.fromisoformat(day), int(slot), item) for day, slot, item, _ in latest
            ),
            reviews=sum(purpose in _REVIEWS for _, purpose in purposes[-4:]),
        )
    return histories


_NOTHING = (0, "", "", 0, "")
_SEPARATOR = "\n"  # no part of an id, nor is a space
_DAY = len("2026-11-23")
_DAILY = str(DAILY)


def _lines(text: str | None) -> list[str]:
    return text.split(_SEPARATOR) if text else []


def _review(row: str) -> tuple[str, Review]:
    objective_id, reviewed_on, due_on, result, hundredths = row.split(" ")
    days = date.fromisoformat(reviewed_on), date.fromisoformat(due_on)
    return objective_id, Review(*days, result == "incorrect", max(int(hundredths), 1) / 100)


def _joined(*columns: SQLColumnExpression[Any]) -> ColumnElement[str]:
    """Returns the columns as text, separated by spaces."""
    text: ColumnElement[str] = cast(columns[0], String)
    for column in columns[1:]:
        text = text + " " + cast(column, String)
    return text


_is_due = ObjectiveMemory.due_on <= bindparam("tomorrow")
_result = case((ObjectiveMemory.incorrect, "incorrect"), else_="correct")
_hundredths = cast(100 * ObjectiveMemory.stability, Integer)  # of a day: no float is formatted
_ANSWERED = (
    select(
        ObjectiveMemory.subscriber_id,
        func.aggregate_strings(ObjectiveMemory.objective_id, _SEPARATOR),
        func.aggregate_strings(ObjectiveMemory.seen, " "),
        func.max(case((ObjectiveMemory.incorrect, 1), else_=0)),
        func.aggregate_strings(
            case(
                (
                    _is_due,
                    _joined(
                        ObjectiveMemory.objective_id,
                        ObjectiveMemory.reviewed_on,
                        ObjectiveMemory.due_on,
                        _result,
                        _hundredths,
                    ),
                )
            ),
            _SEPARATOR,
        ),
    )
    .where(among(ObjectiveMemory.subscriber_id, "ids"))
    .group_by(ObjectiveMemory.subscriber_id)
)


def _deliveries(line: ColumnElement[str]) -> Select[int, str]:
    """Selects a text for each subscriber, with a line for each question."""
    return (
        select(Delivery.subscriber_id, func.aggregate_strings(line, _SEPARATOR))
        .where(among(Delivery.subscriber_id, "ids"))
        .group_by(Delivery.subscriber_id)
    )


_ASKED = _deliveries(cast(Delivery.local_date, String) + Delivery.item_id).where(
    Delivery.local_date >= bindparam("since")
)
_purpose = func.coalesce(Delivery.purpose, "")
_LATEST = _deliveries(
    _joined(Delivery.local_date, Delivery.slot, Delivery.item_id, _purpose)
).where(Delivery.local_date >= bindparam("week"))
