"""Messages about what is stored of a person, its export, and its erasure."""

from collections.abc import Sequence

from db.programmes import Programme
from quizbot.telegram.messages.markup import Button, Message, message, name_list
from quizbot.telegram.messages.words import Words


def privacy(w: Words) -> Message:
    """In reply to /privacy."""
    return message(
        w._("🔒 <b>What is kept about you</b>"),
        w._(
            "• your Telegram id, which is also where questions are sent\n"
            "• your alias, language, time zone and time of day, whether you want reminders "
            "and recaps, and when the next may come\n"
            "• the code of the link you came by, if there was one\n"
            "• when you joined, and whether you paused, left or blocked me\n"
            "• the questions sent to you (with their message numbers), your answers and when "
            "you gave them\n"
            "• the points and streaks that follow from them, and how well you seem to recall "
            "each question\n"
            "• the programmes that you joined or left, your team and points in each, whether "
            "you hide, and your first name if you chose to show it"
        ),
        w._(
            "<b>Who sees it.</b> Other players see your alias and your points. Who runs a "
            "programme that you are in sees your alias (or the first name that you chose to "
            "show), your team, your points and on how many days you took part, never what "
            "you answered, nor your Telegram name, user name or time zone."
        ),
        w._(
            "<b>What points tell.</b> A right answer is worth 10 points and a wrong one 2, so they "
            "tell how well you did. “All time” boards of a programme count points from outside it, "
            "too. Its weekly board, with aliases (or chosen first names) and points, may be posted "
            "in its group chats. To be on no board of it, hide: /programmes"
        ),
        w._(
            "<b>Figures about answers</b> are shown only where five people were right and five "
            "were not. These sums stay when somebody leaves or is erased. Somebody who creates "
            "four of five accounts can still work out the fifth. Votes in a group chat are "
            "anonymous to me, too; Telegram shows everybody there how many chose what."
        ),
        w._(
            "<b>About people who run programmes</b>, I keep the name that members see, the "
            "language, the programmes, and a list of what they changed; when they sign in to the "
            "dashboard and last use it, until the session ends; who made an invitation, while it "
            "is open. What I ask in steps is kept for a day. Of "
            "groups I keep the id and the title."
        ),
        w._(
            "If something goes wrong on my side, I keep your vote or the button that you pressed, "
            "and try again for a day; of a message I keep only its number and kind. That is "
            "deleted after 30 days."
        ),
        w._(
            "Your name, user name, phone number and what else you write to me are not kept. "
            "It all stays until you erase it."
        ),
        w._("/export sends you all of it · /forget erases all of it"),
    )


def export_caption(w: Words, number: int) -> str:
    """Returns the caption of a document; large exports have several, counted from 1."""
    if number > 1:
        return w._("Part {number} of your data.").format(number=number)
    return w._("All that is kept about you.")


def export_incomplete(w: Words) -> Message:
    """After a document of the export could not be sent."""
    return message(
        w._("😔 I could not send all of your data. Please use /export again in a minute.")
    )


def export_too_often(w: Words) -> str:
    return w._("I can send your data once a minute. Please use /export again in a minute.")


def nothing_stored(w: Words) -> Message:
    """After /export or /forget by somebody who is unknown."""
    return message(w._("Nothing is kept about you. /start begins."))


def ask_forget(w: Words, alone: Sequence[Programme] = (), *, runs: bool = False) -> Message:
    """In reply to /forget. `runs` is whether the sender coordinates programmes.

    Nobody else coordinates those in `alone`.
    """
    names = name_list(w, [each.name for each in alone])
    return message(
        w._(
            "⚠️ This erases your answers, points, streak and alias for good. Nobody can bring "
            "them back. Are you sure?"
        ),
        w._(
            "You run programmes no more then, and your name leaves the list of what was "
            "changed in them."
        )
        if runs
        else "",
        w._(
            "Nobody else runs {programmes}: it goes on for its members, and an operator of "
            "this bot can give it to somebody. You may invite a colleague first: /programme"
        ).format(programmes=names)
        if alone
        else "",
        rows=[
            [Button(w._("🗑 Erase everything"), "forget:yes"), Button(w._("Keep it"), "forget:no")]
        ],
    )


def forgotten(w: Words) -> Message:
    """After everything was erased."""
    return message(w._("Everything about you is erased. /start begins anew, whenever you like."))


def nothing_erased(w: Words) -> Message:
    """After the button that keeps everything."""
    return message(w._("Nothing was erased."))
