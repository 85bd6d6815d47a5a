"""Operators make coordinators, by links that work once."""

import re
import sqlite3
from datetime import date, timedelta

import httpx
import pytest
from sqlalchemy import Engine, event, select

from db.programmes import AuditEntry, Coordination, Coordinator, SignIn, TextInput
from quizbot.programmes.audit_log import Action
from tests.sizes import PATIENCE
from tests.telegram.programmes import (
    code_in,
    is_coordinator,
    make_coordinator,
    make_programme,
    open_card,
    turned,
)
from tests.telegram.sandbox import Person, Sandbox, buttons, on_each_database, words
from tests.web.site import own_page

OPERATOR = 5_000_000_001  # the first person of a sandbox


async def operator(sandbox: Sandbox) -> Person:
    person = await sandbox.person("Olga")
    assert person.id == OPERATOR
    return person


async def link_of(olga: Person) -> str:
    await olga.says("/coordinator")
    return code_in(await olga.hears("Forward this link"))


async def commands_of(sandbox: Sandbox, person: Person) -> list[str]:
    """Returns the person's command menu."""
    bot = (await sandbox.control.state(person.id))["bots"][0]
    return [command["command"] for command in bot["commands"]]


@on_each_database
async def test_an_operators_link_makes_one_coordinator(sandbox: Sandbox) -> None:
    async with sandbox.bot(operators=str(OPERATOR)):
        olga, cora, zoe = (
            await operator(sandbox),
            await sandbox.person("Cora"),
            await sandbox.person("Zoe"),
        )
        code = await link_of(olga)
        await cora.says(f"/start {code}")
        asked = words(await cora.hears("You're invited to run programmes"))
        assert "What should members call you?" in asked
        assert not await is_coordinator(sandbox, cora)
        await turned(cora, "Cora", "You're a coordinator! Members see you as Cora")
        await cora.presses("New programme")
        await cora.hears("What's your programme called?")
        await zoe.says(f"/start {code}")
        await zoe.hears("no longer works")
        await sandbox.all_read()
        assert (await commands_of(sandbox, cora))[:2] == ["programme", "dashboard"]
        assert "programme" not in await commands_of(sandbox, zoe)
        assert "programmes" in await commands_of(sandbox, zoe)
        async with sandbox.sessions() as session:
            entries = (await session.scalars(select(AuditEntry).order_by(AuditEntry.id))).all()
        assert [(each.actor_id, each.action) for each in entries] == [
            (olga.id, Action.COORDINATOR_INVITED),
            (cora.id, Action.COORDINATOR_MADE),
        ]
    assert sandbox.faults_logged() == []


async def test_a_coordinators_name_can_be_typed(sandbox: Sandbox) -> None:
    async with sandbox.bot(operators=str(OPERATOR)):
        olga, cora = await operator(sandbox), await sandbox.person("Co\u202era")
        await cora.says(f"/start {await link_of(olga)}")
        await cora.hears("What should members call you?")
        await cora.presses("Co\u202era")
        await cora.hears("characters nobody can see")
        await cora.says("x" * 65)
        await cora.hears("That name is too long")
        await cora.says("Cora of t.me/win")
        await cora.hears("That name looks like a link")
        await cora.says("Dr <Cora> Lee")
        await cora.hears("Members see you as Dr <Cora> Lee")
        assert await sandbox.count(TextInput) == 0


async def test_a_link_can_be_declined_and_expires(sandbox: Sandbox) -> None:
    async with sandbox.bot(operators=str(OPERATOR)):
        olga, cora = await operator(sandbox), await sandbox.person("Cora")
        code = await link_of(olga)
        await cora.says(f"/start {code}")
        await cora.hears("What should members call you?")
        await turned(cora, "No, thanks", "nothing has changed")
        await cora.says("Cora")
        await cora.hears("I didn't get that")
        sandbox.clock.advance(timedelta(days=7).total_seconds())
        await cora.says(f"/start {code}")
        await cora.hears("no longer works")
        assert await sandbox.count(Coordinator) == 0


