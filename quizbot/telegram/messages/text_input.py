"""Help and the commands' menus, and replies to texts that are no commands."""

from collections.abc import Sequence
from html import escape

from telegram import BotCommand

from questions import Topic
from quizbot.telegram.messages.markup import Button, Message, bold, disclaimer, message
from quizbot.telegram.messages.words import Words


def help_text(w: Words, shown: Sequence[BotCommand] = ()) -> Message:
    """In reply to /help. `shown` are the sender's commands, everybody's if none are given."""
    commands = "\n".join(
        f"/{each.command} – {escape(each.description)}" for each in shown or menu(w)
    )
    return message(
        w._("One question a day: vote on the poll, then read why."),
        w._(
            "Right answers earn 10 points, others 2 for taking part. A question stays open "
            "until the next one."
        ),
        w._(
            "A streak counts the questions in a row that you answered. Days without one "
            "(holidays, /pause) do not break it; every 7 in a row earn a freeze, which saves "
            "it by itself when you miss a question. You can have 2."
        ),
        commands,
        rows=[[Button(w._("❓ Quiz"), "quiz"), Button(w._("📊 My score"), "score")]],
    )


def about(w: Words, topic: Topic, version: str) -> Message:
    """In reply to /about."""
    listed = "\n".join(
        f'• <a href="{escape(each.url)}">{escape(each.title)}</a>' for each in topic.sources
    )
    heading = bold(w._("Read more:"))
    return message(
        f"📖 {bold(topic.title)}",
        w._("Every question comes from one article and says from which part of it."),
        f"{heading}\n{listed}" if topic.sources else "",
        disclaimer(topic.disclaimer),
        w._("quizbot {version}").format(version=escape(version)),
    )


def small_talk(w: Words, text: str) -> Message:
    """In reply to any text that is neither a command nor an answer; empty for a sticker."""
    said = _plain(text)
    # Translators: what people say to be kind, separated by |, in small letters.
    if said in w._("thanks|thank you|thank you so much|thx|ty|cheers|great|cool|nice").split("|"):
        return message(w._("😊 You're welcome!"))
    # Translators: greetings, separated by |, in small letters.
    greetings = w._("hi|hello|hey|hi there|hello there|good morning|good evening|good day")
    if said in greetings.split("|"):
        told = w._("👋 Hi! I ask one health question a day. Would you like one now?")
    elif not said:  # a sticker, a thumb
        told = w._("😊 Would you like a question?")
    else:
        told = w._(
            "I'm a quiz, so I can't answer questions or give medical advice; a health "
            "professional can. But I can ask you one! /help shows what else I do."
        )
    return message(told, rows=[[Button(w._("❓ Quiz"), "quiz")]])


def meant_command(w: Words, text: str) -> tuple[str, str]:
    """Returns the command that a text without a slash means, and what follows it.

    Both are empty if it means none.
    """
    said = _plain(text)
    # Translators: what people write for a command, separated by |, in small letters.
    sayings = {
        "help": w._("help|help me|menu|commands|what can you do|how does this work"),
        "quiz": w._("quiz|question|next|next question|another|another one|one more|more|play"),
        "score": w._("score|my score|points|my points|streak|my streak|progress|stats"),
        "leaderboard": w._("leaderboard|ranking|rank|my rank|board"),
        "stop": w._("stop|stop it|unsubscribe|leave|quit|cancel|no more questions"),
        "resume": w._("resume|continue|unpause|carry on"),
    }
    for command, words in sayings.items():
        if said in words.split("|"):
            return command, ""
    command, _, rest = text.strip().partition(" ")
    return ("pause", rest) if command.casefold() == w._("pause") else ("", "")


def _plain(text: str) -> str:
    """Returns the words of a short text in small letters, without punctuation and emoji."""
    kept = (char if char.isalnum() or char == "'" else " " for char in text[:100].casefold())
    return " ".join("".join(kept).split())


def apology(w: Words, *, is_retried: bool) -> Message:
    """After a handler failed: the failure was logged, and nothing was changed."""
    if is_retried:
        return message(
            w._(
                "😔 Something went wrong on my side. I will try it again by myself. You can also "
                "press the button again in a moment."
            )
        )
    return message(w._("😔 Something went wrong on my side. Please try it again in a moment."))


