"""The report on a programme, to print."""

from sqlalchemy.ext.asyncio import AsyncSession

from quizbot.programmes.disclosure_control import MIN_GROUP_SIZE
from quizbot.programmes.reports.season import next_steps, season
from quizbot.telegram.messages import final_report as messages
from quizbot.telegram.messages import team_goal
from quizbot.telegram.messages.words import key_point_label
from quizbot.web import charts
from quizbot.web.page_context import Answer, Page, PageContext
from quizbot.web.pages.overview import coming


async def show(context: PageContext, session: AsyncSession) -> Answer:
    """Shows the final report, or the report so far while the programme can still be answered."""
    w, of = context.words, context.programme
    facts = await season(session, of, context.dashboard.topic, context.now)
    return Page(
        "report.html",
        {
            "season": facts,
            "members": messages.members_sentence(w, facts),
            "learning": messages.learning(w, facts),
            "steps": [messages.sentence(w, each) for each in next_steps(facts)],
            "chart": charts.participation(w, facts.figures.days),
            "taught": [
                (key_point_label(w, point), w.signed(gain.gain)) for point, gain in facts.taught
            ],
            "gain": charts.gain_tile(w, facts.gain),
            "share": lambda value: messages.share(w, value),
            "goal": facts.goal,
            "count_of": team_goal.count_of,
            "until": team_goal.until,
            "next_link": f"{context.dashboard.bot_link()}?start=next-{of.id}",
            "coming": await coming(context, session),
            "fewest": MIN_GROUP_SIZE,
        },
    )
