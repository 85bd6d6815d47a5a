"""The team goal on the pages: its values for templates, and setting or taking it back."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from quizbot.programmes import team_goal
from quizbot.programmes.programme import ProgrammeError
from quizbot.programmes.team_goal import GoalProgress, Outlook
from quizbot.quiz import typed_times
from quizbot.quiz.asking.question_days import QuestionDays
from quizbot.telegram.messages import team_goal as messages
from quizbot.web.page_context import Answer, FormError, PageContext

_PAGE = "/manage"


async def values(
    context: PageContext, session: AsyncSession, days: QuestionDays, goal: GoalProgress | None
) -> Mapping[str, Any]:
    """Returns what goal_bar.html needs, with the programme's own `days` and `goal`."""
    outlook = None
    if goal is not None:
        outlook = await team_goal.outlook(session, context.programme, days, goal, context.now)
    return _bar_values(context, goal, outlook)


async def form_values(
    context: PageContext, session: AsyncSession, days: QuestionDays
) -> Mapping[str, Any]:
    """Returns what manage_goal.html needs."""
    of, now = context.programme, context.now
    goal = await team_goal.progress(session, of, context.today)
    outlook = await team_goal.outlook(session, of, days, goal, now)
    return {
        **_bar_values(context, goal, outlook),
        "suggestions": outlook.suggestions,
        "in_reach": messages.in_reach(context.words, outlook),
        "counting": messages.counting(context.words),
    }


def _bar_values(
    context: PageContext, goal: GoalProgress | None, outlook: Outlook | None
) -> Mapping[str, Any]:
    return {
        "goal": goal,
        "count_of": messages.count_of,
        "until": messages.until,
        "pace": messages.pace(context.words, goal, outlook) if goal and outlook else "",
    }


async def set_goal(context: PageContext, session: AsyncSession) -> Answer:
    typed = context.form.get("target", "").replace(",", "").replace(".", "").strip()
    try:
        target = int(typed) if typed.isascii() and typed.isdecimal() else 0
        until = typed_times.parse_day(context.form.get("until", ""), context.today)
        if until is None:
            raise ProgrammeError("goal-day")
        await team_goal.set_goal(
            session,
            context.programme,
            target,
            until,
            context.form.get("purpose", ""),
            context.actor_id,
            context.now,
        )
    except ProgrammeError as error:
        raise FormError(messages.refusal(context.words, error.reason)) from None
    return context.redirect(_PAGE, "goal-set")


async def take_back(context: PageContext, session: AsyncSession) -> Answer:
    await team_goal.take_back(session, context.programme, context.actor_id, context.now)
    return context.redirect(_PAGE, "goal-off")
