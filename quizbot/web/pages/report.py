"""The report on a programme, to print."""

from sqlalchemy.ext.asyncio import AsyncSession

from db.programmes import Programme
from quizbot.programmes import programme, wizard
from quizbot.programmes.disclosure_control import MIN_GROUP_SIZE
from quizbot.programmes.programme import Plan
from quizbot.programmes.reports.season import season
from quizbot.programmes.text_input import Answers
from quizbot.telegram.messages import final_report as messages
from quizbot.telegram.messages.boards import shared_first, tied_more
from quizbot.telegram.messages.words import key_point_label, numbered_season
from quizbot.web import charts
from quizbot.web.page_context import Answer, Page, PageContext
from quizbot.web.pages import team_goal
from quizbot.web.pages.overview import coming


async def show(context: PageContext, session: AsyncSession) -> Answer:
    """Shows the final report, or the report so far while the programme can still be answered."""
    w, of = context.words, context.programme
    facts = await season(session, of, context.dashboard.topic, context.now)
    days = await programme.days_of(session, of)
    chart = charts.participation(w, facts.figures.days)
    following = await _next_season(context, session) if context.has_ended else None
    return Page(
        "report.html",
        {
            "season": facts,
            "members": messages.members_sentence(w, facts),
            "started": messages.started_sentence(w, facts),
            "shared_first": shared_first,
            "tied_more": tied_more(w, facts.winners),
            "learning": messages.learning(w, facts),
            "steps": messages.advice(w, facts),
            "chart": chart,
            "lone_week": charts.lone_week(w, chart),
            "taught": [
                (key_point_label(w, point), w.number(round(100 * gain.gain)))
                for point, gain in facts.taught
            ],
            "gain": charts.gain_tile(w, facts.gain),
            "share": lambda value: messages.share(w, value),
            **await team_goal.values(context, session, days, facts.goal),
            "next_season": following,
            "next_is_made": isinstance(following, Programme),
            "coming": coming(context, days),
            "fewest": MIN_GROUP_SIZE,
        },
    )


async def _next_season(context: PageContext, session: AsyncSession) -> Programme | Plan:
    """Returns the next season if it has been made, or what it would be."""
    topic = context.programme.topic
    return context.next_season or wizard.plan(await _draft(context, session), topic)


async def _draft(context: PageContext, session: AsyncSession) -> Answers:
    names = [team.name for team in await programme.teams(session, context.programme.id)]
    form = numbered_season(context.words)
    return wizard.next_season(context.programme, names, context.now, form)


async def start_next(context: PageContext, session: AsyncSession) -> Answer:
    """Makes the next season with the proposed dates, unless there is one, and shows its Manage.

    Raises ProgrammeError while the programme has not ended.
    """
    made, topic = context.next_season, context.dashboard.topic.slug
    if made is None:
        draft = await _draft(context, session)
        made, _ = await wizard.create(session, draft, topic, context.actor_id, context.now)
    return context.redirect_to(f"/p/{made.id}/manage", "links-next")
