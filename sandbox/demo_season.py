"""The demo season: eight weeks of a programme with demo members, computed by the bot's own rules.

The members have ids outside the sandbox's range and are paused, so nothing is ever sent to them.
The programme is marked as a demo wherever it is shown.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from sqlalchemy.ext.asyncio import AsyncSession

from db.models import DAILY, Answer, Delivery, DeliveryState, Subscriber, SubscriberState
from db.programmes import WORKDAYS, Programme, Team
from questions import Item, Topic
from quizbot.programmes import membership, schedule, staff
from quizbot.programmes import programme as programmes
from quizbot.programmes.programme import Plan
from quizbot.programmes.teams import add_team
from quizbot.quiz import aliases
from quizbot.quiz.answers import streaks, totals
from quizbot.quiz.answers.memory import ItemAnswer, Memory, review
from quizbot.quiz.asking.choosing import ItemPool
from quizbot.quiz.asking.history import Asked, LearnerHistory
from quizbot.quiz.asking.question_days import QuestionDays

NAME = "Healthy arteries, autumn season"

_FIRST_ID = 2**51  # far above the ids that the sandbox and Telegram give to people
_WEEKS_BEHIND, _WEEKS_AHEAD = 8, 4
_QUESTION_TIME = time(9)
_TEAMS = {"Accounts": 12, "Workshop": 15, "Front desk": 11, "Kitchen": 8, "Night shift": 3}
_NO_TEAM = 3
_P_LATE, _P_REFUSED, _P_UNCONFIRMED = 0.02, 0.004, 0.006


@dataclass
class _Member:
    """A demo member: how often they answer, how much they know, and what they were asked."""

    id: int
    team: str | None
    diligence: float
    skill: float
    first_day: date
    last_day: date | None
    hidden: bool
    memories: dict[str, Memory] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    purposes: list[str] = field(default_factory=list)
    unanswered: int | None = None  # questions since the last answer; None before the first


async def create(
    session: AsyncSession, coordinator_id: int, name: str, topic: Topic, now: datetime
) -> int:
    """Creates the coordinator's programme with its history; returns its id."""
    rng = Random(26)  # noqa: S311 -- the same season every time
    await staff.make_coordinator(session, coordinator_id, name, "en", now)
    monday = streaks.week_of(now.date())
    holiday = monday - timedelta(weeks=3, days=-2)
    plan = Plan(
        name=NAME,
        topic=topic.slug,
        timezone="UTC",
        starts_on=monday - timedelta(weeks=_WEEKS_BEHIND),
        ends_on=monday + timedelta(weeks=_WEEKS_AHEAD, days=-3),
        question_time=_QUESTION_TIME,
        weekdays=WORKDAYS,
        holidays=[holiday, holiday + timedelta(days=1)],
    )
    began = datetime.combine(plan.starts_on, time(8), UTC)
    programme = await programmes.create(session, plan, coordinator_id, began, demo=True)
    programme.digest_due_at = schedule.next_digest(programme, now)
    teams = {
        each: await add_team(session, programme, each, coordinator_id, began) for each in _TEAMS
    }
    members = list(_members(rng, programme))
    await _enrol(session, programme, teams, members, rng)
    pool = ItemPool.of(topic, rng)
    difficulty = {item.id: rng.gauss(0, 0.17) for item in topic.approved}
    days = QuestionDays.of(programme, plan.holidays)
    asked = [
        _ask(member, day, pool, difficulty, now)
        for day in _question_days(days, plan.starts_on, now)
        for member in members
        if member.first_day <= day and (member.last_day is None or day <= member.last_day)
    ]
    session.add_all(delivery for delivery, _ in asked)
    await session.flush()
    for delivery, answer in asked:
        if answer is not None:
            answer.delivery_id = delivery.id
            session.add(answer)
    await session.flush()
    await _leave(session, programme, members)
    await totals.rebuild(session, topic.objective_of)
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
        alias = aliases.suggest_alias(rng)
        while aliases.alias_key(alias) in taken:
            alias = aliases.suggest_alias(rng)
        taken.add(aliases.alias_key(alias))
        joined = datetime.combine(member.first_day, time(8), UTC)
        subscriber = Subscriber(
            id=member.id,
            state=SubscriberState.PAUSED,
            alias=alias,
            # Differs from the key of every alias that a person can choose.
            alias_key=f"{aliases.alias_key(alias)}\n{member.id}",
            language="en",
            timezone="UTC",
            question_time=_QUESTION_TIME,
            joined_at=joined,
            reminders=True,
        )
        session.add(subscriber)
        await session.flush()
        team = teams[member.team].id if member.team else None
        enrolment = await membership.enrol(
            session, subscriber, programme, team, joined, newcomer=False
        )
        membership.set_hidden(enrolment, hidden=member.hidden)


