"""Quotes, buttons, keyboards and shared texts look and work as on Telegram, in a real browser."""

import pytest
from playwright.async_api import Locator, Page, ViewportSize, expect

from sandbox.wire import Json
from tests.browser.chat_page import LOOKS, QUIZ, Sandbox
from tests.browser.pages import DESKTOP, PHONE, Scheme, Screenshots, box_of

CITIES = (("Los Angeles", "Singapore", "New York"), ("Reykjavik", "Sao Paulo", "Kolkata"))
LONG = "It is long, and it has more than three lines on every screen. " * 8
SHARE = (
    "https://t.me/share/url?url=https%3A%2F%2Ft.me%2Fquiz_bot%3Fstart%3Dfrom-ana&text=Try%20this%21"
)


def _keyboard(*rows: tuple[str, ...]) -> Json:
    return {"inline_keyboard": [[{"text": t, "callback_data": t[:9]} for t in row] for row in rows]}


async def _height(element: Locator) -> float:
    return float(await element.evaluate("element => element.getBoundingClientRect().height"))


@pytest.mark.parametrize(("look", "size", "scheme"), LOOKS)
async def test_a_long_quote_is_folded_to_three_lines_until_it_is_pressed(
    sandbox: Sandbox, pictures: Screenshots, look: str, size: ViewportSize, scheme: Scheme
) -> None:
    await sandbox.says(sandbox.ana, "A message that fills the screen.\n" * 60)
    sent = await sandbox.api(
        "sendMessage",
        chat_id=sandbox.ana,
        text=f"<b>Correct!</b>\n<blockquote expandable>{LONG} The end.</blockquote>",
        parse_mode="HTML",
        reply_markup=_keyboard(("One more", "Score")),
    )
    page = await sandbox.open(sandbox.ana, size=size, scheme=scheme)
    quote = page.locator("blockquote")
    toggle = quote.get_by_role("button", name="Show the whole quote")
    await expect(toggle).to_have_attribute("aria-expanded", "false")
    await expect(toggle).to_be_visible()
    lines = await quote.evaluate("quote => parseFloat(getComputedStyle(quote).lineHeight)")
    assert 3 * lines <= await _height(quote) <= 4 * lines
    assert "gradient" in await quote.locator(".fold").evaluate("f => getComputedStyle(f).maskImage")
    await pictures.take(page, f"quote-folded-{look}.png")
    top = await quote.evaluate("quote => quote.getBoundingClientRect().top")
    await quote.click(position={"x": 40, "y": 20})
    await expect(toggle).to_have_attribute("aria-expanded", "true")
    assert await _height(quote) > 5 * lines
    assert await quote.evaluate("quote => quote.getBoundingClientRect().top") == pytest.approx(top)
    await pictures.take(page, f"quote-open-{look}.png")
    await sandbox.api(
        "editMessageReplyMarkup",
        chat_id=sandbox.ana,
        message_id=sent["message_id"],
        reply_markup=_keyboard(("Board",)),
    )
    await expect(page.get_by_role("button", name="Board")).to_be_visible()  # it is drawn again
    await expect(toggle).to_have_attribute("aria-expanded", "true")
    await toggle.click()
    await expect(toggle).to_have_attribute("aria-expanded", "false")
    assert await _height(quote) <= 4 * lines


async def test_a_short_quote_has_nothing_to_unfold(sandbox: Sandbox) -> None:
    text = "<blockquote expandable>One line.\nAnother.</blockquote>"
    await sandbox.api("sendMessage", chat_id=sandbox.ana, text=text, parse_mode="HTML")
    page = await sandbox.open(sandbox.ana, size=PHONE)
    await expect(page.locator("blockquote")).to_be_visible()
    await expect(page.locator(".fold-toggle")).to_be_hidden()


@pytest.mark.parametrize(("look", "size", "scheme"), LOOKS)
async def test_buttons_are_as_wide_as_their_bubble_and_wrap_at_words(
    sandbox: Sandbox, pictures: Screenshots, look: str, size: ViewportSize, scheme: Scheme
) -> None:
    long = ("Tell the authors that something is wrong with this question",)
    await sandbox.api("sendPoll", chat_id=sandbox.ana, **QUIZ, reply_markup=_keyboard(long, ("…",)))
    short = {**QUIZ, "question": "Yes?", "options": ["Yes", "No"]}
    await sandbox.api("sendPoll", chat_id=sandbox.ana, **short, reply_markup=_keyboard(("…",)))
    await sandbox.api(
        "sendMessage", chat_id=sandbox.ana, text="Where?", reply_markup=_keyboard(*CITIES)
    )
    page = await sandbox.open(sandbox.ana, size=size, scheme=scheme)
    columns = page.locator(".column:has(.inline-keyboard)")
    await expect(columns).to_have_count(3)
    for column in await columns.all():
        bubble = await box_of(column.locator(".bubble"))
        keyboard = await box_of(column.locator(".inline-keyboard"))
        assert (keyboard["x"], keyboard["width"]) == (bubble["x"], bubble["width"])
        assert 0 <= keyboard["y"] - bubble["y"] - bubble["height"] <= 6
    await pictures.take(page, f"buttons-{look}.png")
    for city in ("Los Angeles", "Singapore", "Reykjavik"):
        assert await _broken_words(page, city) == []
    assert await page.evaluate("document.documentElement.scrollWidth") <= size["width"]


