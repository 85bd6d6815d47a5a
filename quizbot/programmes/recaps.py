"""What the Monday question tells about the week before, for a batch of subscribers."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import NamedTuple, TypeVar

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import DAILY, Answer, Delivery, DeliveryState
from db.programmes import Enrolment, Programme, ProgrammeScore, ScoreKind
from db.types import among
from quizbot.programmes import boards
from quizbot.programmes.boards import TeamPlace, is_good_place, score_of_enrolment
from quizbot.quiz.answers.leaderboard import Histogram
from quizbot.quiz.answers.memory import (
    Memories,
    Memory,
    MemoryKey,
    memories_from_answers,
    stored_memories,
)
from quizbot.quiz.answers.progress import DayResult

_WEEK = timedelta(days=7)
_FEWEST_ASKED, _FEWEST_ANSWERED = 3, 2  # questions of a week that is worth telling
_KEPT_FOR = timedelta(minutes=10)


@dataclass(frozen=True)
class WeekPlace:
    """A visible member's rank in a week or a month of a programme, in the better half.

    `before` is the rank in the week before, None for a member who had no points then.
    """

    programme: str
    rank: int
    players: int
    before: int | None = None
    is_month: bool = False


@dataclass(frozen=True)
class Gains:
    """What a week brought: ids of objectives, the most notable first.

    `mastered` became so in that week. Those in `made_up` had been missed, and are correct now.
    `met` are new. `nearly` was correct on several days, and one more correct answer masters it from
    `nearly_from` on.
    `right` counts all that were ever correct, and `right_now` those that first were in that week.
    """

    mastered: Sequence[str] = ()
    made_up: Sequence[str] = ()
    met: Sequence[str] = ()
    nearly: str | None = None
    nearly_from: date | None = None
    right: int = 0
    right_now: int = 0


@dataclass(frozen=True)
class Recap:
    """A week of local dates from `monday` on: how each of its daily questions was answered.

    `mastered` counts all objectives that are mastered, `results` are the week's answers by
    objective: whether they were correct. `before` is how many were correct in the week before, None
    if that had few questions. `place` and `team` are told only if they are good.
    """

    monday: date
    days: Mapping[date, DayResult]
    mastered: int = 0
    gains: Gains = Gains()
    results: Sequence[tuple[str, bool]] = ()
    before: int | None = None
    place: WeekPlace | None = None
    team: TeamPlace | None = None

    def with_results(self, results: Mapping[date, DayResult]) -> "Recap":
        """Returns the week with its days as in these results, which know what freezes saved."""
        return replace(self, days={day: results.get(day, own) for day, own in self.days.items()})

    @property
    def answered(self) -> int:
        unanswered = (DayResult.UNANSWERED, DayResult.FROZEN)
        return sum(each not in unanswered for each in self.days.values())

    @property
    def correct(self) -> int:
        return [*self.days.values()].count(DayResult.CORRECT)


async def recaps(
    session: AsyncSession,
    subscriber_ids: Collection[int],
    monday: date,
    objective_of: Mapping[str, str],
    *,
    from_answers: bool = False,
) -> dict[int, Recap]:
    """Returns the week of those of these subscribers who answered at least two questions of three.

    What freezes saved counts as unanswered. Objectives are as they are now, which is right on the
    next Monday and takes three queries for all; `from_answers`, as they were when the week ended.
    """
    asked = await _asked(session, subscriber_ids, monday, objective_of)
    found = {}
    for subscriber_id, rows in asked.items():
        recap = _recap(monday, rows)
        if len(recap.days) >= _FEWEST_ASKED and recap.answered >= _FEWEST_ANSWERED:
            found[subscriber_id] = recap
    if not found:
        return found
    if from_answers:
        next_monday = monday + _WEEK
        memories = await memories_from_answers(session, objective_of, [*found], before=next_monday)
    else:
        memories = await stored_memories(session, [*found])
    earlier = await _mastered_before(session, memories, monday, objective_of)
    mine: dict[int, dict[str, Memory]] = defaultdict(dict)
    for key, memory in memories.items():
        mine[key.subscriber_id][key.objective_id] = memory
    return {
        who: replace(
            recap,
            mastered=sum(each.mastered for each in mine[who].values()),
            gains=_gains(mine[who], monday, {e.objective_id for e in earlier if e[0] == who}),
        )
        for who, recap in found.items()
    }


class _Asked(NamedTuple):
    """A daily question of a local date, and the option chosen, 0 being the key."""

    day: date
    option: int | None
    objective: str | None


async def _asked(
    session: AsyncSession,
    subscriber_ids: Collection[int],
    monday: date,
    objective_of: Mapping[str, str],
) -> dict[int, list[_Asked]]:
    """Returns the daily questions of this week and of the one before, by subscriber."""
    connection = await session.connection()
    rows = await connection.execute(
        select(Delivery.subscriber_id, Delivery.local_date, Answer.option, Delivery.item_id)
        .outerjoin(Answer, Answer.delivery_id == Delivery.id)
        .where(
            among(Delivery.subscriber_id, subscriber_ids),
            Delivery.local_date >= monday - _WEEK,
            Delivery.local_date < monday + _WEEK,
            Delivery.slot == DAILY,
            Delivery.state == DeliveryState.SENT,
        )
    )
    found = defaultdict(list)
    for subscriber_id, day, option, item_id in rows:
        found[subscriber_id].append(_Asked(day, option, objective_of.get(item_id)))
    return found


def _recap(monday: date, asked: Sequence[_Asked]) -> Recap:
    """Returns the week without gains and places."""
    week = [each for each in asked if each.day >= monday]
    before = [each.option for each in asked if each.day < monday]
    return Recap(
        monday,
        {each.day: _RESULTS.get(each.option, DayResult.INCORRECT) for each in week},
        results=[
            (each.objective, each.option == 0)
            for each in week
            if each.objective is not None and each.option is not None
        ],
        before=before.count(0) if len(before) >= _FEWEST_ASKED else None,
    )


_RESULTS = {None: DayResult.UNANSWERED, 0: DayResult.CORRECT}  # by option; the key is 0


async def _mastered_before(
    session: AsyncSession, memories: Memories, monday: date, objective_of: Mapping[str, str]
) -> set[MemoryKey]:
    """Returns which of the objectives reviewed since that Monday were mastered before.

    A third correct answer may be the first that masters one, or not: only answers tell.
    """
    asked = {k for k, m in memories.items() if m.mastered and _right_in(m, monday)}
    if not asked:
        return set()
    objectives = {each.objective_id for each in asked}
    items = {item: each for item, each in objective_of.items() if each in objectives}
    people = sorted({each.subscriber_id for each in asked})
    earlier = await memories_from_answers(session, items, people, before=monday)
    return {key for key, memory in earlier.items() if memory.mastered}


def _right_in(memory: Memory, monday: date) -> bool:
    last = memory.last_correct_on
    return last is not None and _in_week(last, monday)


def _in_week(day: date, monday: date) -> bool:
    return monday <= day < monday + _WEEK


def _gains(memories: Mapping[str, Memory], monday: date, mastered_before: set[str]) -> Gains:
    right = {k: m for k, m in memories.items() if _right_in(m, monday) and not m.incorrect}
    mastered = [k for k, m in right.items() if m.mastered and k not in mastered_before]
    made_up = [k for k, m in right.items() if m.was_missed and k not in mastered]
    made_up.sort(key=lambda each: _first_correct(memories[each]), reverse=True)
    days = [(m.masters_from, k) for k, m in memories.items()]
    nearest = min(((day, k) for day, k in days if day is not None), default=(None, None))
    first_days = [m.first_correct_on for m in memories.values() if m.first_correct_on is not None]
    return Gains(
        mastered=sorted(mastered),
        made_up=made_up,
        met=sorted(
            k for k, m in memories.items() if m.reviews == 1 and _in_week(m.reviewed_on, monday)
        ),
        nearly=nearest[1],
        nearly_from=nearest[0],
        right=len(first_days),
        right_now=sum(_in_week(each, monday) for each in first_days),
    )


def _first_correct(memory: Memory) -> date:
    return memory.first_correct_on or date.min


class _Board(NamedTuple):
    """The points of a programme in one period."""

    programme_id: int
    kind: ScoreKind
    since: date


class _Member(NamedTuple):
    """A visible member of a programme, with their points above 0."""

    subscriber_id: int
    team_id: int | None
    programme_id: int
    programme: str
    points: dict[_Board, int]


@dataclass
class Recaps:
    """Recaps with the members' places. What a programme's boards say is read seldom."""

    objective_of: Mapping[str, str]
    _points: dict[_Board, tuple[datetime, Histogram]] = field(default_factory=dict)
    _teams: dict[_Board, tuple[datetime, list[TeamPlace]]] = field(default_factory=dict)

    async def of(
        self, session: AsyncSession, subscriber_ids: Collection[int], monday: date, now: datetime
    ) -> dict[int, Recap]:
        """Returns the week of those of these subscribers who answered in it, in a few queries."""
        found = await recaps(session, subscriber_ids, monday, self.objective_of)
        for each in await _members(session, found, monday):
            if _Board(each.programme_id, ScoreKind.WEEK, monday) in each.points:
                place = await self._place(session, each, monday, now)
                team = await self._team(session, each, monday, now)
                found[each.subscriber_id] = replace(
                    found[each.subscriber_id], place=place, team=team
                )
        return found

    async def _place(
        self, session: AsyncSession, member: _Member, monday: date, now: datetime
    ) -> WeekPlace | None:
        """Returns the better one of the places in the week and in the month that goes on."""
        week = await self._rank(session, member, ScoreKind.WEEK, monday, now)
        month = None
        next_monday = monday + _WEEK
        if next_monday.day > 1:
            first = next_monday.replace(day=1)
            month = await self._rank(session, member, ScoreKind.MONTH, first, now)
        if month is not None and (week is None or month.rank < week.rank):
            return replace(month, is_month=True)
        if week is None:
            return None
        before = await self._rank(session, member, ScoreKind.WEEK, monday - _WEEK, now, good=False)
        return replace(week, before=before.rank if before else None)

    async def _rank(
        self,
        session: AsyncSession,
        member: _Member,
        kind: ScoreKind,
        since: date,
        now: datetime,
        *,
        good: bool = True,
    ) -> WeekPlace | None:
        """Returns the place on that board; None without points, or if it is not good."""
        board = _Board(member.programme_id, kind, since)
        if (mine := member.points.get(board)) is None:
            return None
        points = _fresh(self._points, board, now)
        if points is None:
            points = await boards.points_of_all(session, *board)
            self._points[board] = now, points
        rank = points.ahead(mine) + 1
        if good and not is_good_place(rank, points.players):
            return None
        return WeekPlace(member.programme, rank, points.players)

    async def _team(
        self, session: AsyncSession, member: _Member, monday: date, now: datetime
    ) -> TeamPlace | None:
        """Returns the place of the member's team in the week; None if it is not good."""
        if member.team_id is None:
            return None
        board = _Board(member.programme_id, ScoreKind.WEEK, monday)
        teams = _fresh(self._teams, board, now)
        if teams is None:
            programme = await session.get_one(Programme, member.programme_id)
            teams = await boards.team_board(session, programme, boards.Period.WEEK, monday)
            self._teams[board] = now, teams
        ranked = [each for each in teams if each.average is not None]
        mine = next((each for each in ranked if each.team.id == member.team_id), None)
        if mine is None or mine.rank is None or not mine.average:
            return None
        return mine if is_good_place(mine.rank, len(ranked)) else None


