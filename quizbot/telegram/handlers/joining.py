"""/start, /pause, /resume, /stop, and blocking the bot."""

from telegram import ChatMember, Update

from db.models import Subscriber, SubscriberState
from quizbot.quiz import subscribing
from quizbot.telegram.handlers.desk import Context, Desk, argument, user_of
from quizbot.telegram.handlers.taking_part import TakingPart
from quizbot.telegram.messages import welcome
from quizbot.telegram.messages.welcome import Schedule

_LONGEST_PAYLOAD = 64  # Bot API, deep linking


class Joining:
    """Who takes part."""

    def __init__(self, desk: Desk, taking_part: TakingPart) -> None:
        self._desk = desk
        self._taking_part = taking_part

    async def start(self, update: Update, context: Context) -> None:
        """Introduce to strangers; welcome subscribers back with everything kept.

        Behind the code of an invitation stands what it is to.
        """
        desk, user, now = self._desk, user_of(update), self._desk.clock()
        w, payload = desk.words(update), argument(context)[:_LONGEST_PAYLOAD]
        if payload and await self._taking_part.invited(update, payload):
            return
        async with desk.sessions.begin() as session:
            subscriber = await subscribing.find(session, user.id)
            if subscriber is not None:
                await subscribing.subscribe(session, desk.newcomer(user), now, desk.rng)
            elif payload:
                await subscribing.invite(session, desk.newcomer(user), payload, now, desk.rng)
        if subscriber is None:
            topic = desk.topic
            reply = welcome.introduction(w, user.first_name, topic.title, topic.disclaimer)
        else:
            points, schedule = subscriber.points, schedule_of(subscriber)
            reply = welcome.welcome_back(w, user.first_name, points, schedule, now)
        desk.reply(update, reply)

    async def begin(self, update: Update, context: Context) -> None:
        """The start button: from here on the person is a subscriber."""
        desk, now = self._desk, self._desk.clock()
        desk.acknowledge(update)
        newcomer = desk.newcomer(user_of(update))
        async with desk.sessions.begin() as session:
            subscriber = await subscribing.subscribe(session, newcomer, now, desk.rng)
        w, schedule = desk.words(update), schedule_of(subscriber)
        desk.reply(update, welcome.begun(w, subscriber.alias, schedule, now))
        await self._taking_part.remind_of_invitation(update)

    async def pause(self, update: Update, context: Context) -> None:
        async with self._desk.subscriber(update) as (session, subscriber):
            await subscribing.pause(session, subscriber)
        self._desk.reply(update, welcome.paused(self._desk.words(update)))

    async def resume(self, update: Update, context: Context) -> None:
        desk, now = self._desk, self._desk.clock()
        desk.acknowledge(update)
        async with desk.subscriber(update) as (session, subscriber):
            newcomer = desk.newcomer(user_of(update))
            await subscribing.subscribe(session, newcomer, now, desk.rng)
        w = desk.words(update)
        desk.reply(update, welcome.resumed(w, schedule_of(subscriber), now))

    async def stop(self, update: Update, context: Context) -> None:
        async with self._desk.subscriber(update) as (session, subscriber):
            await subscribing.stop(session, subscriber)
        self._desk.reply(update, welcome.stopped(self._desk.words(update)))

    async def membership(self, update: Update, context: Context) -> None:
        """The person blocked the bot. Unblocking alone starts nothing: /start does."""
        change = update.my_chat_member
        if change and change.new_chat_member.status in (ChatMember.BANNED, ChatMember.LEFT):
            async with self._desk.sessions.begin() as session:
                await subscribing.mark_blocked(session, change.chat.id)


def schedule_of(subscriber: Subscriber) -> Schedule:
    """When an active subscriber's next question comes."""
    assert subscriber.state is SubscriberState.ACTIVE  # noqa: S101
    assert subscriber.next_due_at is not None  # noqa: S101
    return Schedule(subscriber.next_due_at, subscriber.timezone)
