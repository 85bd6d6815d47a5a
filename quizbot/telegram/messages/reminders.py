"""The evening reminder, and /reminders."""

from datetime import datetime, time

from quizbot.quiz.reminding import Unanswered
from quizbot.telegram.messages.message import Button, Message, bold, escape, lines
from quizbot.telegram.words import Words


def reminder(w: Words, unanswered: Unanswered, now: datetime) -> Message:
    """In reply to the question, so that a tap on it leads there."""
    _ = w._
    until = w.moment(unanswered.closes_at, unanswered.zone, now)
    return Message(
        _("🌙 Today's question is still open, until {when}.").format(when=bold(until)),
        [[Button(_("🔕 No more reminders"), "reminders:off")]],
    )


def reminders(w: Words, zone: str, at: time | None, *, on: bool) -> Message:
    """Whether they are on. `at` is the local time, None where the question comes too late."""
    _ = w._
    if not on:
        return Message(
            _("🔕 Reminders are off. /reminders on brings them back."),
            [[Button(_("🔔 Switch reminders on"), "reminders:on")]],
        )
    when = (
        _(
            "While the day's question is unanswered, one note comes in the evening, at {time} "
            "({zone})."
        ).format(time=bold(w.clock(at)), zone=escape(zone))
        if at
        else _(
            "But none comes: your question comes too late in the day for one. /time changes that."
        )
    )
    return Message(
        lines(_("🔔 Reminders are on."), when),
        [[Button(_("🔕 No more reminders"), "reminders:off")]],
    )


def on_or_off(w: Words) -> Message:
    """After /reminders with anything else behind it."""
    return Message(w._("Send /reminders on or /reminders off."))
