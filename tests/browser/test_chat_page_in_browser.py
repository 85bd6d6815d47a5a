"""Links, START, Mini Apps, groups, the clock and pictures on the chat page, in a real browser."""

import asyncio
import json
import struct
import zlib
from typing import Any

import pytest
from playwright.async_api import Locator, ViewportSize, expect

from sandbox.wire import Json, RefusedError
from sandbox.world import Action
from tests.browser.chat_page import LOOKS, QUIZ, Sandbox
from tests.browser.pages import DESKTOP, PHONE, Scheme, Screenshots, box_of
from tests.sizes import PATIENCE


async def test_start_of_a_link_waits_until_it_is_pressed(sandbox: Sandbox) -> None:
    await sandbox.says(sandbox.ana, "Join: https://t.me/quiz_bot?start=team-7_x")
    page = await sandbox.open(sandbox.ana)
    await page.get_by_role("link", name="t.me/quiz_bot").click()
    start = page.get_by_test_id("start-button")
    await expect(start).to_have_attribute("data-action", "start")
    assert await sandbox.heard() == []
    await start.click()
    await expect(page.get_by_test_id("composer")).to_be_visible()
    await expect(start).to_have_count(0)
    assert await sandbox.heard() == [(sandbox.ana, "/start team-7_x")]


async def test_a_newcomer_who_follows_a_link_starts_with_its_payload(sandbox: Sandbox) -> None:
    group = (await sandbox.control.group("Friends", sandbox.ana, [sandbox.ben]))["id"]
    await sandbox.control.write(sandbox.ana, group, "Come along: t.me/quiz_bot?start=abc")
    page = await sandbox.open(sandbox.ben, group)
    await page.get_by_role("link", name="t.me/quiz_bot").click()
    await expect(page.get_by_test_id("chat-title")).to_have_text("Health quiz")
    await page.get_by_test_id("start-button").click()
    await expect(page.get_by_test_id("messages")).to_contain_text("/start abc")
    assert await sandbox.heard() == [(sandbox.ben, "/start abc")]


async def test_whoever_goes_elsewhere_instead_is_not_asked_again(sandbox: Sandbox) -> None:
    await sandbox.says(sandbox.ana, "x", {"text": "Join", "url": "https://t.me/quiz_bot?start=abc"})
    group = (await sandbox.control.group("Friends", sandbox.ana, []))["id"]
    page = await sandbox.open(sandbox.ana)
    await page.get_by_test_id("composer").fill("half a sentence")
    await page.get_by_test_id("inline-button").click()
    await expect(page.get_by_test_id("start-button")).to_be_visible()
    await page.get_by_test_id(f"chat-{group}").click()
    await page.get_by_test_id(f"chat-{sandbox.bot}").click()
    await expect(page.get_by_test_id("composer")).to_have_value("half a sentence")
    assert await sandbox.heard() == []


async def test_start_of_a_link_unblocks_the_bot(sandbox: Sandbox) -> None:
    await sandbox.says(sandbox.ana, "https://t.me/quiz_bot?start=abc")
    await sandbox.control.block(sandbox.ana, sandbox.bot)
    page = await sandbox.open(sandbox.ana)
    await expect(page.get_by_test_id("start-button")).to_have_attribute("data-action", "unblock")
    await page.get_by_role("link", name="t.me/quiz_bot").click()
    await page.get_by_test_id("start-button").and_(page.locator("[data-action=start]")).click()
    await expect(page.get_by_test_id("messages")).to_contain_text("/start abc")
    assert await sandbox.heard() == [(sandbox.ana, "/start abc")]


async def test_a_link_brings_the_bot_into_a_new_group(sandbox: Sandbox) -> None:
    await sandbox.says(
        sandbox.ana, "x", {"text": "Add", "url": "https://t.me/quiz_bot?startgroup=g1"}
    )
    page = await sandbox.open(sandbox.ana)
    await page.get_by_test_id("inline-button").click()
    dialog = page.get_by_test_id("choose-group")
    await dialog.get_by_role("textbox").fill("Canteen")
    await dialog.get_by_test_id("choose-group-new").click()
    await expect(page.get_by_test_id("chat-title")).to_have_text("Canteen")
    await expect(page.get_by_test_id("messages")).to_contain_text("/start@quiz_bot g1")
    assert await sandbox.heard() == [(sandbox.ana, "/start@quiz_bot g1")]