async def test_the_buttons_of_an_answer_card_have_one_line_each_on_a_phone(
    sandbox: Sandbox, pictures: Screenshots
) -> None:
    labels = ("More", "Score", "Board", "…")  # messages.questions.answer_card
    text = f"✅ Right!\n\nFor learning only.\n\n<blockquote expandable>{LONG}</blockquote>"
    await sandbox.api(
        "sendMessage",
        chat_id=sandbox.ana,
        text=text,
        parse_mode="HTML",
        reply_markup=_keyboard(labels),
    )
    page = await sandbox.open(sandbox.ana, size=PHONE)
    await pictures.take(page, "card-buttons.png")
    one_line = 1.5 * await _height(page.get_by_role("button", name="…").locator(".button-label"))
    for label in labels:
        button = page.get_by_role("button", name=label).locator(".button-label")
        assert await _height(button) < one_line, label


async def _broken_words(page: Page, label: str) -> list[str]:
    """Returns the words of the button that stand on more than one line."""
    button = page.get_by_role("button", name=label)
    broken: list[str] = await button.locator(".button-label").evaluate(
        """label => {
            const text = label.firstChild, broken = [];
            for (const { index, 0: word } of text.data.matchAll(/\\S+/g)) {
                const range = document.createRange();
                range.setStart(text, index);
                range.setEnd(text, index + word.length);
                if (range.getClientRects().length !== 1) broken.push(word);
            }
            return broken;
        }"""
    )
    return broken


async def test_a_word_that_is_too_long_for_its_button_stays_within_the_bubble(
    sandbox: Sandbox,
) -> None:
    rows = ("Donaudampfschifffahrtsgesellschaft" * 2, "Reykjavik", "Singapore")
    await sandbox.api(
        "sendMessage", chat_id=sandbox.ana, text="Where?", reply_markup=_keyboard(rows)
    )
    page = await sandbox.open(sandbox.ana, size=PHONE)
    keyboard = await box_of(page.locator(".inline-keyboard"))
    last = await box_of(page.get_by_test_id("inline-button").last)
    assert last["x"] + last["width"] <= keyboard["x"] + keyboard["width"] + 1


async def test_a_keyboard_for_one_answer_is_put_away_after_it(sandbox: Sandbox) -> None:
    keyboard = {
        "keyboard": [["07:00", "08:00"]],
        "one_time_keyboard": True,
        "input_field_placeholder": "For example 7.30",
    }
    await sandbox.api("sendMessage", chat_id=sandbox.ana, text="When?", reply_markup=keyboard)
    page = await sandbox.open(sandbox.ana, size=PHONE)
    await expect(page.get_by_test_id("composer")).to_have_attribute(
        "placeholder", "For example 7.30"
    )
    answers, switch = page.get_by_test_id("reply-button"), page.get_by_test_id("keyboard-switch")
    await answers.first.click()
    await expect(answers).to_have_count(0)
    await expect(page.get_by_test_id("messages")).to_contain_text("07:00")
    assert await sandbox.heard() == [(sandbox.ana, "07:00")]
    await switch.click()
    await expect(answers).to_have_count(2)
    await switch.click()
    await expect(answers).to_have_count(0)


@pytest.mark.parametrize(("look", "size", "scheme"), LOOKS)
async def test_a_link_for_sharing_asks_where_to_send_its_text(
    sandbox: Sandbox, pictures: Screenshots, look: str, size: ViewportSize, scheme: Scheme
) -> None:
    group = (await sandbox.control.group("Canteen", sandbox.ana, [sandbox.ben]))["id"]
    await sandbox.says(sandbox.ana, "Bring a friend!", {"text": "Share", "url": SHARE})
    page = await sandbox.open(sandbox.ana, size=size, scheme=scheme)
    await page.get_by_test_id("inline-button").click()
    dialog = page.get_by_test_id("share")
    await expect(dialog).to_contain_text("Try this!")
    await pictures.take(page, f"share-{look}.png")
    await dialog.get_by_test_id(f"share-{group}").click()
    await expect(page.get_by_test_id("chat-title")).to_have_text("Canteen")
    await expect(page.get_by_test_id("messages")).to_contain_text("Try this!")
    sent = (await sandbox.control.messages(sandbox.ana, group))[-1]
    assert sent["text"] == "https://t.me/quiz_bot?start=from-ana\nTry this!"


