"""/privacy, /export, /forget: what is stored about a person."""

from functools import partial

from telegram import Update

from quizbot.programmes import privacy, staff
from quizbot.quiz.delivery.outcomes import Result
from quizbot.telegram.handlers.context import BotContext, Services
from quizbot.telegram.messages import privacy as messages
from quizbot.telegram.messages.words import Words


async def explain(update: Update, context: BotContext) -> None:
    """/privacy: what is stored, who sees it, and how to delete it, in short."""
    context.reply(messages.privacy(context.words))


async def explain_all(update: Update, context: BotContext) -> None:
    """The button below that: the whole text, in its place."""
    context.acknowledge()
    context.replace(messages.whole_privacy(context.words))


async def export(update: Update, context: BotContext) -> None:
    """/export: everything stored about the sender, as one or more JSON documents."""
    w, user_id = context.words, context.user.id
    async with context.sessions() as session:
        is_known = await privacy.is_known(session, user_id)
    if not is_known:
        context.reply(messages.nothing_stored(w))
    elif context.is_within(context.services.exports, messages.export_too_often(w)):
        send = partial(_send_documents, context.services, user_id, w)
        context.services.reply_queue.post(user_id, send)


async def _send_documents(services: Services, user_id: int, w: Words) -> None:
    """Send each document before the next is read, so that only one is in memory.

    If one fails, the rest is not sent, and the person is told.
    """
    number, sender = 0, services.sender
    try:
        async for content in privacy.export(services.sessions, user_id, services.topic):
            number += 1
            name = f"quizbot-export{f'-{number}' if number > 1 else ''}.json"
            caption = messages.export_caption(w, number)
            sent = await sender.document(user_id, content, name, caption)
            if sent.result is not Result.SENT:
                await sender.send(user_id, messages.export_incomplete(w))
                return
    except Exception:
        await sender.send(user_id, messages.export_incomplete(w))
        raise


async def ask_forget(update: Update, context: BotContext) -> None:
    """/forget: asks for confirmation before deleting everything."""
    w, user_id = context.words, context.user.id
    async with context.sessions() as session:
        is_known = await privacy.is_known(session, user_id)
        runs = await staff.find_coordinator(session, user_id) is not None
        alone = await staff.run_alone_by(session, user_id)
    if is_known:
        context.reply(messages.ask_forget(w, alone, runs=runs))
    else:
        context.reply(messages.nothing_stored(w))


async def forget(update: Update, context: BotContext) -> None:
    """The buttons below that question: delete everything, or keep it."""
    sender, w, user_id = context.services.sender, context.words, context.user.id
    context.acknowledge()
    if context.argument != "yes":
        context.replace(messages.nothing_erased(w))
        return
    async with context.sessions.begin() as session:
        ran = await staff.find_coordinator(session, user_id) is not None
        still_open = await privacy.forget(session, user_id, context.now())
    context.replace(messages.forgotten(w))

    async def clear_chat() -> None:
        if ran:
            await sender.menu(user_id, None)
        for message_id in still_open:
            await sender.close_poll(user_id, message_id)

    context.services.reply_queue.post(user_id, clear_chat)
