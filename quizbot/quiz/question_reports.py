"""Reports of questions: wrong, unclear, out of date. Operators answer, and the reporters hear it.

A report keeps the reporter's Telegram id until they have been told the answer, or are erased. An
answer is told at least once: `QuestionReport.notice_due_at` is a lease (db.leases). Operators hear
at most once a day that there are reports: on the day after a new one, then weekly.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, delete, func, literal, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from db import leases
from db.leases import Lease
from db.models import MAX_COMMENT_LENGTH, Answer, Delivery, QuestionReport, ReportKind
from db.types import UtcDateTime
from quizbot.quiz.aliases import has_hidden, has_visible
from quizbot.quiz.delivery import notices
from quizbot.quiz.delivery.outcomes import Result

MAX_A_DAY = 5  # reports of one person
KEPT_FOR = timedelta(days=365)

_DAY = timedelta(days=1)
_LEASED_FOR = timedelta(minutes=1)
_NOTED_AGAIN = timedelta(days=7)
_TOLD_FOR = timedelta(days=1)  # then an answer that may have arrived is not sent again
_PURGED_AT_ONCE = 1000
_MOST_OPEN = 2000  # reports that are listed
# The latest questions, among which answers are counted: so no table is read as a whole.
_COUNTED_QUESTIONS = 200_000


class ReportRefusedError(Exception):
    """A report is not taken. `open_report` is the person's own, None if it is one too many."""

    def __init__(self, open_report: QuestionReport | None = None) -> None:
        super().__init__("reported already" if open_report else "too many")
        self.open_report = open_report


class TooLongError(ValueError):
    """A typed text is too long; `length` is its number of characters."""

    def __init__(self, length: int) -> None:
        super().__init__(f"{length} characters")
        self.length = length


def clean_text(typed: str, longest: int = MAX_COMMENT_LENGTH) -> str:
    """Returns the text in one line without invisible characters; empty if nothing is to be seen.

    Raises TooLongError.
    """
    text = " ".join("".join(" " if char.isspace() else char for char in typed).split())
    text = "".join(char for char in text if not has_hidden(char))
    if len(text) > longest:
        raise TooLongError(len(text))
    return text if has_visible(text) else ""


async def add(
    session: AsyncSession,
    reporter_id: int,
    item_id: str,
    revision: int,
    kind: ReportKind,
    now: datetime,
    comment: str = "",
) -> QuestionReport:
    """Add a report and return it. Raises ReportRefusedError.

    A person has one open report of each revision, and may make MAX_A_DAY in 24 hours.
    """
    mine = QuestionReport.reporter_id == reporter_id
    recent = select(func.count()).where(mine, QuestionReport.created_at > now - _DAY)
    if known := await open_report(session, reporter_id, item_id, revision):
        raise ReportRefusedError(known)
    if (await session.scalar(recent) or 0) >= MAX_A_DAY:
        raise ReportRefusedError
    made = QuestionReport(
        item_id=item_id,
        item_revision=revision,
        kind=kind,
        comment=comment or None,
        reporter_id=reporter_id,
        created_at=now,
        operators_due_at=now,
    )
    try:
        async with session.begin_nested():
            session.add(made)
    except IntegrityError:  # the same report came at the same moment
        known = await open_report(session, reporter_id, item_id, revision)
        raise ReportRefusedError(known) from None
    return made


async def set_comment(
    session: AsyncSession, report_id: int, reporter_id: int, comment: str
) -> bool:
    """Add the person's line to their report. Returns False if it is not open any more."""
    changed = await session.scalars(
        update(QuestionReport)
        .where(
            QuestionReport.id == report_id,
            QuestionReport.reporter_id == reporter_id,
            QuestionReport.answered_at.is_(None),
        )
        .values(comment=comment or None)
        .returning(QuestionReport.id)
    )
    return bool(changed.all())


