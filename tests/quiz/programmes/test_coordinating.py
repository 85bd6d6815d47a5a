"""Links that work once, and who runs what."""

import asyncio
from datetime import timedelta

from sqlalchemy import select

from db.programmes import AuditEntry, Coordination, Invite, InviteKind
from db.session import Sessions
from quizbot.quiz.programmes import coordinating, inviting
from quizbot.quiz.programmes.audit import Action
from tests.quiz.programmes.stage import COORDINATOR, programme
from tests.quiz.stage import START


async def link(sessions: Sessions, kind: InviteKind, programme_id: int | None = None) -> str:
    async with sessions.begin() as session:
        return (await inviting.invite(session, kind, START, programme_id)).code


async def accept(sessions: Sessions, code: str, person: int) -> bool:
    async with sessions.begin() as session:
        used = await coordinating.accept(session, code, person, f"Nr {person}", "en", START)
    return used is not None


async def test_of_many_at_once_one_gets_in(sessions: Sessions) -> None:
    code = await link(sessions, InviteKind.COORDINATOR)
    accepted = await asyncio.gather(*(accept(sessions, code, person) for person in range(1, 9)))
    assert sum(accepted) == 1
    async with sessions() as session:
        [listed] = await coordinating.listed(session)
    assert accepted[listed.coordinator.id - 1]
    assert listed.programmes == 0


async def test_a_colleague_runs_that_programme_and_no_other(sessions: Sessions) -> None:
    first, second = await programme(sessions), await programme(sessions)
    code = await link(sessions, InviteKind.COLLEAGUE, first)
    assert await accept(sessions, code, 7)
    async with sessions() as session:
        assert await coordinating.run_by(session, first, 7) is not None
        assert await coordinating.run_by(session, second, 7) is None
        assert [each.id for each in await coordinating.run_alone(session, COORDINATOR)] == [second]
        assert await coordinating.run_alone(session, 7) == []
        entry = (await session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()))).first()
    assert entry is not None
    assert (entry.actor_id, entry.action, entry.programme_id) == (7, Action.COLLEAGUE_JOINED, first)


async def test_what_invites_members_makes_nobody_a_coordinator(sessions: Sessions) -> None:
    which = await programme(sessions)
    for kind in (InviteKind.MEMBER, InviteKind.GROUP):
        assert not await accept(sessions, await link(sessions, kind, which), 7)
    assert not await accept(sessions, "x" * 22, 7)
    assert not await accept(sessions, "x" * 2000, 7)
    async with sessions() as session:
        assert await coordinating.coordinator(session, 7) is None


async def test_whoever_is_removed_keeps_no_way_back(sessions: Sessions) -> None:
    which = await programme(sessions)
    theirs = await link(sessions, InviteKind.COLLEAGUE, which)
    others = await link(sessions, InviteKind.COLLEAGUE, await programme(sessions, coordinator=8))
    members = await link(sessions, InviteKind.MEMBER, which)
    async with sessions.begin() as session:
        assert await coordinating.remove_coordinator(session, COORDINATOR, 1, START)
        assert not await coordinating.remove_coordinator(session, COORDINATOR, 1, START)
    assert not await accept(sessions, theirs, COORDINATOR)
    async with sessions() as session:
        assert [each.id for each in await coordinating.unattended(session)] == [which]
        assert await inviting.find(session, members, START) is not None
        assert await inviting.find(session, others, START) is not None
        left = (await session.scalars(select(Coordination.coordinator_id))).all()
    assert left == [8]


async def test_a_link_that_works_once_grows_old_and_others_do_not(sessions: Sessions) -> None:
    which = await programme(sessions)
    once = await link(sessions, InviteKind.COLLEAGUE, which)
    member = await link(sessions, InviteKind.MEMBER, which)
    last = START + timedelta(days=7) - timedelta(seconds=1)
    async with sessions() as session:
        assert await inviting.find(session, once, last) is not None
        assert await inviting.find(session, once, last + timedelta(seconds=1)) is None
        assert await inviting.find(session, member, START + timedelta(days=900)) is not None


async def test_the_link_that_stands_is_given_again_until_it_is_revoked(sessions: Sessions) -> None:
    which = await programme(sessions)
    async with sessions.begin() as session:
        first = await inviting.standing(session, InviteKind.MEMBER, START, which)
        assert await inviting.standing(session, InviteKind.MEMBER, START, which) is first
        inviting.revoke(first, START)
        second = await inviting.standing(session, InviteKind.MEMBER, START, which)
        assert first.code != second.code
        assert len(second.code) == 22
    async with sessions() as session:
        good = await inviting.of_programme(session, which, START)
        assert [each.code for each in good] == [second.code]
        assert len((await session.scalars(select(Invite))).all()) == 2
