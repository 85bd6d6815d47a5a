"""What may happen to a group with the daily question: permissions, supergroups, removal."""

from db.models import DeliveryState
from tests.telegram.group_chats import Group, later, linked_group, lose_updates, people
from tests.telegram.sandbox import Sandbox

SENT, REFUSED = DeliveryState.SENT, DeliveryState.REFUSED


async def test_a_group_without_permission_for_polls_is_told_once(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        group, _ = await linked_group(sandbox)
        await sandbox.control.permit(group.id, by=group.owner.id, can_send_polls=False)
        for hours in (1, 24, 24):
            await later(sandbox, jobs, hours=hours)
        complaints = await group.said("not allowed to send polls")
        assert len(complaints) == 1
        assert "Friends" in complaints[0]
        assert "Spring & well" in complaints[0]
        assert await group.states() == [REFUSED] * 3
        assert await group.row() is not None  # the link is kept
        await sandbox.control.permit(group.id, by=group.owner.id, can_send_polls=True)
        await later(sandbox, jobs, hours=24)
        await group.gets_question()
        await group.owner.hears_nothing_else()
        await sandbox.control.permit(group.id, by=group.owner.id, can_send_polls=False)
        await later(sandbox, jobs, hours=24)
        assert len(await group.said("not allowed to send polls")) == 2
    assert sandbox.faults_logged() == []


async def test_a_coordinator_is_told_if_the_bot_may_not_write_in_the_group(
    sandbox: Sandbox,
) -> None:
    async with sandbox.bot() as jobs:
        group, _ = await linked_group(sandbox)
        await group.owner.says("/start")
        await group.owner.hears("What I keep")
        await sandbox.control.permit(
            group.id, by=group.owner.id, can_send_polls=False, can_send_messages=False
        )
        for hours in (1, 24):
            await later(sandbox, jobs, hours=hours)
        await group.owner.hears("in Friends: I'm not allowed to send polls")
        await group.owner.hears_nothing_else()
        assert await group.row() is not None
    assert sandbox.faults_logged() == []


async def test_an_administrator_needs_no_permission(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        group, _ = await linked_group(sandbox)
        await sandbox.control.permit(group.id, by=group.owner.id, can_send_polls=False)
        await sandbox.control.promote(group.id, sandbox.bot_id, by=group.owner.id)
        await later(sandbox, jobs, hours=1)
        await group.gets_question()


async def test_a_group_that_becomes_a_supergroup_keeps_its_questions(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        voters = await people(sandbox, 10)
        group, _ = await linked_group(sandbox, *voters)
        await later(sandbox, jobs, hours=1)
        await group.gets_question()
        group.id = int((await sandbox.control.migrate(group.id))["id"])
        await sandbox.all_read()
        assert await group.row() is not None
        assert [each.message_id for each in await group.rows()] == [
            None
        ]  # message ids of the old group are void
        await later(sandbox, jobs, hours=24)
        closed = await group.hears("Time's up!")  # the poll is in the old group
        assert "reply_to_message" not in closed
        question = await group.gets_question()
        await group.vote(question, *voters[:5])
        await group.vote(question, *voters[5:], right=False)
        await later(sandbox, jobs, hours=24)
        await group.hears("10 answered, 50% right.")
    assert sandbox.faults_logged() == []


async def test_the_bot_learns_of_a_supergroup_by_sending(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        group, _ = await linked_group(sandbox)
        await later(sandbox, jobs, hours=1)
        await group.gets_question()
    before = group.id
    group.id = int((await sandbox.control.migrate(group.id))["id"])
    sandbox.clock.advance(2 * 24 * 3600)  # longer than Telegram keeps updates
    await lose_updates(sandbox)
    async with sandbox.bot() as jobs:
        await later(sandbox, jobs, seconds=1)
        await group.hears("Time's up!")
        await group.gets_question()
        assert await group.states() == [SENT, SENT]
        assert await Group(sandbox, group.owner, before).row() is None
    assert sandbox.faults_logged() == []


async def test_the_bot_learns_of_its_removal_by_sending(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        group, _ = await linked_group(sandbox)
    await sandbox.control.remove_member(group.id, sandbox.bot_id, by=group.owner.id)
    sandbox.clock.advance(2 * 24 * 3600)
    await lose_updates(sandbox)
    async with sandbox.bot() as jobs:
        await later(sandbox, jobs, hours=1)
        assert await group.row() is None
    assert await group.questions() == []
    assert sandbox.faults_logged() == []
