"""The list of programmes, and each one's overview, learning and delivery."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from db.programmes import Programme
from quizbot.programmes import boards, programme, staff
from quizbot.programmes.boards import Period
from quizbot.programmes.disclosure_control import MIN_GROUP_SIZE
from quizbot.programmes.reports import figures, learning
from quizbot.programmes.reports import overview as reports
from quizbot.programmes.reports.overview import DayFigures, StreakBand
from quizbot.quiz.answers.streaks import week_of
from quizbot.telegram.messages.digest import learning_sentence
from quizbot.telegram.messages.words import Words
from quizbot.web import charts
from quizbot.web.page_context import Answer, Page, PageContext
from quizbot.web.pages import team_goal

SPANS = (14, 28, 84)  # days that a coordinator can choose
_DEFAULT_SPAN = 28
_LEADERS = 5  # places shown of the board
_WEEK = timedelta(weeks=1)


@dataclass(frozen=True)
class ProgrammeCard:
    """A programme in the list; `state` is "coming", "running" or "ended"."""

    programme: Programme
    members: int
    state: str


@dataclass(frozen=True)
class Bar:
    """A streak band as a bar: `length` is 100 for the largest."""

    label: str
    people: int
    length: float


async def show_programmes(context: PageContext, session: AsyncSession) -> Answer:
    """Shows the coordinator's programmes, the latest first."""
    cards = [
        ProgrammeCard(each, await programme.count_members(session, each.id), _state(each, context))
        for each in await staff.programmes_run_by(session, context.actor_id)
    ]
    return Page("programmes.html", {"cards": cards, "bot_link": context.dashboard.bot_link()})


def _state(of: Programme, context: PageContext) -> str:
    if programme.has_ended(of, context.now):
        return "ended"
    return "running" if programme.has_begun(of, context.now) else "coming"


async def show(context: PageContext, session: AsyncSession) -> Answer:
    """Shows tiles, participation by day, streaks, and the top of this week's board."""
    w = context.words
    report = await reports.programme_overview(session, context.programme)
    days = last_days(report.days, span_of(context))
    chart = charts.participation(w, days) if _had_questions(days) else None
    return Page(
        "overview.html",
        {
            "figures": report,
            "span": span_of(context),
            "chart": chart,
            "next_question": None if chart else await _next_question(context, session),
            "streaks": _bars(w, report.streaks),
            "leaders": await boards.member_board(
                session, context.programme, Period.WEEK, context.today, part=slice(_LEADERS)
            ),
            "fewest": MIN_GROUP_SIZE,
            **await team_goal.values(context, session),
        },
    )


async def show_learning(context: PageContext, session: AsyncSession) -> Answer:
    """Shows first meetings compared with random reviews, and mastery."""
    w, topic = context.words, context.dashboard.topic
    gains = await learning.learning_gain(session, context.programme, topic)
    shares = await figures.mastery_shares(session, context.programme, topic)
    total = gains.total
    return Page(
        "learning.html",
        {
            "total": total,
            "meaning": learning_sentence(w, total) if total else "",
            "signed": lambda share: charts.signed(w, share),
            "points": charts.learning(w, gains),
            "retention": charts.retention(w, gains),
            "mastery": charts.mastery(w, shares) if shares else None,
            "fewest": MIN_GROUP_SIZE,
            "counted_on": week_of(max(context.today, context.programme.starts_on)) + _WEEK,
        },
    )


async def show_delivery(context: PageContext, session: AsyncSession) -> Answer:
    """Shows how well the questions of the chosen days arrived."""
    days = last_days(await reports.daily_figures(session, context.programme), span_of(context))
    chart = charts.delivery(context.words, days) if _had_questions(days) else None
    late = sum(day.late for day in days)
    return Page(
        "delivery.html",
        {
            "span": span_of(context),
            "chart": chart,
            "next_question": None if chart else await _next_question(context, session),
            "in_time": sum(day.asked for day in days) - late,
            "late": late,
            "unconfirmed": sum(day.unconfirmed for day in days),
            "refused": sum(day.refused for day in days),
            "not_sent": sum(day.not_sent for day in days),
            "reminded": sum(day.reminded for day in days),
        },
    )


async def _next_question(context: PageContext, session: AsyncSession) -> date | None:
    return await programme.next_question_day(session, context.programme, context.today)


def span_of(context: PageContext) -> int:
    """Returns how many days the URL asks for."""
    days = context.query("days")
    return int(days) if days in {str(each) for each in SPANS} else _DEFAULT_SPAN


def last_days(days: Sequence[DayFigures], span: int) -> Sequence[DayFigures]:
    """Returns the days within the last `span` dates up to the latest reported one."""
    if not days:
        return days
    last = days[-1].day.toordinal()
    return [each for each in days if last - each.day.toordinal() < span]


def _had_questions(days: Sequence[DayFigures]) -> bool:
    return any(charts.had_question(day) for day in days)


def _bars(w: Words, bands: tuple[StreakBand, ...] | None) -> list[Bar] | None:
    if bands is None:
        return None
    most = max((band.people for band in bands), default=0) or 1
    return [Bar(_band_label(w, each), each.people, 100 * each.people / most) for each in bands]


def _band_label(w: Words, band: StreakBand) -> str:
    if band.most == 0:
        return w._("No streak")
    if band.most is None:
        return w._("{least} days and more").format(least=w.number(band.least))
    return w._("{least} to {most} days").format(
        least=w.number(band.least), most=w.number(band.most)
    )
