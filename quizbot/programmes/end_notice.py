"""The end notice: each member hears once that the programme is over.

It comes when nobody can answer a question of the programme any more (see `schedule`), so its board
is the final one, also for members far to the west. Notices are sent first and recorded after, in
batches: after a crash between the two, a few members get theirs twice, and nobody gets none. A
lease on the programme keeps other processes from sending to the same people.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

import structlog
from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db import leases
from db.leases import Lease
from db.models import Subscriber, SubscriberState
from db.programmes import Enrolment, Programme, ProgrammeScore, ScoreKind
from quizbot.programmes import schedule
from quizbot.programmes.boards import score_of_enrolment
from quizbot.programmes.disclosure_control import visible_enrolments
from quizbot.programmes.members import local_date_or_utc
from quizbot.quiz.answers.leaderboard import Histogram
from quizbot.quiz.asking.question_days import EVERY_DAY, Calendar, calendars

log = structlog.get_logger(__name__)

_DAY = timedelta(days=1)
_LEASED_FOR = timedelta(minutes=1)


class NextQuestions(StrEnum):
    """How a member's questions go on after the end."""

    EVERY_DAY = "every-day"
    BY_ANOTHER = "by-another"  # on the days of another programme
    WITH_THE_NEXT = "with-the-next"  # when the programme starts that they wait for
    PAUSED = "paused"


@dataclass(frozen=True)
class EndNotice:
    """A member's end notice. `rank` is None for hidden members and for those without points.

    `next_on` is the local date of their next question if they wait for a programme to start.
    """

    subscriber_id: int
    language: str
    points: int
    rank: int | None
    next_questions: NextQuestions
    next_on: date | None = None


@dataclass(frozen=True)
class FinalBoard:
    """A programme at its end, with the points of its visible members."""

    programme_id: int
    programme: str
    scores: Histogram


async def take_due(session: AsyncSession, now: datetime) -> Lease:
    """Lease a programme with due end notices, for a minute; false if there is none.

    A programme that can still be answered waits until the next day. The caller commits.
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
    except Exception:  # such as a time zone that this machine's data no longer has
        log.exception("end_notice_put_off", programme=programme.id, zone=programme.timezone)
        return now + _DAY


async def final_board(session: AsyncSession, programme_id: int) -> FinalBoard | None:
    """Returns None if the programme no longer exists."""
    programme = await session.get(Programme, programme_id)
    if programme is None:
        return None
    rows = await session.execute(
        select(ProgrammeScore.points, func.count())
        .select_from(Enrolment)
        .join(ProgrammeScore, score_of_enrolment(ScoreKind.PROGRAMME, programme.starts_on))
        .where(*visible_enrolments(programme_id), ProgrammeScore.points > 0)
        .group_by(ProgrammeScore.points)
    )
    scores = Histogram.of((points, people) for points, people in rows)
    return FinalBoard(programme_id, programme.name, scores)


async def begin_batch(
    session: AsyncSession, lease: Lease, board: FinalBoard, now: datetime, limit: int
) -> tuple[Lease, Sequence[EndNotice]]:
    """Renew the lease for a minute. Returns it, and notices for up to `limit` members without one.

    If there are none, the work is done and the programme is not due again. The lease is false if
    another process has taken over; then nothing may be sent. The caller commits before sending.
    """
    members = await _without_notice(session, board.programme_id, limit)
    lease = await leases.renew(session, lease, now + _LEASED_FOR if members else None)
    if not lease:
        return lease, ()
    days = await calendars(session, [member.id for member, *_ in members])
    notices = []
    for member, hidden, points in members:
        today = local_date_or_utc(member.timezone, now)
        following = _next_questions(member, days.get(member.id, EVERY_DAY), today)
        rank = 1 + board.scores.ahead(points) if points and not hidden else None
        notices.append(EndNotice(member.id, member.language, points or 0, rank, *following))
    return lease, notices


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
    """Record that these members have a notice, or can never get one. Returns the renewed lease.

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
    """Returns members with whether they are hidden, and their points.

    People who left the quiz are left out, and so are paused members of a demo programme: nothing
    can be sent to them.
    """
    rows = await session.execute(
        select(Subscriber, Enrolment.hidden, ProgrammeScore.points)
        .join(Enrolment, Enrolment.subscriber_id == Subscriber.id)
        .join(Programme, Programme.id == Enrolment.programme_id)
        .outerjoin(ProgrammeScore, score_of_enrolment(ScoreKind.PROGRAMME, Programme.starts_on))
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
