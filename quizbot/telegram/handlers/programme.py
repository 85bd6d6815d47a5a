"""/programme and /digest: what coordinators do with an existing programme."""

from dataclasses import replace
from datetime import date, datetime
from functools import partial

from sqlalchemy.ext.asyncio import AsyncSession
from telegram import Update

from db.programmes import Programme
from quizbot.programmes import (
    announcements,
    cancellation,
    members,
    membership,
    schedule,
    staff,
    text_input,
)
from quizbot.programmes import programme as programmes
from quizbot.programmes.programme import ProgrammeError
from quizbot.quiz import typed_times
from quizbot.telegram.handlers import programme_wizard
from quizbot.telegram.handlers.context import BotContext, StaleButtonError, day_of
from quizbot.telegram.handlers.programme_wizard import UNASKED, asked_about, begin_input
from quizbot.telegram.messages import digest as digest_messages
from quizbot.telegram.messages import programme as messages
from quizbot.telegram.messages import programme_wizard as wizard_messages
from quizbot.telegram.messages import text_input as text_messages
from quizbot.telegram.messages.markup import Message, message
from quizbot.telegram.messages.programme import Menu, ProgrammeSummary

HOLIDAYS = text_input.HOLIDAYS  # the subject of a text input


async def list_programmes(update: Update, context: BotContext) -> None:
    """/programme: the only programme, or a list of them; /programme new: the wizard for a new one.

    The button `programmes:list` on a programme's card shows the list in its place.
    """
    if context.argument.casefold() == "new":
        await programme_wizard.begin(update, context)
        return
    was_pressed = update.callback_query is not None
    async with context.coordinator() as (session, coordinator):
        run = await staff.programmes_run_by(session, coordinator.id)
        reply = messages.programme_list(context.words, run)
        if len(run) == 1 and not was_pressed:
            reply = messages.card(context.words, await _summary(session, run[0], context.now()))
    (context.replace if was_pressed else context.reply)(reply)


async def show(update: Update, context: BotContext) -> None:
    """The button `programme:<id>`: shows its card, in place."""
    async with context.programme(int(context.argument)) as (session, programme):
        summary = await _summary(session, programme, context.now())
    context.replace(messages.card(context.words, summary))


async def open_menu(update: Update, context: BotContext) -> None:
    """The buttons `menu:<id>:<menu>`: shows more buttons, in place of the card."""
    programme_id, name = context.argument.split(":")
    menu = Menu(name)
    async with context.programme(int(programme_id)) as (session, programme):
        if menu is Menu.SETTINGS:
            shown = await programme_wizard.settings_of(context, session, programme)
        else:
            before = await announcements.season_to_invite(session, programme, context.user.id)
            before_id = before.id if before is not None else None
            shown = messages.menu(context.words, programme, menu, before_id)
    context.replace(shown)


async def list_holidays(update: Update, context: BotContext) -> None:
    """The button `holidays:<id>:<page>`: shows a page of future days off, in place."""
    programme_id, page = map(int, context.argument.split(":"))
    await _show_holidays(context, programme_id, page)


async def add_holidays(update: Update, context: BotContext) -> None:
    """The button `addholidays:<id>`: asks for dates to be typed."""
    await ask(context, HOLIDAYS, messages.ask_holidays(context.words))


async def holidays_typed(update: Update, context: BotContext) -> bool:
    """A typed answer: dates. Adds all of them or none.

    Returns whether it was one: below the list of holidays, only what can be read is.
    """
    now, w, user_id = context.now(), context.words, context.user.id
    try:
        async with context.sessions.begin() as session:
            programme, pending = await asked_about(context, session, HOLIDAYS)
            today, typed = programmes.today_of(programme, now), context.message.text or ""
            spans = typed_times.parse_spans(typed, today, programme.starts_on)
            if spans is None:
                if pending.answers.get(UNASKED):
                    return False
                raise ProgrammeError("no-dates")
            for first, last in spans:
                await programmes.add_holidays(session, programme, first, last, user_id, now)
            await text_input.finish(session, user_id)
    except ProgrammeError as refusal:
        context.reply(messages.ask_holidays(w, wizard_messages.refusal(w, refusal.reason)))
        return True
    await membership.replan_members(context.sessions, programme.id, now)
    await _show_holidays(context, programme.id, 0)
    return True


async def remove_holiday(update: Update, context: BotContext) -> None:
    """The button `holiday:<id>:<date>`: removes the holiday."""
    now, user_id = context.now(), context.user.id
    programme_id, value = context.argument.split(":")
    day = day_of(value)
    async with context.programme(int(programme_id), lock=True) as (session, programme):
        await programmes.remove_holiday(session, programme, day, user_id, now)
    await membership.replan_members(context.sessions, programme.id, now)
    await _show_holidays(context, programme.id, 0)


