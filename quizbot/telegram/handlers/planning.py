"""/programme new: a programme in steps, by buttons and by typing."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession
from telegram import Update

from db.models import Subscriber
from db.programmes import TextInput
from quizbot.quiz.programmes import dialogues, organising, planning
from quizbot.quiz.programmes.organising import OrganisingError
from quizbot.quiz.programmes.planning import Step, Taken
from quizbot.telegram.handlers.desk import (
    Context,
    Desk,
    StaleButtonError,
    message_of,
    pressed,
)
from quizbot.telegram.messages import planning as messages
from quizbot.telegram.messages import programme as card
from quizbot.telegram.messages.message import Message
from quizbot.telegram.messages.planning import Asked
from quizbot.telegram.words import Words

ABOUT = "programme"

# What the buttons say that move between the steps.
_BACK, _CANCEL, _KEEP, _CREATE = "back", "cancel", "keep", "create"


class Planning:
    """A coordinator makes a programme. What is answered is kept, so that any process goes on."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def begin(self, update: Update, context: Context) -> None:
        """The first step; or where it was left, if it was begun within a day."""
        desk, now = self._desk, self._desk.clock()
        async with desk.coordinator(update) as (session, coordinator):
            dialogue = await dialogues.find(session, coordinator.id, ABOUT, now)
            if dialogue is None:
                dialogue = await dialogues.begin(
                    session, coordinator.id, ABOUT, now, step=Step.NAME.value
                )
            question = await self._ask(session, desk.words(update), dialogue, now)
        desk.acknowledge(update)
        desk.reply(update, question)

    async def chosen(self, update: Update, context: Context) -> None:
        """A button of a step: it means nothing any more once that step is done."""
        desk, now, w = self._desk, self._desk.clock(), self._desk.words(update)
        name, value = pressed(context).split(":", 1)
        async with desk.coordinator(update) as (session, coordinator):
            dialogue = await dialogues.find(session, coordinator.id, ABOUT, now)
            if dialogue is None or dialogue.step != name:
                raise StaleButtonError
            if value == _CANCEL:
                await dialogues.finish(session, coordinator.id)
                reply = messages.cancelled(w)
            elif value == _CREATE and dialogue.step == Step.REVIEW:
                reply = await self._create(session, w, dialogue, now)
            else:
                fault = _take(dialogue, value, now)
                reply = await self._ask(session, w, dialogue, now, fault)
        desk.acknowledge(update)
        desk.replace(update, reply)

    async def typed(self, update: Update, context: Context) -> None:
        """An answer in words."""
        desk, now, w = self._desk, self._desk.clock(), self._desk.words(update)
        text = message_of(update).text or ""
        async with desk.coordinator(update) as (session, coordinator):
            dialogue = await dialogues.find(session, coordinator.id, ABOUT, now)
            if dialogue is None:
                return
            fault = _take_typed(dialogue, text, now)
            question = await self._ask(session, w, dialogue, now, fault, text if fault else "")
        desk.reply(update, question)

    async def _create(
        self, session: AsyncSession, w: Words, dialogue: TextInput, now: datetime
    ) -> Message:
        try:
            plan = planning.plan(dialogue.answers, self._desk.topic.slug, now)
            programme = await organising.make(session, plan, dialogue.user_id, now)
        except OrganisingError as refusal:  # its first day has passed since
            dialogues.move(dialogue, Step.START.value, dialogue.answers, now)
            return await self._ask(session, w, dialogue, now, refusal.reason)
        await dialogues.finish(session, dialogue.user_id)
        return card.made(w, programme)

    async def _ask(
        self,
        session: AsyncSession,
        w: Words,
        dialogue: TextInput,
        now: datetime,
        fault: str = "",
        typed: str = "",
    ) -> Message:
        own = await session.get(Subscriber, dialogue.user_id)
        asked = Asked(
            step=Step(dialogue.step),
            draft=dialogue.answers,
            today=planning.today(dialogue.answers, now),
            own_zone=own.timezone if own is not None else self._desk.settings.default_timezone,
            topic=self._desk.topic.title,
            typed=typed,
        )
        return messages.ask(w, asked, fault)


def _take(dialogue: TextInput, value: str, now: datetime) -> str:
    """What a button says; answers what is wrong with it, if anything is."""
    step, draft = Step(dialogue.step), dialogue.answers
    if value == _BACK:
        taken = Taken(draft, planning.before(step))
    elif value == _KEEP and step is Step.NAME and step.value in draft:
        taken = Taken(draft, planning.after(step))
    else:
        return _take_typed(dialogue, value, now)
    dialogues.move(dialogue, taken.step.value, taken.draft, now)
    return ""


def _take_typed(dialogue: TextInput, answer: str, now: datetime) -> str:
    step, draft = Step(dialogue.step), dialogue.answers
    if step is Step.REVIEW:
        return ""
    try:
        taken = planning.take(draft, step, answer, now)
    except OrganisingError as refusal:
        return refusal.reason
    dialogues.move(dialogue, taken.step.value, taken.draft, now)
    return ""
