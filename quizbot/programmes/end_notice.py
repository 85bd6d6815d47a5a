"""The end notice: each member hears once that the programme is over.

It comes when nobody can answer a question of the programme any more (see `schedule`), so its board
is the final one, also for members far to the west. Notices are sent first and recorded after, in
batches: after a crash between the two, a few members get theirs twice, and nobody gets none. A
lease on the programme keeps other processes from sending to the same people.
"""

from bisect import bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

import structlog
from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db import leases
from db.leases import Lease
from db.models import Subscriber, SubscriberState
from db.programmes import Enrolment, Programme, ProgrammeScore, ScoreKind
from quizbot.programmes import schedule
from quizbot.programmes.boards import visible_enrolments
from quizbot.programmes.members import local_date_or_utc
from quizbot.quiz.asking.question_days import EVERY_DAY, Calendar, calendars

log = structlog.get_logger(__name__)

_DAY = timedelta(days=1)
_LEASED_FOR = timedelta(minutes=1)


class NextQuestions(StrEnum):
    """How somebody's questions go on."""

    EVERY_DAY = "every-day"
    BY_ANOTHER = "by-another"  # programme
    WITH_THE_NEXT = "with-the-next"  # programme, which they wait for
    PAUSED = "paused"


@dataclass(frozen=True)
class EndNotice:
    """What a member hears; `rank` is None for who is hidden or has no points.

    `next_on` is the date, in their zone, of their next question where they wait for a programme.
    """

    subscriber_id: int
    language: str
    points: int
    rank: int | None
    goes_on: NextQuestions
    next_on: date | None = None


@dataclass(frozen=True)
class FinalBoard:
    """A programme that is over, and how many people have how many points: `points` ascend."""

    programme_id: int
    programme: str
    points: Sequence[int]
    up_to: Sequence[int]

    @property
    def players(self) -> int:
        """How many have a rank."""
        return self.up_to[-1]

    def rank(self, points: int) -> int:
        """One more than have more points: ties share a rank."""
        return self.players - self.up_to[bisect_right(self.points, points)] + 1


async def take_due(session: AsyncSession, now: datetime) -> Lease:
    """Take a programme whose members are to hear of its end, for a minute; false if there is none.

    To be committed. A programme that can still be answered waits until the next day.
    """
    while lease := await leases.take_due(
        session, Programme.end_notice_due_at, now, 1, now + _LEASED_FOR
    ):
        programme = await session.get_one(Programme, lease.ids[0], populate_existing=True)
        if schedule.is_finished(programme, now):
            break
        await leases.release(session, lease, _next_try(programme, now))
    return lease


def _next_try(programme: Programme, now: datetime) -> datetime:
    try:
        return schedule.next_announcement(programme, now)
    except Exception:  # such as a zone that the machine's data no longer has
        log.exception("end_notice_put_off", programme=programme.id, zone=programme.timezone)
        return now + _DAY


async def final_board(session: AsyncSession, programme_id: int) -> FinalBoard | None:
    """None if the programme is gone."""
    programme = await session.get(Programme, programme_id)
    if programme is None:
        return None
    rows = await session.execute(
        select(ProgrammeScore.points, func.count())
        .select_from(Enrolment)
        .join(Programme, Programme.id == Enrolment.programme_id)
        .join(ProgrammeScore, _whole_programme())
        .where(*visible_enrolments(programme_id), ProgrammeScore.points > 0)
        .group_by(ProgrammeScore.points)
        .order_by(ProgrammeScore.points)
    )
    points, people = [], [0]
    for reached, number in rows:
        points.append(reached)
        people.append(people[-1] + number)
    return FinalBoard(programme_id, programme.name, points, people)


async def begin_batch(
    session: AsyncSession, lease: Lease, board: FinalBoard, now: datetime, limit: int
) -> tuple[Lease, Sequence[EndNotice]]:
    """Up to `limit` members who have not been told yet, and the lease for another minute.

    Without any the work is done, and the programme is not due again. A lease that another process
    has taken over is false, and nobody is to be told. To be committed before anything is sent.
    """
    members = await _without_notice(session, board.programme_id, limit)
    lease = await leases.renew(session, lease, now + _LEASED_FOR if members else None)
    if not lease:
        return lease, ()
    days = await calendars(session, [member.id for member, *_ in members])
    return lease, [
        _notice(board, member, points or 0, days.get(member.id, EVERY_DAY), now, hidden=hidden)
        for member, hidden, points in members
    ]


def _notice(
    board: FinalBoard,
    member: Subscriber,
    points: int,
    calendar: Calendar,
    now: datetime,
    *,
    hidden: bool,
) -> EndNotice:
    goes_on, next_on = _next_questions(member, calendar, local_date_or_utc(member.timezone, now))
    rank = board.rank(points) if points and not hidden else None
    return EndNotice(member.id, member.language, points, rank, goes_on, next_on)


def _next_questions(
    member: Subscriber, calendar: Calendar, today: date
) -> tuple[NextQuestions, date | None]:
    if member.state is SubscriberState.PAUSED:
        return NextQuestions.PAUSED, None
    if any(each.runs(today) for each in calendar.joined):
        return NextQuestions.BY_ANOTHER, None
    if not any(today < each.starts_on for each in calendar.awaited):
        return NextQuestions.EVERY_DAY, None
    day = today + _DAY
    while not calendar.asks(day):
        day += _DAY
    return NextQuestions.WITH_THE_NEXT, day


async def record_sent(
    session: AsyncSession, lease: Lease, subscriber_ids: Collection[int], now: datetime
) -> Lease:
    """These were told, or never can be. Returns the lease, renewed for the others.

    The programme is locked before its enrolments, as when a coordinator changes something.
    """
    renewed = await leases.renew(session, lease, now + _LEASED_FOR)
    await session.execute(
        update(Enrolment)
        .where(Enrolment.programme_id.in_(lease.ids), Enrolment.subscriber_id.in_(subscriber_ids))
        .values(end_notice_sent=True)
    )
    return renewed


async def _without_notice(
    session: AsyncSession, programme_id: int, limit: int
) -> Sequence[tuple[Subscriber, bool, int | None]]:
    """Members with whether they are hidden, and their points. Who has left the quiz is let be.

    So are a made-up programme's members who are on pause: nothing can be sent to them.
    """
    rows = await session.execute(
        select(Subscriber, Enrolment.hidden, ProgrammeScore.points)
        .join(Enrolment, Enrolment.subscriber_id == Subscriber.id)
        .join(Programme, Programme.id == Enrolment.programme_id)
        .outerjoin(ProgrammeScore, _whole_programme())
        .where(
            Enrolment.programme_id == programme_id,
            Enrolment.left_at.is_(None),
            Enrolment.end_notice_sent.is_(False),
            or_(
                Subscriber.state == SubscriberState.ACTIVE,
                and_(Subscriber.state == SubscriberState.PAUSED, Programme.demo.is_(False)),
            ),
        )
        .order_by(Enrolment.subscriber_id)
        .limit(limit)
    )
    return [(member, hidden, points) for member, hidden, points in rows]


def _whole_programme() -> ColumnElement[bool]:
    return and_(
        ProgrammeScore.programme_id == Enrolment.programme_id,
        ProgrammeScore.subscriber_id == Enrolment.subscriber_id,
        ProgrammeScore.kind == ScoreKind.PROGRAMME,
        ProgrammeScore.since == Programme.starts_on,
    )
