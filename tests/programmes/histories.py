"""Histories of a programme, written row by row: who was asked what on which date, and answered."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Answer, Delivery, DeliveryState, Subscriber, SubscriberState
from db.programmes import Enrolment, Programme
from db.session import Sessions
from questions import Topic
from quizbot.programmes import membership, privacy
from quizbot.programmes.reports import figures
from quizbot.programmes.reports.figures import ItemFigures, MasteryShares
from quizbot.programmes.reports.learning import LearningGain, learning_gain
from quizbot.programmes.reports.overview import DayFigures, Overview, programme_overview
from quizbot.programmes.reports.refresh import refresh_reports
from quizbot.quiz.asking.question_days import local_date, next_due
from tests.programmes.steps import MONDAY, programme
from tests.quiz.steps import make_item, subscriber, topic_of

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)

ITEMS = (
    make_item("apple", cites=("KP1",)),
    make_item("berry", cites=("KP1",)),
    make_item("cedar", cites=("KP2",)),
)
THREE_ITEMS: Topic = topic_of(*ITEMS)

_NUMBERS = count(1)


def at(day: int, hour: float = 9) -> datetime:
    """Returns an hour (UTC) of a day of the programme; day 0 is the first."""
    return datetime.combine(MONDAY + day * DAY, time(), UTC) + hour * HOUR


def date_of(day: int) -> date:
    return MONDAY + day * DAY


@dataclass(frozen=True)
class Report:
    """All figures that a coordinator can see."""

    overview: Overview
    items: list[ItemFigures]
    learning: LearningGain
    mastery: tuple[MasteryShares, ...] | None

    def day(self, day: int) -> DayFigures:
        return next(each for each in self.overview.days if each.day == date_of(day))

    def item(self, name: str) -> ItemFigures:
        return next(each for each in self.items if each.item.id == name)


@dataclass
class History:
    """A programme from Monday on, with a question every day; members live in UTC by default."""

    sessions: Sessions
    id: int
    topic: Topic = THREE_ITEMS
    people: list[int] = field(default_factory=list)

    @classmethod
    async def begin(cls, sessions: Sessions, people: int = 0, **changed: Any) -> "History":
        history = cls(sessions, await programme(sessions, now=at(0, 0), **changed))
        await history.enrol_all([next(_NUMBERS) for _ in range(people)])
        return history

    async def enrol(self, day: int = 0, zone: str = "UTC") -> int:
        """A new member joins at the start of that day (UTC). Returns their id."""
        person = next(_NUMBERS)
        await self.enrol_all([person], day, zone)
        return person

    async def enrol_all(self, people: list[int], day: int = 0, zone: str = "UTC") -> None:
        """Adds members without the use cases for joining, which take ten times as long."""
        joined_at = at(day, 0)
        today = local_date(joined_at, zone)
        async with self.sessions.begin() as session:
            for person in people:
                session.add(
                    Subscriber(
                        id=person,
                        state=SubscriberState.ACTIVE,
                        alias=f"Player {person}",
                        alias_key=f"player {person}",
                        language="en",
                        timezone=zone,
                        question_time=time(9),
                        joined_at=joined_at,
                        next_due_at=next_due(joined_at, zone, time(9), None).at,
                    )
                )
            await session.flush()
            session.add_all(
                Enrolment(programme_id=self.id, subscriber_id=person, enrolled_on=today)
                for person in people
            )
        self.people += people

    async def asked(
        self,
        person: int,
        day: int,
        item: str = "apple",
        option: int | None = None,
        *,
        counted: bool = True,
        **columns: Any,
    ) -> int:
        """Adds a question, answered if there is an option. Returns the delivery id."""
        answered_at = columns.pop("answered_at", at(day, 10))
        async with self.sessions.begin() as session:
            delivery = _delivery(person, day, item, **columns)
            session.add(delivery)
            await session.flush()
            if option is not None:
                await _answer(session, delivery, option, answered_at, counted=counted)
        return delivery.id

    async def answered(
        self, delivery_id: int, option: int, now: datetime, *, counted: bool = True
    ) -> None:
        """Adds the answer to that question."""
        async with self.sessions.begin() as session:
            delivery = await session.get_one(Delivery, delivery_id)
            await _answer(session, delivery, option, now, counted=counted)

    async def hide(self, person: int, *, hidden: bool = True) -> None:
        async with self.sessions.begin() as session:
            part = await membership.find(session, person, self.id)
            assert part is not None
            membership.set_hidden(part.enrolment, hidden=hidden)

    async def all_asked(
        self,
        day: int,
        *options: int | None,
        item: str = "apple",
        items: Sequence[str] = (),
        purposes: Sequence[str] = (),
        **columns: Any,
    ) -> None:
        """Everybody gets that question on that day, or their own; they choose these options."""
        async with self.sessions.begin() as session:
            each_gets = items or [item] * len(self.people)
            pairs = zip(self.people, each_gets, strict=True)
            asked = [_delivery(person, day, given, **columns) for person, given in pairs]
            for delivery, purpose in zip(asked, purposes, strict=False):
                delivery.purpose = purpose
            session.add_all(asked)
            await session.flush()
            for delivery, option in zip(asked, options, strict=True):
                if option is not None:
                    await _answer(session, delivery, option, at(day, 10), counted=True)

    async def leave(self, person: int, now: datetime) -> None:
        async with self.sessions.begin() as session:
            member = await subscriber(session, person)
            part = await membership.find(session, person, self.id)
            assert part is not None
            await membership.leave(session, member, part, now)

    async def leave_for_good(self, person: int, now: datetime) -> None:
        """A member leaves and is asked nothing more."""
        self.people.remove(person)
        await self.leave(person, now)

    async def erase(self, person: int, now: datetime) -> None:
        self.people.remove(person)
        async with self.sessions.begin() as session:
            await privacy.forget(session, person, now)

    async def refresh(self, now: datetime) -> None:
        await refresh_reports(self.sessions, self.id, self.topic, now)

    async def report(self, now: datetime, *, refreshed: bool = True) -> Report:
        """Returns what a coordinator sees at that moment."""
        if refreshed:
            await self.refresh(now)
        async with self.sessions() as session:
            found = await self.programme(session)
            return Report(
                await programme_overview(session, found),
                await figures.all_item_figures(session, found, self.topic),
                await learning_gain(session, found, self.topic),
                await figures.mastery_shares(session, found, self.topic),
            )

    async def programme(self, session: AsyncSession) -> Programme:
        return await session.get_one(Programme, self.id)


def _delivery(person: int, day: int, item: str, **columns: Any) -> Delivery:
    kept = {
        "local_date": date_of(day),
        "slot": 0,
        "item_id": item,
        "item_revision": 1,
        "option_order": "012",
        "state": DeliveryState.SENT,
        "possibly_delivered": False,
        "claimed_at": at(day),
        "closes_at": at(day + 1),
        "sending_at": at(day),
    } | columns
    return Delivery(subscriber_id=person, **kept)


async def _answer(
    session: AsyncSession, delivery: Delivery, option: int, now: datetime, *, counted: bool
) -> None:
    counts = counted and delivery.slot == 0
    points = (10 if option == 0 else 2) if counts else 0
    session.add(
        Answer(
            delivery_id=delivery.id, option=option, counted=counts, points=points, answered_at=now
        )
    )
    if counts:
        subscriber = await session.get_one(Subscriber, delivery.subscriber_id)
        subscriber.answered += 1
        subscriber.correct += option == 0
        last = subscriber.last_answered_on
        subscriber.last_answered_on = max(delivery.local_date, last or date.min)
