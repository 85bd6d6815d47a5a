"""What is kept, handing it out, erasing it."""

from collections.abc import Sequence

from db.programmes import Programme
from quizbot.telegram.messages.markup import Button, Message, lines, some_of
from quizbot.telegram.messages.words import Words


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
                "each question\n"
                "• the programmes that you joined or left, your team and points in each, whether "
                "you hide, and your first name if you chose to show it"
            ),
            _(
                "<b>Who sees it.</b> Other players see your alias and your points. Who runs a "
                "programme that you are in sees your alias (or the first name that you chose to "
                "show), your team, your points and on how many days you took part, never what "
                "you answered, nor your Telegram name, user name or time zone."
            ),
            _(
                "<b>What points tell.</b> A right answer is worth 10 points and a wrong one 2, so "
                "they tell how well you did. “All time” boards of a programme count points from "
                "outside it, too. Its weekly board, with aliases (or chosen first names) and "
                "points, may be posted in its group chats. To be on no board of it, hide: "
                "/programmes"
            ),
            _(
                "<b>Figures about answers</b> are added up over five people or more. These sums "
                "stay when somebody leaves or is erased. Who makes four of five accounts, or "
                "removes all others, can still work out the fifth. Votes in a group chat are "
                "anonymous to me, too."
            ),
            _(
                "<b>Of who runs programmes</b> I keep the name that members see, the language, "
                "the programmes, and a list of what they changed; when they sign in to the "
                "dashboard, until the session ends. What I ask in steps is kept for a day. Of "
                "groups I keep the id and the title."
            ),
            _(
                "Your name, user name, phone number and what else you write to me are not kept. "
                "It all stays until you erase it."
            ),
            _("/export sends you all of it · /forget erases all of it"),
        )
    )


def export_caption(w: Words) -> str:
    return w._("All that is kept about you.")


def nothing_kept(w: Words) -> Message:
    return Message(w._("Nothing is kept about you. /start begins."))


def ask_forget(w: Words, alone: Sequence[Programme] = (), *, runs: bool = False) -> Message:
    """`runs` is whether they run programmes, `alone` are those that nobody else does."""
    _ = w._
    named = some_of(w, [each.name for each in alone])
    return Message(
        lines(
            _(
                "⚠️ This erases your answers, points, streak and alias for good. Nobody can bring "
                "them back. Are you sure?"
            ),
            _(
                "You run programmes no more then, and your name leaves the list of what was "
                "changed in them."
            )
            if runs
            else "",
            _(
                "Nobody else runs {programmes}: it goes on for its members, and an operator of "
                "this bot can give it to somebody. You may invite a colleague first: /programme"
            ).format(programmes=named)
            if alone
            else "",
        ),
        [[Button(_("🗑 Erase everything"), "forget:yes"), Button(_("Keep it"), "forget:no")]],
    )


def forgotten(w: Words) -> Message:
    return Message(w._("Everything about you is erased. /start begins anew, whenever you like."))


def kept(w: Words) -> Message:
    return Message(w._("Nothing was erased."))
