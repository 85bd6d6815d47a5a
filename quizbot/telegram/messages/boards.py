"""The leaderboard of the quiz, and the boards of programmes."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from html import escape
from itertools import groupby

from db.programmes import Programme, Team
from quizbot.programmes.boards import Draw, MemberBoard, Standing, TeamPlace, is_good_place
from quizbot.programmes.boards import Period as BoardPeriod
from quizbot.programmes.disclosure_control import MIN_GROUP_SIZE
from quizbot.programmes.schedule import NextQuestion
from quizbot.programmes.winners import PastWeek
from quizbot.quiz.answers.leaderboard import Leaderboard, Period, Place
from quizbot.telegram.messages import words
from quizbot.telegram.messages.markup import (
    Button,
    Message,
    Rows,
    bold,
    message,
    paragraphs,
    programme_choices,
    rows_of,
    shortened,
)
from quizbot.telegram.messages.schedule import question_to_answer
from quizbot.telegram.messages.words import Words

EVERYBODY, TEAMS = "all", "teams"  # the scopes of a programme's board, beside a team's id

_PROGRAMMES_SHOWN = 10
_TEAMS_SHOWN = 10
_LONGEST_NAME = 32  # in a line of a board
_MOST_TIED = 5  # people with a line each; a place that more of them share is one line
_TIED_NAMED = 3
_MEDALS = {1: "🥇", 2: "🥈", 3: "🥉"}


def leaderboard(
    w: Words, board: Leaderboard, programmes: Sequence[Programme] = (), question: str = ""
) -> Message:
    """In reply to /leaderboard: the first ranks, and the reader's between the neighbours'.

    `programmes` are the reader's: each has boards of its own. `question` says when the reader's
    next question comes, for an empty board.
    """
    if board.period is Period.WEEK:
        title = w._("🏆 This week")
        other = Button(w._("🗓 All time"), f"board:{Period.ALL_TIME}")
    else:
        title = w._("🏆 All time")
        other = Button(w._("🗓 This week"), f"board:{Period.WEEK}")
    players = w.ngettext("{count} player", "{count} players", board.players)
    on_board = any(each.is_me for each in (*board.top, *board.around_me))
    own_points = f"{escape(board.my_alias)} · {words.points(w, 0)}"
    return message(
        f"{bold(title)} · {players}" if board.players > 1 else bold(title),
        board_lines(w, board, ranked=board.players > 1 or not on_board)
        or paragraphs(w._("Nobody has points yet. Be the first!"), question),
        "" if on_board else _own_line(w, own_points, w._("Answer a question to join this board.")),
        rows=[
            [other, Button(w._("📊 My score"), "score")],
            *_programme_boards(programmes),
        ],
    )


def programme_choice(w: Words, run: Sequence[Programme]) -> Message:
    """In reply to /leaderboard by a coordinator of several programmes who takes part in none."""
    return message(w._("🏆 The board of which programme?"), rows=_programme_boards(run))


def _programme_boards(programmes: Sequence[Programme]) -> Rows:
    return programme_choices(programmes, "boards:{}:week:all", _PROGRAMMES_SHOWN, sign="🏆 ")


def rank_label(w: Words, rank: int) -> str:
    """Returns a medal for the first three ranks, otherwise the number."""
    return _MEDALS.get(rank, f"{w.number(rank)}.")


@dataclass(frozen=True)
class _Rank:
    """Those who share a rank: `places` are the ones that a board shows, of so many people."""

    rank: int
    places: Sequence[Place]
    people: int

    @property
    def is_folded(self) -> bool:
        return self.people > _MOST_TIED


def _ranks(board: MemberBoard | Leaderboard) -> Iterator[_Rank]:
    for rank, places in groupby(board.top, key=lambda place: place.rank):
        tied = list(places)
        more = board.tied_more if tied[-1] is board.top[-1] else 0
        yield _Rank(rank, tied, len(tied) + more)


def board_lines(w: Words, board: MemberBoard | Leaderboard, *, ranked: bool = True) -> str:
    """Returns the places of a board, and below a gap the reader's between the neighbours'.

    A place that many share is one line. `ranked` is False for a player who is alone.
    """
    lines: list[str] = []
    around_me = board.around_me
    for each in _ranks(board):
        if not each.is_folded:
            lines += [_board_line(w, place, ranked) for place in each.places]
            if each.people > len(each.places):
                lines.append(tied_more(w, board))
            continue
        mine = [place for place in around_me if place.is_me and place.rank == each.rank]
        points = words.points(w, each.places[0].points)
        names = _tied_names(w, replace(each, places=[*mine, *each.places]))
        lines.append(
            w._("{rank} {names} · {points} each").format(
                rank=rank_label(w, each.rank), names=names, points=points
            )
        )
        around_me = [] if mine else [place for place in around_me if place.rank != each.rank]
    near = "\n".join(_board_line(w, place, ranked=True) for place in around_me)
    return paragraphs("\n".join(lines), f"⋯\n{near}" if near else "")


def winners(w: Words, board: MemberBoard) -> str:
    """Returns the places of a board in one line, empty if nobody has points."""
    named: list[str] = []
    for each in _ranks(board):
        names = (
            [_tied_names(w, each)] if each.is_folded else [_name(place) for place in each.places]
        )
        named += [f"{rank_label(w, each.rank)} {name}" for name in names]
    return ", ".join(named)


def _tied_names(w: Words, tied: _Rank) -> str:
    """Returns some who share the rank, the reader first, and how many more do."""
    first = sorted(tied.places, key=lambda place: not place.is_me)[:_TIED_NAMED]
    names = [
        w._("{name} (you)").format(name=f"<b>{_name(place)}</b>") if place.is_me else _name(place)
        for place in first
    ]
    return w.ngettext(
        "{names} and {count} more",
        "{names} and {count} more",
        tied.people - len(names),
        names=", ".join(names),
    )


def _name(place: Place) -> str:
    return escape(shortened(place.name, _LONGEST_NAME))


def _board_line(w: Words, place: Place, ranked: bool) -> str:
    label = rank_label(w, place.rank) if ranked else "•"
    line = f"{label} {_name(place)} · {words.points(w, place.points)}"
    return _marked(line, w._("you")) if place.is_me else line


def _marked(line: str, owner: str) -> str:
    """Returns the reader's own line, in bold."""
    return f"<b>{line} ← {owner}</b>"


