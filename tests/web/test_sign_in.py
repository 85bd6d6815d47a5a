"""Signing in by a link, the session, and signing out."""

import asyncio

import pytest
from sqlalchemy import delete, select, update

from db.programmes import AuditEntry, Coordinator, SignIn, WebSession
from db.session import Sessions
from quizbot.programmes import sign_in, staff
from tests.databases import until_waiting
from tests.programmes.steps import COORDINATOR, programme
from tests.quiz.steps import START
from tests.web.site import Site, text_of


async def test_the_link_shows_a_button_which_signs_in(site: Site) -> None:
    await programme(site.sessions)
    link, browser = await site.link(COORDINATOR), site.browser()
    assert f'<form method="post" action="{link}">' in (await browser.gets(link)).text
    entered = await browser.posts(link)
    assert (entered.status_code, entered.headers["location"]) == (303, "/p/1")
    assert "Autumn of 2026" in await browser.sees("/p")


async def test_the_page_that_was_wanted_follows_if_it_is_one_of_theirs(site: Site) -> None:
    for each in ("Autumn", "Winter"):
        await programme(site.sessions, name=each)
    await programme(site.sessions, coordinator=901, name="Another")
    browser, elsewhere = site.browser(), "//evil.example/p/1"
    for path, follows in (
        ("/p/2/manage", "/p/2/manage"),
        ("/p/3/manage", "/p"),  # of somebody else
        ("/p", "/p"),
    ):
        assert (await browser.gets(path)).status_code == 401
        entered = await browser.posts(await site.link(COORDINATOR))
        assert entered.headers["location"] == follows
        assert (await browser.posts("/out")).status_code == 200
    for path in (elsewhere, "https://evil.example/p/2", "/p/2/../../x", "/p/2//evil.example", ""):
        browser.client.cookies.set("quizbot-wanted", path)
        entered = await browser.posts(await site.link(COORDINATOR))
        assert entered.headers["location"] == "/p"


async def test_several_programmes_are_listed_first(site: Site) -> None:
    await programme(site.sessions)
    await programme(site.sessions, name="Another")
    entered = await site.browser().posts(await site.link(COORDINATOR))
    assert entered.headers["location"] == "/p"


async def test_the_button_names_the_coordinator(site: Site) -> None:
    await programme(site.sessions)
    async with site.sessions.begin() as session:
        await staff.make_coordinator(session, 901, "<Mo & Co>", "en", site.now)
    assert "Sign in as Kim Doe" in await site.browser().sees(await site.link(COORDINATOR))
    page = await site.browser().gets(await site.link(901))
    assert "Sign in as &lt;Mo &amp; Co&gt;" in page.text


async def test_signing_in_ends_the_browsers_earlier_session(site: Site) -> None:
    await programme(site.sessions)
    await programme(site.sessions, coordinator=901, name="Another")
    browser, elsewhere = await site.signed_in(COORDINATOR), await site.signed_in(COORDINATOR)
    thief = site.browser()
    thief.client.cookies.set("quizbot", browser.client.cookies["quizbot"])
    assert (await thief.gets("/p")).status_code == 200
    assert (await browser.posts(await site.link(901))).status_code == 303
    assert "Another" in await browser.sees("/p")
    assert (await thief.gets("/p")).status_code == 401
    assert (await elsewhere.gets("/p")).status_code == 200
    async with site.sessions() as session:
        entries = select(AuditEntry.action, AuditEntry.actor_id).order_by(AuditEntry.id)
        trail = [tuple(row) for row in await session.execute(entries)]
    assert trail[-2:] == [("signed-out", COORDINATOR), ("signed-in", 901)]


async def test_a_link_that_does_not_work_ends_no_session(site: Site) -> None:
    await programme(site.sessions)
    browser = await site.signed_in(COORDINATOR)
    assert (await browser.posts("/in/" + "A" * 22)).status_code == 410
    assert (await browser.gets("/p")).status_code == 200


async def test_looking_at_a_link_does_not_use_it_up(site: Site) -> None:
    """Messengers open links to preview them."""
    await programme(site.sessions)
    link, browser = await site.link(COORDINATOR), site.browser()
    for _ in range(3):
        assert (await browser.gets(link)).status_code == 200
    assert await site.count(WebSession) == 0
    assert (await browser.posts(link)).status_code == 303


async def test_a_used_link_says_how_to_get_another(site: Site) -> None:
    await programme(site.sessions)
    link = await site.link(COORDINATOR)
    await site.browser().posts(link)
    for again in (await site.browser().gets(link), await site.browser().posts(link)):
        assert again.status_code == 410
        assert "Send /dashboard to the bot" in text_of(again)
        assert "set-cookie" not in again.headers


