"""The members of a programme as its coordinators see them.

By alias or chosen name, with team, points and on how many days they took part; who hides from the
boards shows neither points nor days here either. Ids are Telegram's and go nowhere: a page knows
members by a handle that only this bot can make.
"""

import hashlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any, NamedTuple
from zoneinfo import ZoneInfoNotFoundError

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    SQLColumnExpression,
    and_,
    bindparam,
    case,
    func,
    select,
)
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Subscriber
from db.programmes import Enrolment, Programme, ProgrammeScore, ScoreKind, Team
from db.session import Sessions
from quizbot.programmes import audit_log
from quizbot.programmes.audit_log import Action
from quizbot.quiz.asking.question_days import local_date


class Order(StrEnum):
    """By what members are listed."""

    NAME = "name"
    POINTS = "points"
    DAYS = "days"


@dataclass(frozen=True)
class Member:
    """A line of the list; `points` and `days` are None for who is hidden."""

    subscriber_id: int
    name: str
    team: str | None
    team_id: int | None
    points: int | None
    days: int | None
    joined_at: datetime  # the quiz


@dataclass(frozen=True)
class Filter:
    """Which members: of a team, those in none (`no_team`), with these words in their name."""

    team_id: int | None = None
    no_team: bool = False
    words: str = ""


def handle_maker(secret: str, programme_id: int) -> Callable[[int, datetime], str]:
    """What pages call members, by their id and when they joined the quiz.

    Without the secret nobody can tell whose a handle is; who was erased and comes back has another.
    """
    key = hashlib.sha256(f"members of programmes {secret}".encode()).digest()

    def handle(subscriber_id: int, joined_at: datetime) -> str:
        text = f"{programme_id} {subscriber_id} {joined_at.timestamp()}".encode()
        return hashlib.blake2b(text, key=key, digest_size=12).hexdigest()

    return handle


async def count(session: AsyncSession, programme: Programme, which: Filter) -> int:
    """How many fit."""
    query = select(func.count()).select_from(Enrolment).where(*_matches(programme, which))
    if which.words:
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
    """Those who fit, a part of them; who is hidden comes after all with points."""
    query = _query(programme).where(*_matches(programme, which))
    query = query.order_by(*_ORDERS[order], Enrolment.subscriber_id).offset(skip).limit(limit)
    return [Member(*row) for row in await session.execute(query)]


async def find_by_handle(
    session: AsyncSession, programme: Programme, secret: str, wanted: str
) -> Member | None:
    """The member of that handle, None if there is none (any more)."""
    handle = handle_maker(secret, programme.id)
    people = await session.execute(
        select(Subscriber.id, Subscriber.joined_at)
        .join(Enrolment, Enrolment.subscriber_id == Subscriber.id)
        .where(*_matches(programme, Filter()))
    )
    found = next((who for who, joined_at in people if handle(who, joined_at) == wanted), None)
    if found is None:
        return None
    query = _query(programme).where(*_matches(programme, Filter()), Subscriber.id == found)
    row = (await session.execute(query)).one_or_none()
    return Member(*row) if row is not None else None


async def move_to_team(
    session: AsyncSession,
    programme: Programme,
    who: Member,
    team: Team | None,
    actor_id: int,
    now: datetime,
) -> bool:
    """Into another team, or into none; whether the member is still there."""
    await session.get(Subscriber, who.subscriber_id, with_for_update=True)
    enrolment = await session.get(Enrolment, (programme.id, who.subscriber_id))
    if enrolment is None or enrolment.left_at is not None:
        return False
    enrolment.team_id = team.id if team is not None else None
    detail = team.name if team is not None else ""
    audit_log.record(session, actor_id, Action.MEMBER_MOVED, now, programme.id, detail)
    return True


_NAME = func.coalesce(Enrolment.shown_name, Subscriber.alias)
_POINTS = case((Enrolment.hidden, None), else_=func.coalesce(ProgrammeScore.points, 0))
_DAYS = case((Enrolment.hidden, None), else_=func.coalesce(ProgrammeScore.answered, 0))
_ORDERS: dict[Order, tuple[SQLColumnExpression[Any], ...]] = {
    Order.NAME: (func.lower(_NAME),),
    Order.POINTS: (Enrolment.hidden, _POINTS.desc(), func.lower(_NAME)),
    Order.DAYS: (Enrolment.hidden, _DAYS.desc(), func.lower(_NAME)),
}


_Row = Select[int, str, str | None, int | None, int | None, int | None, datetime]


def _query(programme: Programme) -> _Row:
    score = and_(
        ProgrammeScore.programme_id == Enrolment.programme_id,
        ProgrammeScore.kind == ScoreKind.PROGRAMME,
        ProgrammeScore.since == programme.starts_on,
        ProgrammeScore.subscriber_id == Enrolment.subscriber_id,
    )
    return (
        select(
            Enrolment.subscriber_id,
            _NAME,
            Team.name,
            Enrolment.team_id,
            _POINTS,
            _DAYS,
            Subscriber.joined_at,
        )
        .join(Subscriber, Subscriber.id == Enrolment.subscriber_id)
        .outerjoin(Team, Team.id == Enrolment.team_id)
        .outerjoin(ProgrammeScore, score)
    )


def _matches(programme: Programme, which: Filter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [
        Enrolment.programme_id == programme.id,
        Enrolment.left_at.is_(None),
    ]
    if which.no_team:
        conditions.append(Enrolment.team_id.is_(None))
    elif which.team_id is not None:
        conditions.append(Enrolment.team_id == which.team_id)
    if which.words:
        conditions.append(func.lower(_NAME).contains(which.words.lower(), autoescape=True))
    return conditions


_BATCH_ROWS = 1200  # about so many are read at a time
_MIN_BATCH_SIZE = 4  # members

Rows = Sequence[Row[*tuple[Any, ...]]]


class EnrolledMember(NamedTuple):
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
        return self.left_at is None or day <= local_date_or_utc(self.timezone, self.left_at)


def local_date_or_utc(zone: str, moment: datetime) -> date:
    """The local date; the one in UTC for a zone that this machine's data does not have."""
    try:
        return local_date(moment, zone)
    except ZoneInfoNotFoundError:
        return moment.date()


# Statements that are read for some members hold this condition.
IN_BATCH: ColumnElement[bool] = and_(
    Enrolment.programme_id == bindparam("programme"),
    Enrolment.subscriber_id > bindparam("after"),
    Enrolment.subscriber_id <= bindparam("last"),
)

_NEXT_MEMBERS = (
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


async def iter_batches(
    sessions: Sessions,
    programme_id: int,
    statements: Sequence[Select[*tuple[Any, ...]]],
    parameters: Mapping[str, object],
    rows_each: int,
) -> AsyncIterator[tuple[Mapping[int, EnrolledMember], Sequence[Rows]]]:
    """Members by id, and what each of the statements gives for them; no transaction is open.

    `rows_each` is how many rows a member may have.
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
            these = {"programme": programme_id, "after": after, "last": max(members)}
            results = [
                (await connection.execute(each, {**parameters, **these})).all()
                for each in statements
            ]
        yield members, results
        after = max(members)
