"""Commands in groups without a programme, and what may happen to a group."""

from typing import Any

from db.models import Subscriber
from tests.sizes import PATIENCE
from tests.telegram.sandbox import Message, Person, Sandbox, words

WHERE = "Let's do that in private: https://t.me/health_quiz_bot"


async def group_of(sandbox: Sandbox, owner: Person) -> int:
    group = await sandbox.control.group("Friends", owner.id, [sandbox.bot_id])
    return int(group["id"])


async def says_in(person: Person, group: int, text: str) -> None:
    await person.sandbox.control.write(person.id, group, text)


async def heard_in(person: Person, group: int) -> list[str]:
    messages: list[Message] = await person.sandbox.control.messages(person.id, group)
    return [words(message) for message in messages if message["from"]["is_bot"]]


async def answer_in(person: Person, group: int, after: int = 0) -> dict[str, Any]:
    control = person.sandbox.control
    return await control.wait_for(
        person.id, group, lambda message: WHERE in words(message), after=after, timeout=PATIENCE
    )


async def test_a_command_in_a_group_is_answered_with_where_the_quiz_is(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        zoe = await sandbox.person("Zoe")
        group = await group_of(sandbox, zoe)
        first = await answer_after(zoe, group, "/start")
        second = await answer_after(zoe, group, "/quiz@health_quiz_bot", first)
        for text in ("/unheard_of", "/quiz@another_bot", "@health_quiz_bot hello"):
            await says_in(zoe, group, text)
        await answer_after(zoe, group, "/help", second)
        assert len(await heard_in(zoe, group)) == 3
        assert await sandbox.count(Subscriber) == 0
    assert sandbox.faults_logged() == []


async def answer_after(person: Person, group: int, text: str, after: int = 0) -> int:
    await says_in(person, group, text)
    answer = await answer_in(person, group, after)
    return int(answer["message_id"])


async def test_commands_in_a_group_neither_show_nor_change_anything(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        ana = await sandbox.subscriber()
        group = await group_of(sandbox, ana)
        last = 0
        for text in ("/score", "/stop", "/forget", "/export"):
            last = await answer_after(ana, group, text, last)
        await ana.hears_nothing_else()
        assert (await ana.kept()).next_due_at is not None


async def test_commands_work_in_a_group_that_becomes_a_supergroup(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        zoe = await sandbox.person("Zoe")
        group = await group_of(sandbox, zoe)
        await answer_after(zoe, group, "/start")
        moved = int((await sandbox.control.migrate(group))["id"])
        await answer_after(zoe, moved, "/start@health_quiz_bot")
        await zoe.hears_nothing_else()
    assert sandbox.faults_logged() == []


async def test_a_reply_goes_to_the_supergroup_that_a_group_has_become(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        zoe = await sandbox.person("Zoe")
        group = await group_of(sandbox, zoe)
        await answer_after(zoe, group, "/start")
    await says_in(zoe, group, "/start")
    moved = int((await sandbox.control.migrate(group))["id"])
    async with sandbox.bot():
        await answer_in(zoe, moved)
        await zoe.hears_nothing_else()
    assert sandbox.faults_logged() == []


async def test_the_bot_can_be_added_removed_and_added_again(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        ana = await sandbox.subscriber()
        group = int((await sandbox.control.group("Friends", ana.id, []))["id"])
        await sandbox.control.add_member(group, sandbox.bot_id, by=ana.id)
        answer = await answer_after(ana, group, "/start")
        await sandbox.control.remove_member(group, sandbox.bot_id, by=ana.id)
        await ana.hears_nothing_else()
        kept = await ana.kept()
        assert kept.next_due_at is not None  # the bot left the group, not Ana
        await sandbox.control.add_member(group, sandbox.bot_id, by=ana.id)
        await answer_after(ana, group, "/help", answer)
    assert sandbox.faults_logged() == []


async def test_a_bot_removed_before_its_reply_stays_silent(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        zoe = await sandbox.person("Zoe")
        group = await group_of(sandbox, zoe)
    await says_in(zoe, group, "/start")
    await sandbox.control.remove_member(group, sandbox.bot_id, by=zoe.id)
    async with sandbox.bot():
        await zoe.hears_nothing_else()
        assert await heard_in(zoe, group) == []
    assert sandbox.faults_logged() == []
