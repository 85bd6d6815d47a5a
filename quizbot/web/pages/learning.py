"""How much the members have learnt."""

from sqlalchemy.ext.asyncio import AsyncSession

from quizbot.charts import kinds
from quizbot.programmes.boards import MIN_GROUP_SIZE
from quizbot.programmes.reports import figures
from quizbot.web import charts
from quizbot.web.visits import Answer, Page, Visit


async def show(visit: Visit, session: AsyncSession) -> Answer:
    """First attempts against later ones, and mastery, by key point."""
    w, topic = visit.words, visit.dashboard.topic
    gains = await figures.learning_gain(session, visit.programme, topic)
    shares = await figures.mastery_shares(session, visit.programme, topic)
    has_later = any(point.attempts for point in gains.points)
    mastery = charts.mastery(w, shares) if shares else None
    return Page(
        "learning.html",
        {
            "total": gains.total,
            "points": [(charts.label(w, each), each) for each in gains.points],
            "chart": charts.learning(w, gains) if has_later else None,
            "gain_of": lambda each: charts.gain(w, each.gain).said,
            "signed": lambda share: charts.signed(w, share),
            "mastery": mastery,
            "mastery_table": kinds.table(mastery) if mastery else None,
            "fewest": MIN_GROUP_SIZE,
        },
    )
