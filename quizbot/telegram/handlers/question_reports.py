"""Reporting a question from its answer card; /reports, where operators answer."""

from sqlalchemy.ext.asyncio import AsyncSession
from telegram import Update

from db.models import MAX_REPLY_LENGTH, Delivery, ReportKind
from quizbot.programmes import text_input
from quizbot.programmes.text_input import REPORT, REPORT_ANSWER
from quizbot.quiz import question_reports
from quizbot.quiz.question_reports import ReportRefusedError, TooLongError
from quizbot.telegram.handlers.context import BotContext, StaleButtonError
from quizbot.telegram.messages import question_reports as messages
from quizbot.telegram.messages.markup import Message


async def open_menu(update: Update, context: BotContext) -> None:
    """The button `more:<delivery>` below a card: shows what can be reported, in place."""
    rows, delivery_id, w = context.keyboard, int(context.argument), context.words
    context.acknowledge()
    if rows:
        context.replace_keyboard(messages.with_menu(w, rows, delivery_id))
    else:
        context.reply(messages.menu(w, delivery_id))


async def close_menu(update: Update, context: BotContext) -> None:
    """The button `less:<delivery>`: hides it again."""
    context.acknowledge()
    context.replace_keyboard(messages.without_menu(context.keyboard, int(context.argument)))


async def report(update: Update, context: BotContext) -> None:
    """The buttons `report:<delivery>:<kind>`: takes the report, and asks for a line more."""
    number, kind = context.argument.split(":")
    delivery_id, w = int(number), context.words
    async with context.sessions.begin() as session:
        delivery = await session.get(Delivery, delivery_id)
        if delivery is None or delivery.subscriber_id != context.user.id:
            raise StaleButtonError
        refusal = await _add(context, session, delivery, ReportKind(kind))
    context.acknowledge(refusal or None)
    context.replace_keyboard(messages.without_menu(context.keyboard, delivery_id))
    if not refusal:
        context.reply(messages.ask_comment(w, ReportKind(kind)))


async def _add(
    context: BotContext, session: AsyncSession, delivery: Delivery, kind: ReportKind
) -> str:
    """Returns why the report is not taken, or "". A repeated press is asked for a line again."""
    user_id, now, w = context.user.id, context.now(), context.words
    try:
        made = await question_reports.add(
            session, user_id, delivery.item_id, delivery.item_revision, kind, now
        )
    except ReportRefusedError as refused:
        awaited = await text_input.find(session, user_id, REPORT, now)
        known, waits_for = refused.open_report, awaited.answers["report"] if awaited else None
        return "" if known and known.id == waits_for else messages.refusal(w, refused)
    await text_input.begin(session, user_id, REPORT, now, answers={"report": made.id})
    return ""


async def take_comment(update: Update, context: BotContext) -> None:
    """A typed line after a report: is added to it."""
    w, user_id = context.words, context.user.id
    try:
        comment = question_reports.clean_text(context.message.text or "")
    except TooLongError as error:
        context.reply(messages.comment_too_long(w, error.length))
        return
    async with context.sessions.begin() as session:
        awaited = await text_input.find(session, user_id, REPORT, context.now())
        if awaited is None:
            raise StaleButtonError
        await text_input.finish(session, user_id)
        report_id = awaited.answers["report"]
        if not await question_reports.set_comment(session, report_id, user_id, comment):
            raise StaleButtonError
    context.reply(messages.comment_taken(w))


async def list_reports(update: Update, context: BotContext) -> None:
    """/reports, for operators: a question with its open reports, and how many were right.

    The button `reports:<page>` shows another one, in place.
    """
    context.check_operator()
    page = int(context.argument) if update.callback_query is not None else 0
    context.replace(await _page(context, page))


async def _page(context: BotContext, page: int) -> Message:
    w = context.words
    async with context.sessions() as session:
        every = await question_reports.reported_items(session)
        if not every:
            return messages.no_reports(w)
        page = min(page, len(every) - 1)
        shown = every[page]
        answers = await question_reports.count_answers(session, shown.item_id, shown.revision)
    item = context.services.topic.item(shown.item_id)
    return messages.reported_item(w, shown, item, answers, page, len(every))


async def ask_answer(update: Update, context: BotContext) -> None:
    """The button `answer:<report>`, for operators: asks for the answer to that question's reports.

    Reports that come later are not answered: they may be about something else.
    """
    context.check_operator()
    user_id, now, last_id = context.user.id, context.now(), int(context.argument)
    async with context.sessions.begin() as session:
        shown = await question_reports.reported_item(session, last_id)
        if shown is None:
            raise StaleButtonError
        answers = {"item": shown.item_id, "revision": shown.revision, "last": last_id}
        await text_input.begin(session, user_id, REPORT_ANSWER, now, answers=answers)
    context.acknowledge()
    context.reply(messages.ask_answer(context.words, shown.count_hearers(last_id)))


async def take_answer(update: Update, context: BotContext) -> None:
    """A typed answer to reports: is shown as the reporters will get it. Nothing is sent yet."""
    context.check_operator()
    w, user_id, now = context.words, context.user.id, context.now()
    try:
        text = question_reports.clean_text(context.message.text or "", MAX_REPLY_LENGTH)
    except TooLongError as error:
        context.reply(messages.answer_too_long(w, error.length))
        return
    async with context.sessions.begin() as session:
        awaited = await text_input.find(session, user_id, REPORT_ANSWER, now)
        if awaited is None or not text:
            raise StaleButtonError
        draft = {**awaited.answers, "text": text}
        text_input.set_step(awaited, "preview", draft, now)
        shown = await question_reports.reported_item(session, draft["last"])
    item = context.services.topic.item(draft["item"])
    people = shown.count_hearers(draft["last"]) if shown else 0
    stem, last_id = item.stem if item else "", draft["last"]
    context.reply(messages.answer_preview(w, stem, text, people, last_id, text_input.mark(draft)))


async def send_answer(update: Update, context: BotContext) -> None:
    """The button `send-answer:<mark>` below the preview: closes the reports; the reporters hear.

    Only the draft that the preview shows is sent, not one of a later text or of another question.
    """
    context.check_operator()
    user_id, now = context.user.id, context.now()
    async with context.sessions.begin() as session:
        awaited = await text_input.find(session, user_id, REPORT_ANSWER, now)
        if awaited is None or context.argument != text_input.mark(awaited.answers):
            raise StaleButtonError
        draft = awaited.answers
        await text_input.finish(session, user_id)
        of = draft["item"], draft["revision"], draft["last"]
        people = await question_reports.answer(session, *of, draft["text"], now)
    context.replace(messages.answered(context.words, people))