async def test_a_link_brings_the_bot_into_a_group_there_is_with_the_rights_it_asks_for(
    sandbox: Sandbox,
) -> None:
    group = (await sandbox.control.group("Canteen", sandbox.ana, [sandbox.ben]))["id"]
    bens = (await sandbox.control.group("Bens", sandbox.ben, [sandbox.ana]))["id"]
    link = "https://t.me/quiz_bot?startgroup=g1&admin=pin_messages"
    await sandbox.says(sandbox.ana, "x", {"text": "Add", "url": link})
    page = await sandbox.open(sandbox.ana)
    await page.get_by_test_id("inline-button").click()
    dialog = page.get_by_test_id("choose-group")
    await expect(dialog).to_contain_text("pin messages")
    await expect(dialog.get_by_test_id(f"choose-group-{bens}")).to_have_count(0)
    await dialog.get_by_test_id(f"choose-group-{group}").click()
    await expect(page.get_by_test_id("messages")).to_contain_text("/start@quiz_bot g1")
    me = await sandbox.api("getChatMember", chat_id=group, user_id=sandbox.bot)
    assert (me["status"], me["can_pin_messages"], me["can_delete_messages"]) == (
        "administrator",
        True,
        False,
    )


async def test_other_addresses_open_in_a_tab_of_their_own(sandbox: Sandbox) -> None:
    button = {"text": "Site", "url": sandbox.app}
    await sandbox.says(sandbox.ana, f"Here: {sandbox.app}?x=1", button)
    page = await sandbox.open(sandbox.ana)
    for link in (page.get_by_role("link", name="Here").or_(page.locator(".text a")), None):
        async with page.context.expect_page() as opening:
            await (link or page.get_by_test_id("inline-button")).click()
        tab = await opening.value
        assert tab.url.startswith(sandbox.app)
        assert await tab.evaluate("window.opener") is None
        await tab.close()
    sandbox.pages.complaints.clear()  # the page of the Mini App, without its launch data


@pytest.mark.parametrize(("look", "size", "scheme"), LOOKS)
async def test_a_mini_app_opens_in_a_frame_and_closes_itself(
    sandbox: Sandbox, pictures: Screenshots, look: str, size: ViewportSize, scheme: Scheme
) -> None:
    button = {"text": "Open the board", "web_app": {"url": sandbox.app}}
    await sandbox.says(sandbox.ana, "Your board is ready.", button)
    page = await sandbox.open(sandbox.ana, size=size, scheme=scheme)
    await page.get_by_test_id("inline-button").click()
    frame = page.get_by_test_id("mini-app-frame").content_frame
    await expect(frame.locator("#who")).to_have_text("For Ana")
    dialog = page.get_by_test_id("mini-app")
    await expect(dialog).not_to_have_attribute("aria-busy", "true")
    await expect(dialog.get_by_role("heading")).to_have_text("Health quiz")
    await pictures.take(page, f"mini-app-{look}.png")
    await frame.get_by_role("button", name="Done").click()
    await expect(dialog).to_have_count(0)
    await page.get_by_test_id("inline-button").click()
    await page.get_by_test_id("mini-app-close").click()
    await expect(dialog).to_have_count(0)


async def test_the_menu_button_opens_a_mini_app(sandbox: Sandbox) -> None:
    page = await sandbox.open(sandbox.ana)
    await expect(page.get_by_test_id("menu-button")).to_have_count(0)
    button = {"type": "web_app", "text": "My board", "web_app": {"url": sandbox.app}}
    await sandbox.api("setChatMenuButton", chat_id=sandbox.ana, menu_button=button)
    await expect(page.get_by_test_id("menu-button")).to_have_text("My board")
    await page.get_by_test_id("menu-button").click()
    frame = page.get_by_test_id("mini-app-frame").content_frame
    await expect(frame.locator("#who")).to_have_text("For Ana")


