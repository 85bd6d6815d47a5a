"""The coordinators' dashboard in a real browser, with the bot and people in the sandbox."""

import asyncio
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, ViewportSize, expect
from sqlalchemy import select

from db.models import Subscriber, SubscriberState
from db.programmes import ALL_WEEKDAYS, Coordinator, Enrolment, InviteKind, Programme, Team
from db.session import create_engine, create_sessions
from quizbot.programmes import invites, programme, staff
from quizbot.programmes.programme import Plan
from sandbox import demo_season
from tests.browser.pages import DESKTOP, PHONE, Pages, Scheme, Screenshots, box_of
from tests.quiz.steps import TOPIC
from tests.sizes import IN_CI
from tests.telegram.sandbox import Person, Sandbox, open_sandbox, words

START = datetime(2026, 11, 25, 12, tzinfo=UTC)
_AXE = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
    "preload": False,
}
SOMEBODY = 4_000_000  # the coordinator who created the demo season
HOSTILE = "<script>alert(1)</script>&amp;\"'><img src=x onerror=alert(2)>"
PAGES = (
    "",
    "/boards?period=programme",
    "/boards/print?period=programme",
    "/learning",
    "/report",
    "/questions?only=look",
    "/delivery",
    "/members?order=points",
    "/manage",
    "/audit-log",
    "/teams/list",
    "/teams/balance?all=yes",
    "/poster",
    "/poster?team=1",
    "/poster/teams",
)


@dataclass
class Dashboard:
    """The bot with its dashboard, and Marta, a coordinator."""

    sandbox: Sandbox
    marta: Person
    pages: Pages

    async def link(self) -> str:
        """Returns a link from the bot that signs Marta in."""
        await self.marta.says("/dashboard")
        reply = await self.marta.hears("Your dashboard")
        match = re.search(r"http://127\.0\.0\.1:\d+/in/[\w-]+", words(reply))
        assert match is not None
        return match[0]

    async def signed_in(self, size: ViewportSize = DESKTOP) -> Page:
        """Returns a page on which Marta is signed in."""
        page = await self.pages.open(size)
        await page.goto(await self.link())
        await page.get_by_role("button", name="Sign in").click()
        await expect(page.get_by_role("button", name="Sign out")).to_be_visible()
        return page

    async def add_programme(self, name: str) -> int:
        """Adds a programme that Marta runs; returns its id."""
        plan = Plan(
            name=name,
            topic=TOPIC.slug,
            timezone="Europe/Lisbon",
            starts_on=date(2026, 11, 25),
            ends_on=None,
            question_time=time(13),
            weekdays=ALL_WEEKDAYS,
        )
        async with self.sandbox.sessions.begin() as session:
            await staff.make_coordinator(session, self.marta.id, "Marta", "en", START)
            return (await programme.create(session, plan, self.marta.id, START)).id

    async def share_demo_season(self) -> int:
        """Makes Marta a coordinator of the demo season too; returns its programme id."""
        async with self.sandbox.sessions.begin() as session:
            await staff.make_coordinator(session, self.marta.id, "Marta", "en", START)
            [programme_id] = [each.id for each in await staff.programmes_run_by(session, SOMEBODY)]
            await staff.add_coordinator(session, programme_id, self.marta.id)
        return programme_id