def too_often(w: Words) -> str:
    """Returns the reply, or toast (0-200 characters), once somebody asks too often."""
    return w._(
        "That was a lot at once, so I skipped the last one. Please try it again in a minute."
    )


def unknown_command(w: Words, typed: str = "") -> Message:
    """In reply to any other command: suggests the one that `typed` looks like."""
    from rapidfuzz import fuzz, process  # noqa: PLC0415 -- 3 MB for typing errors

    names = [each.command for each in menu(w)]
    if found := process.extractOne(typed.casefold(), names, scorer=fuzz.ratio, score_cutoff=65):
        return message(w._("Did you mean /{command}?").format(command=found[0]))
    return message(w._("I don't know that command. /help shows what I can do."))


def stale_button(w: Words) -> str:
    """Returns the toast (0-200 characters) after a button that is out of date."""
    return w._("That button is out of date. /help lists what I can do.")


def out_of_date(w: Words) -> Message:
    """In reply to a typed answer to a question that is over."""
    return message(w._("That is out of date. /help lists what I can do."))


def done(w: Words) -> Message:
    """After the button that ends a series of typed answers."""
    return message(w._("👍 Done."))


def private_only(w: Words, username: str) -> Message:
    """In reply to a private command in a group."""
    return message(
        w._("I ask my questions in private: write to me at https://t.me/{bot}").format(
            bot=escape(username)
        )
    )


def _commands(described: dict[str, str]) -> list[BotCommand]:
    return [BotCommand(name, text) for name, text in described.items()]


def menu(w: Words) -> list[BotCommand]:
    """Returns everybody's commands with their descriptions (1-256 characters: Bot API)."""
    return _commands(
        {
            "quiz": w._("Today's question now, or a practice question"),
            "score": w._("Your points, and what you have learnt"),
            "leaderboard": w._("Who leads this week and all time"),
            "programmes": w._("The programmes that you take part in"),
            "time": w._("When your question comes"),
            "timezone": w._("Where your clock is"),
            "reminders": w._("A note in the evening if you have not answered"),
            "recap": w._("How your week was, with the Monday question"),
            "alias": w._("Your name on the leaderboard"),
            "pause": w._("No questions for a while"),
            "resume": w._("Questions again"),
            "about": w._("Sources, disclaimer, version"),
            "privacy": w._("What is kept about you"),
            "export": w._("All that is kept about you, as a file"),
            "forget": w._("Erase all that is kept about you"),
            "stop": w._("Leave the quiz"),
            "start": w._("Join, or come back"),
            "help": w._("What the bot can do"),
        }
    )


def coordinator_menu(w: Words) -> list[BotCommand]:
    """Returns a coordinator's commands: those that only coordinators have, then everybody's."""
    described = {
        "programme": w._("The programmes that you run, and new ones"),
        "dashboard": w._("A link to the figures of your programmes"),
        "digest": w._("This week of your programmes so far"),
    }
    return [*_commands(described), *menu(w)]


def operator_menu(w: Words) -> list[BotCommand]:
    """Returns the commands that /help shows to operators in addition."""
    return _commands(
        {
            "coordinator": w._("A link that lets somebody run programmes"),
            "coordinators": w._("Everybody who runs programmes"),
        }
    )


def group_menu(w: Words) -> list[BotCommand]:
    """Returns the commands of group chats."""
    return _commands(
        {
            "board": w._("This week's board of the group's programme"),
            "unlink": w._("For whoever runs the programme: end all posts here"),
        }
    )


def description(w: Words, topic: str) -> str:
    """Returns what an empty chat shows above its start button (0-512 characters)."""
    return w._(
        "One question a day: vote, read why, keep your streak.\nThe topic: {topic}\n\n"
        "For information only: this is no medical advice."
    ).format(topic=topic)


def short_description(w: Words) -> str:
    """Returns what the bot's profile shows (0-120 characters)."""
    return w._("One health question a day, explained. No medical advice.")
