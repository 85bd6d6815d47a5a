"""Groups: the bot says where it plays, and survives what groups do."""

from typing import Any

from db.models import Subscriber
from tests.telegram.play import Message, Person, Play, words

WHERE = "I ask my questions in private: write to me at https://t.me/health_quiz_bot"


async def group_of(play: Play, owner: Person) -> int:
    group = await play.control.group("Friends", owner.id, [play.bot_id])
    return int(group["id"])


async def says_in(person: Person, group: int, text: str) -> None:
    await person.play.control.write(person.id, group, text)


async def heard_in(person: Person, group: int) -> list[str]:
    messages: list[Message] = await person.play.control.messages(person.id, group)
    return [words(message) for message in messages if message["from"]["is_bot"]]


async def answer_in(person: Person, group: int, after: int = 0) -> dict[str, Any]:
    control = person.play.control
    return await control.wait_for(
        person.id, group, lambda message: WHERE in words(message), after=after
    )


async def test_a_command_in_a_group_is_answered_with_where_to_play(play: Play) -> None:
    async with play.bot():
        zoe = await play.person("Zoe")
        group = await group_of(play, zoe)
        first = await answer_after(zoe, group, "/start")
        second = await answer_after(zoe, group, "/quiz@health_quiz_bot", first)
        for text in ("/unheard_of", "/quiz@another_bot", "@health_quiz_bot hello"):
            await says_in(zoe, group, text)
        await answer_after(zoe, group, "/help", second)
        assert len(await heard_in(zoe, group)) == 3
        assert await play.count(Subscriber) == 0
    assert play.faults_logged() == []


async def answer_after(person: Person, group: int, text: str, after: int = 0) -> int:
    await says_in(person, group, text)
    answer = await answer_in(person, group, after)
    return int(answer["message_id"])


async def test_a_subscriber_gives_nothing_away_in_a_group(play: Play) -> None:
    async with play.bot():
        ana = await play.subscriber()
        group = await group_of(play, ana)
        last = 0
        for text in ("/score", "/stop", "/forget", "/export"):
            last = await answer_after(ana, group, text, last)
        await ana.hears_nothing_else()
        assert (await ana.kept()).next_due_at is not None


async def test_a_group_that_becomes_a_supergroup(play: Play) -> None:
    async with play.bot():
        zoe = await play.person("Zoe")
        group = await group_of(play, zoe)
        await answer_after(zoe, group, "/start")
        moved = int((await play.control.migrate(group))["id"])
        await answer_after(zoe, moved, "/start@health_quiz_bot")
        await zoe.hears_nothing_else()
    assert play.faults_logged() == []


async def test_an_answer_follows_a_group_that_moved_meanwhile(play: Play) -> None:
    async with play.bot():
        zoe = await play.person("Zoe")
        group = await group_of(play, zoe)
        await answer_after(zoe, group, "/start")
    await says_in(zoe, group, "/start")
    moved = int((await play.control.migrate(group))["id"])
    async with play.bot():
        await answer_in(zoe, moved)
        await zoe.hears_nothing_else()
    assert play.faults_logged() == []


async def test_being_added_and_thrown_out_and_added_again(play: Play) -> None:
    async with play.bot():
        ana = await play.subscriber()
        group = int((await play.control.group("Friends", ana.id, []))["id"])
        await play.control.add_member(group, play.bot_id, by=ana.id)
        answer = await answer_after(ana, group, "/start")
        await play.control.remove_member(group, play.bot_id, by=ana.id)
        await ana.hears_nothing_else()
        kept = await ana.kept()
        assert kept.next_due_at is not None  # it was the group that the bot left, not Ana
        await play.control.add_member(group, play.bot_id, by=ana.id)
        await answer_after(ana, group, "/help", answer)
    assert play.faults_logged() == []


async def test_thrown_out_before_it_could_answer(play: Play) -> None:
    async with play.bot():
        zoe = await play.person("Zoe")
        group = await group_of(play, zoe)
    await says_in(zoe, group, "/start")
    await play.control.remove_member(group, play.bot_id, by=zoe.id)
    async with play.bot():
        await zoe.hears_nothing_else()
        assert await heard_in(zoe, group) == []
    assert play.faults_logged() == []
