"""Notes to members: welcome, announcements, new teams, removal, the end, and the next season.

A note waits in the database until its member may be written to: not between 21:00 and 08:00 of
their own time zone, nor in the operator's quiet hours, and an announcement or a new team only after
their question of the day. Most of those that a coordinator causes are deleted just before they are
sent: a crash loses those in flight, and nobody gets one twice. The others (AT_LEAST_ONCE) are
leased, and deleted once they are sent.

What they say is in `announcements`, `welcome` and `end_notice`.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

import structlog
from sqlalchemy import (
    ColumnElement,
    SQLColumnExpression,
    delete,
    insert,
    literal,
    null,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from db import leases
from db.models import Delivery, DeliveryState, Subscriber, SubscriberState
from db.programmes import (
    Announcement,
    Coordinator,
    Enrolment,
    Note,
    NoteKind,
    Programme,
    Team,
)
from db.types import among
from quizbot.programmes import definitions, schedule
from quizbot.quiz.asking.question_days import known_zone, local_date, utc_moment, zone_info
from quizbot.quiz.delivery.outcomes import Result
from quizbot.quiz.delivery.reminders import ReminderPolicy

log = structlog.get_logger(__name__)

QUIET = ReminderPolicy(quiet_from=time(21), quiet_until=time(8))
# A question after this is too close to the quiet hours for an announcement to wait for it.
_LATEST_AWAITED = time(20)

_AFTER_QUESTION = (
    NoteKind.WELCOME,
    NoteKind.ANNOUNCEMENT,
    NoteKind.TEAM,
    NoteKind.NEXT_SEASON,
)

# These may come twice after a crash. The others are deleted before they are sent and may get lost
# instead: an announcement that comes twice would look as if the coordinator insisted.
AT_LEAST_ONCE = (NoteKind.WELCOME, NoteKind.REMOVAL, NoteKind.END)
_LEASED_FOR = timedelta(minutes=10)

_LATE = timedelta(minutes=15)  # for a welcome at the time of the question, perhaps after 21:00
BETWEEN_TEAMS = timedelta(days=7)  # between two notes to a member about a new team
_ON_ITS_WAY = or_(Delivery.is_in(DeliveryState.CLAIMED), Delivery.is_in(DeliveryState.SENDING))
_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)  # until the next attempt


@dataclass(frozen=True)
class DueNote:
    """A note that is about to be sent; see `AT_LEAST_ONCE` whether it still is in the database."""

    id: int
    kind: NoteKind
    programme_id: int
    subscriber_id: int
    announcement_id: int | None
    known_team_id: int | None

    @property
    def pair(self) -> tuple[int, int]:
        """Returns the key of the member's enrolment."""
        return self.programme_id, self.subscriber_id


async def add(
    session: AsyncSession, kind: NoteKind, programme_id: int, subscriber_id: int, at: datetime
) -> None:
    """Plan a note to one member."""
    note = Note(kind=kind, programme_id=programme_id, subscriber_id=subscriber_id, due_at=at)
    session.add(note)
    await session.flush()


async def cancel(
    session: AsyncSession, kind: NoteKind, programme_id: int, subscriber_id: int
) -> None:
    """Delete notes of that kind to one member."""
    theirs = (Note.programme_id == programme_id, Note.subscriber_id == subscriber_id)
    await session.execute(delete(Note).where(Note.kind == kind, *theirs))


async def add_to_members(
    session: AsyncSession,
    kind: NoteKind,
    programme_id: int,
    now: datetime,
    *conditions: ColumnElement[bool],
    announcement_id: int | None = None,
    about: int | None = None,
) -> None:
    """Plan a note to all members who meet the conditions, if need be `about` another programme."""
    columns: dict[str, SQLColumnExpression[Any]] = {
        "kind": literal(kind, Note.kind.type),
        "programme_id": literal(about or programme_id, Note.programme_id.type),
        "subscriber_id": Enrolment.subscriber_id,
        "announcement_id": literal(announcement_id, Note.announcement_id.type),
        "due_at": literal(now, Note.due_at.type),
        "known_team_id": Enrolment.team_id if kind is NoteKind.TEAM else null(),
    }
    members = (
        select(*columns.values())
        .join(Subscriber, Subscriber.id == Enrolment.subscriber_id)
        .where(definitions.enrolled(programme_id), *conditions)
        .with_for_update(of=Subscriber, key_share=True)  # nobody is erased meanwhile
    )
    await session.execute(insert(Note).from_select([*columns], members))


