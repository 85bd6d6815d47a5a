"""What a member hears at the end of a programme: their season, and how questions go on.

The notice comes when nobody can answer a question of the programme any more (see `schedule`), so
its board is the final one, but does not wait beyond the second day after the end. The question of
the day after the end, which may come before it, has a line of thanks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db import leases
from db.models import DAILY, Answer, Delivery, Subscriber, SubscriberState
from db.programmes import Enrolment, NoteKind, Programme, ProgrammeScore, ScoreKind
from quizbot.programmes import definitions, membership, notes, schedule
from quizbot.programmes.boards import Period, TeamPlace, points_of_all, team_board
from quizbot.programmes.members import local_date_or_utc
from quizbot.programmes.programme import days_of
from quizbot.quiz.answers.leaderboard import Histogram
from quizbot.quiz.answers.memory import mastered_objectives
from quizbot.quiz.answers.streaks import CountedAnswer, Totals, total
from quizbot.quiz.asking import claiming
from quizbot.quiz.asking.question_days import EVERY_DAY, calendars, question_days

_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)
_LONGEST_BREAK = timedelta(days=14)  # without a question before the last day
_LONGEST_WAIT = timedelta(days=2)  # after the last day, in UTC

# Names of programmes by subscriber id and the local date of a question.
Ended = Mapping[tuple[int, date], Sequence[str]]


class Continuation(StrEnum):
    """When a member's questions come once a programme is over."""

    EVERY_DAY = "every-day"
    BY_ANOTHER = "by-another"  # on the days of another programme
    WITH_THE_NEXT = "with-the-next"  # when the programme starts that they wait for
    PAUSED = "paused"


@dataclass(frozen=True)
class NextQuestions:
    """How a member's questions go on once a programme is over, or called off.

    `programme` is the one that they are in now, or else the next one of theirs to start. `comes_on`
    is the local date of their next question if they wait for that start. `is_first`: they
    came to the quiz through a programme, and have not had one yet.
    """

    continuation: Continuation
    programme: Programme | None = None
    comes_on: date | None = None
    is_first: bool = False


@dataclass(frozen=True)
class EndNotice:
    """A member's end notice. `season` adds up their answers in the programme; they have `mastered`
    so many objectives until now.

    `rank` of `players` is None for hidden members and for those without points. `team` is the
    line of theirs on the board of `teams` with a place.
    """

    programme: str
    programme_id: int
    season: Totals
    mastered: int
    points: int
    rank: int | None
    players: int
    next_questions: NextQuestions
    team: TeamPlace | None = None
    teams: int = 0


@dataclass(frozen=True)
class FinalScores:
    """The points of the visible members at the end, and the teams with a place."""

    members: Histogram
    teams: Sequence[TeamPlace]


async def final_scores(session: AsyncSession, programme: Programme) -> FinalScores:
    last = programme.ends_on or programme.starts_on
    teams = await team_board(session, programme, Period.PROGRAMME, last)
    return FinalScores(
        await points_of_all(session, programme.id, ScoreKind.PROGRAMME, programme.starts_on),
        [each for each in teams if each.rank is not None],
    )


async def end_notice(
    session: AsyncSession,
    programme: Programme,
    subscriber: Subscriber,
    scores: FinalScores,
    now: datetime,
) -> EndNotice:
    """Returns a member's end notice; `scores` are the programme's final ones."""
    enrolment = await session.get_one(Enrolment, (programme.id, subscriber.id))
    key = (programme.id, ScoreKind.PROGRAMME, programme.starts_on, subscriber.id)
    score = await session.get(ProgrammeScore, key)
    points = score.points if score is not None else 0
    mastered = await mastered_objectives(session, [subscriber.id])
    return EndNotice(
        programme.name,
        programme.id,
        await _season(session, programme, enrolment),
        len(mastered[subscriber.id]),
        points,
        1 + scores.members.ahead(points) if points and not enrolment.hidden else None,
        scores.members.players,
        await next_questions(session, subscriber, now),
        next((each for each in scores.teams if each.team.id == enrolment.team_id), None),
        len(scores.teams),
    )


async def _season(session: AsyncSession, programme: Programme, enrolment: Enrolment) -> Totals:
    """Returns the totals of the answers that count, given as a member on the programme's days."""
    days = await days_of(session, programme)
    rows = await session.execute(
        select(Delivery.local_date, Answer.option, Answer.unanswered)
        .join(Answer, Answer.delivery_id == Delivery.id)
        .where(
            Delivery.subscriber_id == enrolment.subscriber_id,
            Delivery.slot == DAILY,
            Delivery.local_date >= enrolment.enrolled_on,
            Answer.counted,
        )
    )
    return total(
        CountedAnswer(day, option == 0, missed) for day, option, missed in rows if days.counts(day)
    )