@pytest.fixture(scope="session")
def demo_season_file(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the demo season, to copy: creating it takes a second."""
    file = tmp_path_factory.mktemp("season") / "season.sqlite3"
    shutil.copy(sqlite_template, file)
    asyncio.run(_create_demo_season(f"sqlite:///{file}"))
    return file


async def _create_demo_season(url: str) -> None:
    engine = create_engine(url)
    async with create_sessions(engine).begin() as session:
        await demo_season.create(session, SOMEBODY, "Somebody", TOPIC, START)
    await engine.dispose()


@pytest.fixture
async def season_dashboard(
    demo_season_file: Path, tmp_path: Path, pages: Pages
) -> AsyncIterator[Dashboard]:
    """The dashboard with the demo season."""
    database = f"sqlite:///{shutil.copy(demo_season_file, tmp_path / 'season.sqlite3')}"
    async with _running(database, tmp_path, pages) as dashboard:
        yield dashboard


@pytest.fixture
async def dashboard(sqlite_database: str, tmp_path: Path, pages: Pages) -> AsyncIterator[Dashboard]:
    """The dashboard without any programme."""
    async with _running(sqlite_database, tmp_path, pages) as dashboard:
        yield dashboard


@asynccontextmanager
async def _running(database: str, folder: Path, pages: Pages) -> AsyncIterator[Dashboard]:
    async with open_sandbox(database, folder, START) as sandbox, sandbox.bot():
        yield Dashboard(sandbox, await sandbox.person("Marta"), pages)
        await pages.clear()
        assert pages.complaints == []
        assert sandbox.faults_logged() == []


async def test_a_coordinator_invites_watches_and_manages(dashboard: Dashboard) -> None:
    programme_id = await dashboard.add_programme("Walk & learn")
    page = await dashboard.signed_in()
    await page.get_by_role("link", name="Walk & learn").click()  # all programmes, at the top
    await expect(page.get_by_role("heading", name="Your programmes")).to_be_visible()
    await page.get_by_role("cell").get_by_role("link", name="Invite people").click()
    await page.get_by_role("button", name="Make a link").first.click()
    address = await page.locator("#links code").inner_text()
    ana = await dashboard.sandbox.person("Ana")
    await ana.says(f"/start {address.partition('start=')[2]}")
    await ana.hears("Walk & learn")
    await ana.presses("Join")
    await dashboard.sandbox.all_read()

    await _adds(page, "#teams", "New team", "Blue team")
    await expect(page.locator("#teams").get_by_role("status")).to_contain_text("Team added")
    await _adds(page, "#teams", "New team", "blue  TEAM")
    await expect(page.locator("#teams").get_by_role("alert")).to_contain_text("has that name")
    await expect(page.get_by_label("New team")).to_have_value("blue  TEAM")
    await page.get_by_role("link", name="Holidays").click()
    await page.get_by_label("First day").fill("2026-12-24")
    await page.locator("#holidays").get_by_label("Last day").fill("2026-12-26")
    await page.locator("#holidays").get_by_role("button", name="Add").click()
    await expect(page.locator("#holidays")).to_contain_text("25 Dec 2026")
    await page.get_by_role("button", name="Remove 25 Dec 2026").click()
    await expect(page.locator("#holidays").get_by_role("status")).to_be_visible()
    await expect(page.get_by_role("button", name="Remove 25 Dec 2026")).to_have_count(0)
    assert page.url.endswith("/manage#holidays")  # parts were swapped, the page stayed

    await page.get_by_role("link", name="Members", exact=True).click()
    alias = (await ana.kept()).alias
    await page.get_by_role("link", name=alias).click()
    await page.get_by_label("Move to").select_option("Blue team")
    await page.get_by_role("button", name="Move", exact=True).click()
    await expect(page.get_by_role("row", name=alias)).to_contain_text("Blue team")
    assert alias in await _downloaded(page, page.get_by_role("link", name="CSV"))
    await page.get_by_role("link", name=alias).click()
    await page.get_by_role("button", name="Remove").click()
    await expect(page.get_by_text("Nobody takes part yet")).to_be_visible()
    await page.goto(_at(page, f"/p/{programme_id}/audit-log"))
    await expect(page.get_by_text("Marta removed a member.")).to_be_visible()


async def test_nobody_gets_in_by_a_used_or_old_link_or_another_address(
    dashboard: Dashboard,
) -> None:
    programme_id = await dashboard.add_programme("Walk & learn")
    link = await dashboard.link()
    page = await dashboard.pages.open()
    await page.goto(link)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("link", name="Walk & learn")).to_be_visible()

    stranger = await dashboard.pages.open()
    await stranger.goto(link)
    await expect(stranger.get_by_role("heading")).to_have_text("This link no longer works")
    unused = await dashboard.link()
    dashboard.sandbox.clock.advance(300)
    await stranger.goto(unused)
    await expect(stranger.get_by_text("Send /dashboard to the bot")).to_be_visible()
    await stranger.goto(_at(page, f"/p/{programme_id}"))
    await expect(stranger.get_by_role("heading")).to_have_text("You’re not signed in")

    async with dashboard.sandbox.sessions.begin() as session:
        await staff.make_coordinator(session, 5, "Nino", "en", START)
        theirs = await programme.create(
            session,
            Plan("Secret", "x", "UTC", date(2026, 11, 25), None, time(9), ALL_WEEKDAYS),
            5,
            START,
        )
    for path in (*PAGES, "/questions/x", "/teams/1", "/download/members.csv"):
        await page.goto(_at(page, f"/p/{theirs.id}{path}"))
        await expect(page.get_by_role("heading")).to_have_text("There’s nothing here")
    await page.goto(_at(page, "/p"))
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("heading")).to_have_text("You’re signed out")
    await page.goto(_at(page, f"/p/{programme_id}"))
    await expect(page.get_by_role("heading")).to_have_text("You’re not signed in")


async def test_a_session_that_ends_meanwhile_is_told_in_whole(dashboard: Dashboard) -> None:
    programme_id = await dashboard.add_programme("Walk & learn")
    page = await dashboard.signed_in()
    await page.goto(_at(page, f"/p/{programme_id}/manage"))
    dashboard.sandbox.clock.advance(13 * 3600)
    await _adds(page, "#teams", "New team", "Blue team")
    await expect(page.get_by_role("heading", level=1)).to_have_text("You’re not signed in")


async def test_without_scripts_everything_can_be_done_as_well(dashboard: Dashboard) -> None:
    programme_id = await dashboard.add_programme("Walk & learn")
    page = await dashboard.pages.open_without_scripts()
    await page.goto(await dashboard.link())
    await page.get_by_role("button", name="Sign in").click()
    await page.goto(_at(page, f"/p/{programme_id}/manage"))
    await _adds(page, "#teams", "New team", "Blue team")
    await expect(page.locator("#teams").get_by_role("status")).to_contain_text("Team added")
    await page.locator("#holidays summary").press("Enter")
    await page.get_by_label("First day").fill("2026-12-24")
    await page.locator("#holidays").get_by_role("button", name="Add").click()
    await expect(page.locator("#holidays").get_by_role("status")).to_be_visible()
    await page.goto(_at(page, f"/p/{programme_id}/boards"))
    await page.get_by_role("link", name="This month").click()
    await page.get_by_label("Team", exact=True).select_option("Blue team")
    await page.get_by_role("button", name="Show").click()
    await expect(page.get_by_role("heading", name="Blue team")).to_be_visible()
    await page.close()


async def test_a_season_as_its_coordinator_sees_it(
    season_dashboard: Dashboard, screenshots: Screenshots
) -> None:
    programme_id = await season_dashboard.share_demo_season()
    page = await season_dashboard.signed_in()
    home = _at(page, f"/p/{programme_id}")
    await page.goto(home)
    await expect(page.get_by_text("Demo data.")).to_be_visible()
    await _drawn(page)
    await screenshots.take(page, "dashboard-overview.png")
    await page.get_by_role("link", name="Last week", exact=True).click()
    await expect(page).to_have_url(f"{home}?range=last-week")
    await _drawn(page)
    await page.locator("summary", has_text="Active").press("Enter")
    await expect(page.get_by_text("at least one of the week’s questions")).to_be_visible()
    await page.get_by_role("link", name="Delivery").click()
    await expect(page.get_by_role("link", name="Last week", exact=True)).to_have_attribute(
        "aria-current", "true"
    )

    await page.goto(f"{home}/boards")
    whole = page.get_by_role("link", name="Whole programme", exact=True)
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
    await screenshots.take(page, "dashboard-question.png")
    await page.goto(f"{home}/learning")
    await _drawn(page)
    await screenshots.take(page, "dashboard-learning.png")

    phone = await season_dashboard.signed_in(PHONE)
    await phone.goto(home)
    await _drawn(phone)
    await screenshots.take(phone, "dashboard-phone.png")
    for path in PAGES:
        await phone.goto(home + path)
        width = await phone.evaluate("document.documentElement.scrollWidth")
        assert width <= PHONE["width"], path


async def test_it_opens_as_a_mini_app_within_the_chat(dashboard: Dashboard) -> None:
    programme_id = await dashboard.add_programme("Walk & learn")
    await dashboard.marta.says("/dashboard")
    await dashboard.marta.hears("Your dashboard")
    page = await dashboard.pages.open()
    await page.goto(
        f"{dashboard.sandbox.url}/?user={dashboard.marta.id}&chat={dashboard.sandbox.bot_id}"
    )
    await page.get_by_role("button", name="Open it here").last.click()
    app = page.frame_locator("[data-testid=mini-app-frame]")
    await app.get_by_role("link", name="Manage").click()
    await app.get_by_label("New team").fill("Blue team")
    await app.locator("#teams").get_by_role("button", name="Add").click()
    await expect(app.get_by_role("row", name="Blue team")).to_be_visible()
    assert not any("tgWebAppData" in frame.url for frame in page.frames)
    async with dashboard.sandbox.sessions() as session:
        assert [team.name for team in await programme.teams(session, programme_id)] == ["Blue team"]


async def test_the_mini_app_of_a_stranger_says_who_it_is_for(dashboard: Dashboard) -> None:
    await dashboard.add_programme("Walk & learn")
    await dashboard.marta.says("/dashboard")
    told = await dashboard.marta.hears("Your dashboard")
    opened = await dashboard.sandbox.control.web_app(
        dashboard.marta.id, dashboard.sandbox.bot_id, told["message_id"]
    )
    async with dashboard.sandbox.sessions.begin() as session:
        await staff.remove_coordinator(session, dashboard.marta.id, 1, START)
    page = await dashboard.pages.open()
    await page.goto(opened["url"])
    await expect(page.get_by_role("heading")).to_have_text("This is for coordinators")
    await page.goto(opened["url"].partition("#")[0])
    await expect(page.get_by_text("Open this with the button in the bot’s chat.")).to_be_visible()
    dashboard.pages.complaints[:] = [
        each for each in dashboard.pages.complaints if "403" not in each
    ]


async def test_the_article_opens_at_the_statement_that_a_card_names(
    dashboard: Dashboard, pictures: Screenshots
) -> None:
    await dashboard.add_programme("Walk & learn")
    start = (await dashboard.link()).partition("/in/")[0]
    address = f"{start}/a/vitamin-b12-blood-flow"
    for size in (PHONE, DESKTOP):
        page = await dashboard.pages.open(size)
        await page.goto(address)
        await pictures.take(page, f"article-top-{size['width']}.png")
        await page.goto(f"{address}#KP2")
        statement = page.locator("#KP2")
        await expect(statement).to_be_in_viewport()
        assert await page.evaluate("document.querySelector(':target').id") == "KP2"
        target = await statement.evaluate("each => getComputedStyle(each).backgroundColor")
        other = await page.locator("#KP3").evaluate(
            "each => getComputedStyle(each).backgroundColor"
        )
        assert target != other
        width = await page.evaluate("document.documentElement.scrollWidth")
        assert width <= size["width"]
        await pictures.take(page, f"article-{size['width']}.png")
        assert await _violations(page, "the article") == []
        await pictures.take(page, f"article-dark-{size['width']}.png")
        assert await page.context.cookies() == []
    await page.emulate_media(media="print")
    await expect(page.get_by_role("link", name="Open the quiz bot")).to_have_count(0)


async def test_posters_and_team_cards_fill_whole_sheets_of_paper(
    season_dashboard: Dashboard, pictures: Screenshots
) -> None:
    programme_id = await season_dashboard.share_demo_season()
    page = await season_dashboard.signed_in()
    home = _at(page, f"/p/{programme_id}")
    await page.goto(f"{home}/poster")
    await expect(page.get_by_text("There is no link now")).to_be_visible()
    await pictures.take(page, "poster-none.png")
    await page.goto(f"{home}/manage")
    await page.get_by_role("button", name="Make a link", exact=True).first.click()
    await expect(page.locator("#links svg.qr")).to_be_visible()
    await page.goto(f"{home}/poster/teams")
    await page.get_by_role("button", name="Make them").click()
    await expect(page.get_by_role("status")).to_have_text("Every team has its own link now.")
    assert await _printed_pages(page, pictures, "cards.pdf") == 1
    hostile = ("👩‍👩‍👧" * 12 + "😀" * 4, "W" * 64, "شركة الصحة الكبرى " * 3, HOSTILE)
    for number, name in enumerate(("Walk & learn", *hostile)):
        await _rename(season_dashboard, programme_id, name)
        await page.goto(f"{home}/poster")
        assert await _printed_pages(page, pictures, f"poster-{number}.pdf") == 1, name
        assert await _too_large(page, ".poster") == []
        await page.goto(f"{home}/poster?team=1")
        assert await _printed_pages(page, pictures, f"poster-team-{number}.pdf") == 1, name
        assert await _too_large(page, ".poster") == []
        code = await box_of(page.locator(".poster .code"))
        assert code["height"] > 185, name  # 5 cm
    await page.goto(f"{home}/poster/teams")
    assert await _printed_pages(page, pictures, "cards-7.pdf") == 2
    assert await _too_large(page, ".team-card") == []


async def _rename(dashboard: Dashboard, programme_id: int, name: str) -> None:
    """Gives the programme that name, and its teams and coordinator similar ones."""
    async with dashboard.sandbox.sessions.begin() as session:
        found = await session.get_one(Programme, programme_id)
        found.name = name[:64]
        teams = await programme.teams(session, programme_id)
        for team in teams:
            team.name = name[:40]
        for number in range(7 - len(teams)):
            extra = Team(programme_id=programme_id, name=name[:40], name_key=f"{number}{name}"[:40])
            session.add(extra)
            await session.flush()
            await invites.current_or_new(
                session, InviteKind.MEMBER, START, programme_id, extra.id, actor_id=SOMEBODY
            )
        (await session.get_one(Coordinator, SOMEBODY)).name = name[:64]


async def _too_large(page: Page, whole: str) -> list[str]:
    """Returns the parts of such elements that reach out of them or are cut."""
    found: list[str] = await page.locator(f"{whole} > *").evaluate_all(
        """parts => parts.filter(part => {
          const own = part.getBoundingClientRect(), box = part.parentNode.getBoundingClientRect();
          return own.top < box.top - 1 || own.bottom > box.bottom + 1
            || part.className != 'of' && part.scrollWidth > part.clientWidth + 1;
        }).map(part => `${part.outerHTML.slice(0, 90)} ${part.scrollWidth} ${part.clientWidth}`)"""
    )
    return found


async def _printed_pages(page: Page, pictures: Screenshots, name: str) -> int:
    """Returns how many pages the browser prints. Afterwards the page looks as it is printed."""
    await page.emulate_media(media="print")
    pdf = await page.pdf(prefer_css_page_size=True)
    if pictures.folder:
        (Path(pictures.folder) / name).write_bytes(pdf)
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf))


async def test_no_page_keeps_anybody_out(season_dashboard: Dashboard) -> None:
    """Rules of WCAG 2.2 A and AA as far as axe can judge, at both widths and in both schemes."""
    programme_id = await season_dashboard.share_demo_season()
    empty_id = await season_dashboard.add_programme("Nobody yet")
    item = TOPIC.approved[0].id
    page = await season_dashboard.pages.open()
    await page.goto(await season_dashboard.link())
    found = await _violations(page, "the link")
    page = await season_dashboard.signed_in()
    found += await _violations(page, "the list")
    member = await _first_member(page, programme_id)
    paths = [f"/p/{programme_id}{path}" for path in (*PAGES, f"/questions/{item}", member)]
    paths += [f"/p/{programme_id}/teams/1", f"/p/{empty_id}", f"/p/{empty_id}/manage"]
    for path in (*paths, "/p/99", "/app"):
        await page.goto(_at(page, path))
        await page.locator("details").evaluate_all("all => all.forEach(each => each.open = true)")
        found += await _violations(page, path)
    assert found == []


async def test_the_report_prints_on_a4_without_navigation(season_dashboard: Dashboard) -> None:
    programme_id = await season_dashboard.share_demo_season()
    page = await season_dashboard.signed_in()
    await page.goto(_at(page, f"/p/{programme_id}/report"))
    await expect(page.get_by_text("Report so far")).to_be_visible()
    await expect(page.get_by_text("figures still change")).to_be_visible()
    await page.emulate_media(media="print")
    assert await page.get_by_role("link").locator("visible=true").count() == 0
    assert await page.get_by_role("button").locator("visible=true").count() == 0
    printed = await page.pdf(prefer_css_page_size=True)
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", printed)
    assert 2 <= len(boxes) <= 3
    assert {(round(float(width)), round(float(height))) for width, height in boxes} == {(595, 842)}


@pytest.mark.parametrize(
    ("path", "sheets"),
    [("", 3), ("/learning", 2), ("/questions", 3), ("/members", 2), ("/manage", 1)],
)
async def test_pages_print_with_names_without_forms_on_few_sheets(
    season_dashboard: Dashboard, pictures: Screenshots, path: str, sheets: int
) -> None:
    programme_id = await season_dashboard.share_demo_season()
    page = await season_dashboard.signed_in()
    await page.goto(_at(page, f"/p/{programme_id}{path}"))
    names = await page.locator(".tile dt").all_inner_texts()
    assert await _printed_pages(page, pictures, f"printed{path.replace('/', '-')}.pdf") <= sheets
    assert await page.locator(".tile dt").all_inner_texts() == names
    assert all(names)
    fields = page.locator("input, select, button, summary:text('table')")
    assert await fields.locator("visible=true").count() == 0


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
    await expect(page.locator("svg.chart:visible").first).to_be_visible()


async def _first_member(page: Page, programme_id: int) -> str:
    await page.goto(_at(page, f"/p/{programme_id}/members"))
    address = await page.locator("tbody th a").first.get_attribute("href")
    assert address is not None
    return address.removeprefix(f"/p/{programme_id}")


async def test_a_message_to_members_is_previewed_before_it_is_sent(
    season_dashboard: Dashboard, pictures: Screenshots
) -> None:
    programme_id = await season_dashboard.share_demo_season()
    await _prolong(season_dashboard, programme_id)
    page = await season_dashboard.signed_in()
    manage = _at(page, f"/p/{programme_id}/manage#messages")
    await page.goto(manage)
    section = page.locator("#messages")
    text = f"Lunch & talk on Friday at noon.\n\n{HOSTILE} https://example.org/{'long' * 20}"
    await section.get_by_label("Message to all members").fill(text)
    await _look(page, pictures, "messages")
    await section.get_by_role("button", name="Preview").click()
    await expect(page.locator(".chat-message")).to_contain_text(HOSTILE)
    await expect(page.locator(".chat-message")).to_contain_text("From Marta, who runs")
    await page.get_by_label("Message to all members").fill(text + "!")
    await page.get_by_role("button", name="Preview again").click()
    await expect(page.locator(".chat-message")).to_contain_text("long!")
    assert await _violations(page, "the preview") == []
    await _look(page, pictures, "preview")
    await page.get_by_role("button", name="Send it").click()
    await expect(page.get_by_role("status")).to_have_text("Your message is on its way.")
    await expect(section).to_contain_text("sent to 0 of")
    assert await _violations(page, "messages sent") == []
    await _look(page, pictures, "sent")


async def _prolong(dashboard: Dashboard, programme_id: int) -> None:
    """Takes away the last day, and makes one member somebody who can be written to."""
    async with dashboard.sandbox.sessions.begin() as session:
        (await session.get_one(Programme, programme_id)).ends_on = None
        member = select(Enrolment.subscriber_id).where(Enrolment.programme_id == programme_id)
        reader = await session.get_one(Subscriber, await session.scalar(member.limit(1)))
        reader.state = SubscriberState.ACTIVE


async def _look(page: Page, pictures: Screenshots, name: str) -> None:
    """Takes pictures of each size and scheme, where wanted; nothing is wider than the window."""
    for size in (PHONE, DESKTOP):
        await page.set_viewport_size(size)
        assert await page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        for scheme in ("light", "dark"):
            await page.emulate_media(color_scheme=scheme)
            if await page.locator("#messages").count():
                await page.locator("#messages").scroll_into_view_if_needed()
            await pictures.take(page, f"{name}-{size['width']}-{scheme}.png")


async def _violations(page: Page, place: str) -> list[str]:
    """Returns what axe finds serious or critical: on a dark phone, and in CI on a light desktop."""
    await page.evaluate(_axe_script())
    found: list[str] = []
    looks: tuple[tuple[ViewportSize, Scheme], ...] = ((PHONE, "dark"), (DESKTOP, "light"))
    for size, scheme in looks if IN_CI else looks[:1]:
        await page.set_viewport_size(size)
        await page.emulate_media(color_scheme=scheme)
        result = await page.evaluate("options => axe.run(options)", _AXE)
        found += [
            f"{place}, {scheme}: {each['id']} {node['target']} {node['failureSummary']}"
            for each in result["violations"]
            if each["impact"] in ("serious", "critical")
            for node in each["nodes"]
        ]
    return found


@cache
def _axe_script() -> str:
    package = find_spec("axe_playwright_python")
    assert package is not None
    assert package.origin is not None
    return (Path(package.origin).parent / "axe.min.js").read_text(encoding="utf-8")


def _at(page: Page, path: str) -> str:
    """A path on the dashboard that the page shows."""
    return "/".join(page.url.split("/")[:3]) + path
