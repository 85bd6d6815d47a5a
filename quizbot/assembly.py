"""Creates the parts of the bot and connects them; nothing runs yet."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
from random import Random

from db.programmes import Coordinator
from db.session import Sessions
from questions import Topic
from quizbot.charts.render import Rasteriser
from quizbot.programmes import group_chats
from quizbot.quiz import subscription
from quizbot.quiz.answers.recording import CARD_LEASE
from quizbot.quiz.asking.choosing import ItemPool
from quizbot.scheduler import (
    CountShares,
    Jobs,
    PurgeExpired,
    RefreshReports,
    ReplanMembers,
    RetryParked,
)
from quizbot.settings import Settings
from quizbot.telegram.client.limiter import Limiter
from quizbot.telegram.client.sender import ReplyQueue, Sender
from quizbot.telegram.client.transport import Api
from quizbot.telegram.handlers.context import Services
from quizbot.telegram.jobs.answer_cards import AnswerCards
from quizbot.telegram.jobs.challenges import ComparisonTask
from quizbot.telegram.jobs.digest import DigestTask
from quizbot.telegram.jobs.group_quiz import GroupQuizTask
from quizbot.telegram.jobs.notes import NoteTask
from quizbot.telegram.jobs.question_delivery import (
    Broadcast,
    MeasureBacklog,
    QuestionDelivery,
    UnconfirmedOffers,
)
from quizbot.telegram.jobs.question_reports import OperatorNoteTask, ReportAnswerTask
from quizbot.telegram.jobs.reminders import ReminderTask
from quizbot.telegram.messages import staff as staff_messages
from quizbot.telegram.messages.words import Languages
from quizbot.web.page_context import Dashboard
from quizbot.web.sessions import Address


def services_of(
    settings: Settings,
    topic: Topic,
    sessions: Sessions,
    clock: Callable[[], datetime],
    rng: Random,
    api: Api,
    address: Address,
) -> Services:
    """Returns the parts that handlers work with."""
    languages, rasteriser = Languages(), Rasteriser()
    sender, reply_queue = Sender(api, rasteriser, *chat_changes(sessions, clock)), ReplyQueue()
    card_lease = min(CARD_LEASE, timedelta(seconds=settings.repair_after))

    def dashboard_url() -> str:
        return address.url

    return Services(
        settings=settings,
        topic=topic,
        item_pool=ItemPool.of(topic, rng),
        sessions=sessions,
        languages=languages,
        sender=sender,
        reply_queue=reply_queue,
        answer_cards=AnswerCards(
            sessions,
            clock,
            sender,
            reply_queue,
            languages,
            topic,
            card_lease,
            settings.article_url(topic.slug),
        ),
        question_delivery=QuestionDelivery(sessions, sender, topic, languages, clock),
        digests=DigestTask(sessions, clock, sender, languages, topic, rasteriser, dashboard_url),
        rasteriser=rasteriser,
        clock=clock,
        rng=rng,
        dashboard_url=dashboard_url,
    )


def jobs_of(services: Services, limiter: Limiter, parked: RetryParked) -> Jobs:
    """Returns the periodic tasks, none of which runs yet."""
    settings, pool = services.settings, services.item_pool
    policy, operators, zone = (
        settings.reminder_policy,
        settings.operators,
        settings.default_timezone,
    )
    sends = services.sessions, services.clock, services.sender, services.languages
    sessions, clock, _, _ = sends
    batch_size = max(1, limiter.pace.window // 2)
    broadcast = Broadcast(sessions, clock, services.question_delivery, limiter, pool, policy)
    return Jobs(
        sessions=sessions,
        answer_cards=services.answer_cards,
        broadcast=broadcast,
        backlog=MeasureBacklog(sessions, clock, broadcast),
        offers=UnconfirmedOffers(*sends, timedelta(seconds=settings.repair_after)),
        reminders=ReminderTask(*sends, policy, batch_size),
        group_quiz=GroupQuizTask(*sends, services.topic, pool),
        digests=services.digests,
        notes=NoteTask(*sends, batch_size, policy),
        reports=RefreshReports(sessions, clock, services.topic),
        report_answers=ReportAnswerTask(*sends, services.topic, batch_size),
        operator_notes=OperatorNoteTask(*sends, operators, zone, policy),
        comparisons=ComparisonTask(*sends, services.topic, batch_size),
        parked=parked,
        replans=ReplanMembers(sessions, clock),
        purge=PurgeExpired(sessions, clock),
        shares=CountShares(sessions, clock),
    )


def dashboard_of(services: Services, address: Address, api: Api) -> Dashboard:
    """Returns what the dashboard's pages work with."""

    def tell_sign_in(coordinator: Coordinator) -> None:
        note = staff_messages.signed_in(services.languages[coordinator.language])
        send = partial(services.sender.send, coordinator.id, note)
        services.reply_queue.post(coordinator.id, send)

    return Dashboard(
        services.sessions,
        services.topic.for_pages,
        services.languages,
        services.clock,
        address,
        services.settings,
        lambda: api.link,
        tell_sign_in,
    )


def chat_changes(
    sessions: Sessions, clock: Callable[[], datetime]
) -> tuple[Callable[[int, int], Awaitable[None]], Callable[[int], Awaitable[None]]]:
    """Returns the callbacks for a group that moves and for a chat that blocks the bot."""

    async def on_moved(old_id: int, new_id: int) -> None:
        async with sessions.begin() as session:
            await group_chats.move(session, old_id, new_id)

    async def on_blocked(chat_id: int) -> None:
        async with sessions.begin() as session:
            if chat_id > 0:
                await subscription.mark_blocked(session, chat_id)
            elif (chat := await group_chats.find(session, chat_id)) is not None:
                await group_chats.unlink(session, chat, None, clock())

    return on_moved, on_blocked
