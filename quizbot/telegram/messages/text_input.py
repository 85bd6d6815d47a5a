"""Help and the commands' menus; what the bot says to what it cannot do."""

from collections.abc import Sequence
from html import escape

from telegram import BotCommand

from questions import StatementKind, Topic
from quizbot.telegram.messages.markup import (
    Button,
    Message,
    bold,
    disclaimer,
    folded,
    message,
)
from quizbot.telegram.messages.words import Words

_EVERYDAY = ("quiz", "score", "leaderboard", "time", "pause")


def help_text(w: Words, shown: Sequence[BotCommand] = ()) -> Message:
    """In reply to /help: what people do every day, and the rest folded away.

    `shown` are the sender's commands, everybody's if none are given; a coordinator's own are in
    sight.
    """
    everybody = {each.command for each in menu(w)}
    daily, own, rest = list[str](), list[str](), list[str]()
    for each in shown or menu(w):
        line = f"/{each.command} – {escape(each.description)}"
        others = rest if each.command in everybody else own
        (daily if each.command in _EVERYDAY else others).append(line)
    return message(
        w._("One question a day: pick an answer, then read why."),
        "\n".join(daily),
        "\n".join(own),
        folded(
            w._(
                "A right answer earns 10 points, a wrong one 2. You can answer until the next "
                "question comes."
            ),
            w._(
                "Your streak grows with each question you answer. Streaks continue on days without "
                "a question. Every 7 in a row earn you a freeze: it saves your streak when you "
                "miss a question. You can have 2."
            ),
            "\n".join(rest),
        ),
        rows=[[Button(w._("❓ Ask me one"), "quiz"), Button(w._("📊 My score"), "score")]],
    )


def about(w: Words, topic: Topic, version: str, article_url: str = "") -> Message:
    """In reply to /about. Without the article's address, people read its key points in the chat."""
    listed = "\n".join(
        f'• <a href="{escape(each.url)}">{escape(each.title)}</a>' for each in topic.sources
    )
    heading = bold(w._("Read more:"))
    return message(
        f"📖 {bold(topic.title)}",
        _origin(w, topic, article_url),
        folded(f"{heading}\n{listed}") if topic.sources else "",
        disclaimer(topic.disclaimer),
        w._("quizbot {version}").format(version=escape(version)),
    )


def _origin(w: Words, topic: Topic, article_url: str) -> str:
    """Returns where the questions come from, and how to read the article."""
    beyond = any(each.kind is StatementKind.FACT for each in topic.published.values())
    told = (
        w._("The questions come from {article} and from sources beyond it.")
        if beyond
        else w._("The questions come from {article}.")
    )
    article = w._("one article")
    link = f'<a href="{escape(article_url)}">{article}</a>' if article_url else article
    lines = [told.format(article=link) + " " + w._("Each answer names its source.")]
    read = [f"/read_{each.id}" for each in topic.key_points if each.id in topic.published]
    if read and not article_url:
        lines.append(w._("Read it: {commands}").format(commands=" ".join(read)))
    return "\n".join(lines)


def apology(w: Words, *, is_retried: bool) -> Message:
    """After a handler failed: the failure was logged, and nothing was changed."""
    if is_retried:
        return message(
            w._(
                "😔 Something went wrong on my side. I'll try again by myself. You can also tap "
                "the button again in a moment."
            )
        )
    return message(w._("😔 Something went wrong on my side. Please try again in a moment."))


def too_often(w: Words) -> str:
    """Returns the reply, or toast (0-200 characters), once somebody asks too often."""
    return w._("That was a lot at once, so I skipped the last one. Please try again in a minute.")


def unknown_command(w: Words, typed: str = "") -> Message:
    """In reply to any other command: suggests the one that `typed` looks like."""
    from rapidfuzz import fuzz, process  # noqa: PLC0415 -- 3 MB for typing errors

    names = [each.command for each in menu(w)]
    if found := process.extractOne(typed.casefold(), names, scorer=fuzz.ratio, score_cutoff=65):
        return message(w._("Did you mean /{command}?").format(command=found[0]))
    return message(w._("I don't know that command. /help shows what I can do."))


def stale_button(w: Words) -> str:
    """Returns the toast (0-200 characters) after a button that is out of date."""
    return w._("That button is out of date. /help shows what I can do.")


def programme_ended(w: Words) -> str:
    """Returns the toast or sentence after a change that only a running programme allows."""
    return w._("The programme has ended, so you can't change this any more.")


def out_of_date(w: Words) -> Message:
    """In reply to a typed answer to a question that is over."""
    return message(w._("That's out of date. /help shows what I can do."))


def done(w: Words) -> Message:
    """After the button that ends a series of typed answers."""
    return message(w._("👍 Done."))


def private_only(w: Words, username: str) -> Message:
    """In reply to a private command in a group."""
    return message(w._("Let's do that in private: https://t.me/{bot}").format(bot=escape(username)))


def _commands(described: dict[str, str]) -> list[BotCommand]:
    return [BotCommand(name, text) for name, text in described.items()]


def menu(w: Words) -> list[BotCommand]:
    """Returns everybody's commands with their descriptions (1-256 characters: Bot API)."""
    return _commands(
        {
            "quiz": w._("Today's question now, or one to practise"),
            "score": w._("Your points, and what you've learned"),
            "challenge": w._("Today's question for a friend"),
            "leaderboard": w._("Who's ahead, this week and all time"),
            "today": w._("Your programme today, and your place in it"),
            "programmes": w._("Your programmes and teams"),
            "time": w._("Choose when your question comes"),
            "timezone": w._("Choose your time zone"),
            "reminders": w._("An evening nudge if you haven't answered"),
            "recap": w._("How your week went, with the Monday question"),
            "alias": w._("Change your name on the leaderboard"),
            "pause": w._("Take a break"),
            "resume": w._("Get questions again"),
            "about": w._("The topic, its sources, and my version"),
            "privacy": w._("What I keep about you, and who sees it"),
            "export": w._("Get a copy of your data"),
            "forget": w._("Erase all your data"),
            "stop": w._("Leave the quiz"),
            "start": w._("Join or come back"),
            "help": w._("What I can do"),
        }
    )


def coordinator_menu(w: Words) -> list[BotCommand]:
    """Returns a coordinator's commands: those that only coordinators have, then everybody's."""
    described = {
        "programme": w._("Run your programmes, or make a new one"),
        "dashboard": w._("Open your dashboard"),
        "digest": w._("How this week is going"),
    }
    return [*_commands(described), *menu(w)]


def operator_menu(w: Words) -> list[BotCommand]:
    """Returns the commands that /help shows to operators in addition."""
    return _commands(
        {
            "coordinator": w._("Invite somebody to run programmes"),
            "coordinators": w._("Everybody who runs programmes"),
            "reports": w._("What people report about questions"),
        }
    )


def group_menu(w: Words) -> list[BotCommand]:
    """Returns the commands of group chats."""
    return _commands(
        {
            "board": w._("This week's board"),
            "unlink": w._("For coordinators: stop my posts here"),
        }
    )


def description(w: Words, topic: str) -> str:
    """Returns what an empty chat shows above its start button (0-512 characters)."""
    return w._(
        "One question a day: pick an answer, read why, keep your streak.\nTopic: {topic}\n\n"
        "For learning only, not medical advice."
    ).format(topic=topic)


def short_description(w: Words) -> str:
    """Returns what the bot's profile shows (0-120 characters)."""
    return w._("One health question a day, explained. Not medical advice.")
