"""How well the questions arrive."""

from sqlalchemy.ext.asyncio import AsyncSession

from quizbot.charts import kinds
from quizbot.programmes.reports import overview as figures
from quizbot.web import charts
from quizbot.web.pages.overview import SPANS, shown, span_of
from quizbot.web.visits import Answer, Page, Visit


async def show(visit: Visit, session: AsyncSession) -> Answer:
    """Sums over the days shown, a chart and a table."""
    days = shown(await figures.days(session, visit.programme), span_of(visit))
    asked = any(charts.had_question(day) for day in days)
    chart = charts.delivery(visit.words, days) if asked else None
    arrived = sum(day.asked for day in days)
    late = sum(day.late for day in days)
    return Page(
        "delivery.html",
        {
            "days": days,
            "span": span_of(visit),
            "spans": SPANS,
            "chart": chart,
            "table": kinds.table(chart) if chart else None,
            "in_time": arrived - late,
            "late": late,
            "unconfirmed": sum(day.unconfirmed for day in days),
            "refused": sum(day.refused for day in days),
            "not_sent": sum(day.not_sent for day in days),
            "reminded": sum(day.reminded for day in days),
        },
    )
