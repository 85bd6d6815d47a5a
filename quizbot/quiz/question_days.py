"""On which days somebody has a question: every day, unless a programme of theirs says otherwise."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.programmes import Enrolment, Holiday, Programme

EVERY_WEEKDAY = 0b111_1111  # a bit a weekday, Monday's the lowest
WORKDAYS = 0b001_1111


@dataclass(frozen=True)
class QuestionDays:
    """A programme's days with a question. `ends_on` is the last day; None: there is no end yet."""

    starts_on: date
    ends_on: date | None = None
    weekdays: int = EVERY_WEEKDAY
    holidays: frozenset[date] = frozenset()

    @classmethod
    def of(cls, programme: Programme, holidays: Iterable[date]) -> "QuestionDays":
        return cls(programme.starts_on, programme.ends_on, programme.weekdays, frozenset(holidays))

    def is_over(self, day: date) -> bool:
        return self.ends_on is not None and day > self.ends_on

    def runs(self, day: date) -> bool:
        """Whether the day is between start and end."""
        return self.starts_on <= day and not self.is_over(day)

    def asks(self, day: date) -> bool:
        """Whether there is a question on that day."""
        in_week = bool(self.weekdays >> day.weekday() & 1)
        return self.runs(day) and in_week and day not in self.holidays


@dataclass(frozen=True)
class Calendar:
    """The programmes of one person, those that they wait for before their start apart."""

    joined: tuple[QuestionDays, ...] = ()
    awaited: tuple[QuestionDays, ...] = ()

    def asks(self, day: date) -> bool:
        """Whether one of the programmes asks, or none is on.

        Between programmes there is a question every day; before the start of one only for people
        who were in the quiz before they joined it.
        """
        if any(each.runs(day) for each in self.joined):
            return any(each.asks(day) for each in self.joined)
        return not any(day < each.starts_on for each in self.awaited)


EVERY_DAY = Calendar()


async def calendar_of(session: AsyncSession, subscriber_id: int) -> Calendar:
    """One person's."""
    return (await calendars(session, [subscriber_id])).get(subscriber_id, EVERY_DAY)


async def calendars(
    session: AsyncSession, subscriber_ids: Collection[int]
) -> Mapping[int, Calendar]:
    """Of those among these people who take part in a programme."""
    rows = (
        await session.execute(
            select(
                Enrolment.subscriber_id, Enrolment.waits_for_start, Enrolment.programme_id
            ).where(Enrolment.subscriber_id.in_(subscriber_ids), Enrolment.left_at.is_(None))
        )
    ).all()
    if not rows:
        return {}
    days = await question_days(session, {row.programme_id for row in rows})
    joined, awaited = defaultdict(list), defaultdict(list)
    for whose, waits_for_start, programme_id in rows:
        joined[whose].append(days[programme_id])
        if waits_for_start:
            awaited[whose].append(days[programme_id])
    return {whose: Calendar(tuple(each), tuple(awaited[whose])) for whose, each in joined.items()}


async def question_days(
    session: AsyncSession, programme_ids: Collection[int]
) -> dict[int, QuestionDays]:
    """By programme."""
    holidays: defaultdict[int, set[date]] = defaultdict(set)
    for programme_id, day in await session.execute(
        select(Holiday.programme_id, Holiday.day).where(Holiday.programme_id.in_(programme_ids))
    ):
        holidays[programme_id].add(day)
    programmes = await session.scalars(select(Programme).where(Programme.id.in_(programme_ids)))
    return {each.id: QuestionDays.of(each, holidays[each.id]) for each in programmes}