@dataclass(frozen=True)
class ReportedItem:
    """A revision of an item with its open reports, the oldest first."""

    item_id: str
    revision: int
    reports: Sequence[QuestionReport]

    @property
    def kinds(self) -> Mapping[ReportKind, int]:
        """The number of reports of each kind, the most frequent first."""
        return dict(Counter(each.kind for each in self.reports).most_common())

    @property
    def comments(self) -> list[str]:
        return [each.comment for each in self.reports if each.comment]

    def count_hearers(self, last_id: int) -> int:
        """Returns how many people hear an answer to the reports up to that id: none was erased."""
        return sum(each.id <= last_id and each.reporter_id is not None for each in self.reports)


async def reported_items(session: AsyncSession) -> list[ReportedItem]:
    """Returns what has open reports, the most reported first, then the one that waits longest."""
    found = await session.scalars(
        select(QuestionReport)
        .where(QuestionReport.answered_at.is_(None))
        .order_by(QuestionReport.id)
        .limit(_MOST_OPEN)
    )
    items = defaultdict[tuple[str, int], list[QuestionReport]](list)
    for report in found:
        items[report.item_id, report.item_revision].append(report)
    listed = [ReportedItem(*key, reports) for key, reports in items.items()]
    return sorted(listed, key=lambda each: (-len(each.reports), each.reports[0].id))


async def reported_item(session: AsyncSession, report_id: int) -> ReportedItem | None:
    """Returns the reported item that the open report belongs to; None if it is not open."""
    every = await reported_items(session)
    return next((item for item in every if report_id in {each.id for each in item.reports}), None)


@dataclass(frozen=True)
class Reports:
    """All reports of a revision by kind, how many of them are open, and the operators' answers.

    An answer comes with the time of the latest report that it answered, the newest first.
    """

    kinds: Mapping[ReportKind, int]
    open: int
    answers: Sequence[tuple[datetime, str]]


async def reports_of(
    session: AsyncSession, item_id: str, revision: int, before: datetime
) -> Reports:
    """Returns the reports of everybody from before that time that are kept (KEPT_FOR)."""
    row = QuestionReport
    rows = await session.execute(
        select(row.kind, row.answer, func.max(row.answered_at), func.count(row.id))
        .where(row.item_id == item_id, row.item_revision == revision, row.created_at < before)
        .group_by(row.kind, row.answer)
    )
    kinds, answers, is_open = Counter[ReportKind](), dict[str, datetime](), 0
    for kind, answer, answered_at, count in rows:
        kinds[kind] += count
        if answer is None or answered_at is None:
            is_open += count
        else:
            answers[answer] = max(answered_at, answers.get(answer, answered_at))
    newest_first = sorted(((at, text) for text, at in answers.items()), reverse=True)
    return Reports(dict(kinds.most_common()), is_open, newest_first)


async def count_open(session: AsyncSession, before: datetime) -> Mapping[tuple[str, int], int]:
    """Returns the number of open reports from before that time by item id and revision."""
    row, due = QuestionReport, QuestionReport.operators_due_at  # None once there is an answer
    query = select(row.item_id, row.item_revision).where(due.is_not(None), row.created_at < before)
    rows = await session.execute(query.order_by(due).limit(_MOST_OPEN))
    return Counter((item_id, revision) for item_id, revision in rows)


async def open_report(
    session: AsyncSession, reporter_id: int, item_id: str, revision: int
) -> QuestionReport | None:
    """Returns the person's own report of the revision that has no answer yet."""
    return await session.scalar(
        select(QuestionReport).where(
            QuestionReport.reporter_id == reporter_id,
            QuestionReport.item_id == item_id,
            QuestionReport.item_revision == revision,
            QuestionReport.answered_at.is_(None),
        )
    )


async def count_answers(session: AsyncSession, item_id: str, revision: int) -> tuple[int, int]:
    """Returns the number of answers to the revision, and of correct ones, of everybody.

    Only the latest 200,000 questions are counted.
    """
    newest = await session.scalar(select(func.max(Delivery.id))) or 0
    query = (
        select(func.count(), func.coalesce(func.sum(case((Answer.option == 0, 1), else_=0)), 0))
        .select_from(Delivery)
        .join(Answer, Answer.delivery_id == Delivery.id)
        .where(
            Delivery.id > newest - _COUNTED_QUESTIONS,
            Delivery.item_id == item_id,
            Delivery.item_revision == revision,
        )
    )
    answers, correct = (await session.execute(query)).one()
    return answers, correct


