"""The coordinators' dashboard in a real browser, with the bot and people in the sandbox."""

import asyncio
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, ViewportSize, expect

from db.programmes import ALL_WEEKDAYS
from db.session import create_engine, create_sessions
from questions import load_topic
from quizbot.programmes import programme, staff
from quizbot.programmes.programme import Plan
from sandbox import demo_season
from tests.telegram.play import Person, Play, playing, words

START = datetime(2026, 11, 25, 12, tzinfo=UTC)
DESKTOP = ViewportSize(width=1280, height=860)
PHONE = ViewportSize(width=390, height=844)
_AXE = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
SOMEBODY = 4_000_000  # who the season was made for
Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
PAGES = (
    "",
    "/boards?period=programme",
    "/boards/print?period=programme",
    "/learning",
    "/questions?sort=p",
    "/delivery",
    "/members?order=points",
    "/manage",
    "/trail",
)


@dataclass
class Stage:
    """The bot, a coordinator, and what the consoles of all pages complain of."""

    play: Play
    browser: Browser
    marta: Person
    troubles: list[str] = field(default_factory=list)

    async def page(self, size: ViewportSize = DESKTOP, scheme: Scheme = "light") -> Page:
        """In a browser of its own, not signed in."""
        page = await self.browser.new_page(
            viewport=size, color_scheme=scheme, reduced_motion="reduce"
        )
        page.on("console", lambda line: self._hear(line.type, line.text))
        page.on("pageerror", lambda error: self.troubles.append(str(error)))
        return page

    def _hear(self, kind: str, text: str) -> None:
        """Refusals are looked for by the tests themselves."""
        if kind in ("error", "warning") and not re.search(
            r"(status of|Status Error Code) (40[14]|410|422)", text
        ):
            self.troubles.append(text)

    async def link(self) -> str:
        await self.marta.says("/dashboard")
        told = await self.marta.hears("Your dashboard")
        match = re.search(r"http://127\.0\.0\.1:\d+/in/[\w-]+", words(told))
        assert match is not None
        return match[0]

    async def signed_in(self, size: ViewportSize = DESKTOP, scheme: Scheme = "light") -> Page:
        page = await self.page(size, scheme)
        await page.goto(await self.link())
        await page.get_by_role("button", name="Sign in").click()
        await expect(page.get_by_role("heading", name="Your programmes")).to_be_visible()
        return page

    async def makes(self, name: str, **changed: Any) -> int:
        """A programme that Marta runs."""
        topic = load_topic(self.play.settings().topic_dir)
        given: dict[str, Any] = {
            "name": name,
            "topic": topic.slug,
            "timezone": "Europe/Lisbon",
            "starts_on": date(2026, 11, 25),
            "ends_on": None,
            "question_time": time(13),
            "weekdays": ALL_WEEKDAYS,
        }
        async with self.play.sessions.begin() as session:
            await staff.make_coordinator(session, self.marta.id, "Marta", "en", START)
            made = await programme.make(session, Plan(**(given | changed)), self.marta.id, START)
        return made.id

    async def season(self) -> int:
        """Eight weeks of made-up members, which Marta runs as well."""
        async with self.play.sessions.begin() as session:
            await staff.make_coordinator(session, self.marta.id, "Marta", "en", START)
            [number] = [each.id for each in await staff.programmes_of(session, SOMEBODY)]
            await staff.share(session, number, self.marta.id)
        return number


