"""What learners have answered and were asked: the history that choosing goes by.

It is read for a whole batch. What is read does not grow with the years: a memory lists the items
that were answered, and of the questions only the latest are read.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Integer,
    SQLColumnExpression,
    String,
    bindparam,
    case,
    cast,
    func,
    select,
)
from sqlalchemy.ext.asyncio import AsyncSession

from db.challenges import Challenge, ChallengeAnswer
from db.models import DAILY, Delivery, ObjectiveMemory, Purpose, Subscriber
from db.types import among
from quizbot.quiz.answers.memory import NEVER_INCORRECT, Memory, Review

# An item rests for so long if possible; one that stayed unanswered for longer counts as not seen.
ASKED_DAYS = 60
_LATELY = timedelta(days=7)
_REVIEWS = {Purpose.INCORRECT, Purpose.DUE, Purpose.RANDOM, Purpose.LONGEST_AGO}


class Asked(NamedTuple):
    """A question that a learner was asked; `slot` tells the daily question from practice."""

    day: date
    slot: int
    item_id: str


@dataclass(frozen=True)
class LearnerHistory:
    """What a learner has answered, and was asked.

    `met` are the objectives answered, each with the date of its latest review; `due` has at least
    those that are due. `seen` are the items answered or asked, each with the date on which it was
    asked last: the first date if only its memory knows it, and of such items of an objective the
    one answered first comes first. An item answered in a friend's challenge counts as asked today
    while the challenge is kept. `never_incorrect` says that no review was ever incorrect.
    `lately` are the questions of the last week, in the order of days. `reviews` is how many of the
    latest four daily questions were reviews. `corrected` is the item whose correction goes with the
    next question, which must not give the correction away.
    """

    met: Mapping[str, date] = field(default_factory=dict)
    due: Mapping[str, Review] = field(default_factory=dict)
    seen: Mapping[str, date] = field(default_factory=dict)
    never_incorrect: bool = True
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
        answered = [item for each in memories.values() for item in each.seen]
        return cls(
            met={objective_id: each.reviewed_on for objective_id, each in memories.items()},
            due={objective_id: each.latest_review for objective_id, each in memories.items()},
            seen=dict.fromkeys(answered, date.min) | {each.item_id: each.day for each in asked},
            never_incorrect=all(e.difficulty <= NEVER_INCORRECT for e in memories.values()),
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
    lately = {row[0]: row for row in await connection.execute(_LATEST, parameters)}
    histories = {}
    for each in subscriber_ids:
        _, reviewed, seen, difficulty, due = answered.get(each, _NOTHING)
        met = _by_day(reviewed)
        _, latest, reviews, challenged = lately.get(each, (each, None, 0, None))
        histories[each] = LearnerHistory(
            met=met,
            due=dict(_review(row, met) for row in _lines(due)),
            seen=dict.fromkeys(seen.split(), date.min)
            | _by_day(asked.get(each))
            | dict.fromkeys(_lines(challenged), today),
            never_incorrect=difficulty <= NEVER_INCORRECT,
            lately=sorted(map(_asked, _lines(latest))),
            reviews=reviews,
        )
    return histories


_NOTHING = (0, "", "", 0.0, "")
_SEPARATOR = "\n"  # no part of an id, nor is a space
_DAY = len("2026-11-23")
_NEVER = "-"


def _lines(text: str | None) -> list[str]:
    return text.split(_SEPARATOR) if text else []


def _by_day(text: str | None) -> dict[str, date]:
    """Returns the latest date of each id; each line is a date and an id."""
    return {row[_DAY:]: date.fromisoformat(row[:_DAY]) for row in sorted(_lines(text))}


def _asked(row: str) -> Asked:
    day, slot, item_id = row.split(" ")
    return Asked(date.fromisoformat(day), int(slot), item_id)


def _review(row: str, met: Mapping[str, date]) -> tuple[str, Review]:
    objective_id, due_on, result, stability, difficulty, first = row.split(" ")
    return objective_id, Review(
        met[objective_id],
        date.fromisoformat(due_on),
        result == "incorrect",
        max(int(stability), 1) / 100,
        int(difficulty) / 100,
        date.fromisoformat(first) if first != _NEVER else None,
    )


def _joined(*columns: SQLColumnExpression[Any]) -> ColumnElement[str]:
    """Returns the columns as text, separated by spaces."""
    text: ColumnElement[str] = cast(columns[0], String)
    for column in columns[1:]:
        text = text + " " + cast(column, String)
    return text


_is_due = ObjectiveMemory.due_on <= bindparam("tomorrow")
_result = case((ObjectiveMemory.incorrect, "incorrect"), else_="correct")
_hundredths = [  # no float is formatted
    cast(100 * each, Integer) for each in (ObjectiveMemory.stability, ObjectiveMemory.difficulty)
]
_first_correct = func.coalesce(cast(ObjectiveMemory.first_correct_on, String), _NEVER)
_ANSWERED = (
    select(
        ObjectiveMemory.subscriber_id,
        func.aggregate_strings(
            cast(ObjectiveMemory.reviewed_on, String) + ObjectiveMemory.objective_id, _SEPARATOR
        ),
        func.aggregate_strings(ObjectiveMemory.seen, " "),
        func.max(ObjectiveMemory.difficulty),
        func.aggregate_strings(
            case(
                (
                    _is_due,
                    _joined(
                        ObjectiveMemory.objective_id,
                        ObjectiveMemory.due_on,
                        _result,
                        *_hundredths,
                        _first_correct,
                    ),
                )
            ),
            _SEPARATOR,
        ),
    )
    .where(among(ObjectiveMemory.subscriber_id, "ids"))
    .group_by(ObjectiveMemory.subscriber_id)
)


_ASKED = (
    select(
        Delivery.subscriber_id,
        func.aggregate_strings(cast(Delivery.local_date, String) + Delivery.item_id, _SEPARATOR),
    )
    .where(among(Delivery.subscriber_id, "ids"), Delivery.local_date >= bindparam("since"))
    .group_by(Delivery.subscriber_id)
)
_line = _joined(Delivery.local_date, Delivery.slot, Delivery.item_id)
_this_week = select(func.aggregate_strings(_line, _SEPARATOR)).where(
    Delivery.subscriber_id == Subscriber.id, Delivery.local_date >= bindparam("week")
)
_latest_four = (
    select(Delivery.purpose)
    .where(Delivery.subscriber_id == Subscriber.id, Delivery.slot == DAILY)
    .order_by(Delivery.local_date.desc())
    .limit(4)
    .correlate(Subscriber)
    .subquery()
)
_reviews = select(func.count()).where(_latest_four.c.purpose.in_(sorted(_REVIEWS)))
_challenged = (
    select(func.aggregate_strings(Delivery.item_id, _SEPARATOR))
    .join(Challenge, Challenge.delivery_id == Delivery.id)
    .join(ChallengeAnswer, ChallengeAnswer.code == Challenge.code)
    .where(ChallengeAnswer.friend_id == Subscriber.id, ChallengeAnswer.option.is_not(None))
)
_LATEST = select(
    Subscriber.id,
    _this_week.correlate(Subscriber).scalar_subquery(),
    _reviews.scalar_subquery(),
    _challenged.correlate(Subscriber).scalar_subquery(),
).where(among(Subscriber.id, "ids"))
