"""The boards of a programme: members or teams, by period."""

from collections.abc import Sequence
from dataclasses import dataclass

from db.programmes import Programme, Team
from quizbot.programmes.boards import MIN_GROUP_SIZE, MemberBoard, Period, Place, TeamPlace
from quizbot.telegram.messages.markup import (
    Button,
    Message,
    bold,
    escape,
    lines,
    rows_of,
    shortened,
)
from quizbot.telegram.messages.words import Words

EVERYBODY, TEAMS = "all", "teams"  # what a board is of, beside a team's id

_MEDALS = {1: "🥇", 2: "🥈", 3: "🥉"}
_NAME = 32  # characters of a name on a line
_TEAMS_SHOWN = 10


@dataclass(frozen=True)
class Frame:
    """Where a board stands: of which programme, and what there is to turn to."""

    programme: Programme
    has_teams: bool
    my_team: Team | None


def members(w: Words, at: Frame, board: MemberBoard) -> Message:
    """The first places, and oneself between the neighbours."""
    _ = w._
    body = "\n".join(_line(w, place) for place in board.top)
    around = "\n".join(_line(w, place) for place in board.around_me)
    scope = str(board.team.id) if board.team else EVERYBODY
    on_board = any(place.is_me for place in (*board.top, *board.around_me))
    return Message(
        lines(
            _title(w, at.programme, board.period, board.team),
            body or _("Nobody has points here yet."),
            f"⋯\n{around}" if around else "",
            "" if on_board else _off_the_board(w, at, board),
        ),
        _turns(w, at, board.period, scope),
    )


def teams(w: Words, at: Frame, period: Period, places: Sequence[TeamPlace]) -> Message:
    """All teams by points per member; the small ones without."""
    _ = w._
    shown = list(places[:_TEAMS_SHOWN])
    if mine := next((each for each in places[_TEAMS_SHOWN:] if each.is_mine), None):
        shown.append(mine)
    small = any(each.average is None for each in shown)
    listed = "\n".join(_team_line(w, each) for each in shown)
    more = len(places) - len(shown)
    return Message(
        lines(
            _title(w, at.programme, period, None),
            listed or _("There are no teams."),
            w.ngettext("… and {count} more", "… and {count} more", more) if more else "",
            _("Points are per member, whoever answers or not."),
            _("Teams of fewer than {count} show none.").format(count=w.number(MIN_GROUP_SIZE))
            if small
            else "",
        ),
        [
            *_turns(w, at, period, TEAMS),
            *rows_of(
                2,
                [
                    Button(
                        "👥 " + shortened(each.team.name, _NAME),
                        f"boards:{at.programme.id}:{period}:{each.team.id}",
                    )
                    for each in shown
                ],
            ),
        ],
    )


def _title(w: Words, programme: Programme, period: Period, team: Team | None) -> str:
    of = f"{programme.name} · {team.name}" if team else programme.name
    demo = " 🧪" if programme.demo else ""
    return f"🏆 {bold(of)}{demo} · {_periods(w)[period]}"


def _periods(w: Words) -> dict[Period, str]:
    _ = w._
    return {
        Period.WEEK: _("This week"),
        Period.MONTH: _("This month"),
        Period.PROGRAMME: _("Programme"),
        Period.ALL_TIME: _("All time"),
    }


def _line(w: Words, place: Place) -> str:
    number = _MEDALS.get(place.rank, f"{w.number(place.rank)}.")
    points = w.ngettext("{count} point", "{count} points", place.points)
    line = f"{number} {escape(shortened(place.name, _NAME))} · {points}"
    return f"<b>{line} ← {w._('you')}</b>" if place.is_me else line


def _off_the_board(w: Words, at: Frame, board: MemberBoard) -> str:
    """One's own line where the board has none; nothing for who takes no part."""
    if board.my_points is None:
        return ""
    points = w.ngettext("{count} point", "{count} points", board.my_points)
    line = f"<b>– {points} ← {w._('you')}</b>"
    if board.i_am_hidden:
        return f"{line}\n{w._('You are hidden: only you see this line.')}"
    if board.team is not None and (at.my_team is None or at.my_team.id != board.team.id):
        return f"{line}\n{w._('You are not in this team.')}"
    return f"{line}\n{w._('Answer a question to join this board.')}"


def _team_line(w: Words, place: TeamPlace) -> str:
    members = w.ngettext("{count} member", "{count} members", place.members)
    name = escape(shortened(place.team.name, _NAME))
    if place.rank is None or place.average is None:
        line = f"– {name} · {members}"
    else:
        number = _MEDALS.get(place.rank, f"{w.number(place.rank)}.")
        average = w._("{points} points").format(points=w.decimal(place.average, 1))
        line = f"{number} {name} · {average} · {members}"
    return f"<b>{line} ← {w._('yours')}</b>" if place.is_mine else line


def _turns(w: Words, at: Frame, period: Period, scope: str) -> list[list[Button]]:
    """To the other periods of the same board, and to what else there is a board of."""
    _, which = w._, at.programme.id
    periods = [
        Button(label, f"boards:{which}:{each}:{scope}")
        for each, label in _periods(w).items()
        if each is not period
    ]
    scopes = {EVERYBODY: _("🙂 Everybody")}
    if at.has_teams:
        scopes[TEAMS] = _("👥 Teams")
    if at.my_team is not None:
        scopes[str(at.my_team.id)] = _("👥 My team")
    others = [
        Button(label, f"boards:{which}:{period}:{each}")
        for each, label in scopes.items()
        if each != scope
    ]
    return [periods, *([others] if others else [])]