async def test_a_shared_link_is_opened_as_the_person_who_would_receive_it(
    sandbox: Sandbox,
) -> None:
    await sandbox.says(sandbox.ana, f"Bring a friend: {SHARE}")
    page = await sandbox.open(sandbox.ana, size=PHONE)
    await page.locator(".text a").click()
    await page.get_by_test_id(f"share-as-{sandbox.ben}").click()
    await expect(page.get_by_test_id("head-switcher")).to_have_attribute("title", "You are Ben")
    await page.get_by_test_id("start-button").click()
    await expect(page.get_by_test_id("messages")).to_contain_text("/start from-ana")
    assert await sandbox.heard() == [(sandbox.ben, "/start from-ana")]


async def test_shared_and_offered_texts_are_copied(sandbox: Sandbox) -> None:
    await sandbox.says(
        sandbox.ana,
        "Bring a friend!",
        {"text": "Share", "url": "tg://msg_url?url=https://example.org/&text=Look"},
        {"text": "Copy", "copy_text": {"text": "abc-123"}},
    )
    page = await sandbox.open(sandbox.ana)
    await page.evaluate("navigator.clipboard.writeText = async text => { window.copied = text }")
    await page.get_by_test_id("inline-button").first.click()
    await expect(page.get_by_test_id(f"share-as-{sandbox.ben}")).to_have_count(0)
    await page.get_by_test_id("share-copy").click()
    await sandbox.shows_for_a_while(page, "Copied")
    assert await page.evaluate("window.copied") == "https://example.org/\nLook"
    await page.get_by_test_id("inline-button").last.click()
    await page.wait_for_function("window.copied === 'abc-123'")


async def test_a_name_that_is_no_bots_leads_nowhere(sandbox: Sandbox) -> None:
    await sandbox.says(sandbox.ana, "Ask @quiz_bot, not @durov.")
    page = await sandbox.open(sandbox.ana, size=DESKTOP)
    text = page.get_by_test_id("messages").locator(".text").last
    await expect(text).to_contain_text("@durov")
    await expect(text.get_by_role("link")).to_have_text(["@quiz_bot"])


async def test_the_time_stands_beside_the_last_line_of_a_quiz(sandbox: Sandbox) -> None:
    await sandbox.api("sendPoll", chat_id=sandbox.ana, **QUIZ, open_period=600)
    page = await sandbox.open(sandbox.ana, size=PHONE)
    foot = await box_of(page.locator(".poll-foot"))
    time = await box_of(page.locator(".bubble.has-poll .meta"))
    assert abs(foot["y"] + foot["height"] - time["y"] - time["height"]) < 8


async def test_a_group_on_a_phone_shows_who_writes_and_which_bot_is_typing(
    sandbox: Sandbox,
) -> None:
    group = (await sandbox.control.group("Canteen", sandbox.ana, [sandbox.bot, sandbox.ben]))["id"]
    await sandbox.control.write(sandbox.ben, group, "I think it is clams.")
    await sandbox.control.write(sandbox.ben, group, "And you?")
    page = await sandbox.open(sandbox.ana, group, PHONE)
    faces = page.get_by_test_id("messages").locator(".message > .avatar")
    await expect(faces).to_have_text(["B"])  # once for the run of messages, as on Telegram
    await expect(faces).to_be_visible()
    await sandbox.api("sendChatAction", chat_id=group, action="typing")
    await sandbox.shows_for_a_while(page, "Health quiz is typing")
    assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


async def test_the_verdict_and_the_bulb_of_a_closed_quiz_stand_on_one_line(
    sandbox: Sandbox,
) -> None:
    quiz = await sandbox.api("sendPoll", chat_id=sandbox.ana, **QUIZ)
    await sandbox.control.vote(sandbox.ana, sandbox.bot, quiz["message_id"], [1])
    await sandbox.api("stopPoll", chat_id=sandbox.ana, message_id=quiz["message_id"])
    page = await sandbox.open(sandbox.ana, size=PHONE)
    verdict = await box_of(page.locator(".verdict"))
    bulb = await box_of(page.get_by_test_id("explanation-bulb"))
    assert bulb["y"] < verdict["y"] + verdict["height"] / 2 < bulb["y"] + bulb["height"]


async def test_new_messages_are_followed_until_somebody_scrolls_up(sandbox: Sandbox) -> None:
    await sandbox.says(sandbox.ana, "A message that fills the screen.\n" * 60)
    page = await sandbox.open(sandbox.ana)
    timeline, messages = page.locator("#timeline"), page.get_by_test_id("messages")
    # A press on a message changes it, and the log moves.
    await messages.locator(".bubble").last.dispatch_event("pointerdown")
    await timeline.evaluate("log => { log.scrollTop -= 300; return new Promise(setTimeout) }")
    await sandbox.says(sandbox.ana, "The first answer")
    await expect(messages.get_by_text("The first answer")).to_be_in_viewport()

    await timeline.hover()
    await page.mouse.wheel(0, -300)
    await expect(page.get_by_test_id("scroll-bottom")).to_be_visible()
    await sandbox.says(sandbox.ana, "The second answer")
    await expect(page.get_by_test_id("scroll-bottom")).to_have_text("1")
    await expect(messages.get_by_text("The second answer")).not_to_be_in_viewport()
