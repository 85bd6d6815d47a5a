"""Everything that is kept about one person: exported, erased, and purged when it expires."""

import json
from collections.abc import AsyncIterator, Collection, Sequence
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, delete, literal, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from db.base import Base
from db.challenges import Challenge, ChallengeAnswer
from db.models import (
    DAILY,
    Answer,
    Correction,
    Delivery,
    ObjectiveMemory,
    ParkedUpdate,
    QuestionReport,
    Rescoring,
    Subscriber,
    WeeklyScore,
)
from db.programmes import (
    Announcement,
    AuditEntry,
    Coordinator,
    Enrolment,
    Invite,
    Note,
    Programme,
    ProgrammeScore,
    SignIn,
    Team,
    TextInput,
    WebSession,
)
from db.reports import HeldAnswer
from db.session import Sessions
from questions import Topic
from quizbot.programmes import (
    announcements,
    audit_log,
    cancellation,
    invites,
    sign_in,
    staff,
    text_input,
)
from quizbot.quiz import challenges, question_reports
from quizbot.quiz.asking.choosing import is_valid_order

_PAGE = 100  # rows that are read and written at a time, which takes a few milliseconds
_LARGEST_PART = 45_000_000  # bytes; Telegram takes files of 50 MB (Bot API, sendDocument)

_Section = tuple[str, Any]  # its name, and an object or the next of its rows


async def export(
    sessions: Sessions, user_id: int, topic: Topic, largest: int = _LARGEST_PART
) -> AsyncIterator[bytes]:
    """Yields all that is kept about a Telegram user, as JSON documents; none if nothing is.

    There is one document, or several if it had more than `largest` bytes: a section then continues
    in the next one. Sections about coordinators, reports of questions and failed updates are left
    out if empty.
    """
    out, listed = BytesIO(), ""
    async for name, value in _sections(sessions, user_id, topic):
        if out.tell() > largest:
            out.write(b"]}" if listed else b"}")
            yield out.getvalue()
            out, listed = BytesIO(), ""
        is_list = isinstance(value, list)
        text = ",\n".join(map(_json, value)) if is_list else _json(value)
        if is_list and name == listed:
            text = f",\n{text}"
        else:
            before = ("]" if listed else "") + (",\n" if out.tell() else "{")
            text = f'{before}"{name}": {"[" if is_list else ""}{text}'
            listed = name if is_list else ""
        out.write(text.encode())
    if out.tell():
        out.write(b"]}" if listed else b"}")
        yield out.getvalue()


async def _sections(sessions: Sessions, user_id: int, topic: Topic) -> AsyncIterator[_Section]:
    """Yields the sections. No session stays open meanwhile: SQLite has only one connection."""
    async with sessions() as session:
        subscriber = await session.get(Subscriber, user_id)
    if subscriber is not None:
        yield "subscriber", _columns(subscriber, leave_out={"alias_key"})
        async for section in _questions(sessions, user_id, topic):
            yield section
        for section in await _as_subscriber(sessions, user_id):
            yield section
    for section in await _as_coordinator(sessions, user_id):
        yield section
    for name, rows, key, leave_out in _elsewhere(user_id):
        async for page in _pages(sessions, rows, [key]):
            if page:
                yield name, [_columns(each, leave_out) for each, *_ in page]


def _elsewhere(user_id: int) -> list[tuple[str, Select[Any], Any, set[str]]]:
    """Returns the sections of everybody, subscriber or not: name, rows, key, and what to omit."""
    parked = select(ParkedUpdate).where(ParkedUpdate.user_id == user_id)
    dared = select(ChallengeAnswer).where(ChallengeAnswer.friend_id == user_id)
    reports = select(QuestionReport).where(QuestionReport.reporter_id == user_id)
    return [
        ("audit_log", select(AuditEntry).where(is_about(user_id)), AuditEntry.id, set()),
        ("challenges_of_friends", dared, ChallengeAnswer.id, {"friend_id"}),
        ("question_reports", reports, QuestionReport.id, {"reporter_id"}),
        ("parked_updates", parked, ParkedUpdate.id, {"user_id"}),
    ]


