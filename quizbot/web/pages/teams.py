"""Teams pasted as a list, and members spread evenly over the teams."""

from sqlalchemy.ext.asyncio import AsyncSession

from quizbot.programmes import programme, schedule, teams
from quizbot.programmes.programme import ProgrammeError
from quizbot.programmes.teams import TeamList
from quizbot.web.page_context import Answer, FormError, Page, PageContext, form_error_text


async def show_list(context: PageContext, session: AsyncSession) -> Answer:
    """Shows a form for a list of teams."""
    schedule.check_not_ended(context.programme, context.now)
    return _list_page(context, TeamList([], []))


async def add_list(context: PageContext, session: AsyncSession) -> Answer:
    """Adds the teams of the list that can be, and shows the others, to be corrected."""
    typed = context.form.get("names", "")
    done = await teams.add_list(session, context.programme, typed, context.actor_id, context.now)
    if done.added and not done.refused:
        return context.redirect("/manage", "teams-listed")
    return _list_page(context, done)


def _list_page(context: PageContext, done: TeamList) -> Page:
    refused = [
        (each, form_error_text(context.words, ProgrammeError(each.reason))) for each in done.refused
    ]
    return Page("team_list.html", {"added": done.added, "refused": refused})


async def show_balance(context: PageContext, session: AsyncSession) -> Answer:
    """Shows how many members would get a team or change it, to be confirmed."""
    schedule.check_not_ended(context.programme, context.now)
    everybody = _means_everybody(context)
    plan = await teams.plan_balance(session, context.programme, everybody=everybody)
    return Page(
        "team_balance.html",
        {
            "everybody": everybody,
            "plan": plan,
            "has_points": any(mean for of_team in plan.means.values() for mean in of_team),
            "teams": await programme.teams(session, context.programme.id),
        },
    )


async def balance(context: PageContext, session: AsyncSession) -> Answer:
    """Spreads the members, if that still changes what the page has said."""
    of = context.programme
    plan = await teams.plan_balance(session, of, everybody=_means_everybody(context))
    shown = context.form.get("placed"), context.form.get("moved")
    if shown != (str(plan.placed), str(plan.moved)):
        raise FormError(
            context.words._("Somebody joined, left or changed teams meanwhile. Look again.")
        )
    await teams.apply_balance(session, of, plan, context.actor_id, context.now)
    return context.redirect("/manage", "teams-balanced")


def _means_everybody(context: PageContext) -> bool:
    return "yes" in (context.query("all"), context.form.get("all"))