async def test_a_link_that_two_people_open_works_for_the_first_one(sandbox: Sandbox) -> None:
    async with sandbox.bot(operators=str(OPERATOR)):
        olga, cora, zoe = (
            await operator(sandbox),
            await sandbox.person("Cora"),
            await sandbox.person("Zoe"),
        )
        code = await link_of(olga)
        for person in (cora, zoe):
            await person.says(f"/start {code}")
            await person.hears("What should members call you?")
        await turned(zoe, "Zoe", "You're a coordinator")
        await turned(cora, "Cora", "no longer works")
        assert (await is_coordinator(sandbox, zoe), await is_coordinator(sandbox, cora)) == (
            True,
            False,
        )


async def test_operators_can_use_their_own_link(sandbox: Sandbox) -> None:
    async with sandbox.bot(operators=str(OPERATOR)):
        olga = await operator(sandbox)
        await olga.says(f"/start {await link_of(olga)}")
        await olga.hears("What should members call you?")
        await turned(olga, "Olga", "You're a coordinator")
        await olga.says(f"/start {await link_of(olga)}")
        await olga.hears("already a coordinator")


@pytest.mark.parametrize("command", ["/coordinator", "/coordinators"])
async def test_only_operators_have_the_operators_commands(sandbox: Sandbox, command: str) -> None:
    async with sandbox.bot(operators=str(OPERATOR)):
        await operator(sandbox)
        cora = await make_coordinator(sandbox)
        await cora.says(command)
        unknown = await cora.hears("I don't know that command")
        programme = await make_programme(sandbox, cora)
        async with sandbox.sessions.begin() as session:
            await session.delete(await session.get(Coordination, (programme.id, cora.id)))
        for data in (
            "coordinators:0",
            f"uncoordinate:{cora.id}:ask",
            f"uncoordinate:{cora.id}:yes",
            f"handover:{programme.id}",
        ):
            answer = await cora.press_data(unknown, data)
            assert "out of date" in answer["text"]
        assert await is_coordinator(sandbox, cora)
        group = await sandbox.control.group("Friends", cora.id, [sandbox.bot_id])
        await sandbox.control.write(cora.id, group["id"], command)
        await sandbox.all_read()
        await cora.hears_nothing_else()
        assert [
            m for m in await sandbox.control.messages(cora.id, group["id"]) if not m["out"]
        ] == []


async def test_operators_list_coordinators_remove_them_and_hand_programmes_over(
    sandbox: Sandbox,
) -> None:
    async with sandbox.bot(operators=str(OPERATOR)):
        olga = await operator(sandbox)
        await olga.says("/coordinators")
        await olga.hears("There are none yet. Send /coordinator")
        cora, otto = (
            await make_coordinator(sandbox, "Cora"),
            await make_coordinator(sandbox, "Otto"),
        )
        programme = await make_programme(sandbox, cora)
        await cora.says("/dashboard")
        await cora.hears("Your dashboard")
        assert await sandbox.count(SignIn) == 1
        await open_card(cora, "0 members")
        await turned(cora, "🔗 Invite", "🔗 Invite · Autumn")
        await cora.presses("Colleague")
        saved_code = code_in(await cora.hears("Forward this link"))

        await olga.says("/coordinators")
        listed = words(await olga.hears("Coordinators"))
        assert "• Cora · 1 programme · since 23 Nov 2026" in listed
        assert "• Otto · 0 programmes · since 23 Nov 2026" in listed
        asked = await turned(olga, "✖ Cora", "Remove Cora as a coordinator?")
        assert "Then nobody runs Autumn" in words(asked)
        await turned(olga, "Keep", "• Cora")
        await turned(olga, "✖ Cora", "Remove Cora")
        listed = words(await turned(olga, "✖ Remove", "Nobody runs these programmes"))
        assert "• Cora" not in listed
        assert "• Autumn" in listed
        await cora.hears("an operator removed you")
        assert not await is_coordinator(sandbox, cora)
        assert await sandbox.count(SignIn) == 0
        await cora.says(f"/start {saved_code}")  # no way back in
        await cora.hears("no longer works")
        await sandbox.all_read()
        assert "programme" not in await commands_of(sandbox, cora)

        await olga.presses("🤝 Autumn")
        code = code_in(await olga.hears("Forward this link to whoever will run Autumn"))
        await otto.says(f"/start {code}")
        await otto.hears("You're invited to run Autumn")
        await turned(otto, "Accept", "You're a coordinator! Members see you as Otto")
        await turned(otto, "Programme", "0 members")
        answer = await olga.press_data(olga.heard, f"handover:{programme.id}")
        assert "out of date" in answer["text"]
    assert sandbox.faults_logged() == []


