"""What coordinators print to invite people: posters and cards of teams."""

from html import escape

from db.programmes import AuditEntry, Invite
from quizbot.telegram.messages.membership import privacy_lines
from quizbot.telegram.messages.words import Languages
from tests.programmes import steps
from tests.programmes.steps import COORDINATOR, programme
from tests.web.site import BOT, Browser, Site, found, text_of

LINK = rf"{BOT}\?start=[\w-]+"


async def test_a_poster_has_the_link_and_says_what_coordinators_see(
    mine: int, browser: Browser
) -> None:
    off = await browser.sees(f"/p/{mine}/poster")
    assert "There is no link now, so nobody can join. Make a link under Manage" in off
    await browser.posts(f"/p/{mine}/links")
    page = await browser.gets(f"/p/{mine}/poster")
    poster = text_of(page)
    assert "Walk more" in poster
    assert "from 23 Nov 2026, no end date, every day at 09:00, UTC" in poster
    assert "Taking part is voluntary. Send /programmes to the bot to leave at any time." in poster
    assert "Run by: Kim Doe" in poster
    for sentence in (privacy_lines(Languages()["en"])[each] for each in (0, 1)):
        assert sentence in poster
    shown = found(rf"({LINK})", page.text)
    assert shown in (await browser.gets(f"/p/{mine}/manage")).text
    assert page.text.count('class="qr"') == 1
    assert "<nav" not in page.text


async def test_a_team_has_a_poster_of_its_own(site: Site, mine: int, browser: Browser) -> None:
    team = await steps.team(site.sessions, mine, "Blue")
    await browser.posts(f"/p/{mine}/links")
    path = f"/p/{mine}/poster?team={team.id}"
    assert "Blue has no link of its own. Make one under Manage" in await browser.sees(path)
    await browser.posts(f"/p/{mine}/links", team=str(team.id))
    page = await browser.gets(path)
    assert "Team Blue" in text_of(page)
    everybodys = found(rf"({LINK})", (await browser.gets(f"/p/{mine}/poster")).text)
    assert found(rf"({LINK})", page.text) != everybodys
    other = await programme(site.sessions, coordinator=901)
    foreign = await steps.team(site.sessions, other, "Red")
    for wrong in (foreign.id, "x", "9" * 30):
        assert (await browser.gets(f"/p/{mine}/poster?team={wrong}")).status_code == 404


async def test_after_the_end_there_is_nothing_to_print(
    site: Site, mine: int, browser: Browser
) -> None:
    await steps.team(site.sessions, mine, "Blue")
    await browser.posts(f"/p/{mine}/links")
    await browser.posts(f"/p/{mine}/poster/teams")
    await browser.posts(f"/p/{mine}/end", day="2026-11-23", sure="yes")
    site.later(days=1)
    browser = await site.signed_in(COORDINATOR)
    for path in ("poster", "poster/teams"):
        page = await browser.gets(f"/p/{mine}/{path}")
        assert "nobody can join any more" in text_of(page)
        assert 'class="qr"' not in page.text


async def test_cards_of_all_teams_are_on_whole_sheets(
    site: Site, mine: int, browser: Browser
) -> None:
    assert "There are no teams yet" in await browser.sees(f"/p/{mine}/poster/teams")
    for number in range(7):
        await steps.team(site.sessions, mine, f"Team {number}")
    assert "7 teams have no link of their own." in await browser.sees(f"/p/{mine}/poster/teams")
    for _ in range(2):
        made = await browser.posts(f"/p/{mine}/poster/teams")
        assert made.headers["location"] == f"/p/{mine}/poster/teams#cards"
    assert await site.count(Invite) == 7
    assert await site.count(AuditEntry, AuditEntry.action == "link-made") == 7
    sheets = (await browser.gets(f"/p/{mine}/poster/teams")).text.split('class="cards-sheet"')[1:]
    assert [each.count('class="qr"') for each in sheets] == [6, 1]


async def test_hostile_names_are_text_on_paper(site: Site, browser: Browser) -> None:
    name = "<script>alert(1)</script>&amp;\"'<b>"
    mine = await programme(site.sessions, name=name)
    team = await steps.team(site.sessions, mine, name)
    await browser.posts(f"/p/{mine}/links")
    await browser.posts(f"/p/{mine}/poster/teams")
    for path in ("poster", f"poster?team={team.id}", "poster/teams"):
        page = (await browser.gets(f"/p/{mine}/{path}")).text
        assert "<script>alert" not in page
        assert escape(name).replace("&#x27;", "&#39;").replace("&quot;", "&#34;") in page
