"""What first attempts and reports say about each item, in plain words; items can be reported."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from db.models import MAX_COMMENT_LENGTH, ReportKind
from questions import Item
from quizbot.charts import Table
from quizbot.programmes import programme
from quizbot.programmes.disclosure_control import MIN_CELL_COUNT, MIN_GROUP_SIZE, pool_names
from quizbot.programmes.reports import figures
from quizbot.programmes.reports.figures import ItemFigures, Verdict
from quizbot.programmes.reports.refresh import FIGURES_WAIT
from quizbot.quiz import question_reports
from quizbot.quiz.question_reports import ReportRefusedError, TooLongError
from quizbot.telegram.messages import question_reports as report_messages
from quizbot.telegram.messages.words import Words, key_point_label
from quizbot.web import charts
from quizbot.web.page_context import Answer, FormError, NotFoundError, Page, PageContext

_PAGE_SIZE = 50
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Row:
    """An item with figures of its own, so that its open reports may be told (see show_one)."""

    figures: ItemFigures
    open_reports: int

    @property
    def needs_a_look(self) -> bool:
        return self.figures.needs_a_look or self.open_reports > 0


@dataclass(frozen=True)
class Group:
    """Items without figures of their own, and the share correct of their pool if they are in one.

    `label` is a sentence's beginning: "13 questions about red blood cells".
    """

    label: str
    items: tuple[Item, ...]
    share: float | None


# Sort keys by their name in the URL, the first one's if it names none. Counts: largest first.
SORTS: dict[str, Callable[[Row], float]] = {
    "p": lambda row: row.figures.difficulty or 0.0,
    "n": lambda row: -row.figures.n,
}


async def show(context: PageContext, session: AsyncSession) -> Answer:
    """Shows the items with figures of their own, by default the hardest first, then the others.

    Those that are told together are a line, and so are those that are not told at all. The URL
    may ask for those with own figures only, or for those that need a look.
    """
    every = await figures.all_item_figures(session, context.programme, context.dashboard.topic)
    counts = await question_reports.count_open(session, figures.told_before(context.programme))
    sort, only = context.query("sort"), context.query("only")
    sort, only = sort if sort in SORTS else "p", only if only in ("told", "look") else ""
    told = [
        Row(each, counts.get((each.item.id, each.revision), 0))
        for each in every
        if each.difficulty is not None
    ]
    told.sort(key=SORTS[sort])
    to_look_at = [row for row in told if row.needs_a_look]
    groups = _groups(context, [each for each in every if each.difficulty is None])
    has_figures = bool(told) or any(group.share is not None for group in groups)
    lines: dict[str, list[Row | Group]] = {
        "": [*told, *groups],
        "told": [*told],
        "look": [*to_look_at],
    }
    part = context.part_of(len(lines[only]), _PAGE_SIZE)
    shown = lines[only][part.skip : part.skip + _PAGE_SIZE]
    rows = [each for each in shown if isinstance(each, Row)]
    return Page(
        "items.html",
        {
            "rows": rows,
            "groups": [each for each in shown if isinstance(each, Group)],
            "part": part,
            "sort": sort,
            "only": only,
            "told": len(told),
            "to_look_at": len(to_look_at),
            "has_figures": has_figures,
            "waiting": "" if told else await _waiting(context, session),
            "sentences": sentences(context.words) | {Verdict.UNSURE: ""},
            "statistics": _statistics(context.words, rows),
            "fewest": MIN_GROUP_SIZE,
        },
    )


def _groups(context: PageContext, every: Iterable[ItemFigures]) -> list[Group]:
    """Returns a group for each pool, the hardest first, and last the items in none."""
    pools = defaultdict[str | None, list[ItemFigures]](list)
    for each in every:
        pools[each.pool].append(each)
    untold = pools.pop(None, [])
    groups = [_group(context, pool, found) for pool, found in pools.items()]
    groups.sort(key=lambda group: group.share or 0.0)
    return [*groups, _group(context, None, untold)] if untold else groups


def _group(context: PageContext, pool: str | None, every: Sequence[ItemFigures]) -> Group:
    w, topic, first = context.words, context.dashboard.topic, every[0].item
    n, (of_objective, of_key_point, _) = len(every), pool_names(topic, first.id)
    objective = topic.objectives.get(first.objective)
    if pool is None:
        label = w.ngettext(
            "{count} question without figures", "{count} questions without figures", n
        )
    elif pool == of_objective and objective is not None and objective.title:
        about = objective.title
        label = w.ngettext(
            "{count} question about {about}", "{count} questions about {about}", n, about=about
        )
    elif pool in (of_objective, of_key_point):
        about = key_point_label(w, topic.key_point_of(first))
        label = w.ngettext(
            "{count} question on “{about}”", "{count} questions on “{about}”", n, about=about
        )
    else:
        label = w.ngettext("{count} other question", "{count} other questions", n)
    return Group(label, tuple(each.item for each in every), every[0].pooled)


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
    elif of.ends_on is not None and together_from > of.ends_on:
        when = w._(
            "Answers are counted after each day, next on {day}. After the last day, questions with "
            "fewer are counted together with others about the same point."
        )
    else:
        when = w._(
            "Answers are counted after each day, next on {day}. From {later} on, questions with "
            "fewer are counted together with others about the same point."
        )
    return f"{needed} " + when.format(day=w.full_date(counted_on), later=w.full_date(together_from))


def _statistics(w: Words, rows: Sequence[Row]) -> Table:
    every = [row.figures for row in rows]
    return Table.of(
        ((each.item.stem, w.decimal(each.difficulty or 0.0)) for each in every),
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
        Verdict.UNTOLD: _("Too few answers: it needs {count} right and {count} not.").format(
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
            "Look for words that can be read in two ways, or a mistake in the answer. Then report "
            "it."
        ),
        Verdict.TOO_HARD: _(
            "Either many people believe something else, and it is worth talking about, or the "
            "question is unclear or its answer is wrong: then report it."
        ),
        Verdict.HARD: _("Few people know this before they are told: it is worth talking about."),
        Verdict.EASY: _("People know this already."),
    }
