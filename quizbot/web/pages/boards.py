"""The boards of members and teams, on a page and in print."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from db.programmes import Team
from quizbot.programmes import boards, programme, winners
from quizbot.programmes.boards import Period
from quizbot.programmes.disclosure_control import MIN_GROUP_SIZE
from quizbot.programmes.reports.overview import Range
from quizbot.quiz.answers.streaks import week_of
from quizbot.telegram.messages.boards import period_names, shared_first, tied_more
from quizbot.telegram.messages.words import Words, date_span
from quizbot.web.page_context import Answer, Page, PageContext
from quizbot.web.pages import overview
from quizbot.web.pages.members import find_team

_PAGE_SIZE = 50  # places
_PRINTED = 100  # places
_LAST_WEEK = "last-week"
_SIX_DAYS = timedelta(days=6)


@dataclass(frozen=True)
class Choice:
    """The board that the URL asks for, by its `name` there; without a team, everybody's.

    `day` lies in the period.
    """

    name: str
    period: Period
    day: date
    team: Team | None


async def show(context: PageContext, session: AsyncSession) -> Answer:
    """Shows a page of the board of members, and the board of teams."""
    skip = (context.page_number - 1) * _PAGE_SIZE
    values = await _values(context, session, slice(skip, skip + _PAGE_SIZE))
    part = context.part_of(values["board"].players, _PAGE_SIZE)
    if part.skip != skip:  # a page after the last one
        values = await _values(context, session, slice(part.skip, part.skip + _PAGE_SIZE))
    return Page("boards.html", {**values, "part": part})


async def show_print(context: PageContext, session: AsyncSession) -> Answer:
    """Shows the first hundred places and the teams, without navigation."""
    return Page("print.html", await _values(context, session, slice(_PRINTED)))


async def read_choice(context: PageContext, session: AsyncSession) -> Choice:
    """Returns the board asked for; without a period, the whole programme's after the end.

    Raises NotFoundError for another programme's team.
    """
    name, team = context.query("period"), context.query("team")
    is_last_week = name == _LAST_WEEK
    latest = programme.latest_day(context.programme, context.now)
    usual = Period.PROGRAMME if context.has_ended and not is_last_week else Period.WEEK
    period = Period(name) if name in set(Period) else usual
    return Choice(
        name if is_last_week else period.value,
        period,
        latest - timedelta(weeks=1) if is_last_week else latest,
        await find_team(context, session, team) if team else None,
    )


def _names(w: Words, *, has_ended: bool) -> dict[str, str]:
    """Returns what the boards are called, by their names in URLs."""
    periods, weeks = period_names(w), overview.range_names(w, has_ended=has_ended)
    month = w._("Final month") if has_ended else periods[Period.MONTH]
    return {
        Period.WEEK: weeks[Range.THIS_WEEK],
        _LAST_WEEK: weeks[Range.LAST_WEEK],
        **{period.value: name for period, name in periods.items() if period is not Period.WEEK},
        Period.MONTH: month,
    }


async def _values(context: PageContext, session: AsyncSession, places: slice) -> dict[str, Any]:
    of, choice = context.programme, await read_choice(context, session)
    board = await boards.member_board(
        session, of, choice.period, choice.day, team=choice.team, part=places
    )
    board = await winners.with_shared_first(session, of, board, choice.day, context.now)
    team_board = await boards.team_board(session, of, choice.period, choice.day)
    past, coming = None, ""
    if not board.players and choice.name != _LAST_WEEK:
        coming = overview.coming(context, await programme.days_of(session, of))
    if choice.name == Period.WEEK and not board.players:
        past = await winners.past_week(session, of, context.now, choice.team)
    return {
        "choice": choice,
        "board": board,
        "past": past,
        "coming": coming,
        "team_board": team_board,
        "teams": sorted(
            (place.team for place in team_board), key=lambda team: team.name.casefold()
        ),
        "periods": _names(context.words, has_ended=context.has_ended),
        "tied_more": tied_more,
        "shared_first": shared_first,
        "span": _span(context, choice),
        "fewest": MIN_GROUP_SIZE,
    }


def _span(context: PageContext, choice: Choice) -> str:
    """Returns the dates that count for the board, as text."""
    w = context.words
    match choice.period:
        case Period.WEEK:
            monday = week_of(choice.day)
            return date_span(w, monday, monday + _SIX_DAYS)
        case Period.MONTH:
            return date_span(w, choice.day.replace(day=1), choice.day)
        case Period.PROGRAMME:
            first = context.programme.starts_on
            if choice.day < first:
                return w._("from {day} on").format(day=w.full_date(first))
            return date_span(w, first, choice.day)
        case Period.ALL_TIME:
            return w._("all points in the quiz, also from before and outside the programme")
