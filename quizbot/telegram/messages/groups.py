"""Messages in the group chats of programmes."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from html import escape

from db.programmes import Programme
from questions import Item, Topic
from quizbot.programmes.boards import TeamPlace
from quizbot.programmes.disclosure_control import share_correct
from quizbot.programmes.group_boards import GroupBoard
from quizbot.programmes.winners import PastWeek
from quizbot.telegram.messages import words
from quizbot.telegram.messages.boards import (
    board_lines,
    rank_label,
    shared_first,
    winners,
)
from quizbot.telegram.messages.markup import (
    Message,
    bold,
    disclaimer,
    message,
    paragraphs,
    shortened,
)
from quizbot.telegram.messages.questions import correct_answer, explanation, sources
from quizbot.telegram.messages.schedule import next_question, question_to_answer
from quizbot.telegram.messages.team_goal import progress_line
from quizbot.telegram.messages.words import Words

_TEAMS_SHOWN = 8
_LONGEST_NAME = 32


def linked(w: Words, programme: Programme, first_at: datetime, now: datetime) -> Message:
    """After the group was linked: what the bot will do in it, and how to stop that."""
    return message(
        w._("👋 This group has joined {programme}!").format(programme=bold(programme.name)),
        w._(
            "I post the day's question here as a quiz poll: {when}. The first one comes {first}. "
            "It stays open until the next one. Then I tell you the answer, and why."
        ).format(
            when=bold(words.question_times(w, programme)),
            first=bold(w.moment(first_at, programme.timezone, now)),
        ),
        w._(
            "Votes here are anonymous, even to me, and earn no points. You earn points with the "
            "questions you answer in private."
        ),
        w._(
            "Every week I post last week's board. /board shows this week's. I only read commands "
            "to me. Your coordinators can stop me with /unlink."
        ),
    )


def link_refused(w: Words, reason: str) -> Message:
    """After a LinkingError: why the group was not linked, and what to do."""
    sentences = {
        "no-invite": w._(
            "That link no longer works. A coordinator can get a new one in private, with "
            "/programme."
        ),
        "not-yours": w._(
            "Only a coordinator can link a group, and not while they're anonymous. Please ask one "
            "to use the link."
        ),
        "ended": w._("That programme has ended. Make a new one in private: /programme new"),
    }
    return message(sentences[reason])


def not_linked(w: Words, username: str) -> Message:
    """In reply to /board in a group without a programme."""
    return message(
        w._("No programme is linked to this group now. Let's play in private: {link}").format(
            link=f"https://t.me/{escape(username)}"
        )
    )


def unlinked(w: Words, programme: str) -> Message:
    """After /unlink."""
    return message(
        w._(
            "👋 Bye! I won't post here any more. {programme} goes on in private. Its group "
            "link brings me back."
        ).format(programme=bold(programme))
    )


def coordinators_only(w: Words) -> Message:
    """After /unlink by somebody who does not coordinate the programme."""
    return message(w._("Only a coordinator can do that, and not while they're anonymous."))


def poll_results(
    w: Words,
    item: Item,
    topic: Topic,
    option_order: str,
    votes: Sequence[int] | None,
    goal: str = "",
) -> Message:
    """In reply to a closed poll: the correct answer, why, and how many chose it.

    `votes` are by option in the order shown, None where they are not known. `goal` is the line
    about the team goal.
    """
    return message(
        _share_correct(w, option_order, votes)
        or w._(
            "🏁 Time's up! I only say how many were right if at least five were and five weren't."
        ),
        correct_answer(w, item),
        explanation(item),
        sources(w, topic, item),
        goal,
        disclaimer(topic.disclaimer),
    )


def _share_correct(w: Words, option_order: str, votes: Sequence[int] | None) -> str:
    """Returns nothing where it could tell about single people (docs/privacy.md, group chats)."""
    answered, key = sum(votes or ()), option_order.index("0")
    share = share_correct(votes[key], answered) if votes and key < len(votes) else None
    if share is None:
        return ""
    return w._("🏁 {answered}, {share} right.").format(
        answered=w.ngettext("{count} answered", "{count} answered", answered),
        share=w.percent(share),
    )


def missing_rights(w: Words, group: str, programme: str) -> Message:
    """When the group does not let the bot send polls; sent there, or else to the coordinators."""
    return message(
        w._(
            "⚠️ I couldn't post the question of {programme} in {group}: I'm not allowed to send "
            "polls. Please let members send messages and polls, or make me an administrator. I "
            "need no other rights. I'll try again with the next question."
        ).format(group=bold(group), programme=bold(programme))
    )


def last_week_board(w: Words, board: GroupBoard) -> Message:
    """With the first question of a week: the latest past week that had questions."""
    monday = board.since
    title = w._("🏆 Week of {first} to {last}").format(
        first=w.short_day(monday), last=w.short_day(monday + timedelta(days=6))
    )
    return message(_board(w, board, title))


def this_week_board(w: Words, board: GroupBoard, now: datetime) -> Message:
    """In reply to /board: with the last winners; an empty one tells the next question.

    Before the first day only that, and after the end the whole programme's board.
    """
    coming = board.coming
    if coming is not None and coming.is_first:
        return message(f"📋 {bold(board.programme)}", next_question(w, coming, now))
    if board.ended:
        ended = w._("🎓 {programme} has ended.").format(programme=bold(board.programme))
        return message(ended, _board(w, board, w._("🏆 The whole programme")))
    nobody_yet = question_to_answer(w, coming, now) if coming is not None else ""
    return message(
        _board(w, board, w._("🏆 This week so far"), nobody_yet),
        _last_winners(w, board.past) if board.past is not None else "",
    )


def _last_winners(w: Words, past: PastWeek) -> str:
    names = winners(w, past.winners)
    week = w.short_day(past.monday)
    line = w._("🏅 Winners of the week of {day}: {names}").format(day=week, names=names)
    shared = escape(shared_first(w, past.winners))
    return "\n".join(filter(None, [line, shared, best_team(w, past.best_teams)]))


def best_team(w: Words, best: Sequence[TeamPlace]) -> str:
    """Returns the teams in the first place in one line, empty if there are none."""
    if not best:
        return ""
    told = (
        w._("👥 Best teams: {names} · {points} points each")
        if len(best) > 1
        else w._("👥 Best team: {names} · {points} points each")
    )
    return told.format(
        names=escape(", ".join(shortened(each.team.name, _LONGEST_NAME) for each in best)),
        points=w.decimal(best[0].average or 0, 1),
    )


def programme_ended(w: Words, board: GroupBoard) -> Message:
    """The last message in a group, after the last question was closed."""
    return message(
        w._("🎓 {programme} has ended. Well done, everybody!").format(
            programme=bold(board.programme)
        ),
        _board(w, board, w._("🏆 The final board")) if board.members.players else "",
        w._("Your daily question goes on in private."),
    )


def _board(w: Words, board: GroupBoard, title: str, nobody_yet: str = "") -> str:
    """Returns the board; `nobody_yet` is what it says if nobody has points."""
    count = board.members.players
    members = board_lines(w, board.members, ranked=count > 1)
    players = w.ngettext("{count} player", "{count} players", count)
    return paragraphs(
        f"{bold(title)} · {players}" if count > 1 else bold(title),
        words.demo_note(w, board.demo),
        members or nobody_yet or w._("Nobody has points yet. Be the first!"),
        escape(shared_first(w, board.members)),
        _teams(w, board.teams),
        progress_line(w, board.goal) if board.goal is not None else "",
    )


def _teams(w: Words, teams: Sequence[TeamPlace]) -> str:
    if not teams:
        return ""
    lines = [
        bold(w._("Teams, by points per member")),
        *(_team_line(w, each) for each in teams[:_TEAMS_SHOWN]),
        words.and_more(w, len(teams) - _TEAMS_SHOWN),
    ]
    return "\n".join(filter(None, lines))


def _team_line(w: Words, place: TeamPlace) -> str:
    name = escape(place.team.name)
    if place.average is None:
        return w._("– {team} · too small for an average").format(team=name)
    if place.rank is None:
        return w._("– {team} · no points yet").format(team=name)
    return f"{rank_label(w, place.rank)} {name} · {w.decimal(place.average, 1)}"
