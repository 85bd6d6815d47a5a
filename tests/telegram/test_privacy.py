"""/privacy, /export and /forget."""

import json
from typing import Any

import pytest
from sqlalchemy import select

from db.base import Base
from db.models import Answer, Delivery, Subscriber, WeeklyScore
from db.programmes import AuditEntry, Coordinator, Enrolment
from tests.telegram.programmes import make_programme, turned
from tests.telegram.sandbox import Person, Sandbox, buttons, on_each_database, words

TABLES: tuple[type[Base], ...] = (Subscriber, Delivery, Answer, WeeklyScore)


async def exported(person: Person) -> Any:
    await person.says("/export")
    message = await person.sees(lambda message: "document" in message)
    assert message["document"]["file_name"] == "quizbot-export.json"
    content = await person.sandbox.control.file(message["document"]["file_id"])
    return json.loads(content)


async def test_privacy_lists_what_is_stored(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        zoe = await sandbox.person("Zoe")
        await zoe.says("/privacy")
        text = words(await zoe.hears("Your data, in short"))
        for kept in ("Telegram id", "alias", "answers", "/export", "/forget"):
            assert kept in text


@on_each_database
async def test_the_export_holds_everything_that_is_stored(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        ana = await sandbox.person("Anastasia")
        await ana.says("/start from_a_friend")
        await ana.hears("Hello")
        assert (await exported(ana))["subscriber"]["start_payload"] == "from_a_friend"
        await ana.presses("Start")
        await ana.hears("You're in")
        await ana.says("/alias عائشة 🦉")
        await ana.hears("on the leaderboard")
        await sandbox.later(jobs, hours=1)
        question = await ana.gets_question()
        await ana.votes(question, right=False)
        await ana.hears("+2 points")
        everything = await exported(ana)
        me = everything["subscriber"]
        assert (me["id"], me["alias"], me["points"]) == (ana.id, "عائشة 🦉", 2)
        assert set(me) == {column.key for column in Subscriber.__table__.columns} - {"alias_key"}
        (asked,) = everything["questions"]
        shown = [option["text"] for option in question["poll"]["options"]]
        assert asked["question"] == question["poll"]["question"]
        assert asked["options_as_shown"] == shown
        assert asked["poll_id"] == question["poll"]["id"]
        assert asked["practice"] is False
        chosen = (await ana.questions())[0]["my_vote"][0]
        assert asked["answer"]["text"] == shown[chosen]
        assert asked["answer"]["correct"] is False
        assert asked["answer"]["answered_at"] == "2026-11-23T09:00:00+00:00"
        assert everything["weekly_scores"] == [{"week": "2026-11-23", "points": 2}]
        assert "Anastasia" not in json.dumps(everything, ensure_ascii=False)


async def test_there_is_nothing_to_export_or_forget_about_a_stranger(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        zoe = await sandbox.person("Zoe")
        for command in ("/export", "/forget"):
            await zoe.says(command)
            answer = await zoe.hears("I keep nothing about you")
            assert buttons(answer) == []
        await zoe.press_data(answer, "forget:yes")
        await zoe.hears_nothing_else()
        for table in TABLES:
            assert await sandbox.count(table) == 0


async def test_erasure_asks_for_confirmation(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        ana = await sandbox.subscriber()
        await ana.says("/forget")
        question = await ana.hears("Are you sure?")
        assert await sandbox.count(Subscriber) == 1
        await ana.presses("Keep it")
        ana.heard = {}
        answer = await ana.hears("erased nothing.")
        assert answer["message_id"] == question["message_id"]
        assert buttons(answer) == []
        assert await sandbox.count(Subscriber) == 1


@on_each_database
async def test_erasure_deletes_everything_and_old_buttons_change_nothing(
    sandbox: Sandbox,
) -> None:
    async with sandbox.bot() as jobs:
        ana, bea = await sandbox.subscriber(), await sandbox.subscriber("Bea")
        await sandbox.later(jobs, hours=1)
        for person in (ana, bea):
            await person.votes(await person.gets_question())
            await person.hears("+10 points")
        await sandbox.later(jobs, hours=24)
        unanswered = await ana.gets_question()
        await ana.says("/forget")
        question = await ana.hears("Are you sure?")
        await ana.presses("Erase everything")
        ana.heard = {}
        await ana.hears("is erased")
    assert await ana.row() is None
    assert [await sandbox.count(table) for table in TABLES] == [1, 3 - 1, 1, 1]
    async with sandbox.bot() as jobs:
        poll = next(m for m in await ana.questions() if m["message_id"] == unanswered["message_id"])
        assert poll["poll"]["is_closed"]  # nobody's question any more
        await ana.press_data(question, "forget:yes")  # once more
        await sandbox.later(jobs, hours=24)
        await ana.hears_nothing_else()
        assert await ana.row() is None
        await ana.says("/start")
        await ana.hears("Hello Ana!")  # a stranger again
        await ana.presses("Start")
        await ana.hears("You're in")
        assert (await ana.kept()).points == 0
    assert sandbox.faults_logged() == []
    assert await sandbox.totals_are_right()


@pytest.mark.parametrize("command", ["/export", "/forget"])
async def test_export_and_erasure_work_after_leaving(sandbox: Sandbox, command: str) -> None:
    async with sandbox.bot():
        ana = await sandbox.subscriber()
        await ana.says("/stop")
        await ana.hears("You've left")
        await ana.says(command)
        await ana.sees(lambda message: "document" in message or "Are you sure" in words(message))


@on_each_database
async def test_a_coordinator_learns_before_erasure_which_programmes_nobody_else_runs(
    sandbox: Sandbox,
) -> None:
    async with sandbox.bot():
        programme = await make_programme(sandbox)
        cora, ana = programme.coordinator, await sandbox.person("Ana")
        await programme.joins(ana)
        everything = await exported(cora)
        assert everything["coordinator"]["name"] == "Cora"
        assert everything["runs"] == [{"programme_id": programme.id, "programme": "Autumn"}]
        assert "subscriber" not in everything
        [taking_part] = (await exported(ana))["programmes"]
        assert (taking_part["programme"], taking_part["hidden"]) == ("Autumn", False)
        await cora.says("/forget")
        asked = words(await cora.hears("Are you sure?"))
        assert "Nobody else runs Autumn" in asked
        await turned(cora, "Erase everything", "is erased")
        await cora.says("/export")
        await cora.hears("I keep nothing about you")
        await cora.says("/programme")
        await cora.hears("That's for coordinators")
        await ana.says("/programmes")  # it goes on
        await ana.hears("📋 Autumn")
        assert await sandbox.count(Coordinator) == 0
        async with sandbox.sessions() as session:
            entries = (await session.scalars(select(AuditEntry))).all()
        assert {entry.actor_id for entry in entries} == {None}
    assert sandbox.faults_logged() == []


@on_each_database
async def test_the_erasure_of_a_member_does_not_change_the_points_of_others(
    sandbox: Sandbox,
) -> None:
    async with sandbox.bot() as jobs:
        programme = await make_programme(sandbox)
        ana, bea = await sandbox.person("Ana"), await sandbox.person("Bea")
        for person in (ana, bea):
            await programme.joins(person)
        await sandbox.later(jobs, hours=1)
        for person in (ana, bea):
            await person.votes(await person.gets_question())
            await person.hears("+10 points")
        await ana.says("/forget")
        await ana.hears("Are you sure?")
        await turned(ana, "Erase everything", "is erased")
        await bea.says("/programmes")
        await bea.hears("📋 Autumn")
        board = words(await turned(bea, "Board", "This week"))
        assert board.count("10 points") == 1
        assert await sandbox.count(Enrolment) == 1
    assert await sandbox.totals_are_right()


async def test_privacy_says_who_sees_what_in_programmes(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        zoe = await sandbox.person("Zoe")
        await zoe.says("/privacy")
        short = words(await zoe.hears("Your data, in short"))
        assert len(short) <= 900  # a phone's screen
        assert "They never see what you answered" in short
        text = words(await turned(zoe, "The whole text", "What I keep about you"))
        for said in (
            "your alias (or the first name you chose to show)",
            "They never see what you answered",
            "five people were right and five weren't",
            "Votes in a group chat are anonymous",
            "a list of what they changed",
        ):
            assert said in text
