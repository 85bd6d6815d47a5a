"""The end of a programme, as its members hear of it."""

from quizbot.quiz.programmes.farewell import GoesOn, Parting
from quizbot.telegram.messages.message import Button, Message, bold, lines
from quizbot.telegram.words import Words


def farewell(w: Words, programme: str, players: int, parting: Parting) -> Message:
    """Points and rank, and how the questions go on."""
    _ = w._
    return Message(
        lines(
            _("🎓 {programme} has ended. Thank you for taking part!").format(
                programme=bold(programme)
            ),
            _reached(w, players, parting),
            _goes_on(w, parting),
        ),
        [[Button(_("📊 My score"), "score"), Button(_("🏆 Leaderboard"), "leaderboard")]],
    )


def _goes_on(w: Words, parting: Parting) -> str:
    _ = w._
    if parting.next_on is not None:
        return _(
            "Your next question comes on {day}, with the next programme that you are in."
        ).format(day=bold(w.day(parting.next_on)))
    return {
        GoesOn.EVERY_DAY: _(
            "What you have learnt stays when it is asked again: your daily question goes on, every "
            "day. /pause stops it for a while, /stop for good."
        ),
        GoesOn.BY_ANOTHER: _(
            "Your daily question goes on with the other programme that you are in."
        ),
        GoesOn.PAUSED: _("Your questions are paused: /resume brings one every day from now on."),
    }[parting.goes_on]


def _reached(w: Words, players: int, parting: Parting) -> str:
    points = bold(w.ngettext("{count} point", "{count} points", parting.points))
    if parting.rank is None:
        return w._("You reached {points}.").format(points=points)
    return w._("You reached {points}: rank {rank} of {players}.").format(
        points=points, rank=bold(w.number(parting.rank)), players=w.number(players)
    )
