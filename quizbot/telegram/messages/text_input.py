"""Help, about, and kind words for what is no command."""

import re
from collections.abc import Sequence

from telegram import BotCommand

from questions import Source
from quizbot.telegram.messages.markup import Button, Message, bold, escape, lines
from quizbot.telegram.messages.words import Words


def help_text(w: Words, shown: Sequence[BotCommand] = ()) -> Message:
    """The rules, and the commands that somebody has; those of everybody if none are given."""
    _ = w._
    described = shown or menu(w)
    commands = "\n".join(f"/{each.command} – {escape(each.description)}" for each in described)
    return Message(
        lines(
            _("One question a day: vote on the poll, then read why."),
            _(
                "Right answers earn 10 points, others 2 for taking part. A question stays open "
                "until the next one."
            ),
            _(
                "A streak counts the questions in a row that you answered. Days without one "
                "(holidays, /pause) do not break it; every 7 in a row earn a freeze, which saves "
                "it by itself when you miss a question. You can have 2."
            ),
            commands,
        ),
        [[Button(_("❓ Quiz"), "quiz"), Button(_("📊 My score"), "score")]],
    )


def about(
    w: Words, title: str, sources: Sequence[Source], disclaimer: str, version: str
) -> Message:
    _ = w._
    listed = "\n".join(
        f'• <a href="{escape(each.url)}">{escape(each.title)}</a>' for each in sources
    )
    return Message(
        lines(
            f"📖 {bold(title)}",
            _("Every question comes from one article and says from which part of it."),
            f"{bold(_('Read more:'))}\n{listed}" if sources else "",
            f"⚕️ <i>{escape(disclaimer)}</i>",
            _("quizbot {version}").format(version=escape(version)),
        )
    )


def emergency(w: Words, text: str) -> Message | None:
    """Advice, if the text sounds like an emergency."""
    _ = w._
    if _mentions(text, _despair(w)):
        return Message(
            _(
                "💛 I am sorry that you feel this way. You are not alone, and people want to help "
                "you right now: call your local emergency number (112 in Europe, 911 in North "
                "America, 999 in the UK) or a crisis line (988 in the US and Canada, 116 123 in "
                "the UK and much of Europe), or go to somebody you trust. I am only a quiz."
            )
        )
    if _mentions(text, _signs_of_emergency(w)):
        return Message(
            _(
                "🚑 If you or somebody near you may be in danger, <b>call your local emergency "
                "number now</b> (112 in Europe, 911 in North America, 999 in the UK). I am a quiz "
                "and cannot help in an emergency."
            )
        )
    return None


def free_text(w: Words, text: str) -> Message:
    """An answer to anything that is no command: advice in an emergency, else a kind word."""
    _ = w._
    return emergency(w, text) or Message(
        _(
            "I am a quiz and cannot give medical advice; a health professional can. In an "
            "emergency, call your local emergency number. What I can do is ask you a question: "
            "/quiz. All else: /help."
        ),
        [[Button(_("❓ Quiz"), "quiz")]],
    )


def _signs_of_emergency(w: Words) -> str:
    # Translators: words of an emergency, separated by |, in small letters.
    return w._(
        "emergency|emergencies|ambulance|heart attack|chest pain|chest pains|pain in my chest|"
        "pains in my chest|chest hurts|chest feels tight|tight chest|tightness in my chest|stroke|"
        "can't breathe|cannot breathe|cant breathe|can not breathe|not breathing|"
        "stopped breathing|isn't breathing|trouble breathing|struggling to breathe|"
        "short of breath|shortness of breath|choking|unconscious|passed out|fainted|collapsed|"
        "bleeding|overdose|overdosed|too many pills|too many tablets|poisoned|seizure|seizures|"
        "arm is numb|arm went numb|face is drooping|numb on one side|call 911|call 112|call 999"
    )


def _despair(w: Words) -> str:
    # Translators: words of somebody who may harm themselves, separated by |, in small letters.
    return w._(
        "suicide|suicidal|kill myself|killing myself|end my life|want to die|wanna die|"
        "hurt myself|harm myself|can't go on|cannot go on|no reason to live"
    )


def _mentions(text: str, listed: str) -> bool:
    folded = " ".join(text.casefold().replace("’", "'").split())
    return any(re.search(rf"\b{re.escape(sign)}\b", folded) for sign in listed.split("|"))


def sorry(w: Words) -> Message:
    """When a handler failed: it was logged, and nothing was changed."""
    return Message(w._("😔 Something went wrong on my side. Please try it again in a moment."))


def unknown_command(w: Words) -> Message:
    return Message(w._("I do not know that command. /help lists all of them."))


def stale_button(w: Words) -> str:
    """A toast (0-200 characters) after a button that means nothing any more."""
    return w._("That button is out of date. /help lists what I can do.")


def out_of_date(w: Words) -> Message:
    """The same in answer to a text."""
    return Message(w._("That is out of date. /help lists what I can do."))


def done(w: Words) -> Message:
    return Message(w._("👍 Done."))


def private_only(w: Words, username: str) -> Message:
    return Message(
        w._("I ask my questions in private: write to me at https://t.me/{bot}").format(
            bot=escape(username)
        )
    )


def menu(w: Words) -> list[BotCommand]:
    """All commands with what they do (1-256 characters: Bot API, BotCommand)."""
    _ = w._
    described = [
        ("quiz", _("Today's question now, or a practice question")),
        ("score", _("Your points, and what you have learnt")),
        ("leaderboard", _("Who leads this week and all time")),
        ("programmes", _("The programmes that you take part in")),
        ("time", _("When your question comes")),
        ("timezone", _("Where your clock is")),
        ("reminders", _("A note in the evening if you have not answered")),
        ("alias", _("Your name on the leaderboard")),
        ("pause", _("No questions for a while")),
        ("resume", _("Questions again")),
        ("about", _("Sources, disclaimer, version")),
        ("privacy", _("What is kept about you")),
        ("export", _("All that is kept about you, as a file")),
        ("forget", _("Erase all that is kept about you")),
        ("stop", _("Leave the quiz")),
        ("start", _("Join, or come back")),
        ("help", _("What the bot can do")),
    ]
    return [BotCommand(name, text) for name, text in described]


def coordinators_menu(w: Words) -> list[BotCommand]:
    """What somebody sees who runs programmes: that first, then what everybody has."""
    _ = w._
    described = [
        ("programme", _("The programmes that you run, and new ones")),
        ("dashboard", _("A link to the figures of your programmes")),
        ("digest", _("This week of your programmes so far")),
    ]
    return [*(BotCommand(name, text) for name, text in described), *menu(w)]


def group_menu(w: Words) -> list[BotCommand]:
    """What is shown in group chats."""
    _ = w._
    return [
        BotCommand("board", _("This week's board of the group's programme")),
        BotCommand("unlink", _("For whoever runs the programme: end all posts here")),
    ]


def operators_menu(w: Words) -> list[BotCommand]:
    """What /help tells operators besides."""
    _ = w._
    return [
        BotCommand("coordinator", _("A link that lets somebody run programmes")),
        BotCommand("coordinators", _("Everybody who runs programmes")),
    ]


def description(w: Words, topic: str) -> str:
    """What an empty chat shows above its start button (0-512 characters)."""
    return w._(
        "One question a day: vote, read why, keep your streak.\nThe topic: {topic}\n\n"
        "For information only: this is no medical advice."
    ).format(topic=topic)


def short_description(w: Words) -> str:
    """What the bot's profile shows (0-120 characters)."""
    return w._("One health question a day, explained. No medical advice.")