async def _questions(sessions: Sessions, user_id: int, topic: Topic) -> AsyncIterator[_Section]:
    """Yields the sections with a row for each delivery, or some: there can be many thousands."""
    mine, order = Delivery.subscriber_id == user_id, [Delivery.local_date, Delivery.slot]
    asked = select(Delivery, Answer).outerjoin(Answer, Answer.delivery_id == Delivery.id)
    async for page in _pages(sessions, asked.where(mine), order):
        yield "questions", [_question(row[0], row[1], topic) for row in page]
    for name, table in _OF_DELIVERIES.items():
        rows = select(table).join(Delivery, Delivery.id == table.delivery_id).where(mine)
        async for page in _pages(sessions, rows, [*order, *table.__table__.primary_key]):
            yield name, [_columns(row) for row, *_ in page]


_OF_DELIVERIES: dict[str, type[Rescoring | Correction | HeldAnswer | Challenge]] = {
    "challenges": Challenge,
    "corrections": Correction,
    "rescored_answers": Rescoring,
    "answers_not_yet_reported": HeldAnswer,
}


async def _pages(
    sessions: Sessions, query: Select[*tuple[Any, ...]], order: Sequence[Any]
) -> AsyncIterator[Sequence[Row[*tuple[Any, ...]]]]:
    """Yields the rows in this order, which is unique; one empty page if there are none."""
    query = query.add_columns(*order).order_by(*order).limit(_PAGE)
    following = query
    while True:
        async with sessions() as session:
            page = (await session.execute(following)).all()
        if page or following is query:
            yield page
        if len(page) < _PAGE:
            return
        last = zip(page[-1][-len(order) :], order, strict=True)
        after = tuple_(*(literal(value, column.type) for value, column in last))
        following = query.where(tuple_(*order) > after)


async def _as_subscriber(sessions: Sessions, user_id: int) -> list[_Section]:
    async with sessions() as session:
        enrolments = await session.execute(
            select(Enrolment, Programme.name, Team.name)
            .join(Programme, Programme.id == Enrolment.programme_id)
            .outerjoin(Team, Team.id == Enrolment.team_id)
            .where(Enrolment.subscriber_id == user_id)
        )

        async def own(
            table: type[WeeklyScore | ObjectiveMemory | ProgrammeScore | Note],
        ) -> list[dict[str, Any]]:
            rows = await session.scalars(select(table).where(table.subscriber_id == user_id))
            return [_columns(row, leave_out={"subscriber_id"}) for row in rows]

        return [
            ("memories", await own(ObjectiveMemory)),
            ("weekly_scores", await own(WeeklyScore)),
            (
                "programmes",
                [
                    {"programme": name, "team": team, **_columns(row, leave_out={"subscriber_id"})}
                    for row, name, team in enrolments
                ],
            ),
            ("programme_scores", await own(ProgrammeScore)),
            ("notes_to_be_sent", await own(Note)),
        ]


async def _as_coordinator(sessions: Sessions, user_id: int) -> list[_Section]:
    async with sessions() as session:
        coordinator = await session.get(Coordinator, user_id)
        awaited = await session.get(TextInput, user_id)

        async def of(table: type[SignIn | WebSession | Announcement]) -> list[dict[str, Any]]:
            rows = await session.scalars(select(table).where(table.coordinator_id == user_id))
            return [_columns(row, leave_out={"coordinator_id", *SECRETS}) for row in rows]

        invitations = await session.scalars(select(Invite).where(Invite.created_by == user_id))
        runs = await staff.programmes_run_by(session, user_id)
        sections: list[_Section] = [
            ("coordinator", _columns(coordinator) if coordinator is not None else None),
            ("runs", [{"programme_id": each.id, "programme": each.name} for each in runs]),
            ("text_input", _columns(awaited) if awaited is not None else None),
            ("sign_in_links", await of(SignIn)),
            ("web_sessions", await of(WebSession)),
            ("announcements", await of(Announcement)),
            ("open_invitations", [_columns(each, leave_out=SECRETS) for each in invitations]),
        ]
    return [(name, section) for name, section in sections if section]


# Left out: nobody who reads an export may learn anything about a key.
SECRETS = {"token_hash", "code"}


def is_about(user_id: int) -> ColumnElement[bool]:
    """Returns the condition for log entries about a user: what they did, and what operators did."""
    is_detail = AuditEntry.action.in_(audit_log.ABOUT_COORDINATORS)
    return or_(AuditEntry.actor_id == user_id, and_(is_detail, AuditEntry.detail == str(user_id)))