async def test_operators_see_and_revoke_open_invitations(sandbox: Sandbox) -> None:
    async with sandbox.bot(operators=str(OPERATOR)):
        olga, cora = await operator(sandbox), await make_coordinator(sandbox, "Cora")
        await make_programme(sandbox, cora)
        first = await link_of(olga)
        sandbox.clock.advance(60)
        await open_card(cora, "0 members")
        await turned(cora, "🔗 Invite", "🔗 Invite · Autumn")
        await cora.presses("Colleague")
        second = code_in(await cora.hears("Forward this link"))
        await olga.says("/coordinators")
        listed = await olga.hears("Open invitations")
        assert "1. Autumn · from Cora · until 30 Nov 2026" in words(listed)
        assert "2. new coordinator · until 30 Nov 2026" in words(listed)
        assert second not in str(listed)  # an operator does not run that programme
        old = next(each for each in buttons(listed) if each["text"] == "✖ 1")
        listed = await turned(olga, "✖ 1", "1. new coordinator")
        assert "Autumn" not in words(listed)
        assert "out of date" in (await olga.press_data(listed, old["callback_data"]))["text"]
        own = (await cora.messages())[-1]
        assert "out of date" in (await cora.press_data(own, old["callback_data"]))["text"]
        zoe = await sandbox.person("Zoe")
        await zoe.says(f"/start {second}")
        await zoe.hears("no longer works")
        await zoe.says(f"/start {first}")
        await zoe.hears("What should members call you?")
        async with sandbox.sessions() as session:
            entries = (await session.scalars(select(AuditEntry).order_by(AuditEntry.id))).all()
        assert (entries[-1].actor_id, entries[-1].action) == (olga.id, Action.LINK_REVOKED)


async def test_every_open_invitation_can_be_revoked(sandbox: Sandbox) -> None:
    async with sandbox.bot(operators=str(OPERATOR)):
        olga = await operator(sandbox)
        for _ in range(6):
            await link_of(olga)
        await olga.says("/coordinators")
        listed = await olga.hears("Open invitations")
        assert "5." not in words(listed)
        listed = await turned(olga, "›", "5. new coordinator")
        assert [each["text"] for each in buttons(listed)] == ["✖ 5", "✖ 6", "‹"]
        await turned(olga, "✖ 6", "1. new coordinator")
        assert "6." not in words(await turned(olga, "›", "5. new coordinator"))


async def test_operators_hear_only_what_is_committed(sandbox: Sandbox) -> None:
    """The first attempt fails at its commit, so the second one tells them."""
    failing = list[bool]()

    def note(*arguments: object) -> None:
        if str(arguments[2]).startswith("INSERT INTO coordinators"):
            failing.append(not failing)

    def fail(_: object) -> None:
        if failing == [True]:
            failing[0] = False
            error = sqlite3.OperationalError("database is locked")
            error.sqlite_errorname = "SQLITE_BUSY"
            raise error

    async with sandbox.bot(operators=str(OPERATOR)):
        olga, zoe = await operator(sandbox), await sandbox.person("Zoe")
        await zoe.says(f"/start {await link_of(olga)}")
        await zoe.hears("What should members call you?")
        event.listen(Engine, "before_cursor_execute", note)
        event.listen(Engine, "commit", fail)
        await turned(zoe, "Zoe", "You're a coordinator")
        event.remove(Engine, "before_cursor_execute", note)
        event.remove(Engine, "commit", fail)
        assert failing == [False, False]
        await olga.hears("Zoe has accepted an invitation")
        await olga.hears_nothing_else()