_Kept = TypeVar("_Kept")


def _fresh(
    cached: dict[_Board, tuple[datetime, _Kept]], board: _Board, now: datetime
) -> _Kept | None:
    """Returns what is kept of a board, and forgets all that is old."""
    for key in [key for key, (at, _) in cached.items() if now - at >= _KEPT_FOR]:
        del cached[key]
    return cached[board][1] if board in cached else None


async def _members(
    session: AsyncSession, subscriber_ids: Collection[int], monday: date
) -> list[_Member]:
    """Returns these visible members, the latest programme of each last, with their points."""
    if not subscriber_ids:
        return []
    weeks, month = (monday, monday - _WEEK), (monday + _WEEK).replace(day=1)
    connection = await session.connection()
    rows = await connection.execute(
        select(
            Enrolment.subscriber_id,
            Enrolment.team_id,
            Programme.id,
            Programme.name,
            ProgrammeScore.kind,
            ProgrammeScore.since,
            ProgrammeScore.points,
        )
        .join(Programme, Programme.id == Enrolment.programme_id)
        .join(
            ProgrammeScore,
            or_(
                and_(score_of_enrolment(ScoreKind.WEEK), ProgrammeScore.since.in_(weeks)),
                score_of_enrolment(ScoreKind.MONTH, month),
            ),
        )
        .where(
            among(Enrolment.subscriber_id, subscriber_ids),
            Enrolment.left_at.is_(None),
            Enrolment.hidden.is_(False),
            ProgrammeScore.points > 0,
        )
        .order_by(Programme.id)
    )
    members: dict[tuple[int, int], _Member] = {}
    for subscriber_id, team_id, programme_id, name, kind, since, points in rows:
        new = _Member(subscriber_id, team_id, programme_id, name, {})
        member = members.setdefault((subscriber_id, programme_id), new)
        member.points[_Board(programme_id, kind, since)] = points
    return [*members.values()]
