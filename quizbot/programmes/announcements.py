"""Announcements: what coordinators write to the members of a programme.

There are at most two in any seven days; an invitation to a next season counts as one of them.
Members can turn them off, and an operator can stop those of a coordinator. How they are sent is in
`notes`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, delete, func, not_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Subscriber, SubscriberState
from db.programmes import (
    MAX_ANNOUNCEMENT_LENGTH,
    Announcement,
    Coordination,
    Coordinator,
    Enrolment,
    InviteKind,
    Note,
    NoteKind,
    Programme,
    ProgrammeScore,
    ScoreKind,
)
from quizbot.programmes import audit_log, definitions, invites, notes, schedule, staff
from quizbot.programmes.audit_log import Action
from quizbot.programmes.boards import score_of_enrolment
from quizbot.programmes.programme import ProgrammeError
from quizbot.quiz.aliases import has_hidden, has_visible

MOST = 2  # in any PERIOD
PERIOD = timedelta(days=7)
KEPT_FOR = timedelta(days=90)
_SHOWN = 5
_JOINS = re.compile(r"(?<=[^\W\d_])\u200c(?=[^\W\d_])")  # inside a word: Persian needs it


@dataclass(frozen=True)
class SentAnnouncement:
    """An announcement, its author's name, and how many members it still waits for."""

    announcement: Announcement
    author: str
    waiting: int


@dataclass(frozen=True)
class Outlook:
    """What a coordinator may still send: `left` announcements, the next one from `next_at` on.

    `next_at` (UTC) is None if one may be sent now. `author` is the coordinator's name. Of the
    `members`, `readers` would get an announcement, and `muted` have turned them off. `stopped`: an
    operator has stopped this coordinator's announcements.
    """

    author: str
    members: int
    readers: int
    muted: int
    left: int
    next_at: datetime | None
    stopped: bool
    latest: Sequence[SentAnnouncement]


def clean_text(text: str) -> str:
    """Returns the text without what nobody can see. Raises ProgrammeError if it cannot be sent."""
    lines = (_without_hidden(line) for line in text.replace("\t", " ").splitlines())
    cleaned = "\n".join(line.rstrip() for line in lines).strip()
    while "\n\n\n" in cleaned:
        cleaned = cleaned.replace("\n\n\n", "\n\n")
    if not has_visible(cleaned):
        raise ProgrammeError("no-text")
    if len(cleaned) > MAX_ANNOUNCEMENT_LENGTH:
        raise ProgrammeError("long-text")
    return cleaned


def _without_hidden(line: str) -> str:
    kept = {each.start() for each in _JOINS.finditer(line)}
    return "".join(char for at, char in enumerate(line) if at in kept or not has_hidden(char))


async def outlook(
    session: AsyncSession, programme: Programme, coordinator_id: int, now: datetime
) -> Outlook:
    """Returns what this coordinator may send to the programme's members, and the latest ones."""
    # Of the audit log, which keeps them when a coordinator is erased with their announcements.
    recent = await audit_log.times_of(session, programme.id, Action.ANNOUNCED, since=now - PERIOD)
    author = await session.get_one(Coordinator, coordinator_id)
    members, readers, muted = await _audience(session, programme.id, now)
    return Outlook(
        author=author.name,
        members=members,
        readers=readers,
        muted=muted,
        left=max(0, MOST - len(recent)),
        next_at=recent[MOST - 1] + PERIOD if len(recent) >= MOST else None,
        stopped=author.messages_stopped_at is not None,
        latest=await _latest(session, programme.id),
    )


def _reads(now: datetime) -> ColumnElement[bool]:
    """Returns the condition for members who want announcements, and have not paused."""
    paused = and_(Subscriber.paused_until.is_not(None), Subscriber.paused_until > now.date())
    is_active = Subscriber.state == SubscriberState.ACTIVE
    return and_(Enrolment.messages_off.is_(False), is_active, not_(paused))


async def _audience(
    session: AsyncSession, programme_id: int, now: datetime, *conditions: ColumnElement[bool]
) -> tuple[int, int, int]:
    """Returns how many members there are, would get an announcement, and have turned them off.

    Only those who meet the conditions are counted.
    """
    rows = await session.execute(
        select(
            func.count(),
            func.count(case((_reads(now), 1))),
            func.count(case((Enrolment.messages_off, 1))),
        )
        .select_from(Enrolment)
        .join(Subscriber, Subscriber.id == Enrolment.subscriber_id)
        .where(definitions.enrolled(programme_id), *conditions)
    )
    members, readers, muted = rows.one()
    return members, readers, muted


async def _latest(session: AsyncSession, programme_id: int) -> list[SentAnnouncement]:
    rows = (
        await session.execute(
            select(Announcement, Coordinator.name)
            .join(Coordinator, Coordinator.id == Announcement.coordinator_id)
            .where(Announcement.programme_id == programme_id)
            .order_by(Announcement.id.desc())
            .limit(_SHOWN)
        )
    ).all()
    ids = [each.id for each, _ in rows]
    counts = await session.execute(
        select(Note.announcement_id, func.count())
        .where(Note.announcement_id.in_(ids))
        .group_by(Note.announcement_id)
    )
    waiting = dict(counts.all())
    return [SentAnnouncement(each, name, waiting.get(each.id, 0)) for each, name in rows]


async def check(
    session: AsyncSession, programme: Programme, coordinator_id: int, now: datetime
) -> Outlook:
    """Returns the outlook if one may be sent now. Raises ProgrammeError and EndedError."""
    schedule.check_not_ended(programme, now)
    found = await _check_limits(session, programme, coordinator_id, now)
    if not found.readers:
        raise ProgrammeError("no-readers" if found.members else "no-members")
    return found


