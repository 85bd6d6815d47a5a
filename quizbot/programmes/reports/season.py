"""The report on a whole programme: its figures, and what to do next.

All figures about answers are those of the other pages, in the same cells, so that none of them
and no difference to another page tells more (docs/privacy.md).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from itertools import groupby
from statistics import median

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.programmes import Enrolment, GroupChat, Programme, ProgrammeScore, ScoreKind
from questions import Statement, Topic
from quizbot.programmes import schedule
from quizbot.programmes.boards import (
    MemberBoard,
    Period,
    TeamPlace,
    member_board,
    score_of_enrolment,
    team_board,
)
from quizbot.programmes.disclosure_control import visible_enrolments
from quizbot.programmes.programme import today_of
from quizbot.programmes.reports.figures import ItemFigures, Verdict, all_item_figures
from quizbot.programmes.reports.gain import Gain
from quizbot.programmes.reports.learning import learning_gain
from quizbot.programmes.reports.overview import DayFigures, Days, Overview, programme_overview
from quizbot.programmes.team_goal import GoalProgress, progress
from quizbot.programmes.winners import with_shared_first
from quizbot.quiz.answers.streaks import week_of

_QUESTIONS = 3  # listed of each sort
_STEPS = 3
_WINNERS = 3

# When a suggestion is made. Shares are from 0 to 1.
_MANY_NEVER_STARTED = 0.15
_LARGE_DROP = 0.15
_LEAST_WEEKS_FOR_DROP = 4
_LEAST_WEEKS_FOR_ADVICE = 2  # while it runs
_BAD_WEEKDAY = 0.1  # below the other days
_LEAST_DATES = 3  # of a weekday
_LOW_RATE = 0.5
_LEAST_MEMBERS_FOR_TEAMS = 10


class Step(StrEnum):
    """Something to do next."""

    START_TOGETHER = "start-together"
    ASK = "ask"
    SHORTER = "shorter"
    REVIVE = "revive"
    WEEKDAY = "weekday"
    TIME = "time"
    TALK = "talk"
    CHECK = "check"
    TEAMS = "teams"
    GROUP = "group"
    GOAL = "goal"
    NEXT = "next"
    TELL = "tell"
    THANK = "thank"


@dataclass(frozen=True)
class NextStep:
    """A suggestion, with the figures that it is made from: shares from 0 to 1, or counts."""

    step: Step
    value: float = 0
    other: float = 0
    weekday: int = 0  # 0 is Monday
    question: str = ""


@dataclass(frozen=True)
class WeekRate:
    """The questions of a week, which begins on `monday`: so many were asked and answered."""

    monday: date
    asked: int
    answered: int

    @property
    def rate(self) -> float:
        return self.answered / self.asked if self.asked else 0.0


@dataclass(frozen=True)
class Season:
    """A programme from its first day until now. `is_final`: it is over, and nothing changes.

    `joined` people ever joined and `stayed` still take part, both with hidden members; `started`
    of the `visible` members have answered at least one question. `weeks` count the days that are
    over. `taught` are the key points with the largest gains, `known` the questions that most knew,
    `to_look_at` those that may be unclear or that few knew; each the best or worst first.
    `winners` have the first three places of the whole programme, with the draw of a shared first.
    """

    programme: Programme
    is_final: bool
    figures: Overview
    joined: int
    stayed: int
    visible: int
    started: int
    weeks: Sequence[WeekRate]
    gain: Gain | None
    taught: Sequence[tuple[Statement, Gain]]
    known: Sequence[ItemFigures]
    to_look_at: Sequence[ItemFigures]
    winners: MemberBoard
    teams: Sequence[TeamPlace]
    groups: int
    goal: GoalProgress | None

    @property
    def over(self) -> Days:
        return self.figures.over

    @property
    def has_figures(self) -> bool:
        """Returns whether a question has closed: before that, nothing can be said."""
        return self.over.asked > 0

    @property
    def is_early(self) -> bool:
        """Returns whether it has just begun: a bad first week is no reason to change anything."""
        return not self.is_final and len(self.weeks) < _LEAST_WEEKS_FOR_ADVICE


async def season(
    session: AsyncSession, programme: Programme, topic: Topic, now: datetime
) -> Season:
    """Returns the report as of the latest refresh."""
    today = today_of(programme, now)
    overview = await programme_overview(session, programme)
    last = programme.ends_on or date.max
    overview = replace(overview, days=tuple(day for day in overview.days if day.day <= last))
    gains = await learning_gain(session, programme, topic)
    items = [
        each
        for each in await all_item_figures(session, programme, topic)
        if each.difficulty is not None
    ]
    known, to_look_at = listed_questions(items)
    visible, started = await _members(session, programme)
    winners = await member_board(session, programme, Period.PROGRAMME, today, part=slice(_WINNERS))
    taught = [(point, gain) for point, gain in gains.key_points if point and gain and gain.low > 0]
    return Season(
        programme=programme,
        is_final=schedule.is_finished(programme, now),
        figures=overview,
        joined=await _count(session, Enrolment.programme_id == programme.id),
        stayed=overview.enrolled,
        visible=visible,
        started=started,
        weeks=weeks_of(overview.over.days),
        gain=gains.total,
        taught=sorted(taught, key=lambda each: -each[1].gain)[:_QUESTIONS],
        known=known,
        to_look_at=to_look_at,
        winners=await with_shared_first(session, programme, winners, today, now),
        teams=await team_board(session, programme, Period.PROGRAMME, today),
        groups=await _count(session, GroupChat.programme_id == programme.id),
        goal=await progress(session, programme, today),
    )


async def _members(session: AsyncSession, programme: Programme) -> tuple[int, int]:
    """Returns the number of visible members, and how many of them have answered a question."""
    query = (
        select(func.count(), func.count(ProgrammeScore.subscriber_id))
        .select_from(Enrolment)
        .outerjoin(ProgrammeScore, score_of_enrolment(ScoreKind.PROGRAMME, programme.starts_on))
        .where(*visible_enrolments(programme.id))
    )
    visible, started = (await session.execute(query)).one()
    return visible, started


async def _count(session: AsyncSession, condition: ColumnElement[bool]) -> int:
    return await session.scalar(select(func.count()).where(condition)) or 0


def listed_questions(
    items: Sequence[ItemFigures],
) -> tuple[Sequence[ItemFigures], Sequence[ItemFigures]]:
    """Returns those that most knew, and those to look at: first what may be unclear, then the hard.

    No question is in both. Those in between are in neither: it is not clear yet whether more than
    half knew them (see Verdict).
    """
    ordered = sorted(items, key=lambda each: each.difficulty or 0)
    unclear = [each for each in ordered if each.verdict.may_be_unclear]
    clear = [each for each in ordered if not each.verdict.may_be_unclear]
    known = [each for each in reversed(clear) if each.verdict in (Verdict.EASY, Verdict.MIXED)]
    hard = [each for each in clear if each.verdict is Verdict.HARD]
    return known[:_QUESTIONS], [*unclear, *hard][:_QUESTIONS]


def weeks_of(days: Sequence[DayFigures]) -> list[WeekRate]:
    """Returns the weeks in which something was asked, in their order."""
    of_weeks = groupby(days, key=lambda day: week_of(day.day))
    weeks = [(monday, Days(list(of_week))) for monday, of_week in of_weeks]
    return [WeekRate(monday, week.asked, week.answered) for monday, week in weeks if week.asked]


def next_steps(season: Season) -> list[NextStep]:
    """Returns up to three suggestions: what the figures speak for most, then what is left unused.

    At the end there are always three. While it runs, they are what can be done now.
    """
    found = [
        *([] if season.is_early else _from_figures(season)),
        _question(season),
        _unused(Step.TEAMS, not season.teams and season.joined >= _LEAST_MEMBERS_FOR_TEAMS),
        _unused(Step.GROUP, not season.groups),
        _unused(Step.GOAL, season.goal is None),
        *([NextStep(Step.NEXT)] if season.is_final else []),
        NextStep(Step.TELL),
        *([NextStep(Step.THANK)] if season.is_final else []),
    ]
    return [step for step in found if step is not None][:_STEPS]


def _from_figures(season: Season) -> list[NextStep | None]:
    days = season.over
    return [_start_together(season), _drop(season), _weekday(days.days), _time(days)]


def _unused(step: Step, is_unused: bool) -> NextStep | None:
    return NextStep(step) if is_unused else None


def _start_together(season: Season) -> NextStep | None:
    never = season.visible - season.started
    if not never or never / season.visible < _MANY_NEVER_STARTED:
        return None
    step = Step.START_TOGETHER if season.is_final else Step.ASK
    return NextStep(step, never, season.visible)


def _drop(season: Season) -> NextStep | None:
    """Compares the first quarter of the weeks with the last one."""
    weeks = season.weeks
    if len(weeks) < _LEAST_WEEKS_FOR_DROP:
        return None
    part = len(weeks) // 4
    first, last = _rate(weeks[:part]), _rate(weeks[-part:])
    step = Step.SHORTER if season.is_final else Step.REVIVE
    return NextStep(step, first, last) if first - last >= _LARGE_DROP else None


def _rate(counts: Sequence[WeekRate] | Sequence[DayFigures]) -> float:
    asked = sum(each.asked for each in counts)
    return sum(each.answered for each in counts) / asked if asked else 0.0


def _weekday(days: Sequence[DayFigures]) -> NextStep | None:
    """Returns the weekday on which mostly and clearly fewer answer than on others."""
    asked = [day for day in days if day.asked]
    found = []
    for weekday in range(7):
        on = [day for day in asked if day.day.weekday() == weekday]
        others = [day for day in asked if day.day.weekday() != weekday]
        if len(on) < _LEAST_DATES or not others:
            continue
        usual, usual_of_others = (median(_rate([day]) for day in of) for of in (on, others))
        if min(_rate(others) - _rate(on), usual_of_others - usual) >= _BAD_WEEKDAY:
            found.append(NextStep(Step.WEEKDAY, _rate(on), _rate(others), weekday))
    return min(found, key=lambda each: each.value, default=None)


def _time(days: Days) -> NextStep | None:
    rate = days.response_rate
    return None if rate is None or rate >= _LOW_RATE else NextStep(Step.TIME, rate)


def _question(season: Season) -> NextStep | None:
    """Returns a question that may be unclear, or else one that few knew."""
    for each in season.to_look_at[:1]:
        step = Step.CHECK if each.verdict.may_be_unclear else Step.TALK
        return NextStep(step, each.difficulty or 0, question=each.item.stem)
    return None
