"""Announcements: a coordinator writes one, sees its preview, and sends it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncSession
from telegram import Update

from db.programmes import Programme
from quizbot.programmes import announcements, schedule, text_input
from quizbot.programmes.programme import ProgrammeError
from quizbot.telegram.handlers import programme as programmes
from quizbot.telegram.handlers.context import BotContext, StaleButtonError
from quizbot.telegram.handlers.programme_wizard import OF, asked_about, begin_input
from quizbot.telegram.messages import announcements as messages
from quizbot.telegram.messages import programme as programme_messages


async def show(update: Update, context: BotContext) -> None:
    """The button `messages:<programme>`: what was sent and what may be, in place."""
    async with context.programme(int(context.argument)) as (session, programme):
        found = await announcements.outlook(session, programme, context.user.id, context.now())
        if messages.may_write(found):
            subject = text_input.ANNOUNCEMENT
            await begin_input(context, session, subject, programme.id, unasked=True)
    context.replace(messages.overview(context.words, programme, found, context.now()))


async def write(update: Update, context: BotContext) -> None:
    """The button `write:<programme>`: asks for the text."""
    w, programme_id = context.words, int(context.argument)
    try:
        async with context.programme(programme_id) as (session, programme):
            await announcements.check(session, programme, context.user.id, context.now())
    except ProgrammeError as refusal:
        context.acknowledge()
        context.reply(messages.refused(w, programme_id, refusal.reason))
        return
    await programmes.ask(context, text_input.ANNOUNCEMENT, messages.ask_text(w))


async def typed(update: Update, context: BotContext) -> None:
    """A typed answer: the text. Shows its preview; another text takes its place."""
    now, w, user_id = context.now(), context.words, context.user.id
    async with context.sessions.begin() as session:
        programme, _ = await asked_about(context, session, text_input.ANNOUNCEMENT)
        try:
            text = announcements.clean_text(context.message.text or "")
            found = await announcements.check(session, programme, user_id, now)
        except ProgrammeError as refusal:
            reply = messages.refused(w, programme.id, refusal.reason)
        else:
            answers = {OF: programme.id, "text": text}
            await text_input.begin(session, user_id, text_input.ANNOUNCEMENT, now, answers=answers)
            reply = messages.preview(w, programme, text, found, text_input.mark(answers))
    context.reply(reply)


async def send(update: Update, context: BotContext) -> None:
    """The button `announce:<programme>:<mark>` below a preview: sends the text that it shows."""
    w, now, user_id = context.words, context.now(), context.user.id
    number, mark = context.argument.split(":")
    try:
        async with context.programme(int(number), lock=True) as (session, programme):
            pending = await text_input.find(session, user_id, text_input.ANNOUNCEMENT, now)
            draft = pending.answers if pending is not None else {}
            if draft.get(OF) != programme.id or text_input.mark(draft) != mark:
                raise StaleButtonError
            await announcements.send(session, programme, user_id, draft["text"], now)
            await text_input.finish(session, user_id)
            found = await announcements.outlook(session, programme, user_id, now)
        context.replace(messages.overview(w, programme, found, now, is_sent=True))
    except ProgrammeError as refusal:
        context.acknowledge()
        context.reply(messages.refused(w, int(number), refusal.reason))


async def invite_past_members(update: Update, context: BotContext) -> None:
    """The buttons `invitepast:<new>:<old>[:send]`: a preview; then invites who took part, once."""
    new_id, old_id, *sends = context.argument.split(":")
    w, now, by = context.words, context.now(), context.user.id
    try:
        async with _seasons(context, int(new_id), int(old_id)) as (session, programme, before):
            if sends:
                invited = await announcements.invite_past_members(
                    session, programme, before, by, now
                )
                reply = programme_messages.past_members_invited(w, programme, invited)
            else:
                found = await announcements.check_past_members(session, programme, before, by, now)
                reply = messages.past_preview(w, programme, before, found)
    except ProgrammeError as refusal:
        reply = messages.refused(w, int(new_id), refusal.reason)
        sends = []
    if sends:
        context.replace(reply)
    else:  # the message with the button stays: dates and teams can be looked at there
        context.acknowledge()
        context.reply(reply)


@asynccontextmanager
async def _seasons(
    context: BotContext, new_id: int, old_id: int
) -> AsyncIterator[tuple[AsyncSession, Programme, Programme]]:
    """Yields the session with a programme and the season before, both locked.

    Raises StaleButtonError.
    """
    user_id = context.user.id
    async with context.programme(new_id, lock=True) as (session, programme):
        before = await announcements.season_before(session, programme, user_id, lock=True)
        if before is None or before.id != old_id:
            raise StaleButtonError
        schedule.check_not_ended(programme, context.now())
        yield session, programme, before
