"""The audit log: what coordinators and operators did. It has no answers and no members' names."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.programmes import MAX_DETAIL_LENGTH, AuditEntry


class Action(StrEnum):
    """The actions that are logged: changes of programmes, and what coordinators do."""

    COORDINATOR_INVITED = "coordinator-invited"
    COORDINATOR_MADE = "coordinator-made"
    COORDINATOR_REMOVED = "coordinator-removed"
    COLLEAGUE_INVITED = "colleague-invited"
    COLLEAGUE_JOINED = "colleague-joined"
    PROGRAMME_MADE = "programme-made"
    PROGRAMME_ENDED = "programme-ended"
    HOLIDAYS_ADDED = "holidays-added"
    HOLIDAY_REMOVED = "holiday-removed"
    GOAL_SET = "goal-set"
    GOAL_TAKEN_BACK = "goal-taken-back"
    TEAM_MADE = "team-made"
    TEAM_RENAMED = "team-renamed"
    TEAM_REMOVED = "team-removed"
    LINK_MADE = "link-made"
    LINK_REVOKED = "link-revoked"
    MEMBER_MOVED = "member-moved"
    MEMBER_REMOVED = "member-removed"
    GROUP_LINKED = "group-linked"
    GROUP_UNLINKED = "group-unlinked"
    SIGNED_IN = "signed-in"
    SIGNED_OUT = "signed-out"
    DOWNLOADED = "downloaded"


def record(
    session: AsyncSession,
    actor_id: int | None,
    action: Action,
    now: datetime,
    programme_id: int | None = None,
    detail: str = "",
) -> None:
    """Write an entry, in the transaction of the action itself.

    `actor_id` is None if no coordinator or operator acted. A `detail` that is too long is cut.
    """
    session.add(
        AuditEntry(
            at=now,
            actor_id=actor_id,
            programme_id=programme_id,
            action=action.value,
            detail=detail[:MAX_DETAIL_LENGTH],
        )
    )


async def latest_entries(
    session: AsyncSession, programme_id: int, limit: int = 100
) -> Sequence[AuditEntry]:
    """Returns the programme's latest entries, newest first."""
    query = select(AuditEntry).where(AuditEntry.programme_id == programme_id)
    return (await session.scalars(query.order_by(AuditEntry.id.desc()).limit(limit))).all()
