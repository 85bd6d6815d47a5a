"""Questions with pictures: one upload, then file ids; a refused picture is left out."""

import re
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from quizbot import metrics
from quizbot.charts.render import Rasteriser
from quizbot.telegram.client import pictures
from tests.telegram.group_chats import later, linked_group, people
from tests.telegram.sandbox import Message, Sandbox
from tests.telegram.test_corrections import SHIPPED

SVG = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 400">
<rect width="800" height="400" fill="#FFFFFF"/><text x="40" y="80" font-size="36">Liver</text>
</svg>"""
FIELDS = '  picture: servings\n  picture_text: "Bars: liver has most."\n  options:'


def topic_with_pictures(sandbox: Sandbox, svg: str = SVG) -> str:
    """Copies the shipped topic, and gives the same picture to all its questions."""
    folder = sandbox.folder / SHIPPED.name
    shutil.copytree(SHIPPED, folder)
    bank = folder / "bank.yaml"
    text = re.sub(r"^  picture(_text)?: .*\n", "", bank.read_text(), flags=re.MULTILINE)
    bank.write_text(text.replace("  options:", FIELDS))
    Path(folder / "pictures").mkdir(exist_ok=True)
    (folder / "pictures" / "servings.svg").write_text(svg)
    return str(folder)


async def polls(sandbox: Sandbox) -> list[dict[str, Any]]:
    """Returns the parameters of all calls of sendPoll, oldest first."""
    return [call["params"] for call in await sandbox.control.calls("sendPoll")]


def picture_of(question: Message) -> str:
    (size,) = question["poll"]["media"]["photo"]
    assert (size["width"], size["height"]) == (1280, 640)
    return str(size["file_id"])


def left_out() -> float:
    return float(metrics.PICTURES_LEFT_OUT._value.get())


async def test_a_picture_is_uploaded_once_and_then_sent_by_its_file_id(sandbox: Sandbox) -> None:
    async with sandbox.bot(topic=topic_with_pictures(sandbox)) as jobs:
        crowd = [await sandbox.subscriber(name) for name in ("Ana", "Bea", "Cem")]
        await sandbox.later(jobs, hours=1)
        questions = [await person.gets_question() for person in crowd]
        await sandbox.later(jobs, hours=24)
        questions += [await person.gets_question() for person in crowd]
        await crowd[0].says("/quiz")
        assert len({picture_of(question) for question in questions}) == 1
        poll = questions[0]["poll"]
        assert poll["description"].endswith("\n\n🖼 Bars: liver has most.")
        [hidden] = poll["description_entities"]  # else nobody need look
        assert hidden["type"] == "spoiler"
        told = poll["description"].encode("utf-16-le")[2 * hidden["offset"] :]
        assert told.decode("utf-16-le") == "Bars: liver has most."
        sent = await polls(sandbox)
        assert [str(each.get("picture", ""))[:10] for each in sent] == ["<quiz.png,", *[""] * 5]
        assert all(
            questions[0]["poll"]["media"]["photo"][0]["file_id"] in str(each["media"])
            for each in sent[1:]
        )
    assert sandbox.faults_logged() == []
    assert sandbox.logged("picture_left_out") == []


async def test_a_refused_picture_is_left_out_and_told_once(sandbox: Sandbox) -> None:
    before = left_out()
    async with sandbox.bot(topic=topic_with_pictures(sandbox)) as jobs:
        crowd = [await sandbox.subscriber(name) for name in ("Ana", "Bea", "Cem")]
        await sandbox.control.fault("error", method="sendPoll", status=400, count=1)
        await sandbox.later(jobs, hours=1)
        for person in crowd:
            poll = (await person.gets_question())["poll"]
            assert "media" not in poll
            assert poll["description"].endswith("\n\n🖼 Bars: liver has most.")
            assert len(await person.questions()) == 1
        assert len(await polls(sandbox)) == 4
    assert left_out() - before == 3
    [told] = sandbox.logged("picture_left_out")
    assert (told["picture"], told["log_level"]) == ("servings", "warning")
    assert sandbox.faults_logged() == []


async def test_a_refused_file_id_is_forgotten_and_the_picture_uploaded_again(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "_PAUSE", 0.0)
    async with sandbox.bot(topic=topic_with_pictures(sandbox)) as jobs:
        ana, question = await sandbox.asked_subscriber(jobs)
        picture_of(question)
        await sandbox.control.fault("error", method="sendPoll", status=400, count=1)
        await sandbox.later(jobs, hours=24)
        assert "media" not in (await ana.gets_question())["poll"]
        await sandbox.later(jobs, hours=24)
        picture_of(await ana.gets_question())
        uploads = [bool(each.get("picture")) for each in await polls(sandbox)]
        assert uploads == [True, False, False, True]


async def test_after_a_lost_reply_to_the_upload_the_next_question_uploads(
    sandbox: Sandbox,
) -> None:
    async with sandbox.bot(topic=topic_with_pictures(sandbox)) as jobs:
        crowd = await sandbox.subscriber(), await sandbox.subscriber("Bea")
        await sandbox.control.fault("lost_reply", method="sendPoll", count=1)
        await sandbox.later(jobs, hours=1)
        for person in crowd:
            picture_of(await person.gets_question())
            assert len(await person.questions()) == 1
        assert [bool(each.get("picture")) for each in await polls(sandbox)] == [True, True]


async def test_a_picture_that_cannot_be_drawn_is_left_out(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    defaults = Rasteriser.__init__.__kwdefaults__ or {}
    monkeypatch.setitem(defaults, "command", (sys.executable, "-c", ""))  # ends at once
    async with sandbox.bot(topic=topic_with_pictures(sandbox)) as jobs:
        ana, question = await sandbox.asked_subscriber(jobs)
        assert "media" not in question["poll"]
        await ana.votes(question)
        await ana.hears("+10 points")
    [told] = sandbox.logged("picture_left_out")
    assert "the process" in told["error"]


async def test_a_question_waits_while_many_pictures_are_drawn(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with sandbox.bot(topic=topic_with_pictures(sandbox)) as jobs:
        ana = await sandbox.subscriber()
        with monkeypatch.context() as busy:
            busy.setattr(
                jobs.broadcast.question_delivery.sender._pictures._rasteriser, "_waiting", 0
            )
            await sandbox.later(jobs, hours=1)
        assert await ana.questions() == []
        await sandbox.later(jobs, seconds=2)
        picture_of(await ana.gets_question())


async def test_a_group_gets_the_picture_and_one_without_rights_stops_no_other(
    sandbox: Sandbox,
) -> None:
    async with sandbox.bot(topic=topic_with_pictures(sandbox)) as jobs:
        voters = await people(sandbox, 2)
        group, _ = await linked_group(sandbox, *voters)
        await later(sandbox, jobs, hours=1)
        question = await group.gets_question()
        assert question["poll"]["description"] == "🖼 Bars: liver has most."
        shown = picture_of(question)
        await sandbox.control.permit(group.id, by=group.owner.id, can_send_polls=False)
        await later(sandbox, jobs, hours=24)
        await group.hears("not allowed to send polls")
        await sandbox.control.permit(group.id, by=group.owner.id, can_send_polls=True)
        await later(sandbox, jobs, hours=24)
        assert picture_of(await group.gets_question()) == shown
        assert [bool(each.get("picture")) for each in await polls(sandbox)].count(True) == 1
    assert sandbox.logged("picture_left_out") == []