async def is_known(session: AsyncSession, user_id: int) -> bool:
    """Returns whether anything is kept about the user."""
    for table in (Subscriber, Coordinator, TextInput):
        if await session.get(table, user_id) is not None:
            return True
    entry = select(AuditEntry.id).where(is_about(user_id)).limit(1)
    parked = select(ParkedUpdate.id).where(ParkedUpdate.user_id == user_id).limit(1)
    dared = select(ChallengeAnswer.id).where(ChallengeAnswer.friend_id == user_id).limit(1)
    report = select(QuestionReport.id).where(QuestionReport.reporter_id == user_id).limit(1)
    return any([await session.scalar(each) is not None for each in (entry, parked, dared, report)])


async def forget(session: AsyncSession, user_id: int, now: datetime) -> list[int]:
    """Erase everything that is kept about the user.

    Deleted are the subscriber, with deliveries, answers, rescorings, corrections, held answers,
    memories, weekly scores, enrolments, notes and programme scores; the coordinator, with
    coordinations, announcements, sign-in links and web sessions (all these by ON DELETE CASCADE);
    text input; and updates that failed. Their reports of questions become nobody's. Open
    invitations of a coordinator end. Entries of the audit log stay, without the user's id. Other
    people's points and the sums in reports do not change.

    Returns the message ids of polls that are still open: the caller closes them, so that an answer
    to one cannot be taken for an answer to a later question.
    """
    polls = await session.scalars(
        select(Delivery.message_id).where(
            Delivery.subscriber_id == user_id,
            Delivery.message_id.is_not(None),
            Delivery.closes_at > now,
        )
    )
    still_open = [message_id for message_id in polls if message_id is not None]
    await session.execute(delete(Subscriber).where(Subscriber.id == user_id))
    await session.execute(delete(ParkedUpdate).where(ParkedUpdate.user_id == user_id))
    await question_reports.forget(session, user_id)
    await challenges.forget(session, user_id)
    await staff.forget(session, user_id, now)
    return still_open


def _question(delivery: Delivery, answer: Answer | None, topic: Topic) -> dict[str, Any]:
    item = topic.item(delivery.item_id)
    entry = _columns(delivery, leave_out={"subscriber_id"})
    entry["practice"] = delivery.slot != DAILY
    if item is not None:
        entry["question"] = item.stem  # in its present revision
    same = item is not None and item.revision == delivery.item_revision
    if item is not None and same and is_valid_order(delivery.option_order, item):
        entry["options_as_shown"] = [item.options[int(at)].text for at in delivery.option_order]
    if answer is not None:
        entry["answer"] = _columns(answer, leave_out={"delivery_id"})
        entry["answer"]["correct"] = answer.option == 0
        if item is not None and same and is_valid_order(delivery.option_order, item):
            entry["answer"]["text"] = item.options[answer.option].text
    return entry


def _columns(row: Base, leave_out: Collection[str] = ()) -> dict[str, Any]:
    """Returns the row's columns in their order; dates and times are in ISO 8601."""
    return {
        column.key: _json_value(getattr(row, column.key))
        for column in row.__table__.columns
        if column.key not in leave_out
    }


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False)


def _json_value(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


PARKED_KEPT_FOR = timedelta(days=30)
AUDIT_LOG_KEPT_FOR = timedelta(days=365)  # entries without a programme, such as signing in


async def purge_expired(session: AsyncSession, now: datetime) -> None:
    """Delete expired sign-ins and sessions, abandoned text input, old announcements, log entries,
    reports of questions, updates, and programmes that were called off.

    Who made an expired invitation is deleted as well.
    """
    await sign_in.purge_expired(session, now)
    await invites.purge_expired(session, now)
    await text_input.purge_expired(session, now)
    await announcements.purge_expired(session, now)
    await cancellation.purge_called_off(session)
    await question_reports.purge_expired(session, now)
    await challenges.purge_expired(session, now)
    await session.execute(
        delete(ParkedUpdate).where(ParkedUpdate.parked_at <= now - PARKED_KEPT_FOR)
    )
    await session.execute(
        delete(AuditEntry).where(
            AuditEntry.programme_id.is_(None), AuditEntry.at <= now - AUDIT_LOG_KEPT_FOR
        )
    )