def _question_days(days: QuestionDays, first: date, now: datetime) -> Iterator[date]:
    day = first
    while datetime.combine(day, _QUESTION_TIME, UTC) < now:
        if days.asks(day):
            yield day
        day += timedelta(days=1)


def _ask(
    member: _Member,
    day: date,
    pool: ItemPool,
    difficulty: dict[str, float],
    now: datetime,
) -> tuple[Delivery, Answer | None]:
    """Returns a member's question of one day and, if there is one, the answer without its id."""
    rng = pool.rng
    history = LearnerHistory.of(member.memories, member.asked, member.purposes)
    item, order, purpose = pool.choose_daily(history, day)
    due = datetime.combine(day, _QUESTION_TIME, UTC)
    state = _state(rng)
    late = timedelta(minutes=rng.randrange(12, 50) if rng.random() < _P_LATE else 0)
    weekend = timedelta(days=3 if day.weekday() == 4 else 1)
    delivery = Delivery(
        subscriber_id=member.id,
        local_date=day,
        slot=DAILY,
        item_id=item.id,
        item_revision=item.revision,
        option_order=order,
        purpose=purpose,
        state=state,
        claimed_at=due,
        closes_at=due + weekend,
        sending_at=due + late + timedelta(seconds=2),
        attempts=1,
        message_id=1,
        poll_id=f"demo-{member.id}-{day.isoformat()}",
    )
    answered_at = due + late + timedelta(minutes=min(600, rng.expovariate(1 / 90)))
    answers = state is DeliveryState.SENT and rng.random() < member.diligence and answered_at < now
    delivery.reminded = not answers and due + timedelta(hours=10) < now
    member.asked.append(Asked(day, DAILY, item.id))
    member.purposes.append(purpose)
    if not answers:
        if member.unanswered is not None and state is DeliveryState.SENT:
            member.unanswered += 1
        return delivery, None
    option = _option(member, item, difficulty[item.id], rng)
    counted = streaks.CountedAnswer(day, option == 0, member.unanswered or 0)
    member.unanswered = 0
    answered = ItemAnswer(day, DAILY, item.id, option == 0)
    if memory := review(member.memories.get(item.objective), answered):
        member.memories[item.objective] = memory
    answer = Answer(
        option=option,
        counted=True,
        points=counted.points,
        unanswered=counted.unanswered,
        answered_at=answered_at,
    )
    return delivery, answer


def _state(rng: Random) -> DeliveryState:
    drawn = rng.random()
    if drawn < _P_REFUSED:
        return DeliveryState.REFUSED
    if drawn < _P_REFUSED + _P_UNCONFIRMED:
        return DeliveryState.OFFERED
    return DeliveryState.SENT


def _option(member: _Member, item: Item, difficulty: float, rng: Random) -> int:
    """Returns the chosen option: reviews make the key (0) more likely, and option 1 is popular."""
    memory = member.memories.get(item.objective)
    learned = 0.22 * min(memory.reviews, 2) if memory else 0.0
    if rng.random() < min(0.97, max(0.05, member.skill - difficulty + learned)):
        return 0
    others = range(1, len(item.options))
    return rng.choices(others, [0.75 if place == 1 else 0.25 for place in others])[0]


async def _leave(session: AsyncSession, programme: Programme, members: Sequence[_Member]) -> None:
    for member in members:
        if member.last_day is None:
            continue
        subscriber = await session.get_one(Subscriber, member.id)
        part = await membership.find(session, member.id, programme.id)
        left_at = datetime.combine(member.last_day, time(20), UTC)
        if part is not None:
            await membership.leave(session, subscriber, part, left_at)
