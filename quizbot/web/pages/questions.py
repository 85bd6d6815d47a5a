"""What the answers say about the questions: a list of all, and a page for each."""

from collections.abc import Callable, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from quizbot.charts import kinds
from quizbot.programmes.boards import MIN_GROUP_SIZE
from quizbot.programmes.reports import figures
from quizbot.programmes.reports.figures import MIN_CELL_COUNT, Flag, ItemFigures
from quizbot.telegram.messages.words import Words
from quizbot.web import charts
from quizbot.web.visits import Answer, NotThereError, Page, Visit

_LAST = 2.0  # beyond every p and every correlation

# What a list is sorted by: the value, and whether large ones come first.
SORTS: dict[str, Callable[[ItemFigures], float]] = {
    "p": lambda each: _LAST if each.difficulty is None else each.difficulty,
    "r": lambda each: _LAST if each.discrimination is None else each.discrimination,
    "n": lambda each: -each.n,
    "flags": lambda each: -len(each.flags),
}


async def show(visit: Visit, session: AsyncSession) -> Answer:
    """All of them, in the order asked for."""
    every = await figures.all_items(session, visit.programme, visit.dashboard.topic)
    sort = visit.asked("sort")
    only = visit.asked("only") == "flagged"
    shown = [each for each in every if each.flags] if only else every
    return Page(
        "questions.html",
        {
            "items": _sorted(shown, sort),
            "sort": sort if sort in SORTS else "",
            "only": only,
            "flagged": sum(bool(each.flags) for each in every),
            "answered": sum(each.n > 0 for each in every),
            "flag_names": flag_names(visit.words),
            "fewest": MIN_GROUP_SIZE,
            "enough": MIN_CELL_COUNT,
        },
    )


async def show_one(visit: Visit, session: AsyncSession) -> Answer:
    """One question's options, figures and flags."""
    topic = visit.dashboard.topic
    found = await figures.one_item(session, visit.programme, topic, visit.part("item"))
    if found is None:
        raise NotThereError
    chart = charts.options(visit.words, found)
    return Page(
        "question.html",
        {
            "found": found,
            "point": topic.key_point_of(found.item),
            "chart": chart,
            "table": kinds.table(chart),
            "flag_names": flag_names(visit.words),
            "explained": _explained(visit.words),
            "enough": MIN_CELL_COUNT,
        },
    )


def _sorted(items: Sequence[ItemFigures], sort: str) -> Sequence[ItemFigures]:
    """Unless asked otherwise in the bank's order, those that nobody has met yet last."""
    return sorted(items, key=SORTS.get(sort, lambda each: each.n == 0))


def flag_names(w: Words) -> dict[Flag, str]:
    """Short enough for a list."""
    return {
        Flag.TOO_HARD: w._("Very hard"),
        Flag.UNUSED_DISTRACTOR: w._("Unused option"),
        Flag.NEGATIVE_DISCRIMINATION: w._("Misleading"),
    }


def _explained(w: Words) -> dict[Flag, str]:
    _ = w._
    return {
        Flag.TOO_HARD: _(
            "Fewer than one in five are right at the first attempt. The question may be unclear, "
            "its key may be wrong, or the point was not taught."
        ),
        Flag.UNUSED_DISTRACTOR: _(
            "Hardly anybody takes one of the wrong options, so it does not help to tell who knows. "
            "A more plausible one would."
        ),
        Flag.NEGATIVE_DISCRIMINATION: _(
            "People who do well elsewhere get this one wrong more often than others. Look for an "
            "ambiguous wording or a wrong key."
        ),
    }
