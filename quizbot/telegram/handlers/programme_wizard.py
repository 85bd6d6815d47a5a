"""/programme new: creating a programme step by step, by buttons and typing.

The answers so far are kept in the database, so that any process can continue.
"""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession
from telegram import Update

from db.models import Subscriber
from db.programmes import TextInput
from quizbot.programmes import programme as programmes
from quizbot.programmes import text_input, wizard
from quizbot.programmes.programme import ProgrammeError
from quizbot.programmes.wizard import NextStep, Step
from quizbot.telegram.handlers.context import BotContext, StaleButtonError
from quizbot.telegram.messages import programme as programme_messages
from quizbot.telegram.messages import programme_wizard as messages
from quizbot.telegram.messages.markup import Message
from quizbot.telegram.messages.programme_wizard import StepContext

SUBJECT = "programme"  # of the text input

# Values of the buttons that move between steps.
_BACK, _CANCEL, _KEEP, _CREATE = "back", "cancel", "keep", "create"


async def begin(update: Update, context: BotContext) -> None:
    """/programme new: asks the first question, or continues the draft of the last 24 hours."""
    now = context.now()
    async with context.coordinator() as (session, coordinator):
        pending = await text_input.find(session, coordinator.id, SUBJECT, now)
        if pending is None:
            step = Step.NAME.value
            pending = await text_input.begin(session, coordinator.id, SUBJECT, now, step=step)
        question = await _ask(context, session, pending)
    context.acknowledge()
    context.reply(question)


async def choose(update: Update, context: BotContext) -> None:
    """The buttons `plan:<step>:<value>`; they do nothing once their step is done."""
    now = context.now()
    step, value = context.argument.split(":", 1)
    async with context.coordinator() as (session, coordinator):
        pending = await text_input.find(session, coordinator.id, SUBJECT, now)
        if pending is None or pending.step != step:
            raise StaleButtonError
        if value == _CANCEL:
            await text_input.finish(session, coordinator.id)
            reply = messages.cancelled(context.words)
        elif value == _CREATE and pending.step == Step.REVIEW:
            reply = await _create(context, session, pending)
        else:
            fault = _take(pending, value, now)
            reply = await _ask(context, session, pending, fault)
    context.replace(reply)


async def answer_typed(update: Update, context: BotContext) -> None:
    """A typed answer to the step."""
    now, text = context.now(), context.message.text or ""
    async with context.coordinator() as (session, coordinator):
        pending = await text_input.find(session, coordinator.id, SUBJECT, now)
        if pending is None:
            return
        fault = _take_typed(pending, text, now)
        question = await _ask(context, session, pending, fault, text if fault else "")
    context.reply(question)


async def _create(context: BotContext, session: AsyncSession, pending: TextInput) -> Message:
    """Create the programme, or ask for the first day again if it has passed meanwhile."""
    now = context.now()
    try:
        plan = wizard.plan(pending.answers, context.services.topic.slug, now)
        programme = await programmes.create(session, plan, pending.user_id, now)
    except ProgrammeError as refusal:
        text_input.set_step(pending, Step.START.value, pending.answers, now)
        return await _ask(context, session, pending, refusal.reason)
    await text_input.finish(session, pending.user_id)
    return programme_messages.created(context.words, programme)


async def _ask(
    context: BotContext, session: AsyncSession, pending: TextInput, fault: str = "", typed: str = ""
) -> Message:
    services = context.services
    own = await session.get(Subscriber, pending.user_id)
    step_context = StepContext(
        step=Step(pending.step),
        draft=pending.answers,
        today=wizard.today(pending.answers, context.now()),
        own_zone=own.timezone if own is not None else services.settings.default_timezone,
        topic=services.topic.title,
        typed=typed,
    )
    return messages.ask(context.words, step_context, fault)


def _take(pending: TextInput, value: str, now: datetime) -> str:
    """Apply a button's value. Returns an error sentence, or an empty string."""
    step, draft = Step(pending.step), pending.answers
    if value == _BACK:
        taken = NextStep(draft, wizard.step_before(step))
    elif value == _KEEP and step is Step.NAME and step.value in draft:
        taken = NextStep(draft, wizard.step_after(step))
    else:
        return _take_typed(pending, value, now)
    text_input.set_step(pending, taken.step.value, taken.draft, now)
    return ""


def _take_typed(pending: TextInput, answer: str, now: datetime) -> str:
    """Apply a typed answer. Returns an error sentence, or an empty string."""
    step, draft = Step(pending.step), pending.answers
    if step is Step.REVIEW:
        return ""
    try:
        taken = wizard.with_answer(draft, step, answer, now)
    except ProgrammeError as refusal:
        return refusal.reason
    text_input.set_step(pending, taken.step.value, taken.draft, now)
    return ""
