"""What the bot says in group chats of programmes."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from db.programmes import Programme
from questions import Item, Topic
from quizbot.programmes.boards import MIN_GROUP_SIZE, GroupBoard, TeamPlace
from quizbot.telegram.messages import words
from quizbot.telegram.messages.markup import Message, bold, escape, lines
from quizbot.telegram.messages.questions import source
from quizbot.telegram.messages.words import Words

_MEDALS = {1: "🥇", 2: "🥈", 3: "🥉"}
_TEAMS_SHOWN = 8


def linked(w: Words, programme: Programme, first_at: datetime, now: datetime) -> Message:
    """What the bot will do in the group from now on, and how that is stopped."""
    _ = w._
    return Message(
        lines(
            _("👋 This group takes part in {programme}.").format(programme=bold(programme.name)),
            _(
                "I post the day's question here as a quiz poll: {when}. The first one comes "
                "{first}. Each stays open until the next one; then I say how many were right, and "
                "why."
            ).format(
                when=bold(words.when(w, programme)),
                first=bold(w.moment(first_at, programme.timezone, now)),
            ),
            _(
                "Votes here are anonymous: nobody sees who voted what, not even I, and they earn "
                "no points. Points come from the questions that you answer in private."
            ),
            _(
                "With the first question of a week I post last week's board; /board shows this "
                "week's. I read nothing here but commands to me. Whoever runs the programme stops "
                "all this with /unlink."
            ),
        )
    )


def cannot_link(w: Words, reason: str) -> Message:
    """Why not, and what to do: a sentence for each reason of a LinkingError."""
    _ = w._
    return Message(
        {
            "no-invite": _(
                "That link does not work here any more. Whoever runs the programme gets a new one "
                "in private, with /programme."
            ),
            "not-yours": _(
                "Only somebody who runs the programme can bring me into a group, and not "
                "anonymously. Please ask them to use the link."
            ),
            "ended": _("That programme has ended. A new one is made in private: /programme new."),
        }[reason]
    )


def unlinked(w: Words, programme: str) -> Message:
    return Message(
        w._(
            "👋 I post nothing here any more. {programme} goes on in private; its link for groups "
            "brings me back."
        ).format(programme=bold(programme))
    )


def not_yours(w: Words) -> Message:
    """To a member who sends /unlink."""
    return Message(w._("Only somebody who runs the programme can do that, and not anonymously."))


def results(
    w: Words, item: Item, topic: Topic, option_order: str, votes: Sequence[int] | None
) -> Message:
    """The answer and why, in reply to the poll; how many were right only where enough voted.

    `votes` are by option as shown, None where they are not known.
    """
    _ = w._
    sources = "; ".join(escape(source(w, topic, claim_id)) for claim_id in item.cites)
    return Message(
        lines(
            _shares(w, option_order, votes)
            or _("🏁 This question is closed. How many were right is told from five votes on."),
            _("{label} {text}").format(label=bold(_("Right answer:")), text=escape(item.key)),
            f"💡 {escape(item.explanation)}",
            f"📖 {bold(_('Source:'))} {sources}",
            f"⚕️ <i>{escape(topic.disclaimer)}</i>",
        )
    )


def _shares(w: Words, option_order: str, votes: Sequence[int] | None) -> str:
    """Nothing below five people: with fewer, a share tells about each of them."""
    answered = sum(votes or ())
    key = option_order.index("0")
    if votes is None or answered < MIN_GROUP_SIZE or key >= len(votes):
        return ""
    return w._("🏁 {answered}, {share} right.").format(
        answered=w.ngettext("{count} answered", "{count} answered", answered),
        share=w.percent(votes[key] / answered),
    )


def may_not_post(w: Words, group: str, programme: str) -> Message:
    """Where the group does not let the bot send polls; said there, or else to who runs it."""
    return Message(
        w._(
            "⚠️ I may not send polls in {group}, so the day's question of {programme} could not be "
            "posted. Please allow members to send messages and polls there, or make me an "
            "administrator; no other right is needed. I try again with the next question."
        ).format(group=bold(group), programme=bold(programme))
    )


def last_week(w: Words, board: GroupBoard) -> Message:
    """The board of the latest week that is over and had questions."""
    monday = board.since
    title = w._("🏆 The week from {first} to {last}").format(
        first=w.short_day(monday), last=w.short_day(monday + timedelta(days=6))
    )
    return _board(w, board, title)


def this_week(w: Words, board: GroupBoard) -> Message:
    """The board so far, for whoever asks."""
    return _board(w, board, w._("🏆 This week so far"))


def ended(w: Words, board: GroupBoard) -> Message:
    """The last words in a group whose programme is over."""
    _ = w._
    final = _board(w, board, _("🏆 The final board")) if board.members.players else None
    return Message(
        lines(
            _("🎓 {programme} has ended, and its last question is closed. Well done!").format(
                programme=bold(board.programme)
            ),
            final.text if final else "",
            _("In private the daily question goes on."),
        )
    )


def _board(w: Words, board: GroupBoard, title: str) -> Message:
    _ = w._
    members = "\n".join(
        f"{_place(w, each.rank)} {escape(each.name)} · {_points(w, each.points)}"
        for each in board.members.top
    )
    players = w.ngettext("{count} player", "{count} players", board.members.players)
    return Message(
        lines(
            f"{bold(title)} · {players}",
            _("🧪 This programme and its members are made up.") if board.demo else "",
            members or _("Nobody has points yet. Be the first!"),
            _teams(w, board.teams),
        )
    )


def _teams(w: Words, teams: Sequence[TeamPlace]) -> str:
    if not teams:
        return ""
    _ = w._
    shown = [_team(w, each) for each in teams[:_TEAMS_SHOWN]]
    if (more := len(teams) - _TEAMS_SHOWN) > 0:
        shown.append(w.ngettext("… and {count} more", "… and {count} more", more))
    return "\n".join([bold(_("Teams, by points per member")), *shown])


def _team(w: Words, place: TeamPlace) -> str:
    name = escape(place.team.name)
    if place.rank is None or place.average is None:
        return w._("– {team} · too small for an average").format(team=name)
    return f"{_place(w, place.rank)} {name} · {w.decimal(place.average, 1)}"


def _place(w: Words, rank: int) -> str:
    return _MEDALS.get(rank, f"{w.number(rank)}.")


def _points(w: Words, points: int) -> str:
    return w.ngettext("{count} point", "{count} points", points)
