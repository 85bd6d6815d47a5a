"""Messages about what is stored of a person, its export, and its erasure."""

from collections.abc import Sequence

from db.programmes import Programme
from quizbot.telegram.messages.markup import Button, Message, bold, message, name_list
from quizbot.telegram.messages.words import Words


def privacy(w: Words) -> Message:
    """In reply to /privacy: what fits a phone, and a button to the whole."""
    return message(
        "🔒 " + bold(w._("Your data, in short")),
        w._(
            "I keep your Telegram id, an alias, your language, time zone and settings. I also keep "
            "your questions, answers, points and streaks, and the programmes and teams you join. I "
            "don't keep your name, username, phone number or what else you write to me."
        ),
        w._(
            "<b>Who sees what:</b> other players see your alias and points. In a programme, your "
            "coordinators also see your team and on how many days you took part. They never see "
            "what you answered. Your first name shows only if you choose that."
        ),
        w._(
            "<b>Points say something:</b> 10 for a right answer, 2 for a wrong one. /programmes "
            "can hide you from the boards."
        ),
        w._("It all stays until you erase it."),
        w._("/export sends you a copy · /forget erases it all"),
        rows=[[Button(w._("📄 The whole text"), "privacy")]],
    )


def whole_privacy(w: Words) -> Message:
    """After the button for the whole text."""
    return message(
        "🔒 " + bold(w._("What I keep about you")),
        w._(
            "• your Telegram id, which is also where I send questions\n"
            "• your alias, language, time zone, question time, and if you want reminders and "
            "recaps, and when the next may come\n"
            "• the code of the link you came by, if there was one\n"
            "• when you joined, whether you paused, left or blocked me, and when I'll pause by "
            "myself after a long silence\n"
            "• the questions I sent you (with their message numbers), your answers and when you "
            "gave them\n"
            "• your points and streaks, and how well you seem to remember each lesson\n"
            "• the programmes you joined or left, your team and points in each, whether you hide "
            "or want no messages from its coordinators, and your first name if you chose to show "
            "it\n"
            "• what you report about a question: with your id until I've told you what came of it, "
            "then without it, for a year at most\n"
            "• if you challenge a friend or open a friend's challenge: the link, the answer, and "
            "if both may hear who was right, for 7 days"
        ),
        w._(
            "<b>Who sees it.</b> Other players see your alias and points. In a programme, your "
            "coordinators see your alias (or the first name you chose to show), your team and your "
            "points. They also see on how many days you took part, and how many people reported a "
            "question, but not who. They never see what you answered, or your Telegram name, "
            "username or time zone."
        ),
        w._(
            "<b>What points say.</b> A right answer earns 10 points and a wrong one 2, so points "
            "show how well you're doing. A programme's “All time” boards also count points from "
            "outside it. Its weekly board, with aliases (or chosen first names) and points, may "
            "go to its group chats. You can hide from all its boards: /programmes"
        ),
        w._(
            "<b>Coordinators can write to you</b> through me, twice in seven days for each "
            "programme, and once more if they give you another team. A button under each message "
            "turns both off. They see how many got it, not who."
        ),
        w._(
            "<b>Figures about answers</b> show only once five people were right and five weren't. "
            "These sums stay when somebody leaves or erases their data. Somebody who owns four of "
            "five accounts can still work out the fifth. Votes in a group chat are anonymous, even "
            "to me. Telegram shows everybody there how many people chose what."
        ),
        w._(
            "<b>About coordinators</b>, I keep the name members see, their language, their "
            "programmes, and a list of what they changed. I keep when they sign in to the "
            "dashboard and last use it, until that session ends. I keep who made an invitation "
            "while it's open. I keep their messages to members for 90 days, and their answers "
            "to my step-by-step questions for a day. For groups, I keep the id and the title."
        ),
        w._(
            "<b>If something goes wrong on my side</b>, I keep your vote or the button you tapped, "
            "and try again for a day. I keep only a message's number and kind, and delete that "
            "after 30 days."
        ),
        w._(
            "I don't keep your name, username, phone number or what else you write to me. "
            "Everything else stays until you erase it."
        ),
        w._("/export sends you a copy · /forget erases it all"),
    )


def export_caption(w: Words, number: int) -> str:
    """Returns the caption of a document; large exports have several, counted from 1."""
    if number > 1:
        return w._("Part {number} of your data.").format(number=number)
    return w._("Here's everything I keep about you.")


def export_incomplete(w: Words) -> Message:
    """After a document of the export could not be sent."""
    return message(
        w._("😔 I couldn't send all of your data. Please send /export again in a minute.")
    )


def export_too_often(w: Words) -> str:
    return w._("I can send your data once a minute. Please send /export again in a minute.")


def nothing_stored(w: Words) -> Message:
    """After /export or /forget by somebody who is unknown."""
    return message(w._("I keep nothing about you. Send /start to begin."))


def ask_forget(w: Words, alone: Sequence[Programme] = (), *, runs: bool = False) -> Message:
    """In reply to /forget. `runs` is whether the sender coordinates programmes.

    Nobody else coordinates those in `alone`.
    """
    names = name_list(w, [each.name for each in alone])
    return message(
        w._(
            "⚠️ This erases your answers, points, streak and alias for good. Nobody can bring them "
            "back. Are you sure?"
        ),
        w._("You'll stop being a coordinator, and your name leaves the list of changes.")
        if runs
        else "",
        w._(
            "Nobody else runs {programmes}. Members can go on, and an operator can find somebody "
            "new. Or invite a colleague first: /programme"
        ).format(programmes=names)
        if alone
        else "",
        rows=[
            [Button(w._("🗑 Erase everything"), "forget:yes"), Button(w._("Keep it"), "forget:no")]
        ],
    )


def forgotten(w: Words) -> Message:
    """After everything was erased."""
    return message(
        w._("Done: everything about you is erased. Send /start if you ever want to come back.")
    )


def nothing_erased(w: Words) -> Message:
    """After the button that keeps everything."""
    return message(w._("Okay, I erased nothing."))
