"""The links that a coordinator gives away in the chat."""

from io import BytesIO

import segno

from quizbot.programmes.audit_log import Action
from tests.telegram.programmes import (
    OpenProgramme,
    code_in,
    make_coordinator,
    make_programme,
    make_team,
    open_card,
    turned,
)
from tests.telegram.sandbox import Message, Person, Sandbox, buttons, words
from tests.telegram.test_programme import audit_entries, open_menu

DEAD = "🚫 This code for “Autumn” no longer works."


async def pictures(person: Person) -> list[str]:
    """Returns the captions of the pictures in the chat, the oldest first."""
    return [words(each) for each in await person.messages() if "photo" in each]


async def invites_members(programme: OpenProgramme) -> Message:
    """Asks for the link of the programme. Returns the message with its buttons."""
    await open_menu(programme, "🔗 Invite")
    await programme.coordinator.presses("🔗 Members")
    return await programme.coordinator.hears("Invite people to Autumn")


async def test_the_invitation_is_a_picture_to_forward_and_a_link(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        programme = await make_programme(sandbox)
        cora = programme.coordinator
        await open_menu(programme, "🔗 Invite")
        await cora.presses("🔗 Members")
        picture = await cora.sees(lambda each: "photo" in each)
        link = f"https://t.me/health_quiz_bot?start={programme.code}"
        assert picture["caption"].endswith(f"Scan the code, or open: {link}")
        assert "Join “Autumn”" in picture["caption"]
        png = await sandbox.control.file(picture["photo"][-1]["file_id"])
        expected = BytesIO()
        segno.make(link, error="q", micro=False).save(expected, kind="png", scale=12, border=4)
        assert png == expected.getvalue()
        message = await cora.hears("Invite people to Autumn")
        assert code_in(message) == programme.code
        assert f"/p/{programme.id}/poster" in words(message)
        assert "picture above" in words(message)


async def test_a_new_link_ends_the_old_one_and_can_be_undone(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        programme = await make_programme(sandbox)
        cora, ana = programme.coordinator, await sandbox.person("Ana")
        await invites_members(programme)
        [valid] = await pictures(cora)
        await turned(cora, "New link", "Its printed codes and shared links stop working")
        asked = await cora.presses("New link")
        told = await cora.hears("The earlier link and its QR codes no longer work")
        [question] = [
            each for each in await cora.messages() if each["message_id"] == asked["message_id"]
        ]
        assert "has a new link" in words(question)
        assert buttons(question) == []
        made = code_in(told)
        assert made != programme.code
        dead, new = await pictures(cora)
        assert (dead, new) == (DEAD, valid.replace(programme.code, made))
        await ana.says(f"/start {programme.code}")
        await ana.hears("no longer works")
        sandbox.clock.advance(59 * 60)
        undone = await turned(cora, "Undo", "The earlier link works again")
        assert "The link made since then no longer works" in words(undone)
        assert code_in(await cora.hears("Invite people to Autumn")) == programme.code
        assert await pictures(cora) == [valid, DEAD, valid]
        await ana.says(f"/start {made}")
        await ana.hears("no longer works")
        await programme.joins(ana)
    actions = [action for _, action in await audit_entries(sandbox)]
    assert actions[-2:] == [Action.LINK_RENEWED, Action.LINK_RESTORED]
    assert sandbox.faults_logged() == []


async def test_a_link_is_turned_off_and_comes_back_within_an_hour(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        programme = await make_programme(sandbox)
        cora, ana = programme.coordinator, await sandbox.person("Ana")
        _, code = await make_team(sandbox, programme, "Red")
        await open_card(programme.coordinator)
        await turned(cora, "Teams", "• Red")
        await cora.presses("Red")
        await cora.hears("This link puts people in team Red")
        await turned(cora, "Turn it off", "Turn off the link for Autumn · Red?")
        off = await turned(cora, "Turn it off", "is turned off. Members stay.")
        assert "QR codes no longer work, printed or sent" in words(off)
        assert await pictures(cora) == ["🚫 This code for team Red of “Autumn” no longer works."]
        await ana.says(f"/start {code}")
        await ana.hears("no longer works")
        joined = await programme.joins(ana)  # the programme's own link goes on
        sandbox.clock.advance(61 * 60)
        [undo] = [each for each in buttons(off) if "Undo" in each["text"]]
        await turned(cora, "Undo", "It's too late: a link can only come back within an hour")
        [dead] = await pictures(cora)
        assert "no longer works" in dead
        answer = await ana.press_data(joined, undo["callback_data"])
        assert "out of date" in answer["text"]
        for button, then in (("Keep it off", "1 member"), ("New link", "has a new link")):
            await open_card(cora)
            await turned(cora, "Teams", "• Red")
            await turned(cora, "🔗 Red", "is turned off. Make a new one?")
            await turned(cora, button, then)
        await cora.hears("This link puts people in team Red")


async def test_buttons_that_name_no_picture_still_change_the_link(sandbox: Sandbox) -> None:
    """They were sent by earlier versions; a picture that was deleted is as good as none."""
    async with sandbox.bot():
        programme = await make_programme(sandbox)
        cora = programme.coordinator
        message = await invites_members(programme)
        [valid] = await pictures(cora)
        await cora.press_data(message, f"newlink:{programme.id}:0:yes")
        told = await cora.hears("The earlier link and its QR codes no longer work, printed or sent")
        assert DEAD not in await pictures(cora)
        await cora.press_data(told, f"undolink:{programme.code}")
        await cora.hears("Invite people to Autumn")
        again = valid.replace(programme.code, code_in(told))
        assert await pictures(cora) == [valid, again, valid]
        await cora.press_data(told, f"offlink:{programme.id}:0:999999:yes")
        cora.heard = {}
        await cora.hears("is turned off. Members stay.")
        assert DEAD not in await pictures(cora)
    assert sandbox.faults_logged() == []


async def test_a_group_and_a_colleague_have_links_of_their_own(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        programme = await make_programme(sandbox)
        cora = programme.coordinator
        await open_menu(programme, "🔗 Invite")
        group = await turned(cora, "Group chat", "I only need to be able to write")
        [link] = [button["url"] for button in buttons(group) if "url" in button]
        assert link.startswith("https://t.me/health_quiz_bot?startgroup=")
        zoe = await sandbox.person("Zoe")
        await zoe.says(f"/start {code_in(group)}")
        await zoe.hears("That link is for a group chat")

        await open_menu(programme, "🔗 Invite")
        await cora.presses("Colleague")
        code = code_in(await cora.hears("Forward this link"))
        await zoe.says(f"/start {code}")
        await zoe.hears("You're invited to run Autumn with Cora")
        await turned(zoe, "Zoe", "You're a coordinator! Members see you as Zoe")
        await turned(zoe, "Programme", "0 members")
        ana = await sandbox.person("Ana")
        await ana.says(f"/start {code}")
        await ana.hears("no longer works")
        await ana.says(f"/start {programme.code}")
        assert "Run by: Cora, Zoe" in words(await ana.hears("You're invited"))


async def test_a_colleague_who_is_a_coordinator_already_accepts_with_one_tap(
    sandbox: Sandbox,
) -> None:
    async with sandbox.bot():
        programme = await make_programme(sandbox)
        otto, zoe = await make_coordinator(sandbox, "Otto"), await sandbox.person("Zoe")
        await open_menu(programme, "🔗 Invite")
        await programme.coordinator.presses("Colleague")
        code = code_in(await programme.coordinator.hears("Forward this link"))
        await programme.coordinator.says(f"/start {code}")
        await programme.coordinator.hears("already a coordinator")
        await otto.says(f"/start {code}")
        await otto.hears("You're invited to run Autumn with Cora")
        await zoe.says("/help")
        await zoe.press_data(await zoe.hears("One question a day"), f"share:{code}")
        await zoe.hears("That's for coordinators")
        await turned(otto, "Accept", "You're a coordinator! Members see you as Otto")
        await programme.coordinator.hears("Otto has accepted an invitation and now runs Autumn.")
        await turned(otto, "Programme", "0 members")
        await otto.says(f"/start {code}")
        await otto.hears("no longer works")