async def test_operators_hear_when_an_invitation_is_used(sandbox: Sandbox) -> None:
    async with sandbox.bot(operators=f"{OPERATOR},{OPERATOR + 1}"):
        olga, otto = await operator(sandbox), await sandbox.person("Otto", "en")
        await otto.says("/coordinators")
        await otto.hears("There are none")
        zoe = await sandbox.person("Zoe")
        await zoe.says(f"/start {await link_of(olga)}")
        await zoe.hears("What should members call you?")
        await turned(zoe, "Zoe", "You're a coordinator")
        for each in (olga, otto):
            await each.hears("Zoe has accepted an invitation and can now run programmes")
        await make_programme(sandbox, zoe)
        await open_card(zoe, "0 members")
        await turned(zoe, "🔗 Invite", "🔗 Invite · Autumn")
        await zoe.presses("Colleague")
        await otto.says(f"/start {code_in(await zoe.hears('Forward this link'))}")
        await otto.hears("What should members call you?")
        await turned(otto, "Otto", "You're a coordinator")
        told = await olga.hears("Otto has accepted an invitation and now runs Autumn")
        await otto.hears_nothing_else()  # who used it knows
        await olga.press_data(told, f"stopmessages:{otto.id}:on")
        await otto.hears("An operator of this bot has stopped your messages")


async def test_a_new_sign_in_is_told_in_the_chat_and_its_button_ends_all_sessions(
    sandbox: Sandbox,
) -> None:
    async with sandbox.bot(), httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as browser:
        cora = await make_coordinator(sandbox)
        await cora.says("/dashboard")
        link = re.search(r"http\S+/in/\S+", words(await cora.hears("Your dashboard")))
        assert link is not None
        host = link[0].partition("/in/")[0]
        entered = await browser.post(link[0], headers=own_page(host))
        assert entered.status_code == 303
        await cora.hears("Somebody just signed in to your dashboard")
        assert (await browser.get(f"{host}/p")).status_code == 200
        sandbox.clock.advance(90 * 60)
        assert (await browser.get(f"{host}/p")).status_code == 200
        sandbox.clock.advance(5 * 60)
        await cora.says("/dashboard")
        told = words(await cora.hears("Open sessions:"))
        assert "• signed in 1 hour ago, last used 5 minutes ago" in told
        await turned(cora, "✖ Sign out everywhere", "You're signed out everywhere")
        assert (await browser.get(f"{host}/p")).status_code == 401
        await cora.says("/dashboard")
        assert "Open sessions" not in words(await cora.hears("Your dashboard"))
    assert sandbox.faults_logged() == []


async def test_many_coordinators_come_in_pages(sandbox: Sandbox) -> None:
    async with sandbox.bot(operators=str(OPERATOR)):
        olga = await operator(sandbox)
        for number in range(10):
            await make_coordinator(sandbox, f"Cora {number}")
        await olga.says("/coordinators")
        assert "Cora 8" not in words(await olga.hears("Cora 7"))
        await turned(olga, "›", "Cora 8")
        await turned(olga, "‹", "Cora 7")


async def test_the_dashboard_is_a_link_on_this_machine_and_a_button_elsewhere(
    sandbox: Sandbox,
) -> None:
    async with sandbox.bot():
        cora = await make_coordinator(sandbox)
        await cora.says("/dashboard")
        first = await cora.hears("The link works once, within 5 minutes")
        assert "http://127.0.0.1:" in words(first)
        [app] = [button["web_app"]["url"] for button in buttons(first)]
        assert app.startswith("http://127.0.0.1:")
        assert app.endswith("/app")
    async with sandbox.bot(public_url="https://quiz.example.org"):
        await cora.says("/dashboard")
        second = await cora.hears("The link works once, within 5 minutes")
        assert "https" not in words(second)
        link, app_button = buttons(second)
        assert link["url"].startswith("https://quiz.example.org/in/")
        assert app_button["web_app"] == {"url": "https://quiz.example.org/app"}
    async with sandbox.sessions() as session:
        rows = (await session.scalars(select(SignIn))).all()
    assert [row.coordinator_id for row in rows] == [cora.id] * 2
    assert not any(words(first).encode() in row.token_hash for row in rows)


async def test_a_coordinator_keeps_a_programme_that_has_ended(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        programme = await make_programme(sandbox, ends_on=date(2026, 11, 24))
        sandbox.clock.advance(3 * 24 * 3600)
        card = await open_card(programme.coordinator, "It's over")
        assert {button["text"] for button in buttons(card)} == {
            "🏆 Boards",
            "📈 Dashboard",
            "🎓 Report",
            "🔁 Next season",
            "‹ Your programmes",
        }
