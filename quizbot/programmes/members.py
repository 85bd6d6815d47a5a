"""The members of a programme: as its coordinators see them, and in batches for reports.

Coordinators see an alias or chosen name, the team, since when, points, and the number of days with
an answer. Members who hide from the boards show neither points nor days here either. Subscriber ids
are Telegram's, so no page has them: it names a member by a handle that only this bot can make.
"""

import hashlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    SQLColumnExpression,
    and_,
    bindparam,
    case,
    func,
    or_,
    select,
)
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import DAILY, Answer, Delivery, DeliveryState, Subscriber
from db.programmes import Enrolment, Programme, ProgrammeScore, ScoreKind, Team
from db.reports import ProgrammeDay
from db.session import Sessions
from quizbot.programmes import audit_log, definitions, notes, staff
from quizbot.programmes.audit_log import Action
from quizbot.programmes.boards import score_of_enrolment
from quizbot.programmes.disclosure_control import visible_enrolments
from quizbot.programmes.programme import days_of, today_of
from quizbot.programmes.schedule import has_ended
from quizbot.quiz.asking.question_days import known_zone, local_date


class Order(StrEnum):
    """The order of the list."""

    NAME = "name"
    TEAM = "team"
    POINTS = "points"
    DAYS = "days"
    JOINED = "joined"


@dataclass(frozen=True)
class Member:
    """A line of the list; `points` and `days` are None for a hidden member."""

    subscriber_id: int
    name: str
    team: str | None
    team_id: int | None
    points: int | None
    days: int | None
    enrolled_on: date
    joined_at: datetime  # when they joined the quiz


@dataclass(frozen=True)
class Filter:
    """A choice of members: of a team or without one (`no_team`), with this text in their name.

    The `lapsed` are those who count as such (see quizbot.programmes.definitions): no hidden ones.
    """

    team_id: int | None = None
    no_team: bool = False
    lapsed: bool = False
    search: str = ""


def handle_maker(secret: str, programme_id: int) -> Callable[[int, datetime], str]:
    """Returns a function from a subscriber's id and time of joining the quiz to their handle.

    Without the secret nobody can find the member of a handle. Somebody who was erased and comes
    back has another one.
    """
    key = hashlib.sha256(f"members of programmes {secret}".encode()).digest()

    def handle(subscriber_id: int, joined_at: datetime) -> str:
        text = f"{programme_id} {subscriber_id} {joined_at.timestamp()}".encode()
        return hashlib.blake2b(text, key=key, digest_size=12).hexdigest()

    return handle


async def count(session: AsyncSession, programme: Programme, which: Filter) -> int:
    """Returns how many members match."""
    query = select(func.count()).select_from(Enrolment).where(*_matches(programme, which))
    if which.search or which.lapsed:
        query = query.join(Subscriber, Subscriber.id == Enrolment.subscriber_id)
    return await session.scalar(query) or 0


async def list_members(
    session: AsyncSession,
    programme: Programme,
    which: Filter = Filter(),
    order: Order = Order.NAME,
    skip: int = 0,
    limit: int | None = None,
) -> list[Member]:
    """Returns a part of the matching members; by points and days, hidden ones come last."""
    query = _query(programme).where(*_matches(programme, which))
    query = query.order_by(*_ORDERS[order], Enrolment.subscriber_id).offset(skip).limit(limit)
    return [Member(*row) for row in await session.execute(query)]


async def find_by_handle(
    session: AsyncSession, programme: Programme, secret: str, wanted: str
) -> Member | None:
    """Returns the member with that handle; None if nobody in the programme has it."""
    handle = handle_maker(secret, programme.id)
    for row in await session.execute(_query(programme).where(*_matches(programme, Filter()))):
        member = Member(*row)
        if handle(member.subscriber_id, member.joined_at) == wanted:
            return member
    return None


async def move_to_team(
    session: AsyncSession,
    programme: Programme,
    member: Member,
    team: Team | None,
    actor_id: int,
    now: datetime,
) -> bool:
    """Move the member into another team, or none, and tell them as after balancing.

    Returns False if they have left.
    """
    may_write = await staff.may_write(session, actor_id)
    await session.get(Subscriber, member.subscriber_id, with_for_update=True)
    enrolment = await session.get(Enrolment, (programme.id, member.subscriber_id))
    if enrolment is None or enrolment.left_at is not None:
        return False
    if may_write and not has_ended(programme, now):
        await notes.add_new_teams(session, programme.id, [member.subscriber_id], now)
    enrolment.team_id = team.id if team is not None else None
    detail = team.name if team is not None else ""
    audit_log.record(session, actor_id, Action.MEMBER_MOVED, now, programme.id, detail)
    return True


_NAME = func.coalesce(Enrolment.shown_name, Subscriber.alias)
_POINTS = case((Enrolment.hidden, None), else_=func.coalesce(ProgrammeScore.points, 0))
_DAYS = case((Enrolment.hidden, None), else_=func.coalesce(ProgrammeScore.answered, 0))
_ORDERS: dict[Order, tuple[SQLColumnExpression[Any], ...]] = {
    Order.NAME: (func.lower(_NAME),),
    Order.TEAM: (Team.id.is_(None), func.lower(Team.name), func.lower(_NAME)),
    Order.POINTS: (Enrolment.hidden, _POINTS.desc(), func.lower(_NAME)),
    Order.DAYS: (Enrolment.hidden, _DAYS.desc(), func.lower(_NAME)),
    Order.JOINED: (Enrolment.enrolled_on.desc(), func.lower(_NAME)),
}


