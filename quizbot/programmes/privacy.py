"""Everything that is kept about one person: exported, erased, and purged when it expires."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.base import Base
from db.models import (
    DAILY,
    Answer,
    Correction,
    Delivery,
    LearnerMemory,
    ParkedUpdate,
    Rescoring,
    Subscriber,
    WeeklyScore,
)
from db.programmes import (
    AuditEntry,
    Coordinator,
    Enrolment,
    HeldAnswer,
    Invite,
    Programme,
    ProgrammeScore,
    SignIn,
    Team,
    TextInput,
    WebSession,
)
from questions import Topic
from quizbot.programmes import invites, sign_in, staff, text_input
from quizbot.programmes.audit_log import Action
from quizbot.quiz.asking.choosing import is_valid_order


async def export(session: AsyncSession, user_id: int, topic: Topic) -> dict[str, Any] | None:
    """Returns all that is kept about a Telegram user, as JSON values; None if nothing is.

    Sections about coordinators and about updates that failed are left out if they are empty.
    """
    if not await is_known(session, user_id):
        return None
    subscriber = await session.get(Subscriber, user_id)
    as_subscriber = (
        await _as_subscriber(session, subscriber, topic) if subscriber is not None else {}
    )
    return {**as_subscriber, **await _as_coordinator(session, user_id)}


async def _as_subscriber(
    session: AsyncSession, subscriber: Subscriber, topic: Topic
) -> dict[str, Any]:
    deliveries = await session.execute(
        select(Delivery, Answer)
        .outerjoin(Answer, Answer.delivery_id == Delivery.id)
        .where(Delivery.subscriber_id == subscriber.id)
        .order_by(Delivery.id)
    )
    enrolments = await session.execute(
        select(Enrolment, Programme.name, Team.name)
        .join(Programme, Programme.id == Enrolment.programme_id)
        .outerjoin(Team, Team.id == Enrolment.team_id)
        .where(Enrolment.subscriber_id == subscriber.id)
    )

    async def own(
        table: type[WeeklyScore | LearnerMemory | ProgrammeScore],
    ) -> list[dict[str, Any]]:
        rows = await session.scalars(select(table).where(table.subscriber_id == subscriber.id))
        return [_columns(row, leave_out={"subscriber_id"}) for row in rows]

    async def of_deliveries(
        table: type[Rescoring | Correction | HeldAnswer],
    ) -> list[dict[str, Any]]:
        rows = await session.scalars(
            select(table)
            .join(Delivery, Delivery.id == table.delivery_id)
            .where(Delivery.subscriber_id == subscriber.id)
        )
        return [_columns(row) for row in rows]

    return {
        "subscriber": _columns(subscriber, leave_out={"alias_key"}),
        "questions": [_question(*row, topic) for row in deliveries],
        "corrections": await of_deliveries(Correction),
        "rescored_answers": await of_deliveries(Rescoring),
        "answers_not_yet_reported": await of_deliveries(HeldAnswer),
        "memories": await own(LearnerMemory),
        "weekly_scores": await own(WeeklyScore),
        "programmes": [
            {"programme": name, "team": team, **_columns(enrolment, leave_out={"subscriber_id"})}
            for enrolment, name, team in enrolments
        ],
        "programme_scores": await own(ProgrammeScore),
    }


async def _as_coordinator(session: AsyncSession, user_id: int) -> dict[str, Any]:
    coordinator = await session.get(Coordinator, user_id)
    awaited = await session.get(TextInput, user_id)

    async def of(table: type[SignIn | WebSession]) -> list[dict[str, Any]]:
        rows = await session.scalars(select(table).where(table.coordinator_id == user_id))
        return [_columns(row, leave_out={"coordinator_id", *SECRETS}) for row in rows]

    entries = await session.scalars(
        select(AuditEntry).where(is_about(user_id)).order_by(AuditEntry.id)
    )
    parked = await session.scalars(
        select(ParkedUpdate).where(ParkedUpdate.user_id == user_id).order_by(ParkedUpdate.id)
    )
    invitations = await session.scalars(select(Invite).where(Invite.created_by == user_id))
    runs = await staff.programmes_run_by(session, user_id)
    sections: dict[str, Any] = {
        "coordinator": _columns(coordinator) if coordinator is not None else None,
        "runs": [{"programme_id": each.id, "programme": each.name} for each in runs],
        "text_input": _columns(awaited) if awaited is not None else None,
        "sign_in_links": await of(SignIn),
        "web_sessions": await of(WebSession),
        "open_invitations": [_columns(each, leave_out=SECRETS) for each in invitations],
        "audit_log": [_columns(entry) for entry in entries],
        "parked_updates": [_columns(each, leave_out={"user_id"}) for each in parked],
    }
    return {name: section for name, section in sections.items() if section}


# Left out: nobody who reads an export may learn anything about a key.
SECRETS = {"token_hash", "code"}


def is_about(user_id: int) -> ColumnElement[bool]:
    """Returns the condition for log entries about a user: their actions, and their removal."""
    removed = AuditEntry.action == Action.COORDINATOR_REMOVED.value
    return or_(AuditEntry.actor_id == user_id, and_(removed, AuditEntry.detail == str(user_id)))


async def is_known(session: AsyncSession, user_id: int) -> bool:
    """Returns whether anything is kept about the user."""
    for table in (Subscriber, Coordinator, TextInput):
        if await session.get(table, user_id) is not None:
            return True
    entry = select(AuditEntry.id).where(is_about(user_id)).limit(1)
    parked = select(ParkedUpdate.id).where(ParkedUpdate.user_id == user_id).limit(1)
    return any([await session.scalar(each) is not None for each in (entry, parked)])


async def forget(session: AsyncSession, user_id: int, now: datetime) -> list[int]:
    """Erase everything that is kept about the user.

    Deleted are the subscriber, with deliveries, answers, rescorings, corrections, held answers,
    memories, weekly scores, enrolments and programme scores; the coordinator, with coordinations,
    sign-in links and web sessions (all these by ON DELETE CASCADE); text input; and updates that
    failed. Open invitations of a coordinator end. Entries of the audit log stay, without the user's
    id. Other people's points and the sums in reports do not change.

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


def _json_value(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


PARKED_KEPT_FOR = timedelta(days=30)
AUDIT_LOG_KEPT_FOR = timedelta(days=365)  # entries without a programme, such as signing in


async def purge_expired(session: AsyncSession, now: datetime) -> None:
    """Delete expired sign-ins and sessions, abandoned text input, old log entries and updates.

    Who made an expired invitation is deleted as well.
    """
    await sign_in.purge_expired(session, now)
    await invites.purge_expired(session, now)
    await text_input.purge_expired(session, now)
    await session.execute(
        delete(ParkedUpdate).where(ParkedUpdate.parked_at <= now - PARKED_KEPT_FOR)
    )
    await session.execute(
        delete(AuditEntry).where(
            AuditEntry.programme_id.is_(None), AuditEntry.at <= now - AUDIT_LOG_KEPT_FOR
        )
    )