def none_waits(kind: NoteKind, programme_id: int) -> ColumnElement[bool]:
    """Returns the condition for enrolments without such a note that is still to be sent."""
    waits = select(Note.id).where(
        Note.programme_id == programme_id,
        Note.kind == kind,
        Note.subscriber_id == Enrolment.subscriber_id,
    )
    return ~waits.exists()


async def add_new_teams(
    session: AsyncSession, programme_id: int, subscriber_ids: Collection[int], now: datetime
) -> None:
    """Plan a note to each of these members, who still are in their old teams, unless one waits."""
    untold = none_waits(NoteKind.TEAM, programme_id)
    moving = among(Enrolment.subscriber_id, subscriber_ids)
    await add_to_members(session, NoteKind.TEAM, programme_id, now, moving, untold)


async def wait_for_questions(session: AsyncSession, now: datetime) -> None:
    """Plan due notes a minute later while their members' questions are due or on their way.

    In one statement for everybody: `take_due` would look at each of them every minute.
    """
    is_due = select(Subscriber.id).where(Subscriber.next_due_at <= now)
    asked = is_due.union_all(select(Delivery.subscriber_id).where(_ON_ITS_WAY))
    waiting = (
        select(Note.id)
        .where(Note.due_at <= now, Note.kind.in_(_AFTER_QUESTION), Note.subscriber_id.in_(asked))
        .with_for_update(skip_locked=True)
    )
    await session.execute(
        update(Note)
        .where(Note.id.in_(waiting))
        .values(due_at=now + _MINUTE)
        .execution_options(synchronize_session=False)
    )


async def take_due(
    session: AsyncSession, now: datetime, limit: int, quiet: ReminderPolicy = QUIET
) -> tuple[bool, Sequence[DueNote]]:
    """Take notes to be sent now. Returns whether there may be more, and the notes.

    Nobody is written to in the hours of `QUIET`, nor in these `quiet` ones.

    Those that have to wait are planned for later, and those that nobody needs any more deleted;
    kinds that this version does not know are left for a newer one. To be committed before anything
    is sent.
    """
    lease = await leases.take_due(
        session,
        Note.due_at,
        now,
        limit,
        now + _LEASED_FOR,
        Note.kind,
        Note.programme_id,
        Note.subscriber_id,
        Note.announcement_id,
        Note.known_team_id,
        only=Note.kind.in_([*NoteKind]),
    )
    taken = [DueNote(*row) for row in lease.rows]
    people = await _recipients(session, taken)
    waiting: dict[datetime, list[int]] = {}
    due = []
    for note in taken:
        at = people[note.id].ready_at(note, now, quiet)
        if at is not None and at > now:
            waiting.setdefault(at, []).append(note.id)
        elif at is not None:
            due.append(note)
    for at, ids in waiting.items():
        await leases.release(session, lease.only(ids), at)
    kept = {each for ids in waiting.values() for each in ids}
    kept |= {each.id for each in due if each.kind in AT_LEAST_ONCE}
    gone = [each for each in lease.ids if each not in kept]
    await session.execute(delete(Note).where(Note.id.in_(gone)))
    return len(lease.ids) == limit, due


async def record(
    session: AsyncSession, notes: Sequence[DueNote], results: Sequence[Result], now: datetime
) -> None:
    """Record who was told what and how many were reached; plan again what did not leave the bot."""
    sent: Counter[int] = Counter()
    for note, result in zip(notes, results, strict=True):
        if result is Result.NOT_SENT:
            await _plan_again(session, note, now + _MINUTE)
            continue
        if note.kind in AT_LEAST_ONCE:
            await session.execute(delete(Note).where(Note.id == note.id))
        if note.kind in (NoteKind.WELCOME, NoteKind.TEAM):
            await _record_told(session, note, now)
        elif result is Result.SENT and note.announcement_id is not None:
            sent[note.announcement_id] += 1
    for announcement_id, count in sorted(sent.items()):
        await session.execute(
            update(Announcement)
            .where(Announcement.id == announcement_id)
            .values(sent=Announcement.sent + count)
        )


