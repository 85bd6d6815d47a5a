"""Texts that are not commands; /help, /about, and anything else that people send."""

from collections.abc import Awaitable, Callable
from functools import partial

from telegram import Update

from quizbot import __version__
from quizbot.programmes import staff as coordinators
from quizbot.programmes import text_input
from quizbot.programmes.schedule import EndedError
from quizbot.quiz import places, typed_times
from quizbot.quiz import subscription as subscriptions
from quizbot.telegram.handlers import (
    announcements,
    privacy,
    programme,
    programme_wizard,
    question_reports,
    questions,
    score,
    staff,
    subscription,
    team_goal,
    teams,
)
from quizbot.telegram.handlers.context import BotContext, StaleButtonError
from quizbot.telegram.messages import small_talk
from quizbot.telegram.messages import staff as staff_messages
from quizbot.telegram.messages import subscription as subscription_messages
from quizbot.telegram.messages import text_input as messages
from quizbot.telegram.messages.emergencies import Emergency, emergency_advice, emergency_in
from quizbot.telegram.messages.markup import Message
from quizbot.telegram.messages.words import Words

_OF_REPORTS = (text_input.REPORT, text_input.REPORT_ANSWER)
_SHORTEST_PLACE = 4  # letters: shorter names of cities are words of other languages, too

# What people in trouble may write as well: a text may be an emergency all the same.
_MAY_BE_WORSE = ("", small_talk.UNWANTED, small_talk.GO_ON, small_talk.WORTH)

# The handler of a typed answer, by the question's subject.
_ANSWER_HANDLERS: dict[str, Callable[[Update, BotContext], Awaitable[bool | None]]] = {
    programme_wizard.SUBJECT: programme_wizard.answer_typed,
    programme_wizard.SETTINGS: programme_wizard.setting_typed,
    teams.SUBJECT: teams.teams_typed,
    programme.HOLIDAYS: programme.holidays_typed,
    team_goal.SUBJECT: team_goal.goal_typed,
    staff.NAME: staff.take_name,
    text_input.ANNOUNCEMENT: announcements.typed,
    text_input.REPORT: question_reports.take_comment,
    text_input.REPORT_ANSWER: question_reports.take_answer,
}


async def text(update: Update, context: BotContext) -> None:
    """A text, a caption, a sticker: an answer if the bot waits for one, a command, or small talk.

    A text that sounds like an emergency always gets advice, even beyond the sender's limit or if
    handling the answer fails. One that may be an emergency gets it instead of small talk.
    """
    w, said = context.words, context.message.text or context.message.caption or ""
    emergency, (command, rest) = emergency_in(said), small_talk.meant_command(w, said)
    if not context.is_within(context.services.commands, messages.too_often(w)):
        _advise(context, emergency)
        return
    try:
        is_certain = emergency is not None and emergency.is_certain
        was_answer = await _take_answer(update, context, means_more=is_certain or bool(command))
        zone = await _zone(context) if emergency else ""
    except Exception:
        _advise(context, emergency)
        raise
    means_more = was_answer or command not in _MAY_BE_WORSE
    if emergency and not emergency.is_certain and means_more:
        emergency = None
    _advise(context, emergency, zone)
    if emergency or was_answer:
        return
    reply = None if command else small_talk.small_talk(w, said)
    if reply is None and command in ("", "time", "timezone", "resume"):
        reply = _offer(w, said)
    if reply is not None:
        context.reply(reply)
    elif command == "pause" or (command == small_talk.AWAY and rest):
        await subscription.pause_for(context, rest)
    elif command:
        await _SAID_COMMANDS[command](update, context)
    else:
        context.reply(small_talk.not_understood(w, said, context.services.topic))


def _offer(w: Words, said: str) -> Message | None:
    """Returns the offer to set the time or the place that somebody sends without a command."""
    at = typed_times.parse_time(said)
    if said.strip().isdecimal():  # a number may be anything
        at = None
    elif at is None and small_talk.wants_another_time(w, said):
        at = typed_times.find_time(said)
    if at is not None:
        return subscription_messages.offered_time(w, at)
    meant = places.zones_meant(said, w.code) if len(said) >= _SHORTEST_PLACE else ()
    zones = meant or places.zones_mentioned(said, w.code)
    return subscription_messages.offered_zones(w, zones[: places.MOST_OFFERED]) if zones else None