async def test_a_link_used_twice_at_once_signs_in_once(each_site: Site) -> None:
    await programme(each_site.sessions)
    link = await each_site.link(COORDINATOR)
    entered = await asyncio.gather(*(each_site.browser().posts(link) for _ in range(5)))
    assert sorted(each.status_code for each in entered) == [303, 410, 410, 410, 410]
    assert await each_site.count(WebSession) == 1


async def test_a_link_works_for_five_minutes(site: Site) -> None:
    await programme(site.sessions)
    link, other = await site.link(COORDINATOR), await site.link(COORDINATOR)
    site.later(minutes=5, seconds=-1)
    assert (await site.browser().posts(link)).status_code == 303
    site.later(seconds=1)
    assert (await site.browser().gets(other)).status_code == 410
    assert (await site.browser().posts(other)).status_code == 410


@pytest.mark.parametrize("token", ["x", "A" * 22, "A" * 500, "%00", "%ff%fe", "..%2f", "'--"])
async def test_an_unknown_link_is_like_an_old_one(site: Site, token: str) -> None:
    browser = site.browser()
    assert (await browser.gets(f"/in/{token}")).status_code in (404, 410)
    assert (await browser.posts(f"/in/{token}")).status_code in (404, 410)


async def test_a_link_posted_by_another_site_is_refused_and_still_works(site: Site) -> None:
    await programme(site.sessions)
    link, browser = await site.link(COORDINATOR), site.browser()
    foreign = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    assert (await browser.client.post(link, headers=foreign)).status_code == 403
    assert (await browser.posts(link)).status_code == 303


async def test_the_database_has_neither_links_nor_cookies(site: Site) -> None:
    await programme(site.sessions)
    link = await site.link(COORDINATOR)
    browser = site.browser()
    await browser.posts(link)
    cookie = browser.client.cookies["quizbot"]
    async with site.sessions() as session:
        kept = [*await session.scalars(select(SignIn)), *await session.scalars(select(WebSession))]
    columns = [str(getattr(row, column.key)) for row in kept for column in row.__table__.columns]
    assert not any(link.split("/")[2] in each or cookie in each for each in columns)
    assert all(len(row.token_hash) == 32 for row in kept)


async def test_a_session_ends_after_twelve_hours_however_much_it_is_used(site: Site) -> None:
    await programme(site.sessions)
    browser = await site.signed_in(COORDINATOR)
    for hours in (1, 1, 2, 2, 2, 2, 2):
        site.later(hours=hours, seconds=-1)
        assert (await browser.gets("/p")).status_code == 200
    site.later(seconds=7)
    assert (await browser.gets("/p")).status_code == 401
    await site.link(COORDINATOR)
    assert await site.count(WebSession) == 0  # tidied up


async def test_an_idle_session_ends_after_two_hours(site: Site) -> None:
    await programme(site.sessions)
    browser, unused = await site.signed_in(COORDINATOR), await site.signed_in(COORDINATOR)
    site.later(hours=1)
    assert (await browser.gets("/p")).status_code == 200
    site.later(hours=1, seconds=-1)
    assert (await browser.posts("/p/1/teams", name="Red")).status_code == 303
    site.later(seconds=1)
    assert (await unused.gets("/p")).status_code == 401
    site.later(hours=2, seconds=-2)
    assert (await browser.gets("/p")).status_code == 200
    await site.link(COORDINATOR)
    assert await site.count(WebSession) == 1  # tidied up


async def test_a_session_made_by_an_earlier_version_is_idle_since_it_began(site: Site) -> None:
    await programme(site.sessions)
    browser = await site.signed_in(COORDINATOR)
    async with site.sessions.begin() as session:
        await session.execute(update(WebSession).values(last_used_at=None))
    site.later(hours=2, seconds=-1)
    assert (await browser.gets("/p")).status_code == 200


async def test_a_new_sign_in_is_told_once(site: Site) -> None:
    await programme(site.sessions)
    link, browser = await site.link(COORDINATOR), site.browser()
    await browser.gets(link)
    assert site.told == []
    await browser.posts(link)
    await browser.posts(link)  # does not work again
    assert site.told == [COORDINATOR]
    await browser.posts(await site.link(COORDINATOR))  # the same browser goes on
    assert site.told == [COORDINATOR]
    await site.signed_in(COORDINATOR)
    assert site.told == [COORDINATOR] * 2


async def test_signing_out_everywhere_ends_sessions_and_unused_links(site: Site) -> None:
    await programme(site.sessions)
    await programme(site.sessions, coordinator=901, name="Another")
    browsers = [await site.signed_in(COORDINATOR) for _ in range(2)]
    link, other = await site.link(COORDINATOR), await site.signed_in(901)
    async with site.sessions.begin() as session:
        await sign_in.end_all(session, COORDINATOR, site.now)
    for browser in browsers:
        assert (await browser.gets("/p")).status_code == 401
    assert (await site.browser().posts(link)).status_code == 410
    assert (await other.gets("/p")).status_code == 200
    assert await site.count(WebSession) == 1


