"""Invites that work once, and coordinators."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from db.programmes import AuditEntry, Coordination, Invite, InviteKind
from db.session import Sessions
from quizbot.programmes import invites, privacy, staff, text_input
from quizbot.programmes.audit_log import Action
from tests.programmes.steps import COORDINATOR, programme, team
from tests.quiz.steps import START


async def link(
    sessions: Sessions, kind: InviteKind, programme_id: int | None = None, by: int = COORDINATOR
) -> str:
    async with sessions.begin() as session:
        return (await invites.create(session, kind, START, programme_id, actor_id=by)).code


async def accept(sessions: Sessions, code: str, person: int) -> bool:
    async with sessions.begin() as session:
        used = await staff.accept_invite(session, code, person, f"Nr {person}", "en", START)
    return used is not None


async def test_only_one_of_many_concurrent_users_can_redeem_an_invite(sessions: Sessions) -> None:
    code = await link(sessions, InviteKind.COORDINATOR)
    accepted = await asyncio.gather(*(accept(sessions, code, person) for person in range(1, 9)))
    assert sum(accepted) == 1
    async with sessions() as session:
        [listed] = await staff.list_coordinators(session)
    assert accepted[listed.coordinator.id - 1]
    assert listed.programmes == 0


async def test_a_colleague_runs_that_programme_and_no_other(sessions: Sessions) -> None:
    first, second = await programme(sessions), await programme(sessions)
    code = await link(sessions, InviteKind.COLLEAGUE, first)
    assert await accept(sessions, code, 7)
    async with sessions() as session:
        assert await staff.programme_run_by(session, first, 7) is not None
        assert await staff.programme_run_by(session, second, 7) is None
        assert [each.id for each in await staff.run_alone_by(session, COORDINATOR)] == [second]
        assert await staff.run_alone_by(session, 7) == []
        entry = (await session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()))).first()
    assert entry is not None
    assert (entry.actor_id, entry.action, entry.programme_id) == (7, Action.COLLEAGUE_JOINED, first)


async def test_a_member_invite_makes_nobody_a_coordinator(sessions: Sessions) -> None:
    which = await programme(sessions)
    for kind in (InviteKind.MEMBER, InviteKind.GROUP):
        assert not await accept(sessions, await link(sessions, kind, which), 7)
    assert not await accept(sessions, "x" * 22, 7)
    assert not await accept(sessions, "x" * 2000, 7)
    async with sessions() as session:
        assert await staff.find_coordinator(session, 7) is None


async def test_removed_coordinators_cannot_come_back_by_an_invite(sessions: Sessions) -> None:
    which = await programme(sessions)
    theirs = await link(sessions, InviteKind.COLLEAGUE, which)
    others = await link(sessions, InviteKind.COLLEAGUE, await programme(sessions, coordinator=8), 8)
    members = await link(sessions, InviteKind.MEMBER, which)
    async with sessions.begin() as session:
        assert await staff.remove_coordinator(session, COORDINATOR, 1, START)
        assert not await staff.remove_coordinator(session, COORDINATOR, 1, START)
    assert not await accept(sessions, theirs, COORDINATOR)
    async with sessions() as session:
        assert [each.id for each in await staff.without_coordinator(session)] == [which]
        assert await invites.find(session, members, START) is not None
        assert await invites.find(session, others, START) is not None
        left = (await session.scalars(select(Coordination.coordinator_id))).all()
    assert left == [8]


async def test_only_invites_that_work_once_expire(sessions: Sessions) -> None:
    which = await programme(sessions)
    once = await link(sessions, InviteKind.COLLEAGUE, which)
    member = await link(sessions, InviteKind.MEMBER, which)
    last = START + timedelta(days=7) - timedelta(seconds=1)
    async with sessions() as session:
        assert await invites.find(session, once, last) is not None
        assert await invites.find(session, once, last + timedelta(seconds=1)) is None
        assert await invites.find(session, member, START + timedelta(days=900)) is not None


async def test_a_valid_invite_is_given_again_until_it_is_revoked(sessions: Sessions) -> None:
    which = await programme(sessions)
    async with sessions.begin() as session:
        first = await invites.current_or_new(
            session, InviteKind.MEMBER, START, which, actor_id=COORDINATOR
        )
        assert (
            await invites.current_or_new(
                session, InviteKind.MEMBER, START, which, actor_id=COORDINATOR
            )
            is first
        )
        await invites.revoke(session, first, START, actor_id=COORDINATOR)
        second = await invites.current_or_new(
            session, InviteKind.MEMBER, START, which, actor_id=COORDINATOR
        )
        assert first.code != second.code
        assert len(second.code) == 22
    async with sessions() as session:
        good = await invites.of_programme(session, which, START)
        assert [each.code for each in good] == [second.code]
        assert len((await session.scalars(select(Invite))).all()) == 2


async def good(sessions: Sessions, which: int) -> list[tuple[InviteKind, int | None, str]]:
    async with sessions() as session:
        links = await invites.of_programme(session, which, START)
    return [(each.kind, each.team_id, each.code) for each in links]


async def entries(sessions: Sessions) -> list[tuple[int | None, str, str]]:
    """Returns the log entries about invites: actor, action, detail."""
    about = (Action.LINK_MADE, Action.LINK_RENEWED, Action.LINK_REVOKED, Action.COLLEAGUE_INVITED)
    query = select(AuditEntry).where(AuditEntry.action.in_([each.value for each in about]))
    async with sessions() as session:
        found = (await session.scalars(query.order_by(AuditEntry.id))).all()
    return [(each.actor_id, each.action, each.detail) for each in found]


async def test_a_new_link_ends_all_of_its_kind_and_team(sessions: Sessions) -> None:
    which = await programme(sessions)
    blue = await team(sessions, which, "Blue")
    member, again = [await link(sessions, InviteKind.MEMBER, which) for _ in range(2)]
    group = await link(sessions, InviteKind.GROUP, which)
    colleague = await link(sessions, InviteKind.COLLEAGUE, which)
    async with sessions.begin() as session:
        of_team = await invites.replace(
            session, InviteKind.MEMBER, START, which, blue.id, actor_id=COORDINATOR
        )
    assert len(await good(sessions, which)) == 5
    async with sessions.begin() as session:
        new = await invites.replace(session, InviteKind.MEMBER, START, which, actor_id=7)
    left = {code for _, _, code in await good(sessions, which)}
    assert left == {group, colleague, of_team.code, new.code}
    assert not left & {member, again}
    assert await entries(sessions) == [
        (COORDINATOR, "link-made", "member"),
        (COORDINATOR, "link-made", "member"),
        (COORDINATOR, "link-made", "group"),
        (COORDINATOR, "colleague-invited", "colleague"),
        (COORDINATOR, "link-made", "Blue"),
        (7, "link-renewed", "member"),
    ]


async def test_revoking_ends_all_of_a_kind_or_a_single_one_time_invite(sessions: Sessions) -> None:
    which = await programme(sessions)
    codes = [
        await link(sessions, kind, which)
        for kind in (InviteKind.MEMBER, InviteKind.COLLEAGUE)
        for _ in range(2)
    ]
    for code in (codes[0], codes[2], codes[0]):
        async with sessions.begin() as session:
            found = await session.get_one(Invite, code)
            await invites.revoke(session, found, START, actor_id=7)
    assert [code for _, _, code in await good(sessions, which)] == [codes[3]]
    assert (await entries(sessions))[4:] == [
        (7, "link-revoked", "member"),
        (7, "link-revoked", "member"),
        (7, "link-revoked", "colleague"),
    ]


async def test_concurrent_requests_create_only_one_invite(sessions: Sessions) -> None:
    which = await programme(sessions)

    async def press() -> str:
        async with sessions.begin() as session:
            assert await staff.programme_run_by(session, which, COORDINATOR, lock=True) is not None
            found = await invites.current_or_new(
                session, InviteKind.MEMBER, START, which, actor_id=COORDINATOR
            )
            return found.code

    codes = await asyncio.gather(*(press() for _ in range(8)))
    assert [(InviteKind.MEMBER, None, codes[0])] == await good(sessions, which)
    assert len(set(codes)) == 1
    assert len(await entries(sessions)) == 1


@pytest.mark.parametrize("leaves", ["removed", "forgets"])
async def test_the_invitations_of_a_coordinator_who_leaves_die(
    sessions: Sessions, leaves: str
) -> None:
    """Also those of an operator who is a coordinator, and links that others made and they saw."""
    which, other = await programme(sessions), await programme(sessions, coordinator=901)
    ends = [
        await link(sessions, InviteKind.COORDINATOR),
        await link(sessions, InviteKind.COLLEAGUE, which),
        await link(sessions, InviteKind.COLLEAGUE, which, by=901),
        await link(sessions, InviteKind.COLLEAGUE, other),  # handed over by an operator
        await link(sessions, InviteKind.GROUP, which),
    ]
    stays = [
        await link(sessions, InviteKind.COORDINATOR, by=901),
        await link(sessions, InviteKind.COLLEAGUE, other, by=901),
        await link(sessions, InviteKind.MEMBER, which),  # printed, and held by members
    ]
    async with sessions.begin() as session:
        if leaves == "removed":
            await staff.remove_coordinator(session, COORDINATOR, 901, START)
        else:
            await staff.forget(session, COORDINATOR, START)
    async with sessions() as session:
        found = [code for code in (*ends, *stays) if await invites.find(session, code, START)]
        makers = set(await session.scalars(select(Invite.created_by)))
    assert found == stays
    assert makers == {901, None}


async def test_who_made_an_invitation_is_known_only_while_it_is_open(sessions: Sessions) -> None:
    which = await programme(sessions)
    async with sessions.begin() as session:
        used, ended, expired = [
            await invites.create(session, InviteKind.COLLEAGUE, START, which, actor_id=COORDINATOR)
            for _ in range(3)
        ]
        listed = await invites.open_one_time(session, START)
        assert {each.made_by for each in listed} == {"Kim Doe"}
        assert await invites.redeem(session, used.code, START) is not None
        await invites.revoke(session, ended, START, actor_id=COORDINATOR)
    later = START + invites.ONE_TIME_LIFETIME
    async with sessions.begin() as session:
        assert await session.scalar(select(Invite.code).where(Invite.created_by.is_not(None)))
        assert await invites.open_one_time(session, later) == []
        await privacy.purge_expired(session, later)
    async with sessions() as session:
        assert set(await session.scalars(select(Invite.created_by))) == {None}
    assert expired.code


async def test_removed_coordinators_are_asked_nothing_more(sessions: Sessions) -> None:
    await programme(sessions)
    async with sessions.begin() as session:
        for person in (COORDINATOR, 7):
            await text_input.begin(session, person, "teams", START, answers={"programme": 1})
    async with sessions.begin() as session:
        await staff.remove_coordinator(session, COORDINATOR, 1, START)
    async with sessions() as session:
        assert await text_input.current_subject(session, COORDINATOR, START) is None
        assert await text_input.current_subject(session, 7, START) == "teams"
