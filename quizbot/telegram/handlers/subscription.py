"""/start, /pause, /resume, /stop; what subscribers choose: /time, /timezone, /reminders, /alias."""

from telegram import ChatMember, Update

from quizbot.quiz import aliases, challenges, places, subscription, typed_times
from quizbot.quiz.asking import claiming
from quizbot.quiz.asking.question_days import local_date
from quizbot.quiz.delivery import reminders
from quizbot.telegram.handlers import challenges as challenge_handlers
from quizbot.telegram.handlers import membership, programme_wizard
from quizbot.telegram.handlers.context import BotContext
from quizbot.telegram.messages import questions as question_messages
from quizbot.telegram.messages import subscription as messages
from quizbot.telegram.messages.openings import recap_setting, recap_usage

_LONGEST_PAYLOAD = 64  # characters (Bot API, deep linking)


async def start(update: Update, context: BotContext) -> None:
    """/start: introduces the quiz to new people and welcomes subscribers back.

    With a code, it shows what the invitation is for, the question of a challenge, or to a
    coordinator the draft of a next season.
    """
    services, user, now, w = context.services, context.user, context.now(), context.words
    payload = context.argument[:_LONGEST_PAYLOAD]
    if (programme_id := programme_wizard.programme_before(payload)) is not None:
        await programme_wizard.draft_next(context, programme_id)
        return
    if challenges.looks_like_code(payload):
        await challenge_handlers.open_link(context, payload)
        return
    if payload and await membership.open_invitation(context, payload):
        return
    async with context.sessions.begin() as session:
        subscriber = await subscription.find(session, user.id)
        if subscriber is not None:
            await subscription.subscribe(session, context.new_subscriber(), now, services.rng)
            ready = await claiming.is_ready(session, subscriber, now)
        elif payload:
            await subscription.invite(session, context.new_subscriber(), payload, now, services.rng)
    if subscriber is None:
        reply = messages.introduction(w, user.first_name, services.topic)
    else:
        reply = messages.welcome_back(w, user.first_name, subscriber, now, ready=ready)
    context.reply(reply)


async def begin(update: Update, context: BotContext) -> None:
    """The start button: subscribes the person and says when the first question comes."""
    now, rng = context.now(), context.services.rng
    context.acknowledge()
    async with context.sessions.begin() as session:
        subscriber = await subscription.subscribe(session, context.new_subscriber(), now, rng)
        ready = await claiming.is_ready(session, subscriber, now)
    w, name = context.words, context.user.first_name
    if subscriber.answered:  # an old button
        context.reply(messages.welcome_back(w, name, subscriber, now, ready=ready))
    else:
        context.reply(messages.subscribed(w, subscriber, now, ready=ready))
    await membership.repeat_offer(context)


async def pause(update: Update, context: BotContext) -> None:
    """/pause and its button: no questions until /resume, or until the day that the text names."""
    context.acknowledge()
    await pause_for(context, context.argument)


async def pause_for(context: BotContext, typed: str) -> None:
    """Pauses until the day that the text names, or until /resume if it is empty."""
    w, now = context.words, context.now()
    async with context.subscriber() as (session, subscriber):
        today = local_date(now, subscriber.timezone)
        due = subscriber.next_due_at
        following = local_date(due, subscriber.timezone) if due else today
        until = typed_times.parse_pause(typed, today, following)
        if until is not None:
            await subscription.subscribe(
                session, context.new_subscriber(), now, context.services.rng
            )
            await subscription.pause_until(session, subscriber, until, now)
        elif not typed:
            await subscription.pause(session, subscriber)
        closes_at = await subscription.open_until(session, subscriber, now)
    if until is not None:
        context.reply(messages.paused_until(w, subscriber, closes_at, now))
    elif typed:
        context.reply(messages.unknown_pause(w, typed))
    else:
        context.reply(messages.paused(w, subscriber, closes_at, now))


async def resume(update: Update, context: BotContext) -> None:
    """/resume and its button: questions again, and when the next one comes."""
    now, rng = context.now(), context.services.rng
    context.acknowledge()
    async with context.subscriber() as (session, subscriber):
        await subscription.subscribe(session, context.new_subscriber(), now, rng)
        ready = await claiming.is_ready(session, subscriber, now)
        closes_at = await subscription.open_until(session, subscriber, now)
    context.reply(messages.resumed(context.words, subscriber, closes_at, now, ready=ready))


