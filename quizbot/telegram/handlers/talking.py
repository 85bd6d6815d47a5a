"""/help, /about, and whatever else people send."""

from telegram import Update

from quizbot import __version__
from quizbot.quiz.programmes import coordinating
from quizbot.telegram.handlers.desk import Context, Desk, message_of, user_of
from quizbot.telegram.messages import commands, talk


class Talking:
    """Answers that need no subscription and change nothing."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def help(self, update: Update, context: Context) -> None:
        """The commands that the person has."""
        desk, w, person = self._desk, self._desk.words(update), user_of(update).id
        async with desk.sessions() as session:
            runs = await coordinating.coordinator(session, person) is not None
        shown = commands.coordinators_menu(w) if runs else commands.menu(w)
        if person in desk.settings.operators:
            shown = [*commands.operators_menu(w), *shown]
        desk.reply(update, talk.help_text(w, shown))

    async def about(self, update: Update, context: Context) -> None:
        topic, w = self._desk.topic, self._desk.words(update)
        about = talk.about(w, topic.title, topic.sources, topic.disclaimer, __version__)
        self._desk.reply(update, about)

    async def free_text(self, update: Update, context: Context) -> None:
        """Texts, and the captions of pictures."""
        message, w = message_of(update), self._desk.words(update)
        text = message.text or message.caption or ""
        self._desk.reply(update, talk.free_text(w, text))

    async def unknown_command(self, update: Update, context: Context) -> None:
        self._desk.reply(update, talk.unknown_command(self._desk.words(update)))

    async def stale_button(self, update: Update, context: Context) -> None:
        self._desk.acknowledge(update, talk.stale_button(self._desk.words(update)))

    async def in_group(self, update: Update, context: Context) -> None:
        """A command in a group: the quiz is played in private."""
        w = self._desk.words(update)
        self._desk.reply(update, talk.private_only(w, context.bot.username))
