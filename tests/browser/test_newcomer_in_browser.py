"""A newcomer uses the bot for two days on the chat page of a phone, in a real browser."""

from datetime import UTC, datetime
from pathlib import Path

from playwright.async_api import Page, expect

from tests.browser.pages import DESKTOP, PHONE, Pages, Screenshots
from tests.telegram.sandbox import Person, Sandbox, open_sandbox

START = datetime(2026, 11, 23, 8, tzinfo=UTC)


async def test_two_days_on_the_page(
    sqlite_database: str, tmp_path: Path, pages: Pages, screenshots: Screenshots
) -> None:
    async with open_sandbox(sqlite_database, tmp_path, START) as sandbox, sandbox.bot():
        ana = await sandbox.person("Ana")
        others = [await sandbox.subscriber(name) for name in ("Ben", "Chloé", "Dmitri")]
        page = await pages.open(PHONE)
        await _show_chat(page, sandbox, ana)
        chat = page.get_by_test_id("messages")

        await expect(page.get_by_text("What can this bot do?")).to_be_visible()
        await page.get_by_test_id("start-button").click()
        await chat.get_by_role("button", name="Start my daily question").click()
        await expect(chat.get_by_text("Your first question is ready now")).to_be_visible()
        await chat.get_by_role("button", name="Today's question now").click()

        await _vote(page, ana, right=False)
        await expect(page.get_by_test_id("explanation")).to_contain_text("Not medical advice.")
        card = chat.get_by_text("Not quite.")
        await expect(card).to_be_visible()
        await expect(chat.get_by_text("For learning only").last).to_be_in_viewport()
        await screenshots.take(page, "answer-card.png")

        for person, right in zip(others, (True, True, False), strict=True):
            await person.says("/quiz")
            await person.votes(await person.gets_question(), right=right)
        await page.get_by_test_id("tomorrow-button").click()
        await expect(page.get_by_test_id("poll")).to_have_count(2)
        await expect(page.get_by_test_id("poll").last).to_be_in_viewport(ratio=1)
        await screenshots.take(page, "question.png")
        await _vote(page, ana, right=True)
        await expect(chat.get_by_text("2-day streak")).to_be_visible()

        await chat.get_by_role("button", name="Score").last.click()
        await chat.get_by_role("button", name="Leaderboard").last.click()
        await expect(chat.get_by_text("12 points ← you")).to_be_in_viewport()
        assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]

        await page.set_viewport_size(DESKTOP)
        await _show_chat(page, sandbox, ana)
        await expect(chat.get_by_text("12 points ← you")).to_be_visible()
        await pages.clear()
        assert pages.complaints == []
        assert await sandbox.totals_are_right()


async def test_three_weeks_later_the_score_comes_with_a_picture(
    sqlite_database: str, tmp_path: Path, pages: Pages, screenshots: Screenshots
) -> None:
    async with open_sandbox(sqlite_database, tmp_path, START) as sandbox, sandbox.bot() as jobs:
        ana = await sandbox.subscriber()
        await sandbox.later(jobs, hours=1)
        for day in range(22):
            question = await ana.gets_question()
            if day not in (4, 13):
                await ana.votes(question, right=day % 5 != 2)
                await ana.hears("points")
            await sandbox.later(jobs, hours=24)
        page = await pages.open(PHONE)
        await _show_chat(page, sandbox, ana)
        await ana.says("/score")
        picture = page.get_by_test_id("messages").get_by_role("img").last
        await expect(picture).to_be_in_viewport(ratio=0.9)
        assert await picture.evaluate("image => image.decode().then(() => image.naturalWidth)")
        await screenshots.take(page, "progress.png")
        await pages.clear()
        assert pages.complaints == []
        assert await sandbox.totals_are_right()


async def _show_chat(page: Page, sandbox: Sandbox, person: Person) -> None:
    """Opens the chat page as that person, in the chat with the bot."""
    await page.goto(f"{sandbox.url}/?user={person.id}&chat={sandbox.bot_id}")


async def _vote(page: Page, person: Person, *, right: bool) -> None:
    """Votes on the newest question, correctly or not, and waits for the verdict."""
    question = await person.gets_question()
    key = await person.right_option(question)
    option = key if right else (key + 1) % len(question["poll"]["options"])
    poll = page.get_by_test_id("poll").last
    await poll.get_by_test_id("poll-option").nth(option).click()
    await expect(poll).to_have_attribute("data-verdict", "right" if right else "wrong")