async def _record_told(session: AsyncSession, note: DueNote, now: datetime) -> None:
    """Record that the member has heard how the programme starts, or about their new team."""
    enrolment = await session.get(Enrolment, note.pair)
    if enrolment is not None and note.kind is NoteKind.WELCOME:
        enrolment.welcomed = True
    elif enrolment is not None:
        enrolment.team_told_at = now


async def _plan_again(session: AsyncSession, note: DueNote, at: datetime) -> None:
    """Plan a note, unless the person has been erased or the announcement stopped meanwhile."""
    if note.kind in AT_LEAST_ONCE:
        await session.execute(update(Note).where(Note.id == note.id).values(due_at=at))
        return
    person = select(Subscriber.id).where(Subscriber.id == note.subscriber_id)
    if await session.scalar(person.with_for_update(key_share=True)) is None:
        return
    if note.announcement_id is not None:
        about = await session.get(Announcement, note.announcement_id)
        if about is None or not about.active:
            return
    known = await session.get(Team, note.known_team_id or 0, with_for_update={"key_share": True})
    session.add(
        Note(
            kind=note.kind,
            programme_id=note.programme_id,
            subscriber_id=note.subscriber_id,
            announcement_id=note.announcement_id,
            known_team_id=known.id if known is not None else None,  # perhaps removed
            due_at=at,
        )
    )


@dataclass(frozen=True)
class _Recipient:
    """Whom a note is for. `is_asked`: their question of the day is on its way.

    `source` is their enrolment in the programme whose coordinator wrote an announcement: for the
    invitation to a next season, that is the one before.
    """

    subscriber: Subscriber
    enrolment: Enrolment | None
    source: Enrolment | None
    programme: Programme
    is_asked: bool

    @property
    def _zone(self) -> str:
        return known_zone(self.subscriber.timezone)

    def ready_at(self, note: DueNote, now: datetime, quiet: ReminderPolicy) -> datetime | None:
        """Returns when (UTC) the note may be sent, `now` or later; None if it is not needed."""
        kind = note.kind
        if not self._needs(note, now):
            return None
        planned = welcome_at(self.programme, self.subscriber)
        if kind is NoteKind.WELCOME and now < planned + _LATE:
            at = max(now, planned)
        else:
            at = self._after_quiet_hours(now, quiet)
        if kind is NoteKind.TEAM and self.enrolment is not None and self.enrolment.team_told_at:
            at = max(at, self.enrolment.team_told_at + BETWEEN_TEAMS)
        if at == now and kind in _AFTER_QUESTION:
            return self._after_question(kind, now)
        return at

    def _needs(self, note: DueNote, now: datetime) -> bool:
        subscriber, enrolment = self.subscriber, self.enrolment
        is_member = enrolment is not None and enrolment.left_at is None
        is_active = subscriber.state is SubscriberState.ACTIVE
        match note.kind:
            case NoteKind.ANNOUNCEMENT:
                return self._reads(self.source, now)
            case NoteKind.TEAM:
                if enrolment is None or enrolment.team_id in (None, note.known_team_id):
                    return False
                # If the welcome is still to come, it tells the team, too.
                is_told = enrolment.welcomed or has_begun_for(self.programme, subscriber, now)
                return is_told and self._reads(enrolment, now)
            case NoteKind.NEXT_SEASON:
                is_over = schedule.has_ended(self.programme, now)
                return enrolment is None and self._reads(self.source, now) and not is_over
            case NoteKind.WELCOME:
                return (
                    is_member and is_active and not has_begun_for(self.programme, subscriber, now)
                )
            case NoteKind.REMOVAL | NoteKind.END:
                is_paused = subscriber.state is SubscriberState.PAUSED
                is_there = is_active or (is_paused and not self.programme.demo)
                return is_there and is_member is (note.kind is NoteKind.END)

    def _reads(self, enrolment: Enrolment | None, now: datetime) -> bool:
        """Returns whether they are a member who gets what the programme's coordinators cause.

        They have not turned such messages off, and have not paused, not even for some days.
        """
        until = self.subscriber.paused_until
        is_paused = until is not None and local_date(now, self._zone) < until
        is_active = self.subscriber.state is SubscriberState.ACTIVE and not is_paused
        if enrolment is None or enrolment.left_at is not None:
            return False
        return is_active and not enrolment.messages_off

    def _after_quiet_hours(self, now: datetime, quiet: ReminderPolicy) -> datetime:
        zone, at = self._zone, now
        for each in (QUIET, quiet, QUIET, quiet):  # the end of one may lie in the other
            wall = at.astimezone(zone_info(zone))
            if each.is_quiet(wall.time()):
                day = wall.date() if wall.time() < each.quiet_until else wall.date() + _DAY
                at = utc_moment(day, each.quiet_until, zone) or at + _DAY
        return at

    def _after_question(self, kind: NoteKind, now: datetime) -> datetime:
        """Returns `now`, or when to look again if the question of the day should come first."""
        due_at, zone = self.subscriber.next_due_at, zone_info(self._zone)
        if self.is_asked or (due_at is not None and due_at <= now):
            return now + _MINUTE
        if due_at is None or kind is NoteKind.WELCOME:
            return now
        wall = due_at.astimezone(zone)
        is_today = wall.date() == now.astimezone(zone).date()
        return due_at if is_today and wall.time() < _LATEST_AWAITED else now


