"""Accepting an invite: once, however often somebody presses."""

import asyncio
from datetime import date, timedelta
from random import Random

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Subscriber
from db.programmes import Enrolment, InviteKind, Note, NoteKind, Programme
from db.session import Sessions
from quizbot.programmes import cancellation, invites, membership, staff
from quizbot.programmes.membership import Membership, Offer, Refusal
from tests.databases import until_waiting
from tests.programmes.steps import COORDINATOR, MONDAY, programme, team
from tests.quiz.steps import START, new_subscriber, subscriber

LATER = START + timedelta(minutes=5)


async def link(sessions: Sessions, which: int, team_id: int | None = None) -> str:
    async with sessions.begin() as session:
        made = await invites.create(
            session, InviteKind.MEMBER, START, which, team_id, actor_id=COORDINATOR
        )
        return made.code


async def accept(sessions: Sessions, code: str, person: int = 1) -> Membership | Refusal:
    async with sessions.begin() as session:
        return await membership.accept(session, new_subscriber(person), code, START, Random(person))


async def test_accepting_many_times_at_once_enrols_a_newcomer_once(sessions: Sessions) -> None:
    code = await link(sessions, await programme(sessions, timezone="Asia/Tokyo"))
    parts = await asyncio.gather(*(accept(sessions, code) for _ in range(6)))
    assert all(isinstance(part, Membership) for part in parts)
    async with sessions() as session:
        person = await subscriber(session)
        assert person.timezone == "Asia/Tokyo"
        for table in (Subscriber.id, Enrolment.subscriber_id):
            assert await session.scalar(select(func.count(table))) == 1


async def test_many_newcomers_at_once_are_all_enrolled(sessions: Sessions) -> None:
    which = await programme(sessions)
    code = await link(sessions, which)
    await asyncio.gather(*(accept(sessions, code, person) for person in range(1, 13)))
    async with sessions() as session:
        assert await session.scalar(select(func.count(Enrolment.subscriber_id))) == 12


async def test_looking_at_an_offer_changes_nothing(sessions: Sessions) -> None:
    which = await programme(sessions)
    red = await team(sessions, which, "Red")
    code = await link(sessions, which, red.id)
    async with sessions() as session:
        invitation = await invites.find(session, code, START)
        assert invitation is not None
        offered = await membership.offer(session, invitation, 1, START)
        assert isinstance(offered, Offer)
        assert (offered.starts_questions, offered.is_new_subscriber, offered.changes_team) == (
            True,
            True,
            False,
        )
        assert offered.team is not None
        assert offered.team.id == red.id
        assert await session.scalar(select(func.count(Subscriber.id))) == 0


async def test_an_invite_of_another_kind_enrols_nobody(sessions: Sessions) -> None:
    which = await programme(sessions)
    for kind in (InviteKind.GROUP, InviteKind.COLLEAGUE, InviteKind.COORDINATOR):
        async with sessions.begin() as session:
            made = await invites.create(session, kind, START, which, actor_id=COORDINATOR)
        assert await accept(sessions, made.code) is Refusal.UNKNOWN
    async with sessions() as session:
        assert await session.scalar(select(func.count(Subscriber.id))) == 0


async def test_a_name_is_shown_without_invisible_characters(sessions: Sessions) -> None:
    code = await link(sessions, await programme(sessions))
    part = await accept(sessions, code)
    assert isinstance(part, Membership)
    for typed, shown in (
        ("  Ana \n Maria ", "Ana Maria"),
        ("A\u202ena\x00", "Ana"),
        ("👩\u200d⚕️ Ana", "👩\u200d⚕️ Ana"),
        ("\u200d", None),
        ("", None),
        (None, None),
        ("x" * 63 + " yz", "x" * 63),
        ("t.me/win", None),
        ("@\u200bwinner", None),
        ("Ana /stop", None),
        ("St. Ana 24/7", "St. Ana 24/7"),
    ):
        await membership.set_shown_name(part.enrolment, typed)
        assert part.enrolment.shown_name == shown


def test_only_text_in_the_form_of_a_code_is_looked_up() -> None:
    assert membership.looks_like_code("AZaz09_-" + "x" * 14)
    for foreign in ("", "x" * 21, "x" * 23, "x" * 21 + "\x00", "é" * 22, "\ud800" * 22, "٢" * 22):
        assert not membership.looks_like_code(foreign)


async def test_a_code_that_no_database_can_encode_is_no_invite(sessions: Sessions) -> None:
    async with sessions() as session:
        assert await invites.find(session, "lone \ud83d surrogate", START) is None