async def _check_limits(
    session: AsyncSession, programme: Programme, coordinator_id: int, now: datetime
) -> Outlook:
    found = await outlook(session, programme, coordinator_id, now)
    if found.stopped:
        raise ProgrammeError("messages-stopped")
    if found.next_at is not None:
        raise ProgrammeError("too-many-messages")
    return found


async def send(
    session: AsyncSession, programme: Programme, coordinator_id: int, text: str, now: datetime
) -> Announcement:
    """Plan the announcement to all members who want it. Raises ProgrammeError.

    The programme is locked, so that two at once cannot exceed the limit. So is the coordinator:
    an operator who stops them at that moment waits, and stops this one as well.
    """
    await staff.may_write(session, coordinator_id)
    found = await check(session, programme, coordinator_id, now)
    made = await _add(session, found, programme.id, coordinator_id, clean_text(text), now)
    await notes.add_to_members(
        session, NoteKind.ANNOUNCEMENT, programme.id, now, _reads(now), announcement_id=made.id
    )
    return made


async def _add(
    session: AsyncSession,
    found: Outlook,
    programme_id: int,
    coordinator_id: int,
    text: str,
    now: datetime,
) -> Announcement:
    made = Announcement(
        programme_id=programme_id,
        coordinator_id=coordinator_id,
        text=text,
        created_at=now,
        members=found.members,
        muted=found.muted,
        sent=0,
        active=True,
    )
    session.add(made)
    await session.flush()
    audit_log.record(session, coordinator_id, Action.ANNOUNCED, now, programme_id)
    return made


async def season_before(
    session: AsyncSession, programme: Programme, coordinator_id: int, *, lock: bool = False
) -> Programme | None:
    """Returns the season before if the coordinator runs it, too.

    To lock both, lock this one last.
    """
    before_id = programme.after_id or 0
    return await staff.programme_run_by(session, before_id, coordinator_id, lock=lock)


async def season_to_invite(
    session: AsyncSession, programme: Programme, coordinator_id: int
) -> Programme | None:
    """Returns the season before if its members can still be invited, else None."""
    before = await season_before(session, programme, coordinator_id)
    if before is None:
        return None
    invited = await audit_log.times_of(session, programme.id, Action.PAST_MEMBERS_INVITED)
    return None if invited else before


async def check_past_members(
    session: AsyncSession, programme: Programme, before: Programme, actor_id: int, now: datetime
) -> Outlook | None:
    """Returns what may be sent to those who answered in the programme before and want messages.

    It is an announcement of the programme before, whether that has ended or not. None if they have
    been invited to this programme already. Raises ProgrammeError.
    """
    if await audit_log.times_of(session, programme.id, Action.PAST_MEMBERS_INVITED):
        return None
    found = await _check_limits(session, before, actor_id, now)
    _members, readers, _muted = await _audience(session, before.id, now, _took_part(before))
    if not readers:
        raise ProgrammeError("no-past-readers")
    return replace(found, members=readers, readers=readers, muted=0)


def _took_part(before: Programme) -> ColumnElement[bool]:
    took_part = score_of_enrolment(ScoreKind.PROGRAMME, before.starts_on)
    return select(ProgrammeScore).where(took_part).exists()


async def invite_past_members(
    session: AsyncSession, programme: Programme, before: Programme, actor_id: int, now: datetime
) -> int | None:
    """Invite those of `check_past_members`. Returns how many; None if they were invited before.

    The caller has locked both programmes; the coordinator is locked as in `send`. Raises
    ProgrammeError.
    """
    await staff.may_write(session, actor_id)
    found = await check_past_members(session, programme, before, actor_id, now)
    if found is None:
        return None
    await invites.current_or_new(session, InviteKind.MEMBER, now, programme.id, actor_id=actor_id)
    made = await _add(session, found, before.id, actor_id, f"🔁 {programme.name}", now)
    await notes.add_to_members(
        session,
        NoteKind.NEXT_SEASON,
        before.id,
        now,
        _reads(now),
        _took_part(before),
        announcement_id=made.id,
        about=programme.id,
    )
    invited = Action.PAST_MEMBERS_INVITED
    audit_log.record(session, actor_id, invited, now, programme.id, before.name)
    return made.members


async def set_stopped(
    session: AsyncSession, coordinator: Coordinator, actor_id: int, now: datetime, *, stopped: bool
) -> None:
    """Stop a coordinator's announcements, also what is still unsent, or allow new ones again.

    What is unsent about new teams in their programmes is stopped, too, whoever balanced them.
    """
    await staff.may_write(session, coordinator.id)
    coordinator.messages_stopped_at = now if stopped else None
    action = Action.MESSAGES_STOPPED if stopped else Action.MESSAGES_ALLOWED
    audit_log.record(session, actor_id, action, now, detail=str(coordinator.id))
    if not stopped:
        return
    theirs = select(Announcement.id).where(Announcement.coordinator_id == coordinator.id)
    unsent = Note.announcement_id.in_(theirs)
    touched = select(Note.announcement_id).where(unsent)
    await session.execute(
        update(Announcement)
        .where(Announcement.id.in_(touched))
        .values(active=False)
        .execution_options(synchronize_session=False)
    )
    runs = select(Coordination.programme_id).where(Coordination.coordinator_id == coordinator.id)
    new_team = and_(Note.kind == NoteKind.TEAM, Note.programme_id.in_(runs))
    stopped_notes = delete(Note).where(or_(unsent, new_team))
    await session.execute(stopped_notes.execution_options(synchronize_session=False))


async def purge_expired(session: AsyncSession, now: datetime) -> None:
    """Delete old announcements, with what could not be sent of them."""
    await session.execute(delete(Announcement).where(Announcement.created_at <= now - KEPT_FOR))
