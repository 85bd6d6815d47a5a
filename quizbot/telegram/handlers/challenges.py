"""/challenge: a link to today's question; friends who open it, and who was right."""

from functools import partial

import structlog
from sqlalchemy.ext.asyncio import AsyncSession
from telegram import Update

from db.models import Subscriber, SubscriberState
from questions import Picture
from quizbot.charts.render import RasteriserError
from quizbot.quiz import challenges
from quizbot.quiz.challenges import Opened
from quizbot.telegram.handlers.context import BotContext, Services, StaleButtonError
from quizbot.telegram.messages import challenges as messages
from quizbot.telegram.messages.markup import Message, deep_link

log = structlog.get_logger(__name__)


async def challenge(update: Update, context: BotContext) -> None:
    """/challenge and its button: the link to the sender's question of today."""
    topic, now, w = context.services.topic, context.now(), context.words
    context.acknowledge()
    async with context.subscriber() as (session, subscriber):
        made = await challenges.challenge_of_today(session, subscriber, topic, now)
    if made is None:
        context.reply(messages.no_question_yet(w))
        return
    url = deep_link(context.bot.username, made.code)
    context.reply(messages.link(w, url, made.delivery_id, made.agrees))


async def decide_as_challenger(update: Update, context: BotContext) -> None:
    """The buttons `both:<delivery>:yes|no` below the link."""
    number, decision = context.argument.split(":")
    async with context.sessions.begin() as session:
        found = await challenges.agree_as_challenger(
            session, int(number), context.user.id, context.now(), agrees=decision == "yes"
        )
    if found is None:
        raise StaleButtonError
    url = deep_link(context.bot.username, found.code)
    context.replace(messages.link(context.words, url, found.delivery_id, found.agrees))


async def open_link(context: BotContext, code: str) -> None:
    """Reply to somebody who opened a challenge's link, subscriber or not."""
    services, w, user, now = context.services, context.words, context.user, context.now()
    language = services.languages.closest(user.language_code)
    async with context.sessions.begin() as session:
        opened = await challenges.open_link(
            session, code, user.id, language, services.topic, now, services.rng
        )
        subscribes = await _subscribes(session, user.id)
    if opened.own:
        context.reply(messages.own_link(w))
    elif opened.full:
        context.reply(messages.full(w, subscribes=subscribes))
    elif opened.item is None or opened.ends_at is None:
        context.reply(messages.over(w, subscribes=subscribes))
    elif opened.answer is None:
        context.reply(messages.same_question(w))
    elif opened.answer.option is None:
        if (picture := services.topic.picture_of(opened.item)) is not None:
            send = partial(_send_picture, services, user.id, picture)
            services.reply_queue.post(user.id, send)
        ends_on = opened.ends_at.date()
        context.reply(messages.question(w, opened.item, opened.answer, ends_on))
    else:
        context.reply(_card(context, opened, subscribes=subscribes))


async def answer(update: Update, context: BotContext) -> None:
    """The buttons `dare:<answer>:<position>` below the question: the card takes its place."""
    answer_id, position = map(int, context.argument.split(":"))
    user_id, topic = context.user.id, context.services.topic
    async with context.sessions.begin() as session:
        opened = await challenges.answer(
            session, answer_id, user_id, position, topic, context.now()
        )
        subscribes = await _subscribes(session, user_id)
    if opened.same is not None and opened.answer is None:
        context.acknowledge()
        context.reply(messages.same_question(context.words))
    elif opened.answer is None:
        context.replace(messages.over(context.words, subscribes=subscribes))
    else:
        context.replace(_card(context, opened, subscribes=subscribes))


async def decide_as_friend(update: Update, context: BotContext) -> None:
    """The buttons `tell:<answer>:yes|no` below the friend's card."""
    number, decision = context.argument.split(":")
    user_id, now, topic = context.user.id, context.now(), context.services.topic
    async with context.sessions.begin() as session:
        opened = await challenges.agree_as_friend(
            session, int(number), user_id, topic, now, agrees=decision == "yes"
        )
        subscribes = await _subscribes(session, user_id)
    if opened.answer is None:
        raise StaleButtonError
    context.replace(_card(context, opened, subscribes=subscribes))


async def _subscribes(session: AsyncSession, user_id: int) -> bool:
    known = await session.get(Subscriber, user_id)
    return known is not None and known.state is SubscriberState.ACTIVE


def _card(context: BotContext, opened: Opened, *, subscribes: bool) -> Message:
    services = context.services
    assert opened.item is not None  # noqa: S101
    assert opened.answer is not None  # noqa: S101
    return messages.card(
        context.words,
        opened.item,
        services.topic,
        opened.answer,
        challenger_agrees=opened.challenger_agrees,
        subscribes=subscribes,
        article_url=services.answer_cards.article_url,
    )


async def _send_picture(services: Services, user_id: int, picture: Picture) -> None:
    """Send an item's picture; without it, the question still says what it shows."""
    try:
        png = await services.rasteriser.png(picture)
    except RasteriserError as error:
        log.warning("no_picture", reason=str(error))
        return
    await services.sender.photo(user_id, png, "")
