"""Poll answers, /quiz, and resending questions that may have been lost."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

import structlog
from structlog.contextvars import bind_contextvars, unbind_contextvars
from telegram import Update

from db.models import Delivery, DeliveryState
from db.session import limit_lock_waits
from quizbot import metrics
from quizbot.quiz.answers import recording
from quizbot.quiz.answers.recording import AnswerOutcome, PollAnswer
from quizbot.quiz.asking import claiming
from quizbot.quiz.asking.question_days import local_date
from quizbot.quiz.delivery import repair
from quizbot.quiz.delivery.repair import NotReceived
from quizbot.telegram.handlers.context import BotContext, Services
from quizbot.telegram.messages import questions as messages

_LOCK_WAIT = 2.0  # seconds to wait for a row; the votes of others wait meanwhile

log = structlog.get_logger(__name__)


async def record_poll_answers(
    services: Services, poll_answers: Sequence[PollAnswer], arrived_at: datetime | None = None
) -> None:
    """Record the answers in one transaction, then reply to each with its answer card.

    They arrived now, or at that time (UTC).
    """
    now = services.clock()
    at = arrived_at or now
    async with services.sessions.begin() as session:
        await limit_lock_waits(session, _LOCK_WAIT, plan_once=True)
        recorded = await recording.record_answers(
            session,
            poll_answers,
            at,
            services.topic.objective_of,
            services.answer_cards.lease + (now - at),
        )
    for poll_answer, outcome in zip(poll_answers, recorded, strict=True):
        bind_contextvars(update=poll_answer.update_id)  # for the lines of its card, too
        if isinstance(outcome, AnswerOutcome):
            metrics.POLL_ANSWERS.labels("answer").inc()
            services.answer_cards.post(outcome, services.languages[poll_answer.language])
        else:
            metrics.POLL_ANSWERS.labels(outcome.value).inc()
            log.info("poll_answer_ignored", poll=poll_answer.poll_id, reason=outcome.value)
    unbind_contextvars("update")


async def quiz(update: Update, context: BotContext) -> None:
    """/quiz and its button: today's question now if it is unanswered, otherwise practice.

    On a day without a question, a note says so before the practice.
    """
    services, now = context.services, context.now()
    pool, policy = services.item_pool, services.settings.reminder_policy
    is_command = update.message is not None
    context.acknowledge()
    async with context.subscriber() as (session, subscriber):
        question = await claiming.claim_today(session, subscriber, pool, now, policy)
        day_off = False
        if not question or not await claiming.is_open_unanswered(session, question, now):
            today = local_date(now, subscriber.timezone)
            day_off = question is None or question.local_date < today
            question = await claiming.claim_practice(session, subscriber, pool, now)
        # A pressed button has no time, so a question that may be in the chat is only offered.
        certain = is_command or not question.possibly_delivered
        if question.state in repair.MAYBE_MISSING and certain:
            asked_at = update.message.date if update.message else None
            not_received = NotReceived(subscriber.id, question.id, asked_at=asked_at)
            await repair.claim_again(session, not_received, pool, now)
    if day_off:
        due, zone = subscriber.next_due_at, subscriber.timezone
        context.reply(messages.no_question_today(context.words, due, zone, now))
    services.reply_queue.post(subscriber.id, partial(_send_or_point_to, context, question))


async def read(update: Update, context: BotContext) -> None:
    """/read_KP2: that statement of the article, in the chat."""
    topic = context.services.topic
    shown = topic.published.get(context.argument.upper())
    if shown is None:
        context.reply(messages.nothing_to_read(context.words))
    else:
        context.reply(messages.statement(context.words, topic, shown))


async def send_again(update: Update, context: BotContext) -> None:
    """The button under the offer of an unconfirmed question: sends the question again."""
    services, subscriber_id = context.services, context.user.id
    delivery_id, attempt = map(int, context.argument.split(":"))
    context.acknowledge()
    async with context.sessions.begin() as session:
        not_received = NotReceived(subscriber_id, delivery_id, attempt)
        claimed = await repair.claim_again(session, not_received, services.item_pool, context.now())
    if claimed:
        services.reply_queue.post(
            subscriber_id, partial(services.question_delivery.deliver_one, delivery_id)
        )
    else:
        context.reply(messages.question_closed(context.words))


async def _send_or_point_to(context: BotContext, question: Delivery) -> None:
    """Send the question, or point to it if it is in the chat already."""
    services, w, chat_id = context.services, context.words, question.subscriber_id
    match question.state:
        case DeliveryState.CLAIMED:
            await services.question_delivery.deliver_one(question.id)
        case DeliveryState.SENDING:
            await services.sender.send(chat_id, messages.question_on_its_way(w))
        case DeliveryState.UNCONFIRMED | DeliveryState.OFFERED:
            offer = messages.resend_offer(w, question.id, question.attempts)
            await services.sender.send(chat_id, offer)
        case DeliveryState.SENT if question.message_id is not None:
            here = messages.question_above(w)
            if not await services.sender.send_if_there(chat_id, here, question.message_id):
                await _send_deleted_again(services, question)
        case _:
            await services.sender.send(chat_id, messages.question_closed(w))


async def _send_deleted_again(services: Services, question: Delivery) -> None:
    """Resend a question after its message was deleted."""
    async with services.sessions.begin() as session:
        not_received = NotReceived(
            question.subscriber_id, question.id, question.attempts, deleted=True
        )
        await repair.claim_again(session, not_received, services.item_pool, services.clock())
    await services.question_delivery.deliver_one(question.id)