@pytest.mark.parametrize(("look", "size", "scheme"), LOOKS)
async def test_several_people_vote_in_a_group_and_each_sees_their_own(
    sandbox: Sandbox, pictures: Screenshots, look: str, size: ViewportSize, scheme: Scheme
) -> None:
    group = (await sandbox.control.group("Canteen", sandbox.ana, [sandbox.bot, sandbox.ben]))["id"]
    await sandbox.control.write(sandbox.ana, group, "Who knows it?")
    await sandbox.api("sendPoll", chat_id=group, **QUIZ)
    page = await sandbox.open(sandbox.ana, group, size, scheme)
    poll = page.get_by_test_id("poll")
    await poll.get_by_test_id("poll-option").nth(0).click()
    await expect(poll).to_have_attribute("data-verdict", "right")
    switcher = "head-switcher" if size is PHONE else "person-switcher"
    await page.get_by_test_id(switcher).click()
    await page.get_by_test_id(f"person-{sandbox.ben}").click()
    await expect(poll).to_have_attribute("data-state", "open")
    await expect(page.get_by_test_id("chat-title")).to_have_text("Canteen")
    await poll.get_by_test_id("poll-option").nth(1).click()
    await expect(poll).to_have_attribute("data-verdict", "wrong")
    voters = poll.get_by_test_id("voters")
    await expect(voters).to_have_text([", chosen by AnaA", ", chosen by BenB"])
    await pictures.take(page, f"group-votes-{look}.png")
    answers = [u["poll_answer"] for u in await sandbox.api.updates() if "poll_answer" in u]
    assert [answer["user"]["id"] for answer in answers] == [sandbox.ana, sandbox.ben]
    assert await page.evaluate("document.documentElement.scrollWidth") <= size["width"]


async def test_an_open_group_goes_on_as_a_supergroup(sandbox: Sandbox) -> None:
    group = (await sandbox.control.group("Canteen", sandbox.ana, [sandbox.bot]))["id"]
    await sandbox.api("sendPoll", chat_id=group, **QUIZ)
    page = await sandbox.open(sandbox.ana, group)
    moved = (await sandbox.control.migrate(group))["id"]
    chat = page.get_by_test_id("messages")
    await expect(chat.get_by_text("The group became a supergroup")).to_have_count(1)
    poll = page.get_by_test_id("poll")
    await poll.get_by_test_id("poll-option").nth(0).click()
    await expect(poll).to_have_attribute("data-verdict", "right")
    await page.get_by_test_id("composer").fill("done")
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("messages")).to_contain_text("done")
    assert (await sandbox.control.messages(sandbox.ana, moved))[-1]["text"] == "done"


async def test_the_owner_makes_the_bot_an_administrator_and_forbids_polls(sandbox: Sandbox) -> None:
    group = (await sandbox.control.group("Canteen", sandbox.ana, [sandbox.bot]))["id"]
    page = await sandbox.open(sandbox.ana, group)

    async def menu(entry: str) -> None:
        await page.get_by_test_id("chat-menu").click()
        await page.get_by_test_id(entry).click()

    await menu("permissions")
    await page.get_by_label("Send polls").uncheck()
    await page.get_by_test_id("permissions-ok").click()
    await expect(page.get_by_role("dialog")).to_have_count(0)
    assert "send polls" in await sandbox.api.description("sendPoll", chat_id=group, **QUIZ)
    await menu("members")
    await page.get_by_test_id(f"promote-{sandbox.bot}").click()
    await expect(page.get_by_text("admin · bot")).to_be_visible()
    await sandbox.api("sendPoll", chat_id=group, **QUIZ)
    await page.get_by_test_id(f"demote-{sandbox.bot}").click()
    await expect(page.get_by_test_id(f"promote-{sandbox.bot}")).to_be_visible()


@pytest.mark.parametrize(("look", "size", "scheme"), LOOKS)
async def test_actions_stand_by_the_clock(
    sandbox: Sandbox, pictures: Screenshots, look: str, size: ViewportSize, scheme: Scheme
) -> None:
    pressed: list[int] = []
    loaded = asyncio.Event()

    async def run(user: int) -> str:
        if pressed:
            raise RefusedError(409, "It is loaded already.")
        pressed.append(user)
        await loaded.wait()
        return "The demo season is loaded."

    sandbox.world.actions.append(Action("load-season", "Load the demo", "Demo members", run))
    await sandbox.says(sandbox.ana, "https://t.me/quiz_bot?start=abc")
    page = await sandbox.open(sandbox.ana, size=size, scheme=scheme)
    button = page.get_by_test_id("action-load-season")
    await expect(button).to_be_in_viewport(ratio=1)
    await page.get_by_role("link", name="t.me/quiz_bot").click()
    await expect(page.get_by_test_id("start-button")).to_be_visible()
    await pictures.take(page, f"start-offer-{look}.png")
    place = await box_of(button)
    await button.click()
    await expect(button).to_be_disabled()
    assert await box_of(button) == place  # nothing moves while somebody presses it
    loaded.set()
    await sandbox.shows_for_a_while(page, "The demo season is loaded.")
    await expect(button).to_be_enabled()
    await button.click()
    await sandbox.shows_for_a_while(page, "It is loaded already.")
    assert pressed == [sandbox.ana]
    sandbox.pages.complaints.clear()  # the browser notes the 409


