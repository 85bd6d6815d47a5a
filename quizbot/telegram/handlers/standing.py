"""/score and /leaderboard."""

from telegram import Update

from quizbot.quiz import leaderboard
from quizbot.quiz.due import local_date
from quizbot.quiz.leaderboard import Period
from quizbot.quiz.progress import progress
from quizbot.telegram.handlers.desk import Context, Desk, pressed
from quizbot.telegram.messages import standing
from quizbot.telegram.messages.message import Message


class Standing:
    """Who is where."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def score(self, update: Update, context: Context) -> None:
        desk, now = self._desk, self._desk.clock()
        desk.acknowledge(update)
        async with desk.subscriber(update) as (session, subscriber):
            facts = await progress(session, subscriber, desk.topic, now)
        desk.reply(update, standing.score(desk.words(update), facts, now))

    async def leaderboard(self, update: Update, context: Context) -> None:
        """This week's board; its button leads to the other period."""
        self._desk.acknowledge(update)
        self._desk.reply(update, await self._board(update, Period.WEEK))

    async def turn(self, update: Update, context: Context) -> None:
        """The button on a board: the other period, in place."""
        self._desk.acknowledge(update)
        self._desk.replace(update, await self._board(update, Period(pressed(context))))

    async def _board(self, update: Update, period: Period) -> Message:
        desk = self._desk
        async with desk.subscriber(update) as (session, subscriber):
            today = local_date(desk.clock(), subscriber.timezone)
            board = await leaderboard.board(session, subscriber.id, period, today)
        return standing.leaderboard(desk.words(update), board)