async def _take_answer(update: Update, context: BotContext, *, means_more: bool) -> bool:
    """Returns whether the text answered a question from the bot.

    The line after a report is optional, and what operators answer goes to other people: a text that
    `means_more`, a command or an emergency, is neither.
    """
    if not context.message.text:
        return False
    async with context.sessions() as session:
        subject = await text_input.current_subject(session, context.user.id, context.now())
    handler = _ANSWER_HANDLERS.get(subject or "")
    if handler is None or (subject in _OF_REPORTS and means_more):
        return False
    try:
        return await handler(update, context) is not False
    except EndedError:  # the bot waits no longer
        async with context.sessions.begin() as session:
            await text_input.finish(session, context.user.id)
        raise


async def _zone(context: BotContext) -> str:
    """Returns the sender's time zone, empty for a stranger's."""
    async with context.sessions.begin() as session:
        subscriber = await subscriptions.find(session, context.user.id)
        return subscriber.timezone if subscriber is not None else ""


def _advise(context: BotContext, emergency: Emergency | None, zone: str = "") -> None:
    if emergency is not None:
        context.reply(emergency_advice(context.words, emergency, zone))


async def finish(update: Update, context: BotContext) -> None:
    """The button "done" or "no" below a question that expects typed answers: ends it."""
    user_id, w = context.user.id, context.words
    async with context.sessions.begin() as session:
        subject = await text_input.current_subject(session, user_id, context.now())
        if subject is None or subject == programme_wizard.SUBJECT:
            raise StaleButtonError
        await text_input.finish(session, user_id)
    context.replace(staff_messages.declined(w) if subject == staff.NAME else messages.done(w))


async def show_help(update: Update, context: BotContext) -> None:
    """/help: the commands that the sender has."""
    w, user_id = context.words, context.user.id
    async with context.sessions() as session:
        runs = await coordinators.find_coordinator(session, user_id) is not None
    shown = messages.coordinator_menu(w) if runs else messages.menu(w)
    if user_id in context.services.settings.operators:
        shown = [*shown, *messages.operator_menu(w)]
    context.reply(messages.help_text(w, shown))


async def about(update: Update, context: BotContext) -> None:
    """/about: the topic, its sources, the disclaimer and the version."""
    services = context.services
    article_url = services.answer_cards.article_url
    context.reply(messages.about(context.words, services.topic, __version__, article_url))


async def unknown_command(update: Update, context: BotContext) -> None:
    """Any other command: says that it does not exist, and which one may be meant."""
    command = (context.message.text or "/").split()[0]
    typed = "" if "@" in command else command  # another bot's
    context.reply(messages.unknown_command(context.words, typed.removeprefix("/")))


async def _offer_pause(update: Update, context: BotContext) -> None:
    context.reply(subscription_messages.pause_choices(context.words))


async def _offer_stop(update: Update, context: BotContext) -> None:
    context.reply(small_talk.stop_choices(context.words))


async def _say_why(update: Update, context: BotContext) -> None:
    async with context.sessions.begin() as session:
        subscriber = await subscriptions.find(session, context.user.id)
    has_answered = subscriber is not None and bool(subscriber.answered)
    context.reply(small_talk.why(context.words, has_answered=has_answered))


# What people write without a slash (messages.small_talk.meant_command).
_SAID_COMMANDS: dict[str, Callable[[Update, BotContext], Awaitable[None]]] = {
    "help": show_help,
    "quiz": questions.quiz,
    "score": score.show_score,
    "leaderboard": score.show_leaderboard,
    "stop": subscription.stop,
    "resume": subscription.resume,
    "time": subscription.choose_time,
    "timezone": subscription.choose_timezone,
    "alias": subscription.choose_alias,
    "reminders": subscription.switch_reminders,
    "privacy": privacy.explain,
    "about": about,
    small_talk.AWAY: _offer_pause,
    small_talk.UNWANTED: _offer_stop,
    small_talk.WHY: _say_why,
    **{each: partial(score.say_figures, asked=each) for each in small_talk.OWN_FIGURES},
}


async def stale_button(update: Update, context: BotContext) -> None:
    """Any other button: says that it is out of date."""
    context.acknowledge(messages.stale_button(context.words))


async def refer_to_private(update: Update, context: BotContext) -> None:
    """A private command in a group: says that the quiz is played in private."""
    context.reply(messages.private_only(context.words, context.bot.username))