def _own_line(w: Words, points: str, reason: str) -> str:
    """Returns the line of a reader who has no rank on the board, and why."""
    return _marked(f"– {points}", w._("you")) + "\n" + reason


@dataclass(frozen=True)
class ProgrammeBoards:
    """A programme, and which of its boards the reader can turn to.

    `first_full_week` is the Monday on which a late member's first full week begins, until then. A
    programme that has `ended` has no board of a week or month any more.
    """

    programme: Programme
    has_teams: bool
    my_team: Team | None
    is_member: bool = False
    first_full_week: date | None = None
    ended: bool = False


@dataclass(frozen=True)
class EmptyBoard:
    """What a board without points says instead. `past` has the winners of the week before."""

    now: datetime
    coming: NextQuestion
    past: PastWeek | None = None


def member_board(
    w: Words,
    boards: ProgrammeBoards,
    board: MemberBoard,
    empty: EmptyBoard | None = None,
    teams: Sequence[TeamPlace] = (),
) -> Message:
    """After a button: the first ranks of a programme or a team, and the reader's neighbours.

    `teams` stand on the final board, too.
    """
    scope = str(board.team.id) if board.team else EVERYBODY
    first_week = None if board.period is BoardPeriod.ALL_TIME else boards.first_full_week
    if first_week:
        board = replace(board, around_me=())  # no place far below before that week
    on_board = any(each.is_me for each in (*board.top, *board.around_me))
    return message(
        _board_title(w, boards, board.period, board.team),
        "🌱 " + first_full_week(w, first_week) if first_week else "",
        standing(w, board.mine) if board.mine is not None and not first_week else "",
        board_lines(w, board, ranked=board.players > 1 or not on_board)
        or w._("Nobody has points here yet."),
        escape(shared_first(w, board)),
        _instead(w, empty) if empty is not None else "",
        "" if on_board else _off_the_board(w, boards, board),
        f"{bold(w._('👥 Teams'))}\n{_team_lines(w, _shown_teams(teams))}" if teams else "",
        rows=_other_boards(w, boards, board.period, scope),
    )


def tied_more(w: Words, board: MemberBoard | Leaderboard) -> str:
    """Returns how many more have as many points as the last line, empty for none."""
    if not board.tied_more:
        return ""
    return w.ngettext(
        "… and {count} more with the same points",
        "… and {count} more with the same points",
        board.tied_more,
    )


