"""All members of a programme, some at a time: nobody else waits long for the database."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any, NamedTuple
from zoneinfo import ZoneInfoNotFoundError

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, select

from db.models import Subscriber
from db.programmes import Enrolment
from db.session import Sessions
from quizbot.quiz.due import local_date

_ROWS = 1200  # about so many are read at a time
_FEWEST = 4  # members

Rows = Sequence[Row[*tuple[Any, ...]]]


class Member(NamedTuple):
    """Somebody who takes part, or did. `question_time` is local to their zone."""

    id: int
    enrolled_on: date
    left_at: datetime | None
    hidden: bool
    timezone: str
    question_time: time
    joined_at: datetime

    def takes_part(self, day: date) -> bool:
        """Whether they did on that date of their zone; on the day of leaving, too."""
        if day < self.enrolled_on:
            return False
        return self.left_at is None or day <= date_in(self.timezone, self.left_at)


def date_in(zone: str, moment: datetime) -> date:
    """The local date; the one in UTC for a zone that this machine's data does not have."""
    try:
        return local_date(moment, zone)
    except ZoneInfoNotFoundError:
        return moment.date()


# Statements that are read for some members hold this condition.
THESE: ColumnElement[bool] = and_(
    Enrolment.programme_id == bindparam("programme"),
    Enrolment.subscriber_id > bindparam("after"),
    Enrolment.subscriber_id <= bindparam("last"),
)

_MEMBERS = (
    select(
        Enrolment.subscriber_id,
        Enrolment.enrolled_on,
        Enrolment.left_at,
        Enrolment.hidden,
        Subscriber.timezone,
        Subscriber.question_time,
        Subscriber.joined_at,
    )
    .join(Subscriber, Subscriber.id == Enrolment.subscriber_id)
    .where(
        Enrolment.programme_id == bindparam("programme"),
        Enrolment.subscriber_id > bindparam("after"),
    )
    .order_by(Enrolment.subscriber_id)
    .limit(bindparam("size"))
)


async def walk(
    sessions: Sessions,
    programme_id: int,
    statements: Sequence[Select[*tuple[Any, ...]]],
    parameters: Mapping[str, object],
    rows_each: int,
) -> AsyncIterator[tuple[Mapping[int, Member], Sequence[Rows]]]:
    """Members by id, and what each of the statements gives for them; no transaction is open.

    `rows_each` is how many rows a member may have.
    """
    size, after = max(_FEWEST, _ROWS // rows_each), 0
    while True:
        async with sessions.begin() as session:
            connection = await session.connection()
            window = {"programme": programme_id, "after": after, "size": size}
            found = map(Member._make, await connection.execute(_MEMBERS, window))
            members = {member.id: member for member in found}
            if not members:
                return
            these = {"programme": programme_id, "after": after, "last": max(members)}
            results = [
                (await connection.execute(each, {**parameters, **these})).all()
                for each in statements
            ]
        yield members, results
        after = max(members)
