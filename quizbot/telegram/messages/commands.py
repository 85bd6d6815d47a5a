"""The command menu, in its order."""

from telegram import BotCommand

from quizbot.telegram.words import Words


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