def shared_first(w: Words, board: MemberBoard) -> str:
    """Returns who shares first place, and whom the draw picks or when it comes; empty for none.

    It is plain text.
    """
    shared = board.shared
    if shared is None:
        return ""
    people = w.number(shared.people)
    if shared.all_right is None:
        told = w._("{people} people share first place, each with {points}.").format(
            people=people, points=words.points(w, shared.points)
        )
    elif shared.all_right == 1 and shared.draw is not None and not shared.draw.is_over:
        told = w._("{people} people share first place: each had the first question right.")
        told = told.format(people=people)
    else:
        told = w.ngettext(
            "{people} people share first place: each had the question right.",
            "{people} people share first place, each with all {count} questions right.",
            shared.all_right,
            people=people,
        )
    if shared.drawn is not None:
        drawn = w._("If there is one prize, the draw gives it to {name}.")
        return f"{told} {drawn.format(name=shortened(shared.drawn, _LONGEST_NAME))}"
    if shared.draw is None:
        return told
    comes = w._("If there is one prize, a draw picks one of them {when}.")
    return f"{told} {comes.format(when=_when_drawn(w, shared.draw))}"


def _when_drawn(w: Words, draw: Draw) -> str:
    if not draw.is_over:
        return {
            BoardPeriod.WEEK: w._("once the week is over"),
            BoardPeriod.MONTH: w._("once the month is over"),
        }.get(draw.period, w._("once the programme is over"))
    if draw.waits_for is None or draw.closes_at is None:
        return w._("by {weekday}").format(weekday=w.weekday(draw.by))
    return w._("after {weekday}'s question has closed, {when}").format(
        weekday=w.weekday(draw.waits_for), when=w.moment(draw.closes_at, draw.zone, draw.now)
    )


def _instead(w: Words, empty: EmptyBoard) -> str:
    """Returns when the next question comes, and the winners of the last week."""
    coming, past = question_to_answer(w, empty.coming, empty.now), empty.past
    if past is None:
        return coming
    title = w._("Week of {first} to {last}").format(
        first=w.short_day(past.monday), last=w.short_day(past.monday + timedelta(days=6))
    )
    lines = board_lines(w, past.winners, ranked=past.winners.players > 1)
    best = f"{bold(title)}\n{lines}" if lines else ""
    return paragraphs(coming, best, escape(shared_first(w, past.winners)))


def first_full_week(w: Words, monday: date) -> str:
    """Returns when a late member's first full week begins, in place of a rank."""
    return w._("Your first full week starts on {day}.").format(day=w.weekday(monday))


def standing(w: Words, mine: Standing) -> str:
    """Returns the reader's place and the distance to the next one."""
    if mine.players == 1:
        return w._("📍 Nobody else has points yet.")
    is_good = is_good_place(mine.rank, mine.players)
    return (w._("📍 You're {place}.") if is_good else "📍 {place}.").format(
        place=place_among(w, mine)
    )


def place_among(w: Words, mine: Standing) -> str:
    """Returns a place and the distance to the next; in the lower half, the distance alone."""
    rank, players = bold(w.ordinal(mine.rank)), w.number(mine.players)
    place = w._("{rank} of {players}").format(rank=rank, players=players)
    if mine.next_rank is None or mine.points_to_next is None:
        return place
    distance = w._("{points} to {next}").format(
        points=words.points(w, mine.points_to_next),
        next=w.ordinal(mine.next_rank)
        if is_good_place(mine.next_rank, mine.players)
        else w._("the next place"),
    )
    return f"{place}, {distance}" if is_good_place(mine.rank, mine.players) else distance


def final_points(w: Words, points: int, rank: int | None, players: int) -> str:
    """Returns a member's points at the end, with the place if it is good."""
    told = bold(words.points(w, points))
    if rank is None or not is_good_place(rank, players):
        return told
    return w._("{points}: place {rank} of {players}").format(
        points=told, rank=bold(w.number(rank)), players=w.number(players)
    )


def team_board(
    w: Words,
    boards: ProgrammeBoards,
    period: BoardPeriod,
    places: Sequence[TeamPlace],
    empty: EmptyBoard | None = None,
) -> Message:
    """After a button: the teams by points per member; small teams have no average."""
    shown = _shown_teams(places)
    has_small = any(each.average is None for each in shown)
    team_buttons = [
        Button(
            "👥 " + shortened(each.team.name, _LONGEST_NAME),
            f"boards:{boards.programme.id}:{period}:{each.team.id}",
        )
        for each in shown
    ]
    return message(
        _board_title(w, boards, period, None),
        _team_lines(w, shown) or w._("There are no teams yet."),
        question_to_answer(w, empty.coming, empty.now) if empty is not None else "",
        words.and_more(w, len(places) - len(shown)),
        w._("These are points per member. All members count, even without an answer."),
        w._("Teams with fewer than {count} members have no average.").format(
            count=w.number(MIN_GROUP_SIZE)
        )
        if has_small
        else "",
        rows=[*_other_boards(w, boards, period, TEAMS), *rows_of(2, team_buttons)],
    )