def _query(
    programme: Programme,
) -> Select[int, str, str | None, int | None, int | None, int | None, date, datetime]:
    return (
        select(
            Enrolment.subscriber_id,
            _NAME,
            Team.name,
            Enrolment.team_id,
            _POINTS,
            _DAYS,
            Enrolment.enrolled_on,
            Subscriber.joined_at,
        )
        .join(Subscriber, Subscriber.id == Enrolment.subscriber_id)
        .outerjoin(Team, Team.id == Enrolment.team_id)
        .outerjoin(ProgrammeScore, score_of_enrolment(ScoreKind.PROGRAMME, programme.starts_on))
    )


def _matches(programme: Programme, which: Filter) -> list[ColumnElement[bool]]:
    conditions = [definitions.enrolled(programme.id)]
    if which.no_team:
        conditions.append(Enrolment.team_id.is_(None))
    elif which.team_id is not None:
        conditions.append(Enrolment.team_id == which.team_id)
    if which.lapsed:
        conditions += [definitions.lapsed(programme.id), Enrolment.hidden.is_(False)]
    if which.search:
        conditions.append(func.lower(_NAME).contains(which.search.lower(), autoescape=True))
    return conditions


_BATCH_ROWS = 1200  # about so many rows are read at a time
_MIN_BATCH_SIZE = 4  # members

Rows = Sequence[Row[*tuple[Any, ...]]]


class EnrolledMember(NamedTuple):
    """A current or former member. `question_time` is local to their time zone."""

    id: int
    team_id: int | None
    enrolled_on: date
    left_at: datetime | None
    hidden: bool
    timezone: str
    question_time: time
    joined_at: datetime

    def takes_part(self, day: date) -> bool:
        """Returns whether they took part on that local date; the day of leaving counts."""
        if day < self.enrolled_on:
            return False
        return self.left_at is None or day <= local_date_or_utc(self.timezone, self.left_at)


def local_date_or_utc(zone: str, moment: datetime) -> date:
    """Returns the local date, or the UTC date if this machine's data does not have the zone."""
    return local_date(moment, known_zone(zone))


# Statements for `iter_batches` have this condition.
IN_BATCH: ColumnElement[bool] = and_(
    Enrolment.programme_id == bindparam("programme"),
    Enrolment.subscriber_id > bindparam("after"),
    Enrolment.subscriber_id <= bindparam("last"),
)

_NEXT_MEMBERS = (
    select(
        Enrolment.subscriber_id,
        Enrolment.team_id,
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


async def iter_batches(
    sessions: Sessions,
    programme_id: int,
    statements: Sequence[Select[*tuple[Any, ...]]],
    parameters: Mapping[str, object],
    rows_each: int,
) -> AsyncIterator[tuple[Mapping[int, EnrolledMember], Sequence[Rows]]]:
    """Yields members by id, with the rows of each statement for them.

    No transaction is open meanwhile. `rows_each` is how many rows a member may have.
    """
    size, after = max(_MIN_BATCH_SIZE, _BATCH_ROWS // rows_each), 0
    while True:
        async with sessions.begin() as session:
            connection = await session.connection()
            window = {"programme": programme_id, "after": after, "size": size}
            found = map(EnrolledMember._make, await connection.execute(_NEXT_MEMBERS, window))
            members = {member.id: member for member in found}
            if not members:
                return
            batch = {"programme": programme_id, "after": after, "last": max(members)}
            results = [
                (await connection.execute(each, {**parameters, **batch})).all()
                for each in statements
            ]
        yield members, results
        after = max(members)


@dataclass(frozen=True)
class Activity:
    """How many questions visible members got, and how many of them they have answered.

    It counts like ProgrammeDay.
    """

    asked: int
    answered: int


async def over_all(session: AsyncSession, programme: Programme) -> Activity:
    """Returns the counts of all dates on which nothing can change any more, as in the reports."""
    of_programme = ProgrammeDay.programme_id == programme.id, ProgrammeDay.settled
    last_day = ProgrammeDay.local_date <= (programme.ends_on or date.max)
    sums = select(func.sum(ProgrammeDay.asked), func.sum(ProgrammeDay.answered))
    asked, answered = (await session.execute(sums.where(*of_programme, last_day))).one()
    return Activity(int(asked or 0), int(answered or 0))


async def today_so_far(session: AsyncSession, programme: Programme, now: datetime) -> Activity:
    """Returns the counts of today in the programme's time zone, if it asks today."""
    today = today_of(programme, now)
    if not (await days_of(session, programme)).counts(today):
        return Activity(0, 0)
    query = (
        select(func.count(Delivery.id), func.count(Answer.delivery_id))
        .select_from(Enrolment)
        .join(Delivery, Delivery.subscriber_id == Enrolment.subscriber_id)
        .outerjoin(Answer, and_(Answer.delivery_id == Delivery.id, Answer.counted))
        .where(
            *visible_enrolments(programme.id),
            Enrolment.enrolled_on <= Delivery.local_date,
            Delivery.local_date == today,
            Delivery.slot == DAILY,
            or_(Delivery.state == DeliveryState.SENT, Answer.delivery_id.is_not(None)),
        )
    )
    asked, answered = (await session.execute(query)).one()
    return Activity(asked, answered)
