"""How a programme is doing, at a glance."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from quizbot.charts import kinds
from quizbot.programmes import boards
from quizbot.programmes.boards import MIN_GROUP_SIZE, Period
from quizbot.programmes.reports import overview as figures
from quizbot.programmes.reports.overview import DayFigures, StreakBand
from quizbot.telegram.messages.words import Words
from quizbot.web import charts
from quizbot.web.visits import Answer, Page, Visit

SPANS = (14, 28, 84)  # days that can be looked at
_USUAL = 28
_TOP = 5  # places shown of the board


@dataclass(frozen=True)
class Bar:
    """A streak band as a bar: `length` of 100."""

    label: str
    people: int
    length: float


async def show(visit: Visit, session: AsyncSession) -> Answer:
    """Tiles, the days, streaks, and the top of this week's board."""
    w = visit.words
    now = await figures.overview(session, visit.programme, visit.now)
    days = shown(now.days, span_of(visit))
    asked = any(charts.had_question(day) for day in days)
    leaders = await boards.leaders(session, visit.programme, Period.WEEK, visit.today, _TOP)
    return Page(
        "overview.html",
        {
            "figures": now,
            "days": days,
            "span": span_of(visit),
            "spans": SPANS,
            "chart": charts.taking_part(w, days) if asked else None,
            "table": kinds.table(charts.taking_part(w, days)) if asked else None,
            "streaks": _bars(w, now.streaks),
            "leaders": leaders,
            "fewest": MIN_GROUP_SIZE,
        },
    )


def span_of(visit: Visit) -> int:
    """How many days are looked at."""
    asked = visit.asked("days")
    return int(asked) if asked in {str(each) for each in SPANS} else _USUAL


def shown(days: Sequence[DayFigures], span: int) -> Sequence[DayFigures]:
    """The last days of them."""
    if not days:
        return days
    last = days[-1].day.toordinal()
    return [each for each in days if last - each.day.toordinal() < span]


def _bars(w: Words, bands: tuple[StreakBand, ...] | None) -> list[Bar] | None:
    if bands is None:
        return None
    most = max((band.people for band in bands), default=0) or 1
    return [Bar(_band(w, each), each.people, 100 * each.people / most) for each in bands]


def _band(w: Words, band: StreakBand) -> str:
    if band.most == 0:
        return w._("No streak")
    if band.most is None:
        return w._("{least} days and more").format(least=w.number(band.least))
    return w._("{least} to {most} days").format(
        least=w.number(band.least), most=w.number(band.most)
    )