def _shown_teams(places: Sequence[TeamPlace]) -> Sequence[TeamPlace]:
    """Returns the first teams, and the reader's own wherever it is."""
    return [each for n, each in enumerate(places) if n < _TEAMS_SHOWN or each.is_mine]


def _team_lines(w: Words, places: Iterable[TeamPlace]) -> str:
    return "\n".join(_team_line(w, each) for each in places)


def _board_title(w: Words, boards: ProgrammeBoards, period: BoardPeriod, team: Team | None) -> str:
    programme = boards.programme
    name = f"{programme.name} · {team.name}" if team else programme.name
    demo = " 🧪" if programme.demo else ""
    return f"🏆 {bold(name)}{demo} · {_period_names(w, boards)[period]}"


def _period_names(w: Words, boards: ProgrammeBoards) -> dict[BoardPeriod, str]:
    if not boards.ended:
        return period_names(w)
    return {
        BoardPeriod.PROGRAMME: w._("Final board"),
        BoardPeriod.ALL_TIME: period_names(w)[BoardPeriod.ALL_TIME],
    }


def period_names(w: Words) -> dict[BoardPeriod, str]:
    """Returns what the periods of a programme's boards are called, in their order."""
    return {
        BoardPeriod.WEEK: w._("This week"),
        BoardPeriod.MONTH: w._("This month"),
        BoardPeriod.PROGRAMME: w._("Whole programme"),
        BoardPeriod.ALL_TIME: w._("All time"),
    }


def _off_the_board(w: Words, boards: ProgrammeBoards, board: MemberBoard) -> str:
    """Returns the reader's line and why it has no rank, or nothing for a non-member."""
    if board.my_points is None:
        return ""
    if board.mine is not None:  # on it, and not shown before the first full week
        return _marked("– " + words.points(w, board.my_points), w._("you"))
    if board.i_am_hidden:
        reason = w._("You're hidden. Only you see this line.")
    elif board.team is not None and (boards.my_team is None or boards.my_team.id != board.team.id):
        reason = w._("You're not in this team.")
    elif boards.ended and board.period is not BoardPeriod.ALL_TIME:
        return _marked("– " + words.points(w, board.my_points), w._("you"))
    else:
        reason = w._("Answer a question to join this board.")
    return _own_line(w, words.points(w, board.my_points), reason)


def _team_line(w: Words, place: TeamPlace) -> str:
    members = words.members(w, place.members)
    name = escape(shortened(place.team.name, _LONGEST_NAME))
    if place.rank is None:
        line = f"– {name} · {members}"
    else:
        average = w._("{points} points").format(points=w.decimal(place.average or 0, 1))
        line = f"{rank_label(w, place.rank)} {name} · {average} · {members}"
    return _marked(line, w._("yours")) if place.is_mine else line


def _other_boards(w: Words, boards: ProgrammeBoards, period: BoardPeriod, scope: str) -> Rows:
    """Returns buttons to the other periods of the board, and to the other scopes."""
    prefix = f"boards:{boards.programme.id}"
    periods = [
        Button(label, f"{prefix}:{each}:{scope}")
        for each, label in _period_names(w, boards).items()
        if each is not period
    ]
    scopes = {EVERYBODY: w._("🙂 Everybody")}
    if boards.has_teams:
        scopes[TEAMS] = w._("👥 Teams")
    if boards.my_team is not None:
        scopes[str(boards.my_team.id)] = w._("👥 My team")
    others = [
        Button(label, f"{prefix}:{period}:{each}")
        for each, label in scopes.items()
        if each != scope
    ]
    whole, back = Button(w._("🌍 Whole quiz"), f"board:{Period.WEEK}"), w._("‹ Back")
    last = (
        [Button(back, f"mine:{boards.programme.id}"), whole]
        if boards.is_member
        else [Button(back, f"programme:{boards.programme.id}")]
    )
    return [periods, *([others] if others else []), last]
