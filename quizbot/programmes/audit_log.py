"""The audit log: what coordinators and operators did. It has no answers and no members' names."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.programmes import MAX_DETAIL_LENGTH, AuditEntry, Programme

CHANGED_TO = " → "  # in a detail, between the old and the new value


class Action(StrEnum):
    """The actions that are logged: changes of programmes, and what coordinators do.

    `web.pages.audit_log` has a sentence for each.
    """

    COORDINATOR_INVITED = "coordinator-invited"
    COORDINATOR_MADE = "coordinator-made"
    COORDINATOR_REMOVED = "coordinator-removed"
    COLLEAGUE_INVITED = "colleague-invited"
    COLLEAGUE_JOINED = "colleague-joined"
    PROGRAMME_MADE = "programme-made"
    PROGRAMME_RENAMED = "programme-renamed"
    PROGRAMME_ENDED = "programme-ended"
    PROGRAMME_REMOVED = "programme-removed"
    PROGRAMME_CALLED_OFF = "programme-called-off"
    START_CHANGED = "start-changed"
    TIME_CHANGED = "time-changed"
    DAYS_CHANGED = "days-changed"
    ZONE_CHANGED = "zone-changed"
    HOLIDAYS_ADDED = "holidays-added"
    HOLIDAY_REMOVED = "holiday-removed"
    PAST_MEMBERS_INVITED = "past-members-invited"
    GOAL_SET = "goal-set"
    GOAL_TAKEN_BACK = "goal-taken-back"
    TEAM_MADE = "team-made"
    TEAM_RENAMED = "team-renamed"
    TEAM_REMOVED = "team-removed"
    TEAMS_BALANCED = "teams-balanced"  # with how many members have a new team
    LINK_MADE = "link-made"
    LINK_RENEWED = "link-renewed"
    LINK_REVOKED = "link-revoked"
    LINK_RESTORED = "link-restored"
    MEMBER_MOVED = "member-moved"
    MEMBER_REMOVED = "member-removed"
    ANNOUNCED = "announced"
    MESSAGES_STOPPED = "messages-stopped"
    MESSAGES_ALLOWED = "messages-allowed"
    GROUP_LINKED = "group-linked"
    GROUP_UNLINKED = "group-unlinked"
    SIGNED_IN = "signed-in"
    SIGNED_OUT = "signed-out"
    DOWNLOADED = "downloaded"


# What operators do to a coordinator, whose id is the detail.
ABOUT_COORDINATORS = (
    Action.COORDINATOR_REMOVED.value,
    Action.MESSAGES_STOPPED.value,
    Action.MESSAGES_ALLOWED.value,
)

# The condition for programmes that were called off: they are deleted once their members are told.
IS_CALLED_OFF = exists().where(
    AuditEntry.programme_id == Programme.id,
    AuditEntry.action == Action.PROGRAMME_CALLED_OFF.value,
)


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


async def count_entries(session: AsyncSession, programme_id: int) -> int:
    """Returns how many entries the programme has."""
    query = select(func.count(AuditEntry.id)).where(AuditEntry.programme_id == programme_id)
    return await session.scalar(query) or 0


async def times_of(
    session: AsyncSession, programme_id: int, action: Action, *, since: datetime | None = None
) -> Sequence[datetime]:
    """Returns when the action was done in the programme after `since`, the latest first (UTC)."""
    query = select(AuditEntry.at).where(
        AuditEntry.programme_id == programme_id, AuditEntry.action == action.value
    )
    if since is not None:
        query = query.where(AuditEntry.at > since)
    return (await session.scalars(query.order_by(AuditEntry.at.desc()))).all()


async def changed_from(
    session: AsyncSession, programme_id: int, action: Action, old: str
) -> datetime | None:
    """Returns when that setting last changed from the value `old` (UTC); None if it never did."""
    query = select(func.max(AuditEntry.at)).where(
        AuditEntry.programme_id == programme_id,
        AuditEntry.action == action.value,
        AuditEntry.detail.startswith(f"{old}{CHANGED_TO}", autoescape=True),
    )
    return await session.scalar(query)


async def latest_entries(
    session: AsyncSession, programme_id: int, *, skip: int, limit: int
) -> Sequence[AuditEntry]:
    """Returns the programme's entries, newest first, after those to skip."""
    query = select(AuditEntry).where(AuditEntry.programme_id == programme_id)
    query = query.order_by(AuditEntry.id.desc()).offset(skip).limit(limit)
    return (await session.scalars(query)).all()
