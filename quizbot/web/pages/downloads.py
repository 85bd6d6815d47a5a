"""Tables to take away: members, boards, questions, days. Each is written down in the trail."""

from collections.abc import Awaitable, Callable, Sequence

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from quizbot.programmes import audit_log, boards, members
from quizbot.programmes.audit_log import Action
from quizbot.programmes.boards import Period
from quizbot.programmes.members import Order
from quizbot.programmes.reports import figures, overview
from quizbot.web.forms import check_link
from quizbot.web.pages.boards import choice_of
from quizbot.web.pages.questions import flag_names
from quizbot.web.spreadsheets import FORMS
from quizbot.web.visits import Answer, Cell, Download, NotThereError, Visit

Table = tuple[tuple[str, ...], Sequence[tuple[Cell, ...]]]


async def show(visit: Visit, session: AsyncSession) -> Answer:
    """The table of that name, in that form. HEAD takes nothing away, so nothing is written down."""
    check_link(visit.request)
    what, form = visit.part("what"), visit.part("form")
    make = _TABLES.get(what)
    if make is None or form not in FORMS:
        raise NotThereError
    if visit.request.method == "HEAD":
        return Response(media_type=FORMS[form])
    head, rows = await make(visit, session)
    if visit.programme.demo:
        demo = visit.words._("Made-up data")
        head, rows = (*head, demo), [(*row, demo) for row in rows]
    audit_log.record(
        session, visit.actor_id, Action.DOWNLOADED, visit.now, visit.programme.id, f"{what}.{form}"
    )
    name = f"{what}-{visit.today.isoformat()}"
    return Download(name, form, f"{what} {visit.today.isoformat()}", head, rows)


async def _members(visit: Visit, session: AsyncSession) -> Table:
    _ = visit.words._
    found = await members.members(session, visit.programme, order=Order.NAME)
    head = (_("Name"), _("Team"), _("Points"), _("Days taken part"))
    hidden = _("hidden")
    return head, [
        (
            each.name,
            each.team,
            hidden if each.points is None else each.points,
            hidden if each.days is None else each.days,
        )
        for each in found
    ]


async def _board(visit: Visit, session: AsyncSession) -> Table:
    _ = visit.words._
    choice = await choice_of(visit, session)
    board = await boards.member_board(
        session, visit.programme, choice.period, visit.today, team=choice.team, part=slice(None)
    )
    return (_("Rank"), _("Name"), _("Points")), [
        (place.rank, place.name, place.points) for place in board.top
    ]


async def _teams(visit: Visit, session: AsyncSession) -> Table:
    _ = visit.words._
    period = (await choice_of(visit, session)).period
    found = await boards.team_board(session, visit.programme, Period(period), visit.today)
    return (_("Rank"), _("Team"), _("Members shown"), _("Points per member")), [
        (
            place.rank,
            place.team.name,
            place.members,
            None if place.average is None else round(place.average, 2),
        )
        for place in found
    ]


async def _questions(visit: Visit, session: AsyncSession) -> Table:
    _, names = visit.words._, flag_names(visit.words)
    found = await figures.all_items(session, visit.programme, visit.dashboard.topic)
    head = (
        _("Question"),
        _("Right answer"),
        _("Revision"),
        _("First attempts"),
        _("Difficulty p"),
        _("Discrimination"),
        _("Paired people"),
        _("To look at"),
    )
    return head, [
        (
            each.item.stem,
            each.item.key,
            each.revision,
            each.n,
            _rounded(each.difficulty),
            _rounded(each.discrimination),
            each.paired,
            ", ".join(names[flag] for flag in each.flags),
        )
        for each in found
    ]


async def _days(visit: Visit, session: AsyncSession) -> Table:
    _ = visit.words._
    found = await overview.days(session, visit.programme)
    head = (
        _("Day"),
        _("Enrolled"),
        _("Asked"),
        _("Answered"),
        _("Share right"),
        _("Late"),
        _("Unconfirmed"),
        _("Blocked"),
        _("Not sent"),
        _("Reminders"),
    )
    return head, [
        (
            each.day,
            each.enrolled,
            each.asked,
            each.answered,
            _rounded(each.accuracy),
            each.late,
            each.unconfirmed,
            each.refused,
            each.not_sent,
            each.reminded,
        )
        for each in found
    ]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


_TABLES: dict[str, Callable[[Visit, AsyncSession], Awaitable[Table]]] = {
    "members": _members,
    "board": _board,
    "teams": _teams,
    "questions": _questions,
    "days": _days,
}
