"""Messages in the group chats of programmes."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from html import escape

from db.programmes import Programme
from questions import Item, Topic
from quizbot.programmes.boards import GroupBoard, TeamPlace
from quizbot.programmes.disclosure_control import share_correct
from quizbot.telegram.messages import words
from quizbot.telegram.messages.markup import Message, bold, disclaimer, message, paragraphs
from quizbot.telegram.messages.questions import correct_answer, explanation, sources
from quizbot.telegram.messages.score import rank_label
from quizbot.telegram.messages.words import Words

_TEAMS_SHOWN = 8


def linked(w: Words, programme: Programme, first_at: datetime, now: datetime) -> Message:
    """After the group was linked: what the bot will do in it, and how to stop that."""
    return message(
        w._("👋 This group takes part in {programme}.").format(programme=bold(programme.name)),
        w._(
            "I post the day's question here as a quiz poll: {when}. The first one comes {first}. "
            "Each stays open until the next one; then I say what is right, and why."
        ).format(
            when=bold(words.question_times(w, programme)),
            first=bold(w.moment(first_at, programme.timezone, now)),
        ),
        w._(
            "Votes here are anonymous: nobody sees who voted what, not even I, and they earn "
            "no points. Points come from the questions that you answer in private."
        ),
        w._(
            "With the first question of a week I post last week's board; /board shows this "
            "week's. I read nothing here but commands to me. Whoever runs the programme stops "
            "all this with /unlink."
        ),
    )


def link_refused(w: Words, reason: str) -> Message:
    """After a LinkingError: why the group was not linked, and what to do."""
    sentences = {
        "no-invite": w._(
            "That link does not work here any more. Whoever runs the programme gets a new one "
            "in private, with /programme."
        ),
        "not-yours": w._(
            "Only somebody who runs the programme can bring me into a group, and not "
            "anonymously. Please ask them to use the link."
        ),
        "ended": w._("That programme has ended. A new one is made in private: /programme new."),
    }
    return message(sentences[reason])


def unlinked(w: Words, programme: str) -> Message:
    """After /unlink."""
    return message(
        w._(
            "👋 I post nothing here any more. {programme} goes on in private; its link for groups "
            "brings me back."
        ).format(programme=bold(programme))
    )


def coordinators_only(w: Words) -> Message:
    """After /unlink by somebody who does not coordinate the programme."""
    return message(w._("Only somebody who runs the programme can do that, and not anonymously."))


def poll_results(
    w: Words, item: Item, topic: Topic, option_order: str, votes: Sequence[int] | None
) -> Message:
    """In reply to a closed poll: the correct answer, why, and how many chose it.

    `votes` are by option in the order shown, None where they are not known.
    """
    return message(
        _share_correct(w, option_order, votes)
        or w._(
            "🏁 This question is closed. I say how many were right only if at least five were, "
            "and at least five were not."
        ),
        correct_answer(w, item),
        explanation(item),
        sources(w, topic, item),
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
            "⚠️ I may not send polls in {group}, so the day's question of {programme} could not be "
            "posted. Please allow members to send messages and polls there, or make me an "
            "administrator; no other right is needed. I try again with the next question."
        ).format(group=bold(group), programme=bold(programme))
    )


def last_week_board(w: Words, board: GroupBoard) -> Message:
    """With the first question of a week: the latest past week that had questions."""
    monday = board.since
    title = w._("🏆 The week from {first} to {last}").format(
        first=w.short_day(monday), last=w.short_day(monday + timedelta(days=6))
    )
    return message(_board(w, board, title))


def this_week_board(w: Words, board: GroupBoard) -> Message:
    """In reply to /board."""
    return message(_board(w, board, w._("🏆 This week so far")))


def programme_ended(w: Words, board: GroupBoard) -> Message:
    """The last message in a group, after the last question was closed."""
    return message(
        w._("🎓 {programme} has ended, and its last question is closed. Well done!").format(
            programme=bold(board.programme)
        ),
        _board(w, board, w._("🏆 The final board")) if board.members.players else "",
        w._("In private the daily question goes on."),
    )


def _board(w: Words, board: GroupBoard, title: str) -> str:
    members = "\n".join(
        f"{rank_label(w, each.rank)} {escape(each.name)} · {words.points(w, each.points)}"
        for each in board.members.top
    )
    players = w.ngettext("{count} player", "{count} players", board.members.players)
    return paragraphs(
        f"{bold(title)} · {players}",
        w._("🧪 This programme and its members are made up.") if board.demo else "",
        members or w._("Nobody has points yet. Be the first!"),
        _teams(w, board.teams),
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
    if place.rank is None or place.average is None:
        return w._("– {team} · too small for an average").format(team=name)
    return f"{rank_label(w, place.rank)} {name} · {w.decimal(place.average, 1)}"
