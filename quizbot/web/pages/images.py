"""The charts as images: a page names them, and never waits for them."""

from collections.abc import Awaitable, Callable, Sequence

import structlog
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from quizbot.charts.drawing import DrawingError
from quizbot.charts.kinds import Picture
from quizbot.programmes.reports import figures, overview
from quizbot.programmes.reports.overview import DayFigures
from quizbot.web import charts
from quizbot.web.gallery import name_of
from quizbot.web.pages.overview import shown, span_of
from quizbot.web.visits import Answer, NotThereError, Visit

log = structlog.get_logger(__name__)

# An image runs nothing, but brings its own looks.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


async def show(visit: Visit, session: AsyncSession) -> Answer:
    """The chart of that name, to be drawn once the transaction is over."""
    make = _CHARTS.get(visit.part("name"))
    picture = await make(visit, session) if make is not None else None
    if picture is None:
        raise NotThereError
    return picture


async def image(visit: Visit, picture: Picture) -> Response:
    """The drawing; 304 where the browser has it already, 503 where there is none just now."""
    tag = f'"{name_of(picture)}"'
    headers = {
        "ETag": tag,
        "Cache-Control": "private, no-cache",
        "Content-Security-Policy": _POLICY,
    }
    if visit.request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    try:
        svg = await visit.dashboard.gallery.svg(visit.dashboard.drawing, picture)
    except DrawingError as error:
        log.warning("no_chart", error=str(error))
        return Response(status_code=503)
    return Response(svg, media_type="image/svg+xml", headers=headers)


async def _taking_part(visit: Visit, session: AsyncSession) -> Picture | None:
    days = await _days(visit, session)
    return charts.taking_part(visit.words, days) if days else None


async def _delivery(visit: Visit, session: AsyncSession) -> Picture | None:
    days = await _days(visit, session)
    return charts.delivery(visit.words, days) if days else None


async def _days(visit: Visit, session: AsyncSession) -> Sequence[DayFigures]:
    return shown(await overview.days(session, visit.programme), span_of(visit))


async def _learning(visit: Visit, session: AsyncSession) -> Picture | None:
    topic = visit.dashboard.topic
    gains = await figures.learning_gain(session, visit.programme, topic)
    return charts.learning(visit.words, gains)


async def _mastery(visit: Visit, session: AsyncSession) -> Picture | None:
    topic = visit.dashboard.topic
    shares = await figures.mastery_shares(session, visit.programme, topic)
    return charts.mastery(visit.words, shares) if shares else None


async def _options(visit: Visit, session: AsyncSession) -> Picture | None:
    topic, item_id = visit.dashboard.topic, visit.asked("item")
    found = await figures.one_item(session, visit.programme, topic, item_id)
    return charts.options(visit.words, found) if found is not None else None


_CHARTS: dict[str, Callable[[Visit, AsyncSession], Awaitable[Picture | None]]] = {
    "taking-part": _taking_part,
    "delivery": _delivery,
    "learning": _learning,
    "mastery": _mastery,
    "options": _options,
}
