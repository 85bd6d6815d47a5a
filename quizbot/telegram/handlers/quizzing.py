"""Votes, /quiz, and asking again for a question that may have been lost."""

import structlog
from telegram import Update

from db.models import Delivery, DeliveryState
from quizbot.quiz import answering, claiming
from quizbot.quiz.answering import AnswerOutcome, Vote
from quizbot.quiz.delivery import Result
from quizbot.telegram.handlers.desk import Context, Desk, chat_of, pressed, user_of
from quizbot.telegram.messages import question

log = structlog.get_logger(__name__)


class Quizzing:
    """Questions out of turn, and answers."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def poll_answer(self, update: Update, context: Context) -> None:
        """Count the vote, then answer it with a card beside the question."""
        desk, answer = self._desk, update.poll_answer
        if answer is None or answer.user is None:  # an anonymous group admin's vote
            return
        vote = Vote(answer.poll_id, answer.user.id, tuple(answer.option_ids))
        async with desk.sessions.begin() as session:
            outcome = await answering.record_answer(session, vote, desk.clock())
        if not isinstance(outcome, AnswerOutcome):
            log.info("vote_ignored", poll=vote.poll_id, reason=outcome.value)
            return
        card = question.answer_card(desk.words(update), outcome, desk.topic)

        async def say() -> None:
            await desk.sender.say(outcome.chat_id, card, reply_to=outcome.message_id)

        await desk.outbox.post(outcome.chat_id, say)

    async def quiz(self, update: Update, context: Context) -> None:
        """Today's question now if it is unanswered, otherwise practice."""
        desk, now = self._desk, self._desk.clock()
        await desk.acknowledge(update)
        async with desk.subscriber(update) as (session, subscriber):
            delivery = await claiming.claim_today(session, subscriber, desk.deck, now)
            if await claiming.is_answered(session, delivery):
                delivery = await claiming.claim_practice(session, subscriber, desk.deck, now)
        await desk.outbox.post(subscriber.id, lambda: self._bring(update, delivery))

    async def again(self, update: Update, context: Context) -> None:
        """The button under the offer of an unconfirmed question."""
        await self._desk.acknowledge(update)
        delivery_id = int(pressed(context))
        subscriber_id = user_of(update).id
        await self._desk.outbox.post(
            subscriber_id, lambda: self._bring_again(update, subscriber_id, delivery_id)
        )

    async def _bring(self, update: Update, delivery: Delivery) -> None:
        """Send the question, or point to it where it already is."""
        desk, w = self._desk, self._desk.words(update)
        match delivery.state:
            case DeliveryState.CLAIMED:
                outcomes = await desk.courier.bring(1, only=[delivery.id])
                if any(outcome.result is Result.REFUSED for outcome in outcomes):
                    await desk.sender.say(chat_of(update), question.no_longer(w))
            case DeliveryState.SENT if delivery.message_id is not None:
                here = question.already_there(w)
                chat_id, message_id = delivery.subscriber_id, delivery.message_id
                if not await desk.sender.say_if_there(chat_id, here, message_id):
                    await self._bring_again(update, delivery.subscriber_id, delivery.id, gone=True)
            case DeliveryState.SENDING:
                await desk.sender.say(chat_of(update), question.on_its_way(w))
            case _:
                await self._bring_again(update, delivery.subscriber_id, delivery.id)

    async def _bring_again(
        self, update: Update, subscriber_id: int, delivery_id: int, *, gone: bool = False
    ) -> None:
        outcomes = await self._desk.courier.bring_again(subscriber_id, delivery_id, gone=gone)
        if not outcomes:
            words = self._desk.words(update)
            await self._desk.sender.say(subscriber_id, question.no_longer(words))
