"""Item statistics: a list of all items, and a page for each, where an item can be reported."""

from collections.abc import Callable, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from db.models import MAX_COMMENT_LENGTH, ReportKind
from questions import Item
from quizbot.programmes.disclosure_control import MIN_CELL_COUNT, MIN_GROUP_SIZE
from quizbot.programmes.reports import figures
from quizbot.programmes.reports.figures import Flag, ItemFigures
from quizbot.quiz import question_reports
from quizbot.quiz.question_reports import ReportRefusedError, TooLongError
from quizbot.telegram.messages import question_reports as report_messages
from quizbot.telegram.messages.words import Words
from quizbot.web import charts
from quizbot.web.page_context import Answer, FormError, NotFoundError, Page, PageContext

_LAST = 2.0  # greater than any p and any correlation

# Sort keys by their name in the URL. Counts are sorted largest first.
SORTS: dict[str, Callable[[ItemFigures], float]] = {
    "p": lambda each: _LAST if each.difficulty is None else each.difficulty,
    "r": lambda each: _LAST if each.discrimination is None else each.discrimination,
    "n": lambda each: -each.n,
    "flags": lambda each: -len(each.flags),
}


async def show(context: PageContext, session: AsyncSession) -> Answer:
    """Shows all items, or the flagged ones, in the order that the URL asks for."""
    every = await figures.all_item_figures(session, context.programme, context.dashboard.topic)
    sort = context.query("sort")
    only = context.query("only") == "flagged"
    return Page(
        "items.html",
        {
            "items": _sorted([each for each in every if each.flags] if only else every, sort),
            "sort": sort if sort in SORTS else "",
            "only": only,
            "flagged": sum(bool(each.flags) for each in every),
            "flag_names": flag_names(context.words),
            "fewest": MIN_GROUP_SIZE,
            "enough": MIN_CELL_COUNT,
        },
    )


async def show_one(context: PageContext, session: AsyncSession) -> Answer:
    """Shows an item's options, figures and flags."""
    topic = context.dashboard.topic
    found = await figures.item_figures(session, context.programme, topic, context.path_part("item"))
    if found is None:
        raise NotFoundError
    chart = charts.options(context.words, found)
    return Page(
        "item.html",
        {
            "found": found,
            "point": topic.key_point_of(found.item),
            "chart": chart,
            "flag_names": flag_names(context.words),
            "explained": _explanations(context.words),
            "fewest": MIN_GROUP_SIZE,
            "enough": MIN_CELL_COUNT,
            "kinds": report_messages.kind_names(context.words),
            "longest": MAX_COMMENT_LENGTH,
            "open_reports": await _open_reports(context, session, found.item),
        },
    )


async def _open_reports(context: PageContext, session: AsyncSession, item: Item) -> int:
    """Returns how many open reports there are of everybody, rounded down to a multiple of five.

    Exact numbers could tell, in a tiny programme, who was asked today, and points tell how they
    did (invariant 11, ARCHITECTURE.md).
    """
    number = await question_reports.count_open(session, item.id, item.revision)
    return number - number % MIN_GROUP_SIZE


async def report(context: PageContext, session: AsyncSession) -> Answer:
    """Reports the item to the operators, in the coordinator's name."""
    w, item = context.words, context.dashboard.topic.item(context.path_part("item"))
    if item is None:
        raise NotFoundError
    try:
        kind = ReportKind(context.form.get("kind", ""))
    except ValueError:
        raise FormError(w._("Choose what is wrong with the question.")) from None
    try:
        comment = question_reports.clean_text(context.form.get("comment", ""))
        await question_reports.add(
            session, context.actor_id, item.id, item.revision, kind, context.now, comment
        )
    except TooLongError as error:
        raise FormError(report_messages.too_long(w, error.length)) from None
    except ReportRefusedError as refused:
        raise FormError(report_messages.refusal(w, refused)) from None
    return context.redirect(f"/questions/{item.id}", "report-sent")


def _sorted(items: Sequence[ItemFigures], sort: str) -> Sequence[ItemFigures]:
    """Returns the items sorted; without a known key in the bank's order, unanswered ones last."""
    return sorted(items, key=SORTS.get(sort, lambda each: each.n == 0))


def flag_names(w: Words) -> dict[Flag, str]:
    """Returns short names of the flags, for a list."""
    return {
        Flag.TOO_HARD: w._("Very hard"),
        Flag.UNUSED_DISTRACTOR: w._("Unused option"),
        Flag.NEGATIVE_DISCRIMINATION: w._("Misleading"),
    }


def _explanations(w: Words) -> dict[Flag, str]:
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