async def stop(update: Update, context: BotContext) -> None:
    """/stop and its button: ends the subscription; a later /start restores everything."""
    context.acknowledge()
    async with context.subscriber() as (session, subscriber):
        await subscription.stop(session, subscriber)
    context.reply(messages.stopped(context.words))


async def note_blocked(update: Update, context: BotContext) -> None:
    """The person blocked the bot. Unblocking alone does not resume; /start does."""
    change = update.my_chat_member
    if change and change.new_chat_member.status in (ChatMember.BANNED, ChatMember.LEFT):
        async with context.sessions.begin() as session:
            await subscription.mark_blocked(session, change.chat.id)


async def choose_time(update: Update, context: BotContext) -> None:
    """/time and its buttons: sets the time of the question.

    Without a time it offers common ones; after an unclear one it offers likely ones.
    """
    typed, w = context.argument, context.words
    at = typed_times.parse_time(typed)
    context.acknowledge()
    async with context.subscriber() as (session, subscriber):
        if at is not None:
            await subscription.set_time(session, subscriber, at, context.now())
    if at is not None:
        context.reply(messages.time_changed(w, subscriber, context.now()))
    elif typed:
        context.reply(messages.unknown_time(w, typed))
    else:
        context.reply(messages.time_choices(w, subscriber.question_time))


async def choose_timezone(update: Update, context: BotContext) -> None:
    """/timezone and its buttons: sets the time zone, or offers some, like `choose_time`."""
    typed, w, now = context.argument, context.words, context.now()
    zone = places.find_zone(typed, w.code) if typed else None
    context.acknowledge()
    async with context.subscriber() as (session, subscriber):
        if zone is not None:
            await subscription.set_timezone(session, subscriber, zone, now)
            await reminders.move_reminder(
                session, subscriber, now, context.services.settings.reminder_policy
            )
    if zone is not None:
        context.reply(messages.time_changed(w, subscriber, now))
    elif typed:
        context.reply(messages.unknown_zone(w, typed, places.suggest_zones(typed, w.code)))
    else:
        context.reply(messages.zone_choices(w, subscriber.timezone))


async def switch_reminders(update: Update, context: BotContext) -> None:
    """/reminders and its buttons: turns them on or off, and says when they come."""
    wanted, w = context.argument.casefold(), context.words
    context.acknowledge()
    async with context.subscriber() as (_, subscriber):
        if wanted in ("on", "off"):
            reminders.set_reminders(subscriber, on=wanted == "on")
    if wanted not in ("", "on", "off"):
        context.reply(question_messages.reminders_usage(w))
        return
    at = reminders.usual_reminder_time(
        subscriber, context.now(), context.services.settings.reminder_policy
    )
    on, zone = subscriber.reminders, subscriber.timezone
    context.reply(question_messages.reminder_setting(w, zone, at, on=on))


async def switch_recap(update: Update, context: BotContext) -> None:
    """/recap and its buttons: whether the Monday question tells how the week was."""
    wanted, w = context.argument.casefold(), context.words
    context.acknowledge()
    async with context.subscriber() as (_, subscriber):
        if wanted in ("on", "off"):
            subscriber.recap = wanted == "on"
    known = wanted in ("", "on", "off")
    context.reply(recap_setting(w, on=subscriber.recap) if known else recap_usage(w))


async def choose_alias(update: Update, context: BotContext) -> None:
    """/alias: shows the name on the leaderboard, or changes it to the given one."""
    wanted, w = context.argument, context.words
    try:
        async with context.subscriber() as (session, subscriber):
            if wanted:
                await aliases.set_alias(session, subscriber, wanted, _own_names(context))
    except aliases.AliasError as refusal:
        context.reply(messages.alias_refused(w, refusal.reason))
        return
    reply = messages.alias_changed if wanted else messages.current_alias
    context.reply(reply(w, subscriber.alias))


def _own_names(context: BotContext) -> tuple[str, str]:
    """Returns the names under which people know the bot."""
    return context.bot.first_name, context.bot.username