async def call_off(session: AsyncSession, which: int) -> None:
    found = await staff.programme_run_by(session, which, COORDINATOR, lock=True)
    assert found is not None
    await cancellation.call_off(session, found, COORDINATOR, START)


async def test_who_joins_just_before_a_programme_is_called_off_is_told(
    postgresql_sessions: Sessions,
) -> None:
    which = await programme(postgresql_sessions, starts_on=MONDAY + timedelta(days=7))
    code = await link(postgresql_sessions, which)
    async with postgresql_sessions() as calling:
        async with postgresql_sessions.begin() as joining:
            await membership.accept(joining, new_subscriber(1), code, START, Random(1))
            ending = asyncio.create_task(call_off(calling, which))
            await until_waiting(joining, ending)
        await ending
        await calling.commit()
    async with postgresql_sessions() as session:
        assert (await session.get_one(Enrolment, (which, 1))).left_at == START
        assert (await session.scalars(select(Note.kind))).all() == [NoteKind.REMOVAL]


async def test_nobody_joins_or_comes_back_while_a_programme_is_called_off(
    postgresql_sessions: Sessions,
) -> None:
    sessions = postgresql_sessions
    which = await programme(sessions, starts_on=MONDAY + timedelta(days=7))
    code = await link(sessions, which)
    await accept(sessions, code)
    async with sessions.begin() as session:
        part = await membership.find(session, 1, which)
        assert part is not None
        await membership.leave(session, await subscriber(session), part, START)

    async def come_back() -> Membership | None:
        async with sessions.begin() as session:
            return await membership.undo_leaving(
                session, await subscriber(session), which, START, 0, START
            )

    async with sessions.begin() as calling:
        await call_off(calling, which)
        joining = asyncio.create_task(accept(sessions, code, 2))
        returning = asyncio.create_task(come_back())
        await until_waiting(calling, joining, returning)
    assert (await joining, await returning) == (Refusal.CLOSED, None)


async def test_a_programme_that_was_called_off_stays_until_its_members_are_planned_again(
    sqlite_sessions: Sessions,
) -> None:
    """The bot may stop before that."""
    sessions, starts_on = sqlite_sessions, MONDAY + timedelta(days=7)
    which = await programme(sessions, starts_on=starts_on)
    await accept(sessions, await link(sessions, which))
    async with sessions.begin() as session:
        assert _date_due(await subscriber(session)) == starts_on
        await call_off(session, which)
        await session.execute(delete(Note))  # as after sending
        await cancellation.purge_called_off(session)
        assert await membership.take_unplanned(session, LATER) == which
    await membership.replan_members(sessions, which, LATER)
    async with sessions.begin() as session:
        assert _date_due(await subscriber(session)) < starts_on
        await cancellation.purge_called_off(session)
        assert await session.get(Programme, which) is None


def _date_due(person: Subscriber) -> date:
    assert person.next_due_at is not None
    return person.next_due_at.date()


async def test_an_old_link_leads_to_the_latest_season_that_has_a_link(
    sqlite_sessions: Sessions,
) -> None:
    sessions = sqlite_sessions
    first = await programme(sessions, name="First", ends_on=MONDAY)
    second = await season(sessions, "Second", MONDAY + timedelta(days=7), first)
    third = await season(sessions, "Third", MONDAY + timedelta(days=14), second)
    now = START + timedelta(days=9)

    async def led_to() -> tuple[int, str] | Refusal:
        async with sessions() as session:
            ended = await session.get_one(Programme, first)
            found = await membership.offer_next_season(session, ended, 1, now)
        return (found.programme.id, found.ended) if isinstance(found, Offer) else found

    assert await led_to() is Refusal.ENDED  # nobody can join yet
    code = await link(sessions, third)
    assert await led_to() == (third, "First")
    again = await season(sessions, "Again", MONDAY + timedelta(days=14), first)
    assert await led_to() == (third, "First")
    await link(sessions, again)
    assert await led_to() == (again, "First")
    async with sessions.begin() as session:
        await cancellation.remove(
            session, await session.get_one(Programme, again), COORDINATOR, now
        )
    await accept(sessions, code)
    assert await led_to() is Refusal.ALREADY_IN


async def season(sessions: Sessions, name: str, starts_on: date, after_id: int) -> int:
    """Creates a programme of one day after another one."""
    made = await programme(sessions, name=name, starts_on=starts_on, ends_on=starts_on)
    async with sessions.begin() as session:
        (await session.get_one(Programme, made)).after_id = after_id
    return made
