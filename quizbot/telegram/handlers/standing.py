"""/score and /leaderboard."""

from datetime import datetime

import structlog
from telegram import Update

from quizbot.charts.drawing import DrawingError
from quizbot.quiz import leaderboard
from quizbot.quiz.due import local_date
from quizbot.quiz.leaderboard import Period
from quizbot.quiz.programmes import enrolling
from quizbot.quiz.progress import Progress, progress
from quizbot.telegram.handlers.desk import Context, Desk, chat_of, pressed
from quizbot.telegram.messages import standing
from quizbot.telegram.messages.message import Message
from quizbot.telegram.messages.progress import caption, no_picture, picture

log = structlog.get_logger(__name__)


class Standing:
    """Who is where."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def score(self, update: Update, context: Context) -> None:
        """In words; the picture follows the command, and stands behind a button after a press.

        The button to here is under every answer: after a broadcast many press it at once.
        """
        desk, now = self._desk, self._desk.clock()
        desk.acknowledge(update)
        facts, w = await self._progress(update), desk.words(update)
        pressed_here = update.callback_query is not None
        desk.reply(update, standing.score(w, facts, now, offer_picture=pressed_here))
        if not pressed_here:
            self._draw(update, facts)

    async def picture(self, update: Update, context: Context) -> None:
        """The button below a score."""
        self._desk.acknowledge(update)
        self._draw(update, await self._progress(update))

    async def _progress(self, update: Update) -> Progress:
        desk, now = self._desk, self._desk.clock()
        async with desk.subscriber(update) as (session, subscriber):
            facts = await progress(session, subscriber, desk.topic, now, desk.ranks.at(now))
        self._renew_ranks(now)
        return facts

    def _draw(self, update: Update, facts: Progress) -> None:
        """The picture comes when it is drawn; what else is said does not wait for it."""
        desk, chat_id, w = self._desk, chat_of(update), self._desk.words(update)

        async def draw_and_send() -> None:
            try:
                png = await desk.drawing.draw(picture(w, facts))
            except DrawingError as error:
                log.warning("no_picture", reason=str(error))
                desk.reply(update, no_picture(w))
            else:
                await desk.sender.photo(chat_id, png, caption(w, facts))

        desk.outbox.post(("picture", chat_id), draw_and_send)

    async def leaderboard(self, update: Update, context: Context) -> None:
        """This week's board; its button leads to the other period."""
        self._desk.acknowledge(update)
        self._desk.reply(update, await self._board(update, Period.WEEK))

    async def turn(self, update: Update, context: Context) -> None:
        """The button on a board: the other period, in place."""
        self._desk.acknowledge(update)
        self._desk.replace(update, await self._board(update, Period(pressed(context))))

    async def _board(self, update: Update, period: Period) -> Message:
        desk, now = self._desk, self._desk.clock()
        async with desk.subscriber(update) as (session, subscriber):
            today = local_date(now, subscriber.timezone)
            board = await leaderboard.board(
                session, subscriber.id, period, today, ahead=desk.ranks.at(now)
            )
            parts = await enrolling.memberships(session, subscriber.id)
        self._renew_ranks(now)
        programmes = [each.programme for each in parts]
        return standing.leaderboard(desk.words(update), board, programmes)

    def _renew_ranks(self, now: datetime) -> None:
        """Behind the reply, so that the next ones need not wait either."""
        desk = self._desk

        async def renew() -> None:
            async with desk.sessions() as session:
                await desk.ranks.renew(session, now)

        if desk.ranks.are_aging(now):
            desk.outbox.post("ranks", renew)