async def test_the_hint_goes_once_it_is_closed_or_followed(sandbox: Sandbox) -> None:
    sandbox.world.hint = "New here? Press START to join the quiz."
    page = await sandbox.open(sandbox.ben)
    hint = page.get_by_test_id("hint")
    await expect(hint).to_contain_text("New here?")
    await page.get_by_test_id("start-button").click()
    await expect(hint).to_be_hidden()
    sandbox.world.hint = "Another one."
    await page.get_by_test_id("person-switcher").click()
    await page.get_by_test_id(f"person-{sandbox.ana}").click()
    await expect(page.get_by_test_id("messages")).to_contain_text("/start")
    await expect(hint).to_be_hidden()
    carla = await sandbox.control.user("Carla")
    page = await sandbox.open(carla["id"], size=PHONE)
    await page.evaluate("sessionStorage.clear()")
    await page.reload()
    await page.get_by_test_id("hint-close").click()
    await expect(hint).to_be_hidden()
    await page.reload()
    await page.locator("html[data-ready=true]").wait_for()
    await expect(hint).to_be_hidden()


async def test_all_buttons_of_the_clock_are_in_reach_on_a_phone(sandbox: Sandbox) -> None:
    async def moments() -> list[Json]:
        at = ["2026-11-23T09:00:00+00:00", "2026-11-23T18:00:00+00:00"]
        return [
            {"label": label, "at": at[i]} for i, label in enumerate(["Next question", "Reminder"])
        ]

    async def run(_: int) -> str:
        return "Loaded."

    sandbox.world.moments = moments
    sandbox.world.actions = [Action("season", "Demo season", "Demo members", run)]
    page = await sandbox.open(sandbox.ana, size=PHONE)
    buttons = page.locator("#clock-bar").get_by_role("button")
    await expect(buttons).to_have_count(5)
    for button in await buttons.all():
        await expect(button).to_be_in_viewport(ratio=1)
        await _takes_presses(button)
    await page.get_by_role("button", name="Reminder").click()
    await expect(page.get_by_test_id("clock")).to_contain_text("18:00")


async def _takes_presses(button: Locator) -> None:
    """Wait until a press in the middle of the button reaches it."""
    async with asyncio.timeout(PATIENCE):
        while not await button.evaluate(
            """button => {
                const box = button.getBoundingClientRect();
                const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
                return button.contains(document.elementFromPoint(x, y)) && box.width >= 44;
            }"""
        ):
            pass


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
async def test_a_qr_code_is_shown_sharp_and_large_with_its_caption_and_buttons(
    sandbox: Sandbox, pictures: Screenshots, size: ViewportSize
) -> None:
    picture = _checkered(modules=37, scale=8)
    data: dict[str, Any] = {
        "chat_id": sandbox.ana,
        "caption": "Invite to “Canteen”. " + "Whoever scans this code is asked first. " * 3,
        "reply_markup": '{"inline_keyboard": [[{"text": "New link", "callback_data": "x"}]]}',
    }
    files = {"photo": ("code.png", picture, "image/png")}
    reply = await sandbox.api.http.post(
        f"/bot{sandbox.api.token}/sendPhoto", data=data, files=files
    )
    assert reply.json()["ok"]
    page = await sandbox.open(sandbox.ana, size=size)
    shown = page.get_by_test_id("messages").get_by_role("img")
    await expect(shown).to_be_in_viewport(ratio=1)
    box = await box_of(shown)
    assert min(box["width"], box["height"]) >= 280
    assert box["width"] == pytest.approx(box["height"], abs=1)
    assert box["width"] == pytest.approx(37 * 8, abs=1)  # a pixel for a pixel
    await expect(page.get_by_test_id("messages")).to_contain_text("Invite to “Canteen”.")
    await expect(page.get_by_test_id("inline-button")).to_be_in_viewport()
    await pictures.take(page, f"qr-{size['width']}.png")


