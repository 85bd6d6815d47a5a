"""What first attempts and reports say about each item, in plain words; items can be reported."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from db.models import MAX_COMMENT_LENGTH, ReportKind
from quizbot.charts import Table
from quizbot.programmes import programme
from quizbot.programmes.disclosure_control import MIN_CELL_COUNT, MIN_GROUP_SIZE
from quizbot.programmes.reports import figures
from quizbot.programmes.reports.figures import ItemFigures, Verdict
from quizbot.programmes.reports.refresh import FIGURES_WAIT
from quizbot.quiz import question_reports
from quizbot.quiz.question_reports import ReportRefusedError, TooLongError
from quizbot.telegram.messages import question_reports as report_messages
from quizbot.telegram.messages.words import Words
from quizbot.web import charts
from quizbot.web.page_context import Answer, FormError, NotFoundError, Page, PageContext

_PAGE_SIZE = 50
_DAY = timedelta(days=1)
_LAST = 2.0  # greater than any p


@dataclass(frozen=True)
class Row:
    """An item of the list; `open_reports` are 0 where they are not shown (see show_one)."""

    figures: ItemFigures
    open_reports: int

    @property
    def needs_a_look(self) -> bool:
        return self.figures.needs_a_look or self.open_reports > 0


# Sort keys by their name in the URL. Counts are sorted largest first.
SORTS: dict[str, Callable[[Row], float]] = {
    "p": lambda row: _LAST if row.figures.difficulty is None else row.figures.difficulty,
    "n": lambda row: -row.figures.n,
}


async def show(context: PageContext, session: AsyncSession) -> Answer:
    """Shows the items with figures, those that need a look, or all, in the order of the URL.

    Those that only have figures together with others count as having some if none has its own.
    Without a known order, those that need a look come first and unanswered ones last.
    """
    every = await figures.all_item_figures(session, context.programme, context.dashboard.topic)
    counts = await question_reports.count_open(session, figures.told_before(context.programme))
    rows = [_row(each, counts.get((each.item.id, each.revision), 0)) for each in every]
    sort, only = context.query("sort"), context.query("only")
    only = only if only in ("look", "all") else ""
    told = [row for row in rows if row.figures.difficulty is not None or row.needs_a_look]
    told = told or [row for row in rows if row.figures.pooled is not None]
    to_look_at = [row for row in rows if row.needs_a_look]
    shown = sorted(
        {"": told, "look": to_look_at, "all": rows}[only],
        key=SORTS.get(sort, lambda row: (not row.needs_a_look, row.figures.n == 0)),
    )
    part = context.part_of(len(shown), _PAGE_SIZE)
    shown = shown[part.skip : part.skip + _PAGE_SIZE]
    return Page(
        "items.html",
        {
            "rows": shown,
            "part": part,
            "sort": sort if sort in SORTS else "",
            "only": only,
            "told": len(told),
            "to_look_at": len(to_look_at),
            "waiting": "" if told else await _waiting(context, session),
            "sentences": sentences(context.words),
            "statistics": _statistics(context.words, shown),
            "fewest": MIN_GROUP_SIZE,
        },
    )


async def _waiting(context: PageContext, session: AsyncSession) -> str:
    """Returns what the first figures wait for, and when they are counted next."""
    w, of = context.words, context.programme
    needed = w._("A question has figures once {count} people were right at first and {count} not.")
    needed = needed.format(count=w.number(MIN_GROUP_SIZE))
    if context.has_ended:
        return needed
    first = await programme.next_question_day(session, of, of.starts_on)
    counted_on = max(context.today, first or context.today) + _DAY
    together_from = of.starts_on + FIGURES_WAIT
    if counted_on >= together_from:
        when = w._("Answers are counted after each day, next on {day}.")
    else:
        when = w._(
            "Answers are counted after each day, next on {day}; from {later} on, questions with "
            "fewer answers have figures together."
        )
    return f"{needed} " + when.format(day=w.full_date(counted_on), later=w.full_date(together_from))


def _row(of: ItemFigures, open_reports: int) -> Row:
    return Row(of, open_reports if of.difficulty is not None else 0)


def _statistics(w: Words, rows: Sequence[Row]) -> Table:
    every = [row.figures for row in rows]
    return Table.of(
        (
            (
                each.item.stem,
                "–" if each.difficulty is None else w.decimal(each.difficulty),
            )
            for each in every
        ),
        w._("Question"),
        w._("Difficulty p"),
    )


async def show_one(context: PageContext, session: AsyncSession) -> Answer:
    """Shows what is known about an item, and what came of the reports about it.

    Reports are everybody's and told where p is: so five members who were right may have made them,
    and five who were not. They are as old as these figures: a report that appeared a minute after
    somebody's points would tell what they were asked (invariant 11, ARCHITECTURE.md).
    """
    topic = context.dashboard.topic
    found = await figures.item_figures(session, context.programme, topic, context.path_part("item"))
    if found is None:
        raise NotFoundError
    item = found.item.id, found.revision
    return Page(
        "item.html",
        {
            "found": found,
            "point": topic.key_point_of(found.item),
            "chart": charts.options(context.words, found),
            "sentence": sentences(context.words)[found.verdict],
            "advice": _advice(context.words).get(found.verdict, ""),
            "fewest": MIN_GROUP_SIZE,
            "enough": MIN_CELL_COUNT,
            "kinds": report_messages.kind_names(context.words),
            "longest": MAX_COMMENT_LENGTH,
            "reports": await question_reports.reports_of(
                session, *item, figures.told_before(context.programme)
            )
            if found.difficulty is not None
            else None,
            "own_report": await question_reports.open_report(session, context.actor_id, *item),
        },
    )


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


def sentences(w: Words) -> dict[Verdict, str]:
    """Returns what a verdict says, in a sentence."""
    _ = w._
    return {
        Verdict.UNTOLD: _("Not enough answers yet: it needs {count} right and {count} not.").format(
            count=w.number(MIN_GROUP_SIZE)
        ),
        Verdict.UNSURE: _("Too few answers to tell whether more than half know it."),
        Verdict.MISLEADING: _("People who know the rest get this wrong: check it."),
        Verdict.TOO_HARD: _("Fewer were right than by guessing: check it."),
        Verdict.HARD: _("Hard: half or fewer knew it at once."),
        Verdict.MIXED: _("More than half knew it at once."),
        Verdict.EASY: _("Most knew it at once."),
    }


def _advice(w: Words) -> dict[Verdict, str]:
    _ = w._
    return {
        Verdict.MISLEADING: _(
            "Look for a wording that can be read in two ways, or a wrong key, and report it."
        ),
        Verdict.TOO_HARD: _(
            "Either many people believe something else, and it is worth talking about, or the "
            "question is unclear or its key is wrong: then report it."
        ),
        Verdict.HARD: _("Few people know this before they are told: it is worth talking about."),
        Verdict.EASY: _("People know this already."),
    }
