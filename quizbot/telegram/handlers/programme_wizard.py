"""/programme new and settings: creating a programme step by step, and changing one of its answers.

The answers so far are kept in the database, so that any process can continue.
"""

import re
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession
from telegram import Update

from db.models import Subscriber
from db.programmes import Programme, TextInput
from quizbot.programmes import cancellation, membership, schedule, staff, text_input, wizard
from quizbot.programmes import programme as programmes
from quizbot.programmes.programme import MovedStart, ProgrammeError
from quizbot.programmes.wizard import NextStep, Step
from quizbot.telegram.handlers.context import BotContext, StaleButtonError
from quizbot.telegram.messages import programme as programme_messages
from quizbot.telegram.messages import programme_wizard as messages
from quizbot.telegram.messages import words
from quizbot.telegram.messages.markup import Message
from quizbot.telegram.messages.programme import ProgrammeSettings
from quizbot.telegram.messages.programme_wizard import StepContext

SUBJECT, SETTINGS = "programme", "settings"  # of the text inputs
OF = "programme"  # among the answers about an existing programme: its id
UNASKED = "unasked"  # among them: something was shown that takes answers, and no question
_NEXT = re.compile(r"next-([0-9]{1,18})")  # the payload of a link

# Values of the buttons that move between steps.
_BACK, _CANCEL, _KEEP, _CREATE = "back", "cancel", "keep", "create"

# The step that a refused draft goes back to; the last day for all other reasons.
_REFUSED_AT = {
    **dict.fromkeys(("past", "too-far"), Step.START),
    **dict.fromkeys(("hidden", "no-name", "link", "long-name"), Step.NAME),
}


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


def programme_before(payload: str) -> int | None:
    """Returns the programme's id from the link on its report; None if it is another link."""
    match = _NEXT.fullmatch(payload)
    return int(match[1]) if match else None


async def begin_next(update: Update, context: BotContext) -> None:
    """The button `nextseason:<id>`: a draft of the season after that programme."""
    await draft_next(context, int(context.argument))


async def draft_next(context: BotContext, programme_id: int) -> None:
    """Show the draft at its last step, or the next season if it has been made.

    If the sender is making another programme, they are told to finish that first.

    Raises StaleButtonError unless the sender runs that programme.
    """
    now, user_id, w = context.now(), context.user.id, context.words
    async with context.programme(programme_id) as (session, programme):
        pending = await text_input.find(session, user_id, SUBJECT, now)
        existing = await programmes.season_after(session, programme_id, user_id, now)
        if existing is not None:
            question = programme_messages.next_season_exists(w, existing)
        elif not schedule.has_ended(programme, now):
            question = programme_messages.next_season_later(w, programme)
        elif pending is not None and pending.answers.get(wizard.AFTER) != programme_id:
            question = programme_messages.wizard_unfinished(w)
        else:
            teams = [team.name for team in await programmes.teams(session, programme.id)]
            draft = wizard.next_season(programme, teams, now, words.numbered_season(w))
            step = Step.REVIEW.value
            pending = await text_input.begin(
                session, user_id, SUBJECT, now, step=step, answers=draft
            )
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


async def begin_input(
    context: BotContext,
    session: AsyncSession,
    subject: str,
    programme_id: int,
    step: str = "",
    *,
    unasked: bool = False,
) -> TextInput | None:
    """Take the next text as an answer about the programme, and return what waits for it.

    None if the wizard waits for an answer. `unasked` is whether something is shown that takes
    answers, and no question.
    """
    now, user_id = context.now(), context.user.id
    if await text_input.current_subject(session, user_id, now) == SUBJECT:
        return None
    answers = {OF: programme_id} | ({UNASKED: True} if unasked else {})
    return await text_input.begin(session, user_id, subject, now, step=step, answers=answers)


async def asked_about(
    context: BotContext, session: AsyncSession, subject: str
) -> tuple[Programme, TextInput]:
    """Returns the programme that a typed answer is about, and what waits for it, both locked.

    Raises StaleButtonError.
    """
    user_id = context.user.id
    pending = await text_input.find(session, user_id, subject, context.now())
    programme_id = pending.answers[OF] if pending is not None else 0
    programme = await staff.programme_run_by(session, programme_id, user_id, lock=True)
    if pending is None or programme is None:
        raise StaleButtonError
    return programme, pending


async def edit(update: Update, context: BotContext) -> None:
    """The buttons `set:<id>:<step>`: ask for one setting of an existing programme."""
    programme_id, step = context.argument.split(":")
    async with context.programme(int(programme_id)) as (session, programme):
        pending = await begin_input(context, session, SETTINGS, programme.id, step)
        question = (
            await _ask(context, session, pending, of=programme)
            if pending is not None
            else programme_messages.wizard_unfinished(context.words)
        )
    context.replace(question)


async def settings_of(
    context: BotContext,
    session: AsyncSession,
    programme: Programme,
    changed: Step | None = None,
    moved: MovedStart | None = None,
) -> Message:
    """Returns the message with all settings; `changed` is the one that was just changed.

    `moved` is what a later first day means for members.
    """
    now = context.now()
    shown = ProgrammeSettings(
        programme=programme,
        holidays=await programmes.holidays(session, programme.id),
        today=programmes.today_of(programme, now),
        begun=await programmes.has_asked(session, programme, now),
        joined=await cancellation.was_joined(session, programme.id),
        moved=moved,
    )
    return programme_messages.settings(context.words, shown, changed)


