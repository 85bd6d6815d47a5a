"""What the Monday question tells about the week before, for a batch of subscribers."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from sqlalchemy import String, case, cast, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import DAILY, Answer, Delivery, DeliveryState, ObjectiveMemory
from db.programmes import Enrolment, Programme, ProgrammeScore, ScoreKind
from db.types import among
from quizbot.programmes.boards import score_of_enrolment
from quizbot.programmes.disclosure_control import visible_enrolments
from quizbot.quiz.answers.leaderboard import Histogram
from quizbot.quiz.answers.memory import MASTERED_STABILITY, is_mastered, memories_from_answers
from quizbot.quiz.answers.progress import DayResult

_WEEK = timedelta(days=7)
_FEWEST_ASKED, _FEWEST_ANSWERED = 3, 2  # questions of a week that is worth telling
_KEPT_FOR = timedelta(minutes=10)
_SEPARATOR = "\n"
_DAY = len("2026-11-23")


@dataclass(frozen=True)
class WeekPlace:
    """A visible member's rank in a week of a programme; `before` is that of the week before.

    It is None for a member who had no points then.
    """

    programme: str
    rank: int
    players: int
    before: int | None


@dataclass(frozen=True)
class Recap:
    """A week of local dates from `monday` on: how each of its daily questions was answered.

    `mastered` and `met` count a subscriber's objectives as they are now. `place` is that of
    a visible member of a programme.
    """

    monday: date
    days: Mapping[date, DayResult]
    mastered: int
    met: int
    place: WeekPlace | None = None

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
    session: AsyncSession, subscriber_ids: Collection[int], monday: date
) -> dict[int, Recap]:
    """Returns the week of those of these subscribers who answered at least two questions of three.

    What freezes saved counts as unanswered. That takes two queries for all.
    """
    days: dict[int, dict[date, DayResult]] = defaultdict(dict)
    connection = await session.connection()
    rows = await connection.execute(
        select(Delivery.subscriber_id, Delivery.local_date, Answer.option)
        .outerjoin(Answer, Answer.delivery_id == Delivery.id)
        .where(
            among(Delivery.subscriber_id, subscriber_ids),
            Delivery.local_date >= monday,
            Delivery.local_date < monday + _WEEK,
            Delivery.slot == DAILY,
            Delivery.state == DeliveryState.SENT,
        )
    )
    for subscriber_id, day, option in rows:
        days[subscriber_id][day] = _RESULTS.get(option, DayResult.INCORRECT)
    mine = among(ObjectiveMemory.subscriber_id, subscriber_ids)
    met = {row[0]: row[1:] for row in await connection.execute(_MET.where(mine))}
    found = {}
    for subscriber_id, results in days.items():
        count, stable = met.get(subscriber_id, (0, ""))
        recap = Recap(monday, results, _mastered(stable), count)
        if len(results) >= _FEWEST_ASKED and recap.answered >= _FEWEST_ANSWERED:
            found[subscriber_id] = recap
    return found


_RESULTS = {None: DayResult.UNANSWERED, 0: DayResult.CORRECT}  # by option; the key is 0
_MET = select(
    ObjectiveMemory.subscriber_id,
    func.count(),
    func.aggregate_strings(
        case(
            (
                ObjectiveMemory.stability >= MASTERED_STABILITY,
                cast(ObjectiveMemory.first_correct_on, String)
                + cast(ObjectiveMemory.last_correct_on, String),
            )
        ),
        _SEPARATOR,
    ),
).group_by(ObjectiveMemory.subscriber_id)


def _mastered(stable: str | None) -> int:
    """Returns how many of these stable objectives are mastered, from their pairs of dates."""
    pairs = (stable or "").split()
    dates = ((date.fromisoformat(e[:_DAY]), date.fromisoformat(e[_DAY:])) for e in pairs)
    return sum(is_mastered(MASTERED_STABILITY, first, last) for first, last in dates)


async def mastered_in(
    session: AsyncSession, subscriber_id: int, monday: date, objective_of: Mapping[str, str]
) -> int:
    """Returns how many objectives the subscriber mastered in the week from that Monday on."""
    asked = await session.scalars(
        select(Delivery.item_id).where(
            Delivery.subscriber_id == subscriber_id,
            Delivery.local_date >= monday,
            Delivery.local_date < monday + _WEEK,
        )
    )
    objectives = {objective_of[each] for each in asked if each in objective_of}
    items = {item: each for item, each in objective_of.items() if each in objectives}
    mastered = []
    for before in (monday, monday + _WEEK):
        memories = await memories_from_answers(session, items, [subscriber_id], before=before)
        mastered.append({key for key, each in memories.items() if each.mastered})
    earlier, later = mastered
    return len(later - earlier)


@dataclass
class Recaps:
    """Recaps with the members' places. The points of a programme's week are read seldom."""

    _cached: dict[tuple[int, date], tuple[datetime, Histogram]] = field(default_factory=dict)

    async def of(
        self, session: AsyncSession, subscriber_ids: Collection[int], monday: date, now: datetime
    ) -> dict[int, Recap]:
        """Returns the week of those of these subscribers who answered in it, in a few queries."""
        found = await recaps(session, subscriber_ids, monday)
        places = await self._places(session, found, monday, now)
        return {who: replace(each, place=places.get(who)) for who, each in found.items()}

    async def _places(
        self, session: AsyncSession, subscriber_ids: Collection[int], monday: date, now: datetime
    ) -> dict[int, WeekPlace]:
        """Returns the places in the week from that Monday on, each in the latest programme.

        Hidden members have none, nor who joined in the middle of the week, and nobody has one in a
        week in which they were alone.
        """
        connection = await session.connection()
        rows = await connection.execute(
            select(
                Enrolment.subscriber_id,
                Programme.id,
                Programme.name,
                ProgrammeScore.since,
                ProgrammeScore.points,
            )
            .join(Programme, Programme.id == Enrolment.programme_id)
            .join(ProgrammeScore, score_of_enrolment(ScoreKind.WEEK))
            .where(
                among(Enrolment.subscriber_id, subscriber_ids),
                Enrolment.left_at.is_(None),
                Enrolment.hidden.is_(False),
                ProgrammeScore.since.in_((monday, monday - _WEEK)),
                ProgrammeScore.points > 0,
                or_(
                    ProgrammeScore.since < monday,
                    Enrolment.enrolled_on <= monday,
                    Enrolment.enrolled_on <= Programme.starts_on,
                ),
            )
            .order_by(Programme.id)
        )
        points = {(who, programme, name, since): sum_ for who, programme, name, since, sum_ in rows}
        places = {}
        for (who, programme, name, since), mine in points.items():
            if since != monday:
                continue
            week = await self._points(session, programme, monday, now)
            if week.players < 2:
                continue
            before = points.get((who, programme, name, monday - _WEEK))
            earlier = None
            if before is not None:
                earlier = await self._points(session, programme, monday - _WEEK, now)
            places[who] = WeekPlace(
                name,
                week.ahead(mine) + 1,
                week.players,
                earlier.ahead(before) + 1 if earlier and before is not None else None,
            )
        return places

    async def _points(
        self, session: AsyncSession, programme_id: int, week: date, now: datetime
    ) -> Histogram:
        read_at, points = self._cached.get((programme_id, week), (now - _KEPT_FOR, None))
        if points is not None and now - read_at < _KEPT_FOR:
            return points
        self._cached = {k: each for k, each in self._cached.items() if now - each[0] < _KEPT_FOR}
        rows = await session.execute(
            select(ProgrammeScore.points, func.count())
            .join(Enrolment, score_of_enrolment(ScoreKind.WEEK, week))
            .where(*visible_enrolments(programme_id), ProgrammeScore.points > 0)
            .group_by(ProgrammeScore.points)
        )
        found = Histogram.of([(points, count) for points, count in rows])
        self._cached[programme_id, week] = now, found
        return found