@pytest.mark.parametrize("by", ["link", "mini app"])
async def test_signing_out_everywhere_ends_a_session_that_is_just_beginning(
    postgresql_sessions: Sessions, by: str
) -> None:
    await programme(postgresql_sessions)
    async with postgresql_sessions.begin() as session:
        token = await sign_in.issue_link(session, COORDINATOR, START)

    async def end_all() -> None:
        async with postgresql_sessions.begin() as session:
            await session.get(Coordinator, COORDINATOR)  # as handlers do first
            await sign_in.end_all(session, COORDINATOR, START)

    async with postgresql_sessions.begin() as session:
        if by == "link":
            assert await sign_in.redeem(session, token, START) is not None
        else:
            later = START + sign_in.LINK_LIFETIME
            launched = sign_in.redeem_launch(session, COORDINATOR, "signature", later, START)
            assert await launched is not None
        ending = asyncio.create_task(end_all())
        await until_waiting(session, ending)
    await ending
    async with postgresql_sessions() as session:
        assert (await session.scalars(select(WebSession))).all() == []


async def test_signing_out_ends_the_session_on_the_server(site: Site) -> None:
    await programme(site.sessions)
    browser = await site.signed_in(COORDINATOR)
    cookie = browser.client.cookies["quizbot"]
    bye = await browser.posts("/out")
    assert "You’re signed out" in text_of(bye)
    assert "quizbot" not in browser.client.cookies
    assert await site.count(WebSession) == 0
    thief = site.browser()
    thief.client.cookies.set("quizbot", cookie)
    assert (await thief.gets("/p")).status_code == 401
    async with site.sessions() as session:
        trail = list(await session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))
    assert trail[-2:] == ["signed-in", "signed-out"]


async def test_a_removed_coordinator_is_signed_out_at_once(site: Site) -> None:
    await programme(site.sessions)
    browser, link = await site.signed_in(COORDINATOR), await site.link(COORDINATOR)
    async with site.sessions.begin() as session:
        await staff.remove_coordinator(session, COORDINATOR, 1, site.now)
    assert (await browser.gets("/p")).status_code == 401
    assert (await site.browser().posts(link)).status_code == 410


async def test_two_browsers_are_two_sessions(site: Site) -> None:
    await programme(site.sessions)
    first, second = await site.signed_in(COORDINATOR), await site.signed_in(COORDINATOR)
    assert first.client.cookies["quizbot"] != second.client.cookies["quizbot"]
    await first.posts("/out")
    assert (await second.gets("/p")).status_code == 200


async def test_the_signed_out_are_told_how_to_sign_in(site: Site) -> None:
    page = await site.browser().gets("/p")
    assert page.status_code == 401
    assert "Send /dashboard to the bot" in text_of(page)
    assert (await site.browser().gets("/")).headers["location"] == "/p"


@pytest.mark.parametrize("cookie", ["", "x", "A" * 43, "A" * 5000, "\u00ff", '"; DROP TABLE'])
async def test_a_forged_cookie_opens_nothing(site: Site, cookie: str) -> None:
    headers = {b"Cookie": f"quizbot={cookie}".encode("latin-1")}
    page = await site.browser().client.get("/p", headers=headers)
    assert page.status_code == 401


async def test_cookies_on_https_are_bound_to_the_host(public_site: Site) -> None:
    await programme(public_site.sessions)
    entered = await public_site.browser().posts(await public_site.link(COORDINATOR))
    [*_, given] = entered.headers.get_list("set-cookie")
    assert given.startswith("__Host-quizbot=")
    assert given.split("; ")[1:] == [
        "Path=/",
        "Max-Age=43200",
        "HttpOnly",
        "Secure",
        "SameSite=Lax",
    ]


async def test_cookies_on_this_machine_need_no_https(site: Site) -> None:
    await programme(site.sessions)
    entered = await site.browser().posts(await site.link(COORDINATOR))
    [*_, given] = entered.headers.get_list("set-cookie")
    assert given.startswith("quizbot=")
    assert given.split("; ")[1:] == ["Path=/", "Max-Age=43200", "HttpOnly", "SameSite=Lax"]


async def test_on_https_a_plain_cookie_is_ignored(public_site: Site) -> None:
    """Another host of the same domain could have set it."""
    await programme(public_site.sessions)
    browser = await public_site.signed_in(COORDINATOR)
    token = browser.client.cookies["__Host-quizbot"]
    other = public_site.browser()
    other.client.cookies.set("quizbot", token)
    assert (await other.gets("/p")).status_code == 401


async def test_links_of_erased_coordinators_do_not_work(site: Site) -> None:
    await programme(site.sessions)
    link = await site.link(COORDINATOR)
    async with site.sessions.begin() as session:
        await session.execute(delete(Coordinator))
    assert await site.count(SignIn) == 0
    assert (await site.browser().posts(link)).status_code == 410