async def choose_setting(update: Update, context: BotContext) -> None:
    """The buttons `set:<id>:<step>:<value>`; they do nothing once the setting is answered."""
    programme_id, step, value = context.argument.split(":", 2)
    async with context.programme(int(programme_id), lock=True) as (session, programme):
        pending = await text_input.find(session, context.user.id, SETTINGS, context.now())
        if pending is None or (pending.step, pending.answers[OF]) != (step, programme.id):
            raise StaleButtonError
        if value in (_BACK, _KEEP):
            await text_input.finish(session, context.user.id)
            reply, changed = await settings_of(context, session, programme), False
        else:
            reply, changed = await _set(context, session, programme, pending, value)
    context.acknowledge()
    if changed:
        await membership.replan_members(context.sessions, programme.id, context.now())
    context.replace(reply)


async def setting_typed(update: Update, context: BotContext) -> None:
    """A typed answer about a setting."""
    text = context.message.text or ""
    async with context.sessions.begin() as session:
        programme, pending = await asked_about(context, session, SETTINGS)
        reply, changed = await _set(context, session, programme, pending, text, typed=text)
    if changed:
        await membership.replan_members(context.sessions, programme.id, context.now())
    context.reply(reply)


async def _set(
    context: BotContext,
    session: AsyncSession,
    programme: Programme,
    pending: TextInput,
    answer: str,
    typed: str = "",
) -> tuple[Message, bool]:
    """Change the setting that was asked for, unless the answer is refused or takes another one.

    Returns the reply, and whether members' questions have to be planned again.
    """
    now, step, user_id = context.now(), Step(pending.step), pending.user_id
    draft = wizard.draft_of(programmes.plan_of(programme)) | pending.answers
    try:
        taken = wizard.with_answer(draft, step, answer, now)
        if taken.step is not Step.REVIEW:
            answers = {**pending.answers, step.value: taken.draft[step.value]}
            text_input.set_step(pending, taken.step.value, answers, now)
            return await _ask(context, session, pending, of=programme), False
        wanted = wizard.plan(taken.draft, programme.topic)
        if step is Step.END and programmes.ends_sooner(programme, wanted.ends_on, now):
            await text_input.finish(session, user_id)
            last_day = wanted.ends_on or wanted.starts_on
            later = last_day > programmes.today_of(programme, now)
            asked = programme_messages.ask_end(context.words, programme, last_day, later=later)
            return asked, False
        moved = await programmes.change(session, programme, wanted, user_id, now)
    except ProgrammeError as refusal:
        return await _ask(context, session, pending, refusal.reason, typed, of=programme), False
    await text_input.finish(session, user_id)
    moves_questions = step is not Step.NAME
    return await settings_of(context, session, programme, step, moved), moves_questions


async def _create(context: BotContext, session: AsyncSession, pending: TextInput) -> Message:
    """Create the programme, or ask again for what is refused: a first day may have passed."""
    now, user_id, before = context.now(), pending.user_id, pending.answers.get(wizard.AFTER)
    if before is not None and await staff.programme_run_by(session, before, user_id, lock=True):
        existing = await programmes.season_after(session, before, user_id, now)
        if existing is not None:  # a colleague was faster
            await text_input.finish(session, user_id)
            return programme_messages.next_season_exists(context.words, existing)
    try:
        topic = context.services.topic.slug
        programme, runs = await wizard.create(session, pending.answers, topic, user_id, now)
    except ProgrammeError as refusal:
        step = _REFUSED_AT.get(refusal.reason, Step.END)
        text_input.set_step(pending, step.value, pending.answers, now)
        return await _ask(context, session, pending, refusal.reason)
    await text_input.finish(session, user_id)
    return programme_messages.created(context.words, programme, before, runs)


async def _ask(
    context: BotContext,
    session: AsyncSession,
    pending: TextInput,
    fault: str = "",
    typed: str = "",
    of: Programme | None = None,
) -> Message:
    """Returns the step's question; `of` is the programme if the answer changes an existing one."""
    services, draft = context.services, pending.answers
    if of is not None:
        draft = wizard.draft_of(programmes.plan_of(of)) | draft
    own = await session.get(Subscriber, pending.user_id)
    step_context = StepContext(
        step=Step(pending.step),
        draft=draft,
        today=wizard.today(draft, context.now()),
        own_zone=own.timezone if own is not None else services.settings.default_timezone,
        topic=services.topic.title,
        typed=typed,
        of=of,
    )
    return messages.ask(context.words, step_context, fault)


def _take(pending: TextInput, value: str, now: datetime) -> str:
    """Apply a button's value. Returns an error sentence, or an empty string."""
    step, draft = Step(pending.step), pending.answers
    if value == _BACK:
        taken = NextStep(draft, wizard.step_before(draft, step))
    elif value == _KEEP and step is Step.NAME and step.value in draft:
        taken = NextStep(draft, wizard.step_after(draft, step))
    elif step is Step.REVIEW and value in set(Step):
        taken = NextStep(draft, Step(value))
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