async def answer(
    session: AsyncSession, item_id: str, revision: int, last_id: int, text: str, now: datetime
) -> int | None:
    """Answer the open reports of the revision up to that id.

    Returns how many people will hear: not those who were erased. None if no report was open.
    """
    to_be_told = case((QuestionReport.reporter_id.is_not(None), literal(now, UtcDateTime)))
    answered = await session.scalars(
        update(QuestionReport)
        .where(
            QuestionReport.item_id == item_id,
            QuestionReport.item_revision == revision,
            QuestionReport.id <= last_id,
            QuestionReport.answered_at.is_(None),
        )
        .values(answer=text, answered_at=now, notice_due_at=to_be_told, operators_due_at=None)
        .returning(QuestionReport.reporter_id)
        .execution_options(synchronize_session=False)
    )
    reporters = answered.all()
    return sum(each is not None for each in reporters) if reporters else None


async def take_note(session: AsyncSession, today: datetime, now: datetime) -> tuple[Lease, int]:
    """Lease the operators' note, and return how many reports are open.

    It is due for what was reported before `today`, when the day began (UTC): so there is one a day
    at most. After a crash, it comes on the next day. The caller commits.
    """
    due = QuestionReport.operators_due_at
    lease = await leases.take_due(session, due, today, 1, now + _LEASED_FOR)
    if not lease:
        return lease, 0
    later = update(QuestionReport).where(due <= today).values(operators_due_at=today + _NOTED_AGAIN)
    await session.execute(later.execution_options(synchronize_session=False))
    is_open = QuestionReport.answered_at.is_(None)
    return lease, await session.scalar(select(func.count(QuestionReport.id)).where(is_open)) or 0


async def record_note(
    session: AsyncSession, lease: Lease, results: Sequence[Result], today: datetime
) -> None:
    """Record what came of the note: it is due again at once if it certainly reached nobody."""
    lost = all(result is Result.NOT_SENT for result in results)
    await leases.release(session, lease, today if lost else today + _NOTED_AGAIN)


async def take_due(session: AsyncSession, now: datetime, limit: int) -> Lease:
    """Lease up to `limit` answers that are to be told, for a minute. The caller commits."""
    row = QuestionReport
    return await leases.take_due(
        session,
        row.notice_due_at,
        now,
        limit,
        now + _LEASED_FOR,
        row.reporter_id,
        row.item_id,
        row.answer,
        row.answered_at,
    )


async def record_told(
    session: AsyncSession, lease: Lease, results: Sequence[Result], now: datetime
) -> None:
    """Record what came of telling each. Who was told, or never can be, is no longer named.

    What may not have arrived is sent again (delivery.notices).
    """
    answered = [row.answered_at for row in lease.rows]
    told = await notices.settle(session, lease, results, answered, _TOLD_FOR, now)
    await session.execute(
        update(QuestionReport).where(QuestionReport.id.in_(told.ids)).values(reporter_id=None)
    )


async def forget(session: AsyncSession, reporter_id: int) -> None:
    """Remove the person's id and words from their reports.

    The reports stay: coordinators see how many there are, and would see whose they were if there
    were fewer at the moment at which somebody is erased.
    """
    nobodys = {"reporter_id": None, "comment": None, "notice_due_at": None}
    mine = QuestionReport.reporter_id == reporter_id
    await session.execute(update(QuestionReport).where(mine).values(**nobodys))


async def purge_expired(session: AsyncSession, now: datetime) -> None:
    """Delete reports that are over a year old, up to 1000 of them.

    Only the oldest are read, not the whole table.
    """
    oldest = select(QuestionReport.id).order_by(QuestionReport.id).limit(_PURGED_AT_ONCE)
    await session.execute(
        delete(QuestionReport).where(
            QuestionReport.id.in_(oldest), QuestionReport.created_at <= now - KEPT_FOR
        )
    )
