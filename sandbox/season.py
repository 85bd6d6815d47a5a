"""A season of made-up members: eight weeks of a programme, played by the bot's own rules.

Nobody in it exists: their ids are out of the sandbox's range, they are on pause, so nothing is ever
sent to them, and the programme is marked as made up wherever it is shown.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Answer, Delivery, DeliveryState, Subscriber, SubscriberState
from db.programmes import Programme, Team
from questions import Item, Topic
from quizbot.quiz import aliases, rebuilding, scoring
from quizbot.quiz.choosing import Deck, Past
from quizbot.quiz.programmes import coordinating, enrolling, moments, organising
from quizbot.quiz.programmes.organising import Plan
from quizbot.quiz.question_days import WORKDAYS, QuestionDays
from quizbot.quiz.review import Answered, Memory, review

NAME = "Healthy arteries, autumn season"

_FIRST_ID = 2**51  # far above the ids that the sandbox, or Telegram, gives to people
_WEEKS_BEHIND, _WEEKS_AHEAD = 8, 4
_AT = time(9)
_TEAMS = {"Accounts": 12, "Workshop": 15, "Front desk": 11, "Kitchen": 8, "Night shift": 3}
_NO_TEAM = 3
_CHANCE_OF_LATE, _CHANCE_OF_REFUSED, _CHANCE_OF_DOUBT = 0.02, 0.004, 0.006


@dataclass
class _Member:
    """Somebody made up: how often they answer, how much they know, and what has become of them."""

    id: int
    team: str | None
    diligence: float
    skill: float
    first_day: date
    last_day: date | None
    hidden: bool
    memories: dict[str, Memory] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    missed: int | None = None  # questions since the last answer; None before the first


async def play(
    session: AsyncSession, coordinator_id: int, name: str, topic: Topic, now: datetime
) -> int:
    """Make the programme, run by that person, with all its past; answers its id."""
    rng = Random(26)  # noqa: S311 -- the same season every time
    await coordinating.make_coordinator(session, coordinator_id, name, "en", now)
    monday = scoring.week_of(now.date())
    holiday = monday - timedelta(weeks=3, days=-2)
    plan = Plan(
        name=NAME,
        topic=topic.slug,
        timezone="UTC",
        starts_on=monday - timedelta(weeks=_WEEKS_BEHIND),
        ends_on=monday + timedelta(weeks=_WEEKS_AHEAD, days=-3),
        question_time=_AT,
        weekdays=WORKDAYS,
        holidays=[holiday, holiday + timedelta(days=1)],
    )
    began = datetime.combine(plan.starts_on, time(8), UTC)
    programme = await organising.make(session, plan, coordinator_id, began, made_up=True)
    programme.digest_due_at = moments.next_digest(programme, now)
    teams = {
        each: await organising.add_team(session, programme, each, coordinator_id, began)
        for each in _TEAMS
    }
    members = list(_members(rng, programme))
    await _enrol(session, programme, teams, members, rng)
    deck = Deck.of(topic, rng)
    hardness = {item.id: rng.gauss(0, 0.17) for item in topic.approved}
    days = QuestionDays.of(programme, plan.holidays)
    for day in _question_days(days, plan.starts_on, now):
        for member in members:
            if member.first_day <= day and (member.last_day is None or day <= member.last_day):
                await _live(session, member, day, deck, hardness, now)
        await session.flush()
    await _leave(session, programme, members)
    await rebuilding.rebuild(session)
    return programme.id


def _members(rng: Random, programme: Programme) -> Iterator[_Member]:
    places = [team for team, size in _TEAMS.items() for _ in range(size)] + [None] * _NO_TEAM
    for number, team in enumerate(places):
        late = rng.random() < 0.15
        leaves = rng.random() < 0.08
        first = programme.starts_on + timedelta(days=rng.randrange(1, 15) if late else 0)
        last = programme.starts_on + timedelta(days=rng.randrange(12, 45)) if leaves else None
        yield _Member(
            id=_FIRST_ID + programme.id * 1000 + number,
            team=team,
            diligence=min(0.99, max(0.15, rng.betavariate(5, 1.6))),
            skill=min(0.9, max(0.35, rng.gauss(0.62, 0.12))),
            first_day=first,
            last_day=last,
            hidden=rng.random() < 0.05,
        )


async def _enrol(
    session: AsyncSession,
    programme: Programme,
    teams: dict[str, Team],
    members: Sequence[_Member],
    rng: Random,
) -> None:
    taken: set[str] = set()
    for member in members:
        alias = aliases.suggest(rng)
        while aliases.key(alias) in taken:
            alias = aliases.suggest(rng)
        taken.add(aliases.key(alias))
        joined = datetime.combine(member.first_day, time(8), UTC)
        subscriber = Subscriber(
            id=member.id,
            state=SubscriberState.PAUSED,
            alias=alias,
            alias_key=f"{aliases.key(alias)}\n{member.id}",  # in nobody's way
            language="en",
            timezone="UTC",
            question_time=_AT,
            joined_at=joined,
            reminders=True,
        )
        session.add(subscriber)
        await session.flush()
        team = teams[member.team].id if member.team else None
        enrolment = await enrolling.enrol(
            session, subscriber, programme, team, joined, newcomer=False
        )
        enrolling.hide(enrolment, hidden=member.hidden)


def _question_days(days: QuestionDays, first: date, now: datetime) -> Iterator[date]:
    day = first
    while datetime.combine(day, _AT, UTC) < now:
        if days.asks(day):
            yield day
        day += timedelta(days=1)


async def _live(
    session: AsyncSession,
    member: _Member,
    day: date,
    deck: Deck,
    hardness: dict[str, float],
    now: datetime,
) -> None:
    """One day of one member: a question comes, and perhaps an answer."""
    rng = deck.rng
    item, order = deck.daily(Past.of(member.memories, member.asked, member.asked[-1:]), day)
    due = datetime.combine(day, _AT, UTC)
    state = _state(rng)
    late = timedelta(minutes=rng.randrange(12, 50) if rng.random() < _CHANCE_OF_LATE else 0)
    weekend = timedelta(days=3 if day.weekday() == 4 else 1)
    delivery = Delivery(
        subscriber_id=member.id,
        local_date=day,
        slot=0,
        item_id=item.id,
        item_revision=item.revision,
        option_order=order,
        state=state,
        claimed_at=due,
        closes_at=due + weekend,
        sending_at=due + late + timedelta(seconds=2),
        attempts=1,
        message_id=1,
        poll_id=f"made-up-{member.id}-{day.isoformat()}",
    )
    answered_at = due + late + timedelta(minutes=min(600, rng.expovariate(1 / 90)))
    answers = state is DeliveryState.SENT and rng.random() < member.diligence and answered_at < now
    delivery.reminded = not answers and due + timedelta(hours=10) < now
    session.add(delivery)
    member.asked.append(item.id)
    if not answers:
        if member.missed is not None and state is DeliveryState.SENT:
            member.missed += 1
        return
    await session.flush()
    option = _option(member, item, hardness[item.id], rng)
    counted = scoring.CountedAnswer(day, option == 0, member.missed or 0)
    member.missed = 0
    member.memories[item.id] = review(member.memories.get(item.id), Answered(day, option == 0))
    session.add(
        Answer(
            delivery_id=delivery.id,
            option=option,
            counted=True,
            points=counted.points,
            missed=counted.missed,
            answered_at=answered_at,
        )
    )


def _state(rng: Random) -> DeliveryState:
    drawn = rng.random()
    if drawn < _CHANCE_OF_REFUSED:
        return DeliveryState.REFUSED
    if drawn < _CHANCE_OF_REFUSED + _CHANCE_OF_DOUBT:
        return DeliveryState.OFFERED
    return DeliveryState.SENT


def _option(member: _Member, item: Item, hardness: float, rng: Random) -> int:
    """What they take: the more often they met it, the likelier the key; some distractors draw."""
    memory = member.memories.get(item.id)
    learnt = 0.22 * min(memory.reviews, 2) if memory else 0.0
    if rng.random() < min(0.97, max(0.05, member.skill - hardness + learnt)):
        return 0
    others = range(1, len(item.options))
    return rng.choices(others, [0.75 if place == 1 else 0.25 for place in others])[0]


async def _leave(session: AsyncSession, programme: Programme, members: Sequence[_Member]) -> None:
    for member in members:
        if member.last_day is None:
            continue
        subscriber = await session.get_one(Subscriber, member.id)
        part = await enrolling.membership(session, member.id, programme.id)
        left_at = datetime.combine(member.last_day, time(20), UTC)
        if part is not None:
            await enrolling.leave(session, subscriber, part, left_at)