async def next_questions(session: AsyncSession, member: Subscriber, now: datetime) -> NextQuestions:
    """Returns how questions go on after a programme that the member is in no more."""
    today = local_date_or_utc(member.timezone, now)
    calendar = (await calendars(session, [member.id])).get(member.id, EVERY_DAY)
    every = [each.programme for each in await membership.of_subscriber(session, member.id)]
    others = [each for each in reversed(every) if each.ends_on is None or today <= each.ends_on]
    programme = others[0] if others else None
    came = (Enrolment.subscriber_id == member.id, Enrolment.waits_for_start)
    is_first = (
        await session.scalar(select(Enrolment.programme_id).where(*came).limit(1)) is not None
        and await claiming.latest_daily(session, member.id) is None
    )
    if member.state is SubscriberState.PAUSED:
        return NextQuestions(Continuation.PAUSED, programme, is_first=is_first)
    if any(each.runs(today) for each in calendar.joined):
        return NextQuestions(Continuation.BY_ANOTHER, programme, is_first=is_first)
    if not any(today < each.starts_on for each in calendar.awaited):
        return NextQuestions(Continuation.EVERY_DAY, programme, is_first=is_first)
    day = today + _DAY
    while not calendar.asks(day):
        day += _DAY
    return NextQuestions(Continuation.WITH_THE_NEXT, programme, day, is_first)


async def plan(session: AsyncSession, now: datetime) -> int | None:
    """Plan the end notices of a programme that is over. Returns its id; None if there is none.

    A programme that can still be answered is looked at every hour, up to the second day after its
    end in UTC. The caller commits.
    """
    while lease := await leases.take_due(
        session, Programme.end_notice_due_at, now, 1, now + _MINUTE
    ):
        programme = await session.get_one(Programme, lease.ids[0], populate_existing=True)
        last = programme.ends_on
        has_waited = last is not None and last + _LONGEST_WAIT <= now.date()
        if not has_waited and not schedule.is_finished(programme, now):
            await leases.release(session, lease, now + _HOUR)
            continue
        await leases.release(session, lease, None)
        not_planned = Enrolment.end_notice_sent.is_(False)
        await notes.add_to_members(session, NoteKind.END, programme.id, now, not_planned)
        await session.execute(
            update(Enrolment)
            .where(definitions.enrolled(programme.id), not_planned)
            .values(end_notice_sent=True)
            .execution_options(synchronize_session=False)
        )
        return programme.id
    return None


async def ended_for_members(session: AsyncSession, now: datetime) -> Ended:
    """Returns the programmes that a question says have ended, by subscriber id and its local date.

    That is the day after the end. Whoever has been sent their notice is left out.
    """
    rows = await session.execute(
        select(Enrolment.subscriber_id, Programme.ends_on, Programme.name)
        .join(Programme, Programme.id == Enrolment.programme_id)
        .where(
            Programme.ends_on.between(now.date() - 2 * _DAY, now.date()),
            Enrolment.left_at.is_(None),
            Enrolment.end_notice_sent.is_(False),
        )
        .order_by(Programme.id)
    )
    found: dict[tuple[int, date], list[str]] = {}
    for subscriber_id, ends_on, name in rows:
        if ends_on is not None:
            found.setdefault((subscriber_id, ends_on + _DAY), []).append(name)
    return found


async def last_questions(session: AsyncSession, now: datetime) -> Ended:
    """Returns the programmes whose last question it is, by subscriber id and its local date."""
    today = now.date()
    ending = Programme.ends_on.between(today - _DAY, today + _LONGEST_BREAK)
    ids = (await session.scalars(select(Programme.id).where(ending))).all()
    days = await question_days(session, ids)
    last = {each: of.last() for each, of in days.items()}
    near = {each: day for each, day in last.items() if day and abs(day - today) <= _DAY}
    rows = await session.execute(
        select(Enrolment.subscriber_id, Programme.id, Programme.name)
        .join(Programme, Programme.id == Enrolment.programme_id)
        .where(Programme.id.in_(near), Enrolment.left_at.is_(None))
        .order_by(Programme.id)
    )
    found: dict[tuple[int, date], list[str]] = {}
    for subscriber_id, programme_id, name in rows:
        found.setdefault((subscriber_id, near[programme_id]), []).append(name)
    return found
