"""A programme's overview, learning and delivery."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from quizbot.charts import SUPPRESSED as NONE
from quizbot.programmes import boards, definitions, programme, schedule, winners
from quizbot.programmes import team_goal as goals
from quizbot.programmes.boards import Period
from quizbot.programmes.definitions import Term
from quizbot.programmes.disclosure_control import MIN_GROUP_SIZE
from quizbot.programmes.reports import figures, learning, teams
from quizbot.programmes.reports import overview as reports
from quizbot.programmes.reports.overview import (
    Moves,
    Overview,
    Range,
    RangeFigures,
    StreakBand,
)
from quizbot.programmes.schedule import NextQuestion
from quizbot.quiz.answers.streaks import week_of
from quizbot.quiz.asking.question_days import QuestionDays, local_date
from quizbot.telegram.messages import words
from quizbot.telegram.messages.boards import shared_first, tied_more
from quizbot.telegram.messages.digest import learning_sentence
from quizbot.telegram.messages.schedule import next_question
from quizbot.telegram.messages.words import Words
from quizbot.web import charts, heat_map
from quizbot.web.page_context import Answer, Page, PageContext
from quizbot.web.pages import team_goal

_LEADERS = 5  # places shown of the board
_DAY, _WEEK = timedelta(days=1), timedelta(weeks=1)
_WEEKS_BY_TEAM = 11 * _WEEK  # before the last one: more would be too narrow


@dataclass(frozen=True)
class Bar:
    """A streak band as a bar: `length` is 100 if all people are in it."""

    label: str
    people: int
    length: float


async def show(context: PageContext, session: AsyncSession) -> Answer:
    """Shows a range's tiles and participation, streaks, and the top of a week's board.

    Before the first question, it shows when that comes and how to invite people.
    """
    w, of = context.words, context.programme
    report = await reports.programme_overview(session, of)
    chosen = reports.figures_of(report.days, context.range, of, context.today)
    chart = charts.participation(w, chosen.days)
    moves = await reports.count_moves(session, of, chosen.first, chosen.last)
    latest = [day for day in chosen.days if day.day >= week_of(chosen.last) - _WEEKS_BY_TEAM]
    by_team = await teams.team_weeks(session, of, latest)
    days = await programme.days_of(session, of)
    goal = await goals.progress(session, of, context.today)
    comes = schedule.next_question(of, days, context.now)
    off = [day for day in days.holidays if chosen.first <= day <= chosen.last]
    return Page(
        "overview.html",
        {
            **_range_values(context, chosen),
            "runs": words.weekday_range(w, of.starts_on, of.ends_on),
            "is_waiting": not charts.had_questions(report.days),
            "enrolled": report.enrolled,
            "tiles": _tiles(context, report, chosen, moves, comes),
            "lapsed": report.lapsed,
            "about_hidden": definitions.about_hidden(w._),
            "chart": chart,
            "lone_week": charts.lone_week(w, chart),
            "holidays": words.date_list(w, off) if off else "",
            "by_team": heat_map.heat_map(w, by_team),
            "coming": next_question(w, comes, context.now),
            "streaks": _bars(w, report.streaks),
            **await _board_values(context, session),
            "fewest": MIN_GROUP_SIZE,
            **await team_goal.values(context, session, days, goal),
        },
    )


async def _board_values(context: PageContext, session: AsyncSession) -> dict[str, Any]:
    """Returns the top of this week's board, or of last week's if that is the range.

    After the end, these are the final week and the one before, and by default all. While
    this week's is empty, there are the winners of the last one.
    """
    of, is_last = context.programme, context.range is Range.LAST_WEEK
    latest = programme.latest_day(of, context.now)
    day = latest - _WEEK if is_last else latest
    is_final = context.has_ended and context.range is Range.PROGRAMME
    period = Period.PROGRAMME if is_final else Period.WEEK
    leaders = await boards.member_board(session, of, period, day, part=slice(_LEADERS))
    leaders = await winners.with_shared_first(session, of, leaders, day, context.now)
    past = None
    if not leaders.players and not is_last and not context.has_ended:
        past = await winners.past_week(session, of, context.now)
    return {
        "is_last_week": is_last,
        "is_final": is_final,
        "leaders": leaders,
        "past": past,
        "tied_more": tied_more,
        "shared_first": shared_first,
    }


def _range_values(context: PageContext, figures: RangeFigures) -> dict[str, Any]:
    return {
        "range": context.range,
        "ranges": range_names(context.words, has_ended=context.has_ended).items(),
        "dates": words.date_span(context.words, figures.first, figures.last),
    }


def range_names(w: Words, *, has_ended: bool) -> dict[Range, str]:
    """Returns what the ranges are called, in their order."""
    return {
        Range.THIS_WEEK: w._("Final week") if has_ended else w._("This week"),
        Range.LAST_WEEK: w._("Week before") if has_ended else w._("Last week"),
        Range.FOUR_WEEKS: w._("4 weeks"),
        Range.TWELVE_WEEKS: w._("12 weeks"),
        Range.PROGRAMME: w._("All"),
    }


@dataclass(frozen=True)
class Tile:
    """A figure with its name and meaning, and what has changed since the period before."""

    term: Term
    value: str
    note: str
    change: str = ""


def _tiles(
    context: PageContext,
    report: Overview,
    figures: RangeFigures,
    moves: Moves,
    comes: NextQuestion,
) -> list[tuple[str, str, Tile]]:
    """Returns the tiles, each with its name and meaning."""
    w, n = context.words, context.words.number
    shares, before = figures.for_shares, figures.over_before(figures.before)
    answered, accuracy, active = shares.response_rate, shares.accuracy, figures.active
    until = min(report.reported_until or figures.last, figures.last)
    moved = w._("{joined} joined and {left} left {when}")
    if not context.has_ended:
        moved = w._("now; {joined} joined and {left} left {when}")
    of_questions = w._("{answered} of {asked} questions")
    if not figures.over.asked:
        of_questions = w._("{answered} of {asked} questions; they're still open")
    change = _Changes(context, figures)
    tiles = (
        Tile(
            Term.ENROLLED,
            n(report.enrolled),
            moved.format(joined=n(moves.joined), left=n(moves.left), when=_when(context)),
        ),
        Tile(
            Term.ACTIVE,
            NONE if active is None else n(round(active)),
            _active_note(context, figures),
            change.number(active, before.active if before.days else None),
        ),
        Tile(
            Term.ANSWERED,
            NONE if answered is None else w.percent(answered),
            of_questions.format(answered=n(shares.answered), asked=n(shares.asked))
            if shares.asked
            else w._("next question on {day}").format(
                day=w.short_day(local_date(comes.at, comes.zone))
            )
            if comes.at
            else w._("no question"),
            change.points(answered, before.response_rate),
        ),
        Tile(
            Term.CORRECT,
            NONE if accuracy is None else w.percent(accuracy),
            w._("until {day}").format(day=w.short_day(until))
            if accuracy is not None
            else w._("once 5 were right and 5 were not"),
            change.points(accuracy, before.accuracy),
        ),
        Tile(
            Term.LAPSED,
            NONE if report.lapsed is None else n(report.lapsed),
            w._("no answer to the last ten questions")
            if context.has_ended
            else w._("now; no answer to the last ten questions"),
        ),
    )
    names, meanings = definitions.names(w._), definitions.meanings(w._)
    return [(names[tile.term], meanings[tile.term], tile) for tile in tiles]


def _active_note(context: PageContext, figures: RangeFigures) -> str:
    many = len({week_of(day.day) for day in figures.days}) > 1
    return context.words._("in a week, on average") if many else _when(context)


def _when(context: PageContext) -> str:
    """Returns the range as an adverb."""
    w = context.words
    if context.range is Range.THIS_WEEK:
        return w._("in the final week") if context.has_ended else w._("this week")
    if context.range is Range.LAST_WEEK:
        return w._("in that week") if context.has_ended else w._("last week")
    return w._("in these weeks")


class _Changes:
    """Says how figures of a range have changed since the period before."""

    def __init__(self, context: PageContext, figures: RangeFigures) -> None:
        self._words = context.words
        self._then = _period_before(context, is_over=figures.last < context.today)

    def points(self, now: float | None, before: float | None) -> str:
        """Returns the difference of two shares; empty if one of them is not shown."""
        if now is None or before is None:
            return ""
        w, points = self._words, round(100 * (now - before))
        higher, lower = w._("{points} higher than {then}"), w._("{points} lower than {then}")
        return self._said(points, higher, lower)

    def number(self, now: float | None, before: float | None) -> str:
        """Returns the difference of two numbers; empty if one of them is not known."""
        if now is None or before is None:
            return ""
        w, count = self._words, round(now) - round(before)
        return self._said(count, w._("{count} more than {then}"), w._("{count} fewer than {then}"))

    def _said(self, change: int, more: str, fewer: str) -> str:
        w, size = self._words, abs(change)
        sentence = more if change > 0 else fewer if change else w._("as {then}")
        return sentence.format(points=words.points(w, size), count=w.number(size), then=self._then)


def _period_before(context: PageContext, *, is_over: bool) -> str:
    """Returns what a range is compared with: as much of the period before as is over of it."""
    w, weeks = context.words, context.range.length
    if weeks is None or weeks == _WEEK:
        return w._("in the week before") if is_over else w._("on the same days last week")
    count = w.number(weeks // _WEEK)
    if is_over:
        return w._("in the {count} weeks before").format(count=count)
    return w._("on the same days {count} weeks earlier").format(count=count)


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
            "gain": charts.gain_tile(w, total),
            "points": charts.learning(w, gains),
            "retention": charts.retention(w, gains),
            "mastery": charts.mastery(w, shares) if shares else None,
            "fewest": MIN_GROUP_SIZE,
            **await _counted_on(context, session),
        },
    )


async def _counted_on(context: PageContext, session: AsyncSession) -> dict[str, Any]:
    """Returns the dates on which learning and mastery are counted next, None after the end."""
    of, today = context.programme, context.today
    if context.has_ended:
        return {"counted_on": None, "mastered_on": None}
    first = await programme.next_question_day(session, of, of.starts_on)
    return {
        "counted_on": week_of(max(today, of.starts_on)) + _WEEK,
        "mastered_on": max(today, (first or today) + _WEEK) + _DAY,  # right twice in a week
    }


async def show_delivery(context: PageContext, session: AsyncSession) -> Answer:
    """Shows how well the questions of a range arrived."""
    w, every = context.words, await reports.daily_figures(session, context.programme)
    figures = reports.figures_of(every, context.range, context.programme, context.today)
    chart, in_time = charts.delivery(w, figures.days), figures.in_time_share
    return Page(
        "delivery.html",
        {
            **_range_values(context, figures),
            "chart": chart,
            "coming": coming(context, await programme.days_of(session, context.programme)),
            "sums": figures,
            "change": _Changes(context, figures).points(in_time, figures.before.in_time_share),
        },
    )


def coming(context: PageContext, days: QuestionDays) -> str:
    """Returns when the next question comes, as a sentence; empty after the last one."""
    of, now = context.programme, context.now
    comes = schedule.next_question(of, days, now)
    return next_question(context.words, comes, now)


def _bars(w: Words, bands: tuple[StreakBand, ...] | None) -> list[Bar] | None:
    if bands is None:
        return None
    everybody = sum(band.people for band in bands) or 1
    return [
        Bar(
            charts.band_label(w, each.least, each.most) if each.most != 0 else w._("No streak"),
            each.people,
            100 * each.people / everybody,
        )
        for each in bands
    ]
