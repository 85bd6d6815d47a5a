"""The bank is corrected between two runs of the bot: who was taught the old one hears of it."""

import shutil
from pathlib import Path

from sqlalchemy import select

from db.models import Answer, Rescoring
from questions import Change, Item, load_topic
from questions.bank_file import BankFile
from tests.telegram.sandbox import Person, Sandbox

SHIPPED = Path("questions/vitamin-b12-blood-flow")


def bank_of(sandbox: Sandbox) -> Path:
    """A copy of the shipped topic, to be edited."""
    folder = sandbox.folder / SHIPPED.name
    shutil.copytree(SHIPPED, folder)
    return folder


def edit(folder: Path, item: Item) -> None:
    bank = BankFile.read(folder / "bank.yaml")
    bank.replace(item)
    bank.save(folder / "bank.yaml")


async def first_answer(
    sandbox: Sandbox, folder: Path, *, right: bool = True
) -> tuple[Person, Item]:
    """A run of the bot in which somebody answers their first question."""
    async with sandbox.bot(topic=str(folder)) as jobs:
        ana = await sandbox.subscriber()
        await sandbox.later(jobs, hours=1)
        question = await ana.gets_question()
        await ana.votes(question, right=right)
        await ana.hears("points")
    stem = question["poll"]["question"]
    [item] = [item for item in load_topic(folder).approved if item.stem == stem]
    return ana, item


async def next_description(sandbox: Sandbox, folder: Path, ana: Person) -> str:
    """What stands above the question of the next day, in another run."""
    async with sandbox.bot(topic=str(folder)) as jobs:
        await sandbox.later(jobs, hours=24)
        poll = (await ana.gets_question())["poll"]
    return str(poll.get("description", ""))


async def option_taken(sandbox: Sandbox) -> int | None:
    """The place in the bank of the only answer."""
    async with sandbox.sessions() as session:
        return await session.scalar(select(Answer.option))


async def test_a_changed_question_is_corrected_above_the_next_one_once(sandbox: Sandbox) -> None:
    folder = bank_of(sandbox)
    ana, item = await first_answer(sandbox, folder)
    change = Change(revision=2, tell="We said <b>too much</b>; it is simpler than that.")
    edit(folder, item.model_copy(update={"revision": 2, "changes": (change,)}))
    told = await next_description(sandbox, folder, ana)
    assert told == f"✏️ Corrected: a question that you answered, “{item.stem}”\n{change.tell}"
    assert await next_description(sandbox, folder, ana) == ""


async def test_without_words_of_the_author_the_new_lesson_is_told(sandbox: Sandbox) -> None:
    folder = bank_of(sandbox)
    ana, item = await first_answer(sandbox, folder)
    edit(folder, item.model_copy(update={"revision": 2}))
    assert f"It teaches now: {item.explanation}" in await next_description(sandbox, folder, ana)


async def test_a_withdrawn_question_is_told(sandbox: Sandbox) -> None:
    folder = bank_of(sandbox)
    ana, item = await first_answer(sandbox, folder)
    edit(folder, item.model_copy(update={"status": "retired"}))
    assert (await next_description(sandbox, folder, ana)).startswith("✏️ Withdrawn")


async def test_a_wrong_key_is_put_right_in_the_score_and_told(sandbox: Sandbox) -> None:
    folder = bank_of(sandbox)
    ana, item = await first_answer(sandbox, folder, right=False)
    taken = await option_taken(sandbox)
    key, *others = item.options
    options = tuple(
        option.model_copy(update={"correct": place == 0, "why": None if place == 0 else "No."})
        for place, option in enumerate((*others, key))
    )
    places = list(range(1, len(options)))
    change = Change(revision=2, order_was=(*places, 0))
    edit(
        folder,
        item.model_copy(update={"revision": 2, "options": options, "changes": (change,)}),
    )
    told = await next_description(sandbox, folder, ana)
    assert told.endswith("Answers that counted have been scored anew.")
    assert await sandbox.count(Rescoring) == 1
    async with sandbox.bot(topic=str(folder)):
        await ana.says("/score")
        # What was the first distractor is the key; whoever took another one is as wrong as before.
        await ana.hears("Points: 10" if taken == 1 else "Points: 2")
    assert await sandbox.totals_are_right()