async def end(update: Update, context: BotContext) -> None:
    """The buttons `end:<id>:ask|<date>`: ask for confirmation, then set the last day.

    Without a date it is today, or the first day if the programme has not begun.
    """
    now, w = context.now(), context.words
    programme_id, answer = context.argument.split(":")
    async with context.programme(int(programme_id), lock=True) as (session, programme):
        last_day = max(programmes.today_of(programme, now), programme.starts_on)
        schedule.check_not_ended(programme, now)
        if answer != "ask":
            try:
                wanted = replace(
                    programmes.plan_of(programme),
                    ends_on=date.fromisoformat(answer) if answer != "yes" else last_day,
                )
                await programmes.change(session, programme, wanted, context.user.id, now)
            except ValueError:  # no such date, or a ProgrammeError: it has passed meanwhile
                raise StaleButtonError from None
        summary = await _summary(session, programme, now)
    if answer != "ask":
        context.acknowledge()
        await membership.replan_members(context.sessions, programme.id, now)
        context.replace(messages.card(w, summary))
    else:
        context.replace(messages.ask_end(w, programme, last_day))


async def remove(update: Update, context: BotContext) -> None:
    """The buttons `remove:<id>:ask|yes`: ask for confirmation, then delete the programme."""
    w = context.words
    programme_id, answer = context.argument.split(":")
    async with context.programme(int(programme_id), lock=True) as (session, programme):
        reply = messages.ask_remove_programme(w, programme)
        if answer == "yes":
            try:
                await cancellation.remove(session, programme, context.user.id, context.now())
            except ProgrammeError as refusal:
                reply = message(wizard_messages.refusal(w, refusal.reason))
            else:
                reply = messages.removed_programme(w, programme.name)
    context.replace(reply)


async def call_off(update: Update, context: BotContext) -> None:
    """The buttons `calloff:<id>:ask|yes`: ask for confirmation, then call off the programme."""
    w, now = context.words, context.now()
    programme_id, answer = context.argument.split(":")
    async with context.programme(int(programme_id), lock=True) as (session, programme):
        members = await programmes.count_members(session, programme.id)
        reply = messages.ask_call_off(w, programme, members)
        if answer == "yes":
            try:
                await cancellation.call_off(session, programme, context.user.id, now)
            except ProgrammeError as refusal:
                reply = message(wizard_messages.refusal(w, refusal.reason))
            else:
                reply = messages.called_off(w, programme.name, members)
    context.acknowledge()
    if answer == "yes":
        await membership.replan_members(context.sessions, programme.id, now)
    context.replace(reply)


async def _show_holidays(context: BotContext, programme_id: int, page: int) -> None:
    async with context.programme(programme_id) as (session, programme):
        every = await programmes.holidays(session, programme.id)
        today = programmes.today_of(programme, context.now())
        await begin_input(context, session, HOLIDAYS, programme.id, unasked=True)
    context.replace(messages.holiday_list(context.words, programme, every, today, page))


async def ask(context: BotContext, subject: str, question: Message) -> None:
    """Ask for typed answers, unless the programme wizard is waiting for one. Raises EndedError."""
    async with context.programme(int(context.argument)) as (session, programme):
        schedule.check_not_ended(programme, context.now())
        if await begin_input(context, session, subject, programme.id) is None:
            question = messages.wizard_unfinished(context.words)
    context.acknowledge()
    context.reply(question)


async def _summary(session: AsyncSession, programme: Programme, now: datetime) -> ProgrammeSummary:
    ended = schedule.has_ended(programme, now)
    days = await programmes.days_of(session, programme)
    return ProgrammeSummary(
        programme=programme,
        members=await programmes.count_members(session, programme.id),
        teams=len(await programmes.teams(session, programme.id)),
        holidays=sorted(days.holidays),
        today=programmes.today_of(programme, now),
        so_far=await members.over_all(session, programme)
        if ended
        else await members.today_so_far(session, programme, now),
        ended=ended,
        coming=schedule.next_question(programme, days, now),
        now=now,
    )


async def ask_digest(update: Update, context: BotContext) -> None:
    """/digest, for coordinators: this week so far. With several programmes, they choose one."""
    w, user_id = context.words, context.user.id
    async with context.sessions() as session:
        coordinator = await staff.find_coordinator(session, user_id)
        run = await staff.programmes_run_by(session, user_id)
    if coordinator is None:
        context.reply(text_messages.unknown_command(w))
    elif not run:
        context.reply(digest_messages.no_programme(w))
    elif len(run) > 1:
        context.reply(digest_messages.programme_choice(w, run))
    else:
        _send_digest(context, run[0].id)


async def send_digest(update: Update, context: BotContext) -> None:
    """The button `digest:<id>`: this week so far."""
    programme_id = int(context.argument)
    async with context.programme(programme_id):  # only its coordinators may see it
        context.acknowledge()
    _send_digest(context, programme_id)


def _send_digest(context: BotContext, programme_id: int) -> None:
    """Make and send the digest in the background, so that other replies do not wait."""
    services, user_id, language = context.services, context.user.id, context.words.code
    tell = partial(services.digests.send_so_far, programme_id, user_id, language)
    services.reply_queue.post(("digest", user_id), tell)
