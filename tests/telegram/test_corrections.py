"""The bank changes between two runs of the bot: subscribers hear of corrections."""

import shutil
from pathlib import Path

from sqlalchemy import select

from db.models import Answer, Rescoring
from questions import Change, Item, load_topic
from questions.bank_file import BankFile
from tests.telegram.sandbox import Person, Sandbox

SHIPPED = Path("questions/vitamin-b12-blood-flow")


def bank_of(sandbox: Sandbox) -> Path:
    """Copies the shipped topic, to edit it."""
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
    """Runs the bot until somebody has answered their first question."""
    async with sandbox.bot(topic=str(folder)) as jobs:
        ana, question = await sandbox.asked_subscriber(jobs)
        await ana.votes(question, right=right)
        await ana.hears("points")
    stem = question["poll"]["question"]
    [item] = [item for item in load_topic(folder).approved if item.stem == stem]
    return ana, item


async def next_description(sandbox: Sandbox, folder: Path, ana: Person) -> str:
    """Runs the bot for the next day. Returns the text above the question."""
    async with sandbox.bot(topic=str(folder)) as jobs:
        await sandbox.later(jobs, hours=24)
        poll = (await ana.gets_question())["poll"]
    return str(poll.get("description", ""))


async def option_taken(sandbox: Sandbox) -> int | None:
    """Returns the place in the bank of the option of the only answer."""
    async with sandbox.sessions() as session:
        return await session.scalar(select(Answer.option))


async def test_a_correction_stands_above_the_next_question_once(sandbox: Sandbox) -> None:
    folder = bank_of(sandbox)
    ana, item = await first_answer(sandbox, folder)
    change = Change(revision=2, tell="We said <b>too much</b>; it is simpler than that.")
    edit(folder, item.model_copy(update={"revision": 2, "changes": (change,)}))
    told = await next_description(sandbox, folder, ana)
    assert told == f"✏️ A question you answered was corrected: “{item.stem}”\n{change.tell}"
    assert "Corrected" not in await next_description(sandbox, folder, ana)


async def test_a_correction_without_the_authors_words_gives_the_new_explanation(
    sandbox: Sandbox,
) -> None:
    folder = bank_of(sandbox)
    ana, item = await first_answer(sandbox, folder)
    edit(folder, item.model_copy(update={"revision": 2}))
    assert f"Now it says: {item.explanation}" in await next_description(sandbox, folder, ana)


async def test_a_withdrawal_stands_above_the_next_question(sandbox: Sandbox) -> None:
    folder = bank_of(sandbox)
    ana, item = await first_answer(sandbox, folder)
    edit(folder, item.model_copy(update={"status": "retired"}))
    told = await next_description(sandbox, folder, ana)
    assert told.startswith("✏️ A question you answered was withdrawn: ")


async def test_a_corrected_key_changes_the_score_and_is_told(sandbox: Sandbox) -> None:
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
    assert told.endswith("Your points for it were counted again.")
    assert await sandbox.count(Rescoring) == 1
    async with sandbox.bot(topic=str(folder)):
        await ana.says("/score")
        # The first distractor has become the key; an answer with another one is still wrong.
        await ana.hears("Points: 10" if taken == 1 else "Points: 2")
    assert await sandbox.totals_are_right()