def has_begun_for(programme: Programme, subscriber: Subscriber, now: datetime) -> bool:
    """Returns whether it has begun by the subscriber's own date."""
    return local_date(now, known_zone(subscriber.timezone)) >= programme.starts_on


def welcome_at(programme: Programme, subscriber: Subscriber) -> datetime:
    """Returns when (UTC) the welcome comes: the day before the start, at their question time."""
    day = programme.starts_on - _DAY
    at = utc_moment(day, subscriber.question_time, known_zone(subscriber.timezone))
    return at or datetime.combine(day, subscriber.question_time, UTC)


async def _recipients(session: AsyncSession, notes: Sequence[DueNote]) -> dict[int, _Recipient]:
    """Returns whom these notes are for, by the note's id."""
    ids = {each.subscriber_id for each in notes}
    found = await session.scalars(select(Subscriber).where(Subscriber.id.in_(ids)))
    subscribers = {each.id: each for each in found}
    of = {each: await session.get_one(Programme, each) for each in {n.programme_id for n in notes}}
    announced = {each.announcement_id for each in notes} - {None}
    source_rows = await session.execute(
        select(Announcement.id, Announcement.programme_id).where(Announcement.id.in_(announced))
    )
    sources = {None: 0, **{row.id: row.programme_id for row in source_rows}}
    pairs = [each.pair for each in notes]
    pairs += [(sources[each.announcement_id], each.subscriber_id) for each in notes]
    key = tuple_(Enrolment.programme_id, Enrolment.subscriber_id)
    enrolments = {
        (each.programme_id, each.subscriber_id): each
        for each in await session.scalars(select(Enrolment).where(key.in_(pairs)))
    }
    asked = await session.scalars(
        select(Delivery.subscriber_id).where(Delivery.subscriber_id.in_(ids), _ON_ITS_WAY)
    )
    is_asked = set(asked)
    return {
        each.id: _Recipient(
            subscribers[each.subscriber_id],
            enrolments.get(each.pair),
            enrolments.get((sources[each.announcement_id], each.subscriber_id)),
            of[each.programme_id],
            each.subscriber_id in is_asked,
        )
        for each in notes
    }


async def team_name(session: AsyncSession, programme: Programme, subscriber: Subscriber) -> str:
    """Returns the name of the member's team. They have one: see `take_due`."""
    enrolment = await session.get_one(Enrolment, (programme.id, subscriber.id))
    return (await session.get_one(Team, enrolment.team_id)).name


async def announced(session: AsyncSession, announcement_id: int) -> tuple[str, str]:
    """Returns the announcement's text, and its author's name."""
    found = await session.get_one(Announcement, announcement_id)
    return found.text, (await session.get_one(Coordinator, found.coordinator_id)).name


async def announced_in(session: AsyncSession, announcement_id: int) -> int:
    """Returns the id of the programme whose members get the announcement."""
    return (await session.get_one(Announcement, announcement_id)).programme_id
