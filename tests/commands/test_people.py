"""`person`, `coordinators` and `send-test` do what the bot does in the chat, beside it."""

import json
from pathlib import Path

import pytest
from sqlalchemy import select

from db.programmes import AuditEntry
from quizbot.programmes import staff
from quizbot.programmes.audit_log import Action
from tests.commands.conftest import CommandLine
from tests.telegram.programmes import make_coordinator, make_programme
from tests.telegram.sandbox import Message, Person, Sandbox


async def test_people_are_helped_beside_the_bot_as_in_the_chat(
    cli: CommandLine, sandbox: Sandbox
) -> None:
    async with sandbox.bot() as jobs:
        ana, question = await sandbox.asked_subscriber(jobs)
        await _a_test_message_arrives(cli, ana)
        await _a_person_is_exported_and_erased(cli, ana, question)
        await _a_coordinator_is_listed_removed_and_told(cli, sandbox, ana)


async def _a_test_message_arrives(cli: CommandLine, ana: Person) -> None:
    assert await cli.succeeds("send-test", ana.id) == {"sent": True, "fault": ""}
    await ana.hears("This is just a test")


async def _a_person_is_exported_and_erased(
    cli: CommandLine, ana: Person, question: Message
) -> None:
    exported = json.loads((await cli.run("person", "export", ana.id)).stdout)
    assert exported["subscriber"]["id"] == ana.id
    assert len(exported["questions"]) == 1
    erased = await cli.succeeds("person", "erase", ana.id, "--yes")
    assert erased == {"erased": ana.id, "open_polls": 0}
    assert await ana.row() is None
    [poll] = await ana.questions()
    assert poll["message_id"] == question["message_id"]
    assert poll["poll"]["is_closed"]
    nobody = await cli.run("person", "erase", ana.id, "--yes")
    assert (nobody.exit_code, nobody.stdout) == (1, f"Nothing is kept about {ana.id}.\n")
    assert (await cli.run("person", "export", ana.id)).exit_code == 1


async def _a_coordinator_is_listed_removed_and_told(
    cli: CommandLine, sandbox: Sandbox, cora: Person
) -> None:
    await make_coordinator(sandbox, "Dora")
    async with sandbox.sessions.begin() as session:
        await staff.make_coordinator(session, cora.id, "Cora", "en", sandbox.clock.now())
    await make_programme(sandbox, cora, ends_on=None)
    listed = (await cli.succeeds("coordinators", "list"))["coordinators"]
    assert {(each["name"], each["programmes"]) for each in listed} == {("Cora", 1), ("Dora", 0)}
    removed = await cli.succeeds("coordinators", "remove", cora.id)
    assert removed == {"removed": cora.id, "unattended": ["Autumn"]}
    await cora.hears("an operator removed you")
    shown = (await cli.run("coordinators", "list")).stdout
    assert "Dora" in shown
    assert "Cora" not in shown
    async with sandbox.sessions() as session:
        [entry] = await session.scalars(
            select(AuditEntry).where(AuditEntry.action == Action.COORDINATOR_REMOVED.value)
        )
    assert (entry.actor_id, entry.detail) == (None, str(cora.id))
    again = await cli.run("coordinators", "remove", cora.id)
    nobody = await cli.run("coordinators", "remove", cora.id, "--json")
    assert (nobody.exit_code, nobody.stdout) == (1, "{}\n")
    assert (again.exit_code, again.stdout) == (1, f"{cora.id} is not a coordinator.\n")


async def test_erasing_asks_first_and_names_what_nobody_runs_then(
    cli: CommandLine, sandbox: Sandbox
) -> None:
    cora = await make_coordinator(sandbox)
    await make_programme(sandbox, cora, ends_on=None)
    kept = await cli.run("person", "erase", cora.id, input="n\n")
    assert kept.exit_code == 1
    question = f"Erase everything about {cora.id}? It cannot be undone. Nobody else runs Autumn."
    assert question in kept.output
    unasked = await cli.run("person", "erase", cora.id, "--json")
    assert unasked.exit_code == 2
    assert "add --yes" in unasked.stderr
    assert len((await cli.succeeds("coordinators", "list"))["coordinators"]) == 1
    assert (await cli.run("person", "erase", cora.id, input="y\n")).exit_code == 0
    assert await cli.succeeds("coordinators", "list") == {"coordinators": []}


async def test_why_a_test_message_does_not_arrive(cli: CommandLine, sandbox: Sandbox) -> None:
    ana = await sandbox.person()
    unheard_of = await cli.run("send-test", ana.id)
    assert unheard_of.exit_code == 1
    assert "they blocked the bot, or never pressed START" in unheard_of.stdout
    away = await cli.run("send-test", ana.id, api_url="http://127.0.0.1:9")
    assert away.exit_code == 1
    assert "Telegram did not take the message (no connection" in away.stdout


async def test_why_a_test_message_does_not_arrive_is_said_once(
    sqlite_cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sentence says it, so the log leaves out the warning about the call."""
    levels: list[str] = []
    monkeypatch.setattr("quizbot.logs.set_up", lambda level, _: levels.append(level))
    assert (await sqlite_cli.run("send-test", 1)).exit_code == 1
    assert levels == ["ERROR"]


@pytest.mark.parametrize(
    "arguments", [("person", "export", 1), ("coordinators", "list"), ("rebuild",)]
)
async def test_a_mistaken_data_folder_is_named_and_no_database_made(
    cli: CommandLine, tmp_path: Path, arguments: tuple[object, ...]
) -> None:
    sentence = await cli.fails(*arguments, database_url=f"sqlite:///{tmp_path}/else.sqlite3")
    assert sentence.endswith("check QUIZBOT_DATA_DIR, or start the bot once, which makes it.")
