"""Texts that are no commands: answers to what the bot has asked, or else talk."""

from collections.abc import Callable, Coroutine
from typing import Any

from telegram import Update

from quizbot.quiz.programmes import dialogues
from quizbot.telegram.handlers import coordinating, organising, planning
from quizbot.telegram.handlers.coordinating import Coordinating
from quizbot.telegram.handlers.desk import (
    Context,
    Desk,
    StaleButtonError,
    message_of,
    pressed,
    user_of,
)
from quizbot.telegram.handlers.organising import Organising
from quizbot.telegram.handlers.planning import Planning
from quizbot.telegram.handlers.talking import Talking
from quizbot.telegram.messages import coordinators, talk

Callback = Callable[[Update, Context], Coroutine[Any, Any, None]]


class Conversing:
    """Whom a typed answer is for."""

    def __init__(
        self,
        desk: Desk,
        talking: Talking,
        coordinating_: Coordinating,
        planning_: Planning,
        organising_: Organising,
    ) -> None:
        self._desk = desk
        self._talking = talking
        self._coordinating = coordinating_
        self._takers: dict[str, Callback] = {
            planning.ABOUT: planning_.typed,
            organising.TEAMS: organising_.team_typed,
            organising.HOLIDAYS: organising_.holidays_typed,
            coordinating.NAME: coordinating_.named,
        }

    async def text(self, update: Update, context: Context) -> None:
        """An answer, if one is waited for; anything else is met with a kind word."""
        try:
            is_answer = await self._take(update, context)
        except Exception:
            self._care(update)
            raise
        if is_answer:
            self._care(update)
        else:
            await self._talking.free_text(update, context)

    async def _take(self, update: Update, context: Context) -> bool:
        """Whether it was an answer."""
        desk = self._desk
        if not message_of(update).text:
            return False
        async with desk.sessions() as session:
            about = await dialogues.current_subject(session, user_of(update).id, desk.clock())
        taker = self._takers.get(about or "")
        if taker is None:
            return False
        await taker(update, context)
        return True

    def _care(self, update: Update) -> None:
        """Whatever was asked, and even if it fails: an emergency is met with advice as well."""
        advice = talk.emergency(self._desk.words(update), message_of(update).text or "")
        if advice is not None:
            self._desk.reply(update, advice)

    async def answered(self, update: Update, context: Context) -> None:
        """The buttons below what is asked in a single step."""
        if pressed(context) == "first":
            await self._coordinating.first_name(update)
        else:
            await self._done(update)

    async def _done(self, update: Update) -> None:
        """Nothing more is asked."""
        desk, person, w = self._desk, user_of(update).id, self._desk.words(update)
        async with desk.sessions.begin() as session:
            about = await dialogues.current_subject(session, person, desk.clock())
            if about is None or about == planning.ABOUT:
                raise StaleButtonError
            await dialogues.finish(session, person)
        desk.acknowledge(update)
        invited = about == coordinating.NAME
        desk.replace(update, coordinators.declined(w) if invited else talk.done(w))