@pytest.mark.parametrize(("look", "size", "scheme"), LOOKS)
async def test_a_quiz_shows_its_picture_above_and_that_of_the_explanation_after_the_vote(
    sandbox: Sandbox, pictures: Screenshots, look: str, size: ViewportSize, scheme: Scheme
) -> None:
    data = {
        **{name: json.dumps(value) for name, value in QUIZ.items() if name != "type"},
        "question": QUIZ["question"],
        "explanation": QUIZ["explanation"],
        "type": "quiz",
        "chat_id": str(sandbox.ana),
        "description": "Micrograms of vitamin B12 in a serving.",
        "media": '{"type": "photo", "media": "attach://above"}',
        "explanation_media": '{"type": "photo", "media": "attach://after"}',
    }
    files = {name: (f"{name}.png", _checkered(modules=80, scale=8)) for name in ("above", "after")}
    reply = await sandbox.api.http.post(f"/bot{sandbox.api.token}/sendPoll", data=data, files=files)
    assert reply.json()["ok"]
    page = await sandbox.open(sandbox.ana, size=size, scheme=scheme)
    poll, images = page.get_by_test_id("poll"), page.get_by_test_id("messages").get_by_role("img")
    await expect(images).to_have_count(1)
    above, question = await box_of(images), await box_of(poll)
    assert above["width"] >= 280
    assert above["y"] + above["height"] <= question["y"]
    await poll.get_by_test_id("poll-option").nth(1).click()
    note = poll.get_by_test_id("explanation")
    await expect(note.get_by_role("img")).to_be_visible()
    await expect(note).to_contain_text("Clams hold more")
    await pictures.take(page, f"quiz-picture-{look}.png")
    assert await page.evaluate("document.documentElement.scrollWidth") <= size["width"]


def _checkered(modules: int, scale: int) -> bytes:
    """A black and white PNG with the fine structure of a QR code."""
    side = modules * scale
    rows = b"".join(
        b"\0" + bytes(255 * ((x // scale * 7 + y // scale * 5) % 3 > 0) for x in range(side))
        for y in range(side)
    )

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    parts = [(b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(kind, body) for kind, body in parts)


async def test_a_link_from_elsewhere_is_opened_as_another_person(sandbox: Sandbox) -> None:
    """As from paper: the last link that was shown stands in the form."""
    await sandbox.says(sandbox.ana, "For Ben: https://t.me/quiz_bot?start=from-paper")
    page = await sandbox.open(sandbox.ana)
    await expect(page.get_by_role("link", name="t.me/quiz_bot")).to_be_visible()
    await page.get_by_test_id("person-switcher").click()
    await page.get_by_test_id(f"person-{sandbox.ben}").click()
    await page.get_by_test_id("person-switcher").click()
    await page.get_by_test_id("open-link").click()
    await page.get_by_label("A t.me link").fill("https://example.org")
    await page.get_by_test_id("open-link-ok").click()
    await expect(page.get_by_text("That leads to no bot here")).to_be_visible()
    await page.get_by_role("button", name="Cancel").click()
    await page.get_by_test_id("person-switcher").click()
    await page.get_by_test_id("open-link").click()
    await page.get_by_label("A t.me link").press("Enter")
    await page.get_by_test_id("start-button").click()
    await expect(page.get_by_test_id("messages")).to_contain_text("/start from-paper")
    assert await sandbox.heard() == [(sandbox.ben, "/start from-paper")]


async def test_enter_in_a_dialog_does_what_it_offers(sandbox: Sandbox) -> None:
    """Browsers press the first submit button of a form, and Cancel stands first."""
    page = await sandbox.open(sandbox.ana)
    await page.get_by_test_id("person-switcher").click()
    await page.get_by_test_id("add-person").click()
    await page.get_by_label("Username").fill("no spaces here")
    await page.get_by_label("First name").fill("Zoe")
    await page.get_by_label("First name").press("Enter")
    await expect(page.get_by_role("dialog")).to_be_visible()  # the username is refused
    await page.get_by_label("Username").fill("zoe")
    await page.get_by_label("Username").press("Enter")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(page.get_by_test_id("person-switcher")).to_contain_text("Zoe")
