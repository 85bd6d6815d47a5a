"""The team goal, as coordinators set it from a programme's card."""

import re
from datetime import date, timedelta

from telegram import Update

from quizbot.programmes import programme as programmes
from quizbot.programmes import team_goal, text_input
from quizbot.programmes.programme import ProgrammeError
from quizbot.quiz import typed_times
from quizbot.telegram.handlers import programme
from quizbot.telegram.handlers.context import BotContext, day_of
from quizbot.telegram.handlers.programme_wizard import UNASKED, asked_about, begin_input
from quizbot.telegram.messages import team_goal as messages

SUBJECT = text_input.GOAL
_TYPED = re.compile(r"([\d.,' ]{1,12}) ?(?:answers )?(?:by|until) (.{3,})", re.ASCII)


async def show(update: Update, context: BotContext) -> None:
    """The button `goal:<id>`: how far the goal is, with suggestions for a new one."""
    await _show(context, int(context.argument))


async def choose(update: Update, context: BotContext) -> None:
    """The button `setgoal:<id>:<answers>:<day>`: sets a suggested goal; it keeps its purpose."""
    programme_id, target, day = context.argument.split(":")
    until, fault = day_of(day), ""
    async with context.programme(int(programme_id), lock=True) as (session, found):
        now, actor_id = context.now(), context.user.id
        goal = await team_goal.progress(session, found, programmes.today_of(found, now))
        purpose = goal.purpose if goal else ""
        try:
            await team_goal.set_goal(session, found, int(target), until, purpose, actor_id, now)
        except ProgrammeError as error:
            fault = messages.refusal(context.words, error.reason)
    if fault:
        context.acknowledge(fault)
    await _show(context, int(programme_id))


async def take_back(update: Update, context: BotContext) -> None:
    """The button `nogoal:<id>`: takes the goal back."""
    async with context.programme(int(context.argument), lock=True) as (session, found):
        await team_goal.take_back(session, found, context.user.id, context.now())
    await _show(context, int(context.argument))


async def ask(update: Update, context: BotContext) -> None:
    """The button `askgoal:<id>`: asks for a number and a day to be typed."""
    example = context.now().date() + timedelta(days=14)
    await programme.ask(context, SUBJECT, messages.ask_goal(context.words, example))


async def goal_typed(update: Update, context: BotContext) -> bool:
    """A typed answer: "1000 by Friday", perhaps with ": what it is for".

    Returns False for a text that is no goal, if none was asked for.
    """
    now, w, user_id = context.now(), context.words, context.user.id
    fault, programme_id = "", 0
    async with context.sessions.begin() as session:
        found, pending = await asked_about(context, session, SUBJECT)
        today, programme_id = programmes.today_of(found, now), found.id
        try:
            target, until, purpose = parse_goal(context.message.text or "", today)
            await team_goal.set_goal(session, found, target, until, purpose, user_id, now)
            await text_input.finish(session, user_id)
        except ProgrammeError as error:
            if pending.answers.get(UNASKED) and error.reason == "goal-typed":
                return False
            fault = messages.refusal(w, error.reason)
    if fault:
        context.reply(messages.ask_goal(w, today + timedelta(days=14), fault))
    else:
        await _show(context, programme_id)
    return True


def parse_goal(text: str, today: date) -> tuple[int, date, str]:
    """Returns number, day and purpose of "350 by Friday, 11 Dec, a fruit basket".

    A colon or a comma is before the purpose. Raises ProgrammeError.
    """
    match = _TYPED.fullmatch(" ".join(text.split()))
    digits = re.sub(r"\D", "", match[1]) if match else ""
    day, colon, purpose = match[2].partition(":") if match else ("", "", "")
    until = typed_times.parse_day(day, today)
    while until is None and not colon and "," in day:
        day, _, more = day.rpartition(",")
        purpose = f"{more},{purpose}".rstrip(",")
        until = typed_times.parse_day(day, today)
    if match is None or not digits or until is None:
        raise ProgrammeError("goal-typed")
    return int(digits), until, purpose.strip()


async def _show(context: BotContext, programme_id: int) -> None:
    now = context.now()
    async with context.programme(programme_id) as (session, found):
        goal = await team_goal.progress(session, found, programmes.today_of(found, now))
        days = await programmes.days_of(session, found)
        outlook = await team_goal.outlook(session, found, days, goal, now)
        await begin_input(context, session, SUBJECT, programme_id, unasked=True)
    context.replace(messages.goal_card(context.words, found, goal, outlook))
