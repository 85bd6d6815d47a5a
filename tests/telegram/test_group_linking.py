"""Linking a group chat to a programme, and unlinking it."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from db.programmes import GroupChat, GroupQuestion, Invite, InviteKind, Programme
from quizbot.programmes import invites
from tests.programmes import steps
from tests.telegram.group_chats import (
    MONDAY,
    Group,
    audit_log,
    code_for_groups,
    later,
    programme_of,
)
from tests.telegram.sandbox import Person, Sandbox, words

ELSEWHERE = "Let's do that in private"


@pytest.fixture
async def cora(sandbox: Sandbox) -> Person:
    return await sandbox.person("Cora")


async def test_the_link_says_what_will_happen_and_how_to_stop_it(
    sandbox: Sandbox, cora: Person
) -> None:
    async with sandbox.bot():
        programme = await programme_of(sandbox, cora, name="<b>Spring</b> & well")
        group = await Group.of(cora, title="A & <i>B</i>")
        told = words(await group.link(programme))
        for part in (
            "<b>Spring</b> & well",
            "at 09:00, UTC",
            "today at 09:00",
            "anonymous",
            "/board",
            "/unlink",
        ):
            assert part in told
        row = await group.row()
        assert row is not None
        assert (row.programme_id, row.title, row.language) == (programme.id, "A & <i>B</i>", "en")
        assert await audit_log(sandbox, programme) == [("group-linked", "A & <i>B</i>", cora.id)]
        assert [each for each in await sandbox.control.calls() if "Pin" in each["method"]] == []
    assert sandbox.faults_logged() == []


async def test_linking_twice_changes_nothing(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        cora = await sandbox.person("Cora")
        programme = await programme_of(sandbox, cora)
        group = await Group.of(cora)
        await group.link(programme)
        await group.link(programme)
        assert await sandbox.count(GroupChat) == 1
        assert len(await audit_log(sandbox, programme)) == 1


async def test_linking_to_another_programme_moves_the_group(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        cora = await sandbox.person("Cora")
        first = await programme_of(sandbox, cora, name="First")
        second = await programme_of(sandbox, cora, name="Second")
        group = await Group.of(cora)
        await group.link(first)
        await later(sandbox, jobs, hours=1)
        await group.gets_question()
        assert "tomorrow at 09:00" in words(await group.link(second))
        row = await group.row()
        assert row is not None
        assert row.programme_id == second.id
        actions = [action for action, *_ in await audit_log(sandbox, first)]
        assert actions == ["group-linked", "group-unlinked"]
        assert [action for action, *_ in await audit_log(sandbox, second)] == ["group-linked"]
        await later(sandbox, jobs, hours=1)
        assert len(await group.questions()) == 1  # one a day, even with two programmes
        await later(sandbox, jobs, hours=23)
        await group.hears("Time's up!")
        await group.gets_question()


async def test_only_a_coordinator_of_the_programme_can_link_a_group(
    sandbox: Sandbox, cora: Person
) -> None:
    async with sandbox.bot():
        programme = await programme_of(sandbox, cora)
        zoe = await sandbox.person("Zoe")
        other = await programme_of(sandbox, zoe)  # Zoe is a coordinator, too
        group = await Group.of(cora, zoe)
        code = await code_for_groups(sandbox, programme)
        await group.say(f"/start@health_quiz_bot {code}", by=zoe)
        await group.hears("Only a coordinator can link a group")
        assert await group.row() is None
        assert await audit_log(sandbox, programme) == await audit_log(sandbox, other) == []


@pytest.mark.parametrize(
    "code", ["x", "x" * 64, "<b>&", "' OR 1=1 --", "\0", "../..", "-" * 32, "ä" * 20]
)
async def test_an_invalid_code_is_answered_with_what_to_do(
    sandbox: Sandbox, cora: Person, code: str
) -> None:
    async with sandbox.bot():
        group = await Group.of(cora)
        await group.say(f"/start {code}")
        await group.hears("no longer works" if code != "\0" else ELSEWHERE)
        assert await group.row() is None
    assert sandbox.faults_logged() == []


async def test_revoked_codes_and_codes_for_members_do_not_link(
    sandbox: Sandbox, cora: Person
) -> None:
    async with sandbox.bot():
        programme = await programme_of(sandbox, cora)
        group = await Group.of(cora)
        now = sandbox.clock.now()
        async with sandbox.sessions.begin() as session:
            for_members = await invites.create(
                session, InviteKind.MEMBER, now, programme.id, actor_id=cora.id
            )
            revoked = await invites.create(
                session, InviteKind.GROUP, now, programme.id, actor_id=cora.id
            )
            await invites.revoke(session, revoked, now, actor_id=cora.id)
        for code in (for_members.code, revoked.code):
            await group.say(f"/start {code}")
            await group.hears("no longer works")
        assert await group.row() is None


async def test_a_programme_that_has_ended_takes_no_group(sandbox: Sandbox, cora: Person) -> None:
    async with sandbox.bot():
        programme = await programme_of(sandbox, cora, ends_on=MONDAY)
        group = await Group.of(cora)
        code = await code_for_groups(sandbox, programme)
        sandbox.clock.advance(24 * 3600)
        await group.say(f"/start {code}")
        await group.hears("That programme has ended")
        assert await group.row() is None


async def test_a_command_in_an_unlinked_group_says_where_the_quiz_is(
    sandbox: Sandbox, cora: Person
) -> None:
    async with sandbox.bot():
        group = await Group.of(cora)
        for command, reply in (
            ("/start", ELSEWHERE),
            ("/board", "No programme is linked to this group now"),
            ("/unlink", ELSEWHERE),
            ("/digest", ELSEWHERE),
        ):
            await group.say(command)
            await group.hears(reply)


async def test_a_code_in_private_links_nothing(sandbox: Sandbox, cora: Person) -> None:
    async with sandbox.bot():
        programme = await programme_of(sandbox, cora)
        await cora.says(f"/start {await code_for_groups(sandbox, programme)}")
        await sandbox.all_read()
        assert await sandbox.count(GroupChat) == 0


async def test_unlinking_a_group_closes_the_open_question(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        cora, zoe = await sandbox.person("Cora"), await sandbox.person("Zoe")
        programme = await programme_of(sandbox, cora)
        group = await Group.of(cora, zoe)
        await group.link(programme)
        await later(sandbox, jobs, hours=1)
        await group.gets_question()
        await group.say("/unlink", by=zoe)
        await group.hears("Only a coordinator can do that")
        assert await group.row() is not None
        await group.say("/unlink@health_quiz_bot")
        await group.hears("I won't post here any more")
        assert await group.row() is None
        assert await sandbox.count(GroupQuestion) == 0
        while not (await group.questions())[0]["poll"]["is_closed"]:
            await sandbox.control.now()
        for _ in range(3):
            await later(sandbox, jobs, hours=24)
        assert len(await group.questions()) == 1
        assert await group.said("Right answer:") == []
        assert (await audit_log(sandbox, programme))[-1] == ("group-unlinked", "Friends", cora.id)
        await group.say("/unlink")
        await group.hears(ELSEWHERE)
    assert sandbox.faults_logged() == []


async def test_a_group_linked_again_on_the_same_day_gets_no_second_question(
    sandbox: Sandbox, cora: Person
) -> None:
    async with sandbox.bot() as jobs:
        group = await Group.of(cora)
        programme = await programme_of(sandbox, cora)
        await group.link(programme)
        await later(sandbox, jobs, hours=1)
        await group.gets_question()
        await group.say("/unlink")
        await group.hears("I won't post here any more")
        assert "tomorrow at 09:00" in words(await group.link(programme))
        await later(sandbox, jobs, hours=1)
        assert len(await group.questions()) == 1


@pytest.mark.parametrize("by_coordinator", [True, False])
async def test_removing_the_bot_unlinks_the_group_and_the_link_works_again(
    sandbox: Sandbox, cora: Person, by_coordinator: bool
) -> None:
    async with sandbox.bot() as jobs:
        programme = await programme_of(sandbox, cora)
        zoe = await sandbox.person("Zoe")
        group = await Group.of(cora, zoe)
        await group.link(programme)
        await later(sandbox, jobs, hours=1)
        await group.gets_question()
        actor = cora if by_coordinator else zoe
        await sandbox.control.remove_member(group.id, sandbox.bot_id, by=actor.id)
        await sandbox.all_read()
        assert await group.row() is None
        who = cora.id if by_coordinator else None  # of others nothing is stored
        assert (await audit_log(sandbox, programme))[-1] == ("group-unlinked", "Friends", who)
        await sandbox.control.add_member(group.id, sandbox.bot_id, by=cora.id)
        await later(sandbox, jobs, hours=24)
        assert len(await group.questions()) == 1  # adding the bot does not link the group
        await group.link(programme)
        await later(sandbox, jobs, hours=24)
        await group.gets_question()
        await cora.hears_nothing_else()
    assert sandbox.faults_logged() == []


async def test_a_group_that_becomes_a_supergroup_is_linked_once(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        cora = await sandbox.person("Cora")
        programme = await programme_of(sandbox, cora)
        group = await Group.of(cora)
        await group.link(programme)
        group.id = int((await sandbox.control.migrate(group.id))["id"])
        await group.link(programme)
        await sandbox.all_read()
        assert await sandbox.count(GroupChat) == 1
        assert await group.row() is not None
    assert sandbox.faults_logged() == []


async def test_deleting_a_programme_unlinks_its_group(sandbox: Sandbox, cora: Person) -> None:
    async with sandbox.bot():
        group = await Group.of(cora)
        await group.link(await programme_of(sandbox, cora))
        async with sandbox.sessions.begin() as session:
            await session.delete(await session.get_one(Programme, 1))
            assert await session.scalar(select(func.count(Invite.code))) == 0
        assert await group.row() is None


async def test_a_change_of_days_applies_to_the_group(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        cora = await sandbox.person("Cora")
        made = await programme_of(sandbox, cora)
        group = await Group.of(cora)
        await group.link(made)
        now = sandbox.clock.now()
        tomorrow = MONDAY + timedelta(days=1)
        async with sandbox.sessions.begin() as session:
            programme = await session.get_one(Programme, made.id)
            await steps.change(session, programme, now, ends_on=tomorrow)
        row = await group.row()
        assert row is not None
        assert row.next_due_at == now + timedelta(hours=1)