@pytest.fixture(scope="session")
def played_season(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the season in it, to copy: playing it takes seconds."""
    file = tmp_path_factory.mktemp("season") / "season.sqlite3"
    shutil.copy(sqlite_template, file)
    asyncio.run(_play_season(f"sqlite:///{file}"))
    return file


async def _play_season(url: str) -> None:
    engine = create_engine(url)
    topic = load_topic(Path("questions/vitamin-b12-blood-flow"))
    async with create_sessions(engine).begin() as session:
        await demo_season.create(session, SOMEBODY, "Somebody", topic, START)
    await engine.dispose()


@pytest_asyncio.fixture(loop_scope="session")
async def season_stage(
    played_season: Path, tmp_path: Path, browser: Browser
) -> AsyncIterator[Stage]:
    database = f"sqlite:///{shutil.copy(played_season, tmp_path / 'season.sqlite3')}"
    async with _stage(database, tmp_path, browser) as stage:
        yield stage


@pytest_asyncio.fixture(loop_scope="session")
async def stage(sqlite_database: str, tmp_path: Path, browser: Browser) -> AsyncIterator[Stage]:
    async with _stage(sqlite_database, tmp_path, browser) as stage:
        yield stage


@asynccontextmanager
async def _stage(database: str, folder: Path, browser: Browser) -> AsyncIterator[Stage]:
    async with playing(database, folder, START) as play, play.bot():
        stage = Stage(play, browser, await play.person("Marta"))
        yield stage
        assert stage.troubles == []
        assert play.faults_logged() == []


async def test_a_coordinator_invites_watches_and_manages(stage: Stage) -> None:
    number = await stage.makes("Walk & learn")
    page = await stage.signed_in()
    await page.get_by_role("link", name="Walk & learn").click()
    await page.get_by_role("link", name="Invite people").click()
    await page.get_by_role("button", name="Make a link").first.click()
    address = await page.locator("#links code").inner_text()
    ana = await stage.play.person("Ana")
    await ana.says(f"/start {address.partition('start=')[2]}")
    await ana.hears("Walk & learn")
    await ana.presses("Join")
    await stage.play.all_read()

    await _adds(page, "#teams", "New team", "Blue team")
    await expect(page.locator("#teams").get_by_role("status")).to_contain_text("The team is there")
    await _adds(page, "#teams", "New team", "blue  TEAM")
    await expect(page.locator("#teams").get_by_role("alert")).to_contain_text("of that name")
    await expect(page.get_by_label("New team")).to_have_value("blue  TEAM")
    await page.get_by_label("First day").fill("2026-12-24")
    await page.locator("#holidays").get_by_label("Last day").fill("2026-12-26")
    await page.locator("#holidays").get_by_role("button", name="Add").click()
    await expect(page.locator("#holidays")).to_contain_text("25 Dec 2026")
    await page.get_by_role("button", name="Remove 25 Dec 2026").click()
    await expect(page.locator("#holidays").get_by_role("status")).to_be_visible()
    await expect(page.get_by_role("button", name="Remove 25 Dec 2026")).to_have_count(0)
    assert page.url.endswith("/manage#links")  # parts were swapped, the page stayed

    await page.get_by_role("link", name="Members", exact=True).click()
    alias = (await ana.kept()).alias
    await page.get_by_role("link", name=f"Change {alias}").click()
    await page.get_by_label("Move to").select_option("Blue team")
    await page.get_by_role("button", name="Move", exact=True).click()
    await expect(page.get_by_role("row", name=alias)).to_contain_text("Blue team")
    assert alias in await _downloaded(page, page.get_by_role("link", name="CSV"))
    await page.get_by_role("link", name=f"Change {alias}").click()
    await page.get_by_role("button", name="Remove").click()
    await expect(page.get_by_text("Nobody takes part yet")).to_be_visible()
    await page.goto(_at(page, f"/p/{number}/trail"))
    await expect(page.get_by_role("row", name="Member removed")).to_contain_text("Marta")


async def test_nobody_gets_in_by_a_used_or_old_link_or_another_address(stage: Stage) -> None:
    number = await stage.makes("Walk & learn")
    link = await stage.link()
    page = await stage.page()
    await page.goto(link)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("link", name="Walk & learn")).to_be_visible()

    stranger = await stage.page()
    await stranger.goto(link)
    await expect(stranger.get_by_role("heading")).to_have_text("This link does not work any more")
    unused = await stage.link()
    stage.play.clock.advance(300)
    await stranger.goto(unused)
    await expect(stranger.get_by_text("Send /dashboard to the bot again")).to_be_visible()
    await stranger.goto(_at(page, f"/p/{number}"))
    await expect(stranger.get_by_role("heading")).to_have_text("You are not signed in")

    async with stage.play.sessions.begin() as session:
        await staff.make_coordinator(session, 5, "Nino", "en", START)
        theirs = await programme.make(
            session,
            Plan("Secret", "x", "UTC", date(2026, 11, 25), None, time(9), ALL_WEEKDAYS),
            5,
            START,
        )
    for path in (*PAGES, "/questions/x", "/teams/1", "/download/members.csv"):
        await page.goto(_at(page, f"/p/{theirs.id}{path}"))
        await expect(page.get_by_role("heading")).to_have_text("There is nothing here")
    await page.goto(_at(page, "/p"))
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("heading")).to_have_text("You are signed out")
    await page.goto(_at(page, f"/p/{number}"))
    await expect(page.get_by_role("heading")).to_have_text("You are not signed in")


async def test_a_session_that_ends_meanwhile_is_told_in_whole(stage: Stage) -> None:
    number = await stage.makes("Walk & learn")
    page = await stage.signed_in()
    await page.goto(_at(page, f"/p/{number}/manage"))
    stage.play.clock.advance(13 * 3600)
    await _adds(page, "#teams", "New team", "Blue team")
    await expect(page.get_by_role("heading", level=1)).to_have_text("You are not signed in")


async def test_without_scripts_everything_can_be_done_as_well(stage: Stage) -> None:
    number = await stage.makes("Walk & learn")
    context = await stage.browser.new_context(java_script_enabled=False, viewport=DESKTOP)
    page = await context.new_page()
    await page.goto(await stage.link())
    await page.get_by_role("button", name="Sign in").click()
    await page.goto(_at(page, f"/p/{number}/manage"))
    await _adds(page, "#teams", "New team", "Blue team")
    await expect(page.locator("#teams").get_by_role("status")).to_contain_text("The team is there")
    await page.goto(_at(page, f"/p/{number}/boards"))
    await page.get_by_role("link", name="This month").click()
    await page.get_by_label("Team", exact=True).select_option("Blue team")
    await page.get_by_role("button", name="Show").click()
    await expect(page.get_by_role("heading", name="Blue team")).to_be_visible()
    await context.close()


async def test_a_season_as_its_coordinator_sees_it(season_stage: Stage, screenshots: Path) -> None:
    number = await season_stage.season()
    page = await season_stage.signed_in()
    home = _at(page, f"/p/{number}")
    await page.goto(home)
    await expect(page.get_by_text("Made-up data.")).to_be_visible()
    await _drawn(page)
    await page.screenshot(path=screenshots / "dashboard-overview.png")
    await page.get_by_role("link", name="2 weeks", exact=True).click()
    await expect(page).to_have_url(f"{home}?days=14")
    await expect(page.get_by_role("link", name="2 weeks", exact=True)).to_have_attribute(
        "aria-current", "true"
    )
    await _drawn(page)

    await page.goto(f"{home}/boards")
    whole = page.get_by_role("link", name="Programme", exact=True)
    await whole.click()
    await expect(whole).to_have_attribute("aria-current", "true")
    await page.get_by_label("Team", exact=True).select_option("Workshop")
    await expect(page.get_by_role("heading", name="Workshop")).to_be_visible()
    await expect(page).to_have_url(re.compile(r"period=programme.*team=\d+"))
    await page.get_by_role("link", name="To print").click()
    await expect(page.get_by_text("Workshop")).to_be_visible()

    await page.goto(f"{home}/questions?sort=n")
    await page.get_by_role("link", name="Answers").click()
    await page.locator("tbody a").first.click()
    await _drawn(page)
    await page.screenshot(path=screenshots / "dashboard-question.png")
    await page.goto(f"{home}/learning")
    await _drawn(page)
    await page.screenshot(path=screenshots / "dashboard-learning.png")
    await page.goto(f"{home}/manage")
    await page.get_by_role("button", name="Make a link").first.click()
    await expect(page.locator("#links svg.qr")).to_be_visible()
    await page.screenshot(path=screenshots / "dashboard-manage.png")

    phone = await season_stage.signed_in(PHONE)
    await phone.goto(home)
    await _drawn(phone)
    await phone.screenshot(path=screenshots / "dashboard-phone.png")
    for path in PAGES:
        await phone.goto(home + path)
        width = await phone.evaluate("document.documentElement.scrollWidth")
        assert width <= PHONE["width"], path


async def test_it_opens_as_a_mini_app_within_the_chat(stage: Stage) -> None:
    number = await stage.makes("Walk & learn")
    await stage.marta.says("/dashboard")
    await stage.marta.hears("Your dashboard")
    page = await stage.page()
    await page.goto(f"{stage.play.url}/?user={stage.marta.id}&chat={stage.play.bot_id}")
    await page.get_by_role("button", name="Open it here").last.click()
    app = page.frame_locator("[data-testid=mini-app-frame]")
    await app.get_by_role("link", name="Walk & learn").click()
    await app.get_by_role("link", name="Manage").click()
    await app.get_by_label("New team").fill("Blue team")
    await app.locator("#teams").get_by_role("button", name="Add").click()
    await expect(app.get_by_role("row", name="Blue team")).to_be_visible()
    assert not any("tgWebAppData" in frame.url for frame in page.frames)
    async with stage.play.sessions() as session:
        assert [team.name for team in await programme.teams(session, number)] == ["Blue team"]


async def test_the_mini_app_of_a_stranger_says_who_it_is_for(stage: Stage) -> None:
    await stage.makes("Walk & learn")
    await stage.marta.says("/dashboard")
    told = await stage.marta.hears("Your dashboard")
    opened = await stage.play.control.web_app(stage.marta.id, stage.play.bot_id, told["message_id"])
    async with stage.play.sessions.begin() as session:
        await staff.remove_coordinator(session, stage.marta.id, 1, START)
    page = await stage.page()
    await page.goto(opened["url"])
    await expect(page.get_by_role("heading")).to_have_text("This is for coordinators")
    await page.goto(opened["url"].partition("#")[0])
    await expect(page.get_by_text("Open this by the button in the bot’s chat.")).to_be_visible()
    stage.troubles[:] = [each for each in stage.troubles if "403" not in each]


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_no_page_keeps_anybody_out(season_stage: Stage, scheme: Scheme) -> None:
    """Rules of WCAG 2.2 A and AA as far as axe can judge, at both widths."""
    number, empty = await season_stage.season(), await season_stage.makes("Nobody yet")
    item = load_topic(season_stage.play.settings().topic_dir).approved[0].id
    stranger = await season_stage.page(scheme=scheme)
    await stranger.goto(await season_stage.link())
    found = await _axe(stranger, "the link")
    for size in (DESKTOP, PHONE) if scheme == "light" else (PHONE,):
        page = await season_stage.signed_in(size, scheme)
        found += await _axe(page, "the list")
        member = await _first_member(page, number)
        paths = [f"/p/{number}{path}" for path in (*PAGES, f"/questions/{item}", member)]
        paths += [f"/p/{number}/teams/1", f"/p/{empty}", f"/p/{empty}/manage", "/p/99", "/app"]
        for path in paths:
            await page.goto(_at(page, path))
            for details in await page.locator("details").all():
                await details.evaluate("details => { details.open = true; }")
            found += await _axe(page, f"{path} {size['width']}")
    assert found == []


async def _adds(page: Page, section: str, label: str, text: str) -> None:
    await page.locator(section).get_by_label(label).fill(text)
    await page.locator(section).get_by_role("button", name="Add", exact=True).click()


async def _downloaded(page: Page, link: Locator) -> str:
    async with page.expect_download() as download:
        await link.click()
    path = await (await download.value).path()
    return path.read_text(encoding="utf-8-sig")


async def _drawn(page: Page) -> None:
    """All charts are there."""
    for image in await page.locator("img.chart").all():
        await image.scroll_into_view_if_needed()
        await image.evaluate("image => image.decode()")
    await page.evaluate("window.scrollTo(0, 0)")


async def _first_member(page: Page, number: int) -> str:
    await page.goto(_at(page, f"/p/{number}/members"))
    address = await page.get_by_role("link", name="Change").first.get_attribute("href")
    assert address is not None
    return address.removeprefix(f"/p/{number}")


async def _axe(page: Page, place: str) -> list[str]:
    """What axe finds serious or critical on the page."""
    package = find_spec("axe_playwright_python")
    assert package is not None
    assert package.origin is not None
    await page.evaluate((Path(package.origin).parent / "axe.min.js").read_text(encoding="utf-8"))
    result = await page.evaluate("options => axe.run(options)", _AXE)
    return [
        f"{place}: {each['id']} {node['target']} {node['failureSummary']}"
        for each in result["violations"]
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"]
    ]


def _at(page: Page, path: str) -> str:
    """A path on the dashboard that the page shows."""
    return "/".join(page.url.split("/")[:3]) + path
