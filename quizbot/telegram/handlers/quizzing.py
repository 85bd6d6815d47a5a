"""Votes, /quiz, and asking again for a question that may have been lost."""

from collections.abc import Sequence
from datetime import datetime

import structlog
from telegram import Update

from db.models import Delivery, DeliveryState
from quizbot import metrics
from quizbot.quiz import answering, claiming, repair
from quizbot.quiz.answering import AnswerOutcome
from quizbot.quiz.due import local_date
from quizbot.quiz.repair import NotReceived
from quizbot.telegram.ballots import Ballot
from quizbot.telegram.handlers.desk import Context, Desk, pressed, user_of
from quizbot.telegram.messages import question as messages
from quizbot.telegram.words import Words

log = structlog.get_logger(__name__)


class Quizzing:
    """Questions out of turn, and answers."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def votes(self, ballots: Sequence[Ballot]) -> None:
        """Count the votes in one transaction, then answer each with a card beside its question."""
        desk = self._desk
        votes = [ballot.vote for ballot in ballots]
        async with desk.sessions.begin() as session:
            recorded = await answering.record_answers(session, votes, desk.clock())
        for ballot, outcome in zip(ballots, recorded, strict=True):
            if isinstance(outcome, AnswerOutcome):
                metrics.VOTES.labels("answer").inc()
                self._post_card(outcome, desk.languages[ballot.language])
            else:
                metrics.VOTES.labels(outcome.value).inc()
                log.info("vote_ignored", poll=ballot.vote.poll_id, reason=outcome.value)

    def _post_card(self, outcome: AnswerOutcome, w: Words) -> None:
        desk = self._desk

        async def say() -> None:
            card = messages.answer_card(w, outcome, desk.topic, desk.clock())
            await desk.sender.say(outcome.chat_id, card, reply_to=outcome.message_id)

        desk.outbox.post(outcome.chat_id, say)

    async def quiz(self, update: Update, context: Context) -> None:
        """Today's question now if it is unanswered, otherwise practice.

        Where it comes on a day without a question, that is said before.
        """
        desk, now = self._desk, self._desk.clock()
        desk.acknowledge(update)
        async with desk.subscriber(update) as (session, subscriber):
            question = await claiming.claim_today(
                session, subscriber, desk.deck, now, desk.settings.evening
            )
            day_off = False
            if not question or not await claiming.is_waiting(session, question, now):
                today = local_date(now, subscriber.timezone)
                day_off = question is None or question.local_date < today
                question = await claiming.claim_practice(session, subscriber, desk.deck, now)
            asked_at = _asked_at(update)
            # A press does not tell when it was: where the question may be there, it is offered.
            if question.state in repair.NOT_THERE and (asked_at or not question.possibly_delivered):
                not_received = NotReceived(subscriber.id, question.id, asked_at=asked_at)
                await repair.claim_again(session, not_received, desk.deck, now)
        if day_off:
            due, zone = subscriber.next_due_at, subscriber.timezone
            desk.reply(update, messages.no_question_today(desk.words(update), due, zone, now))
        desk.outbox.post(subscriber.id, lambda: self._bring(update, question))

    async def again(self, update: Update, context: Context) -> None:
        """The button under the offer of an unconfirmed question."""
        desk, subscriber_id = self._desk, user_of(update).id
        delivery_id, attempt = map(int, pressed(context).split(":"))
        desk.acknowledge(update)
        async with desk.sessions.begin() as session:
            not_received = NotReceived(subscriber_id, delivery_id, attempt)
            claimed = await repair.claim_again(session, not_received, desk.deck, desk.clock())
        if not claimed:
            desk.reply(update, messages.no_longer(desk.words(update)))
            return

        async def bring() -> None:
            await desk.courier.bring_one(delivery_id)

        desk.outbox.post(subscriber_id, bring)

    async def _bring(self, update: Update, question: Delivery) -> None:
        """Send the question, or point to it where it already is."""
        desk, w, chat_id = self._desk, self._desk.words(update), question.subscriber_id
        match question.state:
            case DeliveryState.CLAIMED:
                await desk.courier.bring_one(question.id)
            case DeliveryState.SENDING:
                await desk.sender.say(chat_id, messages.on_its_way(w))
            case DeliveryState.UNCONFIRMED | DeliveryState.OFFERED:
                offer = messages.offer_again(w, question.id, question.attempts)
                await desk.sender.say(chat_id, offer)
            case DeliveryState.SENT if question.message_id is not None:
                here = messages.already_there(w)
                if not await desk.sender.say_if_there(chat_id, here, question.message_id):
                    await self._bring_anew(update, question)
            case _:
                await desk.sender.say(chat_id, messages.no_longer(w))

    async def _bring_anew(self, update: Update, question: Delivery) -> None:
        """The message with the question was deleted."""
        desk = self._desk
        async with desk.sessions.begin() as session:
            not_received = NotReceived(
                question.subscriber_id, question.id, question.attempts, gone=True
            )
            await repair.claim_again(session, not_received, desk.deck, desk.clock())
        await desk.courier.bring_one(question.id)


def _asked_at(update: Update) -> datetime | None:
    """When Telegram took the command; a pressed button does not tell."""
    return update.message.date if update.message else None
