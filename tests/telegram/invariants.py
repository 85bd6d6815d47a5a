"""What must always hold in the database (ARCHITECTURE.md), whatever updates come."""

from collections.abc import Iterator
from zoneinfo import available_timezones

from sqlalchemy import exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.base import Base
from db.models import (
    Answer,
    Correction,
    Delivery,
    DeliveryState,
    ObjectiveMemory,
    Rescoring,
    Subscriber,
    SubscriberState,
    WeeklyScore,
)
from db.programmes import Coordinator, Enrolment, Programme, ProgrammeScore, Team
from quizbot.quiz import aliases
from quizbot.quiz.answers import streaks, totals
from tests.quiz.steps import OBJECTIVE_OF

_LONGEST_PAYLOAD = 64  # Bot API, deep linking
_ZONES = available_timezones()


async def broken(session: AsyncSession, languages: set[str]) -> list[str]:
    """Returns a sentence for each broken invariant; `languages` are those of the bot."""
    subscribers = list(await session.scalars(select(Subscriber)))
    deliveries = {each.id: each for each in await session.scalars(select(Delivery))}
    answers = list(await session.scalars(select(Answer)))
    return [
        *(fault for each in subscribers for fault in _faults_of(each, languages)),
        *(fault for each in deliveries.values() for fault in _faults_of_delivery(each)),
        *(fault for each in answers for fault in _faults_of_answer(each, deliveries)),
        *await _two_a_day(session),
        *await _faults_of_programmes(session),
        *await _orphans(session),
        *await totals.differences(session, OBJECTIVE_OF),
    ]


def _faults_of(subscriber: Subscriber, languages: set[str]) -> Iterator[str]:
    who = f"subscriber {subscriber.id}"
    active = subscriber.state is SubscriberState.ACTIVE
    if active != (subscriber.next_due_at is not None):
        yield f"{who} is {subscriber.state}, next due {subscriber.next_due_at}"
    if not 0 < subscriber.id < 2**52:
        yield f"{who}: there is no such person"
    if subscriber.timezone not in _ZONES or subscriber.language not in languages:
        yield f"{who} lives in {subscriber.timezone!r} and speaks {subscriber.language!r}"
    if subscriber.question_time.replace(second=0, microsecond=0) != subscriber.question_time:
        yield f"{who} is due at {subscriber.question_time}"
    if len(subscriber.start_payload or "") > _LONGEST_PAYLOAD:
        yield f"{who} came by {subscriber.start_payload!r}"
    if not _is_alias(subscriber.alias, subscriber.alias_key):
        yield f"{who} goes by {subscriber.alias!r}, {subscriber.alias_key!r}"


def _is_alias(alias: str, key: str) -> bool:
    try:
        return aliases.clean_alias(alias) == alias and aliases.alias_key(alias) == key
    except aliases.AliasError:
        return False


def _faults_of_delivery(delivery: Delivery) -> Iterator[str]:
    which = f"delivery {delivery.id}"
    known = delivery.message_id is not None and delivery.poll_id is not None
    if delivery.state is DeliveryState.SENT and not known and not delivery.possibly_delivered:
        yield f"{which} is sent as message {delivery.message_id}, poll {delivery.poll_id}"
    if sorted(delivery.option_order)[:1] != ["0"] or len(set(delivery.option_order)) != len(
        delivery.option_order
    ):
        yield f"{which} shows the options {delivery.option_order}"
    if delivery.closes_at <= delivery.claimed_at:
        yield f"{which} closes at {delivery.closes_at}, before it was claimed"


def _faults_of_answer(answer: Answer, deliveries: dict[int, Delivery]) -> Iterator[str]:
    delivery = deliveries.get(answer.delivery_id)
    which = f"the answer to delivery {answer.delivery_id}"
    if delivery is None:
        yield f"{which}: there is no such delivery"
        return
    if str(answer.option) not in delivery.option_order:
        yield f"{which} is option {answer.option} of {delivery.option_order}"
    right = streaks.CountedAnswer(delivery.local_date, answer.option == 0).points
    if answer.points != (right if answer.counted else 0):
        yield f"{which} earned {answer.points} points"
    if answer.counted and delivery.slot != 0:
        yield f"{which} is practice and counted"
    if answer.answered_at < delivery.claimed_at:
        yield f"{which} came before the question"


async def _two_a_day(session: AsyncSession) -> list[str]:
    doubled = await session.execute(
        select(Delivery.subscriber_id, Delivery.local_date)
        .where(Delivery.slot == 0)
        .group_by(Delivery.subscriber_id, Delivery.local_date)
        .having(func.count() > 1)
    )
    return [f"subscriber {who} has two questions for {day}" for who, day in doubled]


async def _faults_of_programmes(session: AsyncSession) -> list[str]:
    """Returns members in another programme's team, and names with hidden characters."""
    in_others = await session.execute(
        select(Enrolment.subscriber_id, Enrolment.team_id)
        .join(Team, Team.id == Enrolment.team_id)
        .where(Team.programme_id != Enrolment.programme_id)
    )
    shown = [
        *await session.scalars(
            select(Enrolment.shown_name).where(Enrolment.shown_name.is_not(None))
        ),
        *await session.scalars(select(Coordinator.name)),
        *await session.scalars(select(Programme.name)),
        *await session.scalars(select(Team.name)),
    ]
    return [
        *(f"subscriber {who} is in the foreign team {team}" for who, team in in_others),
        *(f"{name!r} hides something" for name in shown if aliases.has_hidden(name or "\0")),
    ]


async def _orphans(session: AsyncSession) -> list[str]:
    """Returns rows without an owner."""
    owned: list[tuple[type[Base], object]] = []
    owned += [
        (table, ~exists().where(Subscriber.id == table.subscriber_id))
        for table in (Delivery, WeeklyScore, ObjectiveMemory, Enrolment, ProgrammeScore)
    ]
    owned += [
        (table, ~exists().where(Delivery.id == table.delivery_id))
        for table in (Answer, Correction, Rescoring)
    ]
    counts = {
        table.__tablename__: await session.scalar(
            select(func.count()).select_from(table).where(lost)  # type: ignore[arg-type]
        )
        for table, lost in owned
    }
    return [
        f"{number} rows of {table} belong to nobody" for table, number in counts.items() if number
    ]
