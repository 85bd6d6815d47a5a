"""The boards of members and teams, on a page and to be printed."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from db.programmes import Team
from quizbot.programmes import boards
from quizbot.programmes import programme as programmes_programme
from quizbot.programmes.boards import MIN_GROUP_SIZE, Period
from quizbot.quiz.answers.scoring import week_of
from quizbot.telegram.messages.words import Words
from quizbot.web import charts
from quizbot.web.visits import Answer, NotThereError, Page, Visit, number

_ON_A_PAGE = 50
_ON_PAPER = 100


@dataclass(frozen=True)
class Choice:
    """Which board: the period, one team or all, and the page of it."""

    period: Period
    team: Team | None
    page: int


async def show(visit: Visit, session: AsyncSession) -> Answer:
    """A page of the board of members, and that of teams."""
    choice = await choice_of(visit, session)
    skip = (choice.page - 1) * _ON_A_PAGE
    board = await boards.member_board(
        session,
        visit.programme,
        choice.period,
        visit.today,
        team=choice.team,
        part=slice(skip, skip + _ON_A_PAGE),
    )
    values = await _values(visit, session, choice)
    pages = max(1, -(-board.players // _ON_A_PAGE))
    return Page("boards.html", {**values, "board": board, "pages": pages})


async def show_print(visit: Visit, session: AsyncSession) -> Answer:
    """The same without what is only for a screen; the first hundred places."""
    choice = await choice_of(visit, session)
    board = await boards.member_board(
        session,
        visit.programme,
        choice.period,
        visit.today,
        team=choice.team,
        part=slice(_ON_PAPER),
    )
    values = await _values(visit, session, choice)
    return Page("print.html", {**values, "board": board})


async def choice_of(visit: Visit, session: AsyncSession) -> Choice:
    """What the address asks for. Raises NotThereError for a team of another programme."""
    asked = visit.asked("period")
    period = Period(asked) if asked in set(Period) else Period.WEEK
    team = None
    if visit.asked("team"):
        team = await programmes_programme.team_of(
            session, visit.programme.id, number(visit.asked("team"))
        )
        if team is None:
            raise NotThereError
    return Choice(period, team, visit.page)


async def _values(visit: Visit, session: AsyncSession, choice: Choice) -> dict[str, object]:
    return {
        "choice": choice,
        "periods": period_names(visit.words),
        "span": span(visit, choice.period),
        "teams": await programmes_programme.teams(session, visit.programme.id),
        "team_board": await boards.team_board(session, visit.programme, choice.period, visit.today),
        "fewest": MIN_GROUP_SIZE,
    }


def period_names(w: Words) -> dict[Period, str]:
    return {
        Period.WEEK: w._("This week"),
        Period.MONTH: w._("This month"),
        Period.PROGRAMME: w._("Programme"),
        Period.ALL_TIME: w._("All time"),
    }


def span(visit: Visit, period: Period) -> str:
    """The dates that count, in words."""
    w, programme, today = visit.words, visit.programme, visit.today
    match period:
        case Period.WEEK:
            monday = week_of(today)
            return charts.dates(w, monday, monday + timedelta(days=6))
        case Period.MONTH:
            return charts.dates(w, today.replace(day=1), today)
        case Period.PROGRAMME:
            return w._("since {day}").format(day=w.full_date(programme.starts_on))
        case Period.ALL_TIME:
            return w._("all points, also from before the programme")
