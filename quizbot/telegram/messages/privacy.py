"""What is kept, handing it out, erasing it."""

from quizbot.telegram.messages.message import Button, Message, lines
from quizbot.telegram.words import Words


def privacy(w: Words) -> Message:
    _ = w._
    return Message(
        lines(
            _("🔒 <b>What is kept about you</b>"),
            _(
                "• your Telegram id, which is also where questions are sent\n"
                "• your alias, language, time zone and time of day, whether you want reminders "
                "and when the next may come\n"
                "• the code of the link you came by, if there was one\n"
                "• when you joined, and whether you paused, left or blocked me\n"
                "• the questions sent to you (with their message numbers), your answers and when "
                "you gave them\n"
                "• the points and streaks that follow from them, and how well you seem to recall "
                "each question"
            ),
            _(
                "Your name, user name, phone number and what you write to me are not kept. "
                "Other players see your alias and your points, never your answers. "
                "It all stays until you erase it."
            ),
            _("/export sends you all of it · /forget erases all of it"),
        )
    )


def export_caption(w: Words) -> str:
    return w._("All that is kept about you.")


def nothing_kept(w: Words) -> Message:
    return Message(w._("Nothing is kept about you. /start begins."))


def ask_forget(w: Words) -> Message:
    _ = w._
    return Message(
        _(
            "⚠️ This erases your answers, points, streak and alias for good. Nobody can bring them "
            "back. Are you sure?"
        ),
        [[Button(_("🗑 Erase everything"), "forget:yes"), Button(_("Keep it"), "forget:no")]],
    )


def forgotten(w: Words) -> Message:
    return Message(w._("Everything about you is erased. /start begins anew, whenever you like."))


def kept(w: Words) -> Message:
    return Message(w._("Nothing was erased."))
