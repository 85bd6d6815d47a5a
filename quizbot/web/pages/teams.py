"""Teams pasted as a list."""

from sqlalchemy.ext.asyncio import AsyncSession

from quizbot.programmes import teams
from quizbot.programmes.programme import ProgrammeError
from quizbot.programmes.teams import TeamList
from quizbot.web.page_context import Answer, Page, PageContext, form_error_text


async def show_list(context: PageContext, session: AsyncSession) -> Answer:
    """Shows a form for a list of teams."""
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
