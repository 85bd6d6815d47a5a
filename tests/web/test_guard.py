"""Every page and every change has the same guard, whatever is added to the table of routes."""

import re
from dataclasses import dataclass

import pytest
from sqlalchemy import select

from db.models import QuestionReport
from db.programmes import (
    AuditEntry,
    Enrolment,
    Holiday,
    Invite,
    InviteKind,
    Programme,
    Team,
    TeamGoal,
)
from quizbot.programmes import invites, members
from quizbot.web.guard import View
from quizbot.web.routes import VIEWS
from tests.programmes import steps
from tests.programmes.steps import COORDINATOR, programme
from tests.quiz.steps import START, TOPIC, join
from tests.telegram.sandbox import TOKEN
from tests.web.site import HERE, Browser, Site, own_page, text_of

OTHER = 901  # a coordinator of another programme
MEMBER = 1
GOAL = {"since": steps.MONDAY, "until": steps.MONDAY, "purpose": ""}

OF_PROGRAMMES = [view for view in VIEWS if view.of_programme]
CHANGES = [view for view in VIEWS if view.method == "POST"]
PAGES = [view for view in VIEWS if view.method == "GET"]


def name_of(view: View) -> str:
    return f"{view.method} {view.path}"


@dataclass
class Programmes:
    """Two programmes of different coordinators; the first has a member, a team and a link."""

    site: Site
    mine: int
    other: int
    team: Team
    code: str

    def path(self, view: View, programme_id: object = None) -> str:
        """Returns a view's path with the first programme's member and team, in any programme."""
        parts = {
            "programme": str(self.mine if programme_id is None else programme_id),
            "item": TOPIC.approved[0].id,
            "what": "members",
            "form": "csv",
            "handle": members.handle_maker(TOKEN, self.mine)(MEMBER, START),
            "team": str(self.team.id),
        }
        return re.sub(r"\{([a-z]+)\}", lambda match: parts[match[1]], view.path)

    @property
    def fields(self) -> dict[str, str]:
        """Returns fields that are valid for each of the changes."""
        return {
            "name": "A new name",
            "names": "One\nTwo",
            "placed": "0",
            "moved": "0",
            "team": str(self.team.id),
            "code": self.code,
            "first": "2026-12-24",
            "day": "2026-12-28",
            "sure": "yes",
            "kind": "unclear",
            "target": "50",
            "setting": "time",
            "value": "7:30am",  # a name as well
            "until": "2026-12-28",
            "text": "Lunch on Friday",
        }

    async def state(self) -> list[object]:
        """Returns all that changes can change."""
        async with self.site.sessions() as session:
            return [
                [(row.name,) for row in await session.scalars(select(Team).order_by(Team.id))],
                [row.day for row in await session.scalars(select(Holiday))],
                [
                    (row.code, row.ended_at)
                    for row in await session.scalars(select(Invite).order_by(Invite.code))
                ],
                [row.ends_on for row in await session.scalars(select(Programme))],
                [row.team_id for row in await session.scalars(select(Enrolment))],
                [row.reporter_id for row in await session.scalars(select(QuestionReport))],
                [
                    row.action
                    for row in await session.scalars(select(AuditEntry).order_by(AuditEntry.id))
                ],
            ]

    async def ask(self, browser: Browser, view: View, path: str, **fields: str) -> int:
        if view.method == "GET":
            return (await browser.gets(path)).status_code
        return (await browser.posts(path, **self.fields | fields)).status_code


@pytest.fixture(scope="module")
async def programmes(shared_site: Site) -> Programmes:
    """For tests that change nothing."""
    return await _programmes(shared_site)


@pytest.fixture(scope="module")
async def sqlite_programmes(shared_sqlite_site: Site) -> Programmes:
    """The same for what does not depend on the database."""
    return await _programmes(shared_sqlite_site)


@pytest.fixture
async def own_programmes(each_site: Site) -> Programmes:
    """For a test that changes them."""
    return await _programmes(each_site)


async def _programmes(site: Site) -> Programmes:
    sessions = site.sessions
    mine = await programme(sessions)
    other = await programme(sessions, coordinator=OTHER, name="Secret plans")
    await join(sessions, MEMBER)
    team = await steps.team(sessions, mine, "Blue")
    await steps.enrol(sessions, mine, MEMBER, team_id=team.id)
    async with sessions.begin() as session:
        code = (
            await invites.current_or_new(
                session, InviteKind.MEMBER, site.now, mine, actor_id=COORDINATOR
            )
        ).code
        session.add(TeamGoal(programme_id=mine, target=90, **GOAL))
    return Programmes(site, mine, other, team, code)


def test_all_views_but_the_list_and_sign_out_belong_to_a_programme() -> None:
    assert {view.path for view in VIEWS} - {view.path for view in OF_PROGRAMMES} == {"/p", "/out"}


@pytest.mark.parametrize("view", VIEWS, ids=name_of)
async def test_strangers_see_and_change_nothing(sqlite_programmes: Programmes, view: View) -> None:
    before, browser = await sqlite_programmes.state(), sqlite_programmes.site.browser()
    assert await sqlite_programmes.ask(browser, view, sqlite_programmes.path(view)) == 401
    assert await sqlite_programmes.state() == before


@pytest.mark.parametrize("view", OF_PROGRAMMES, ids=name_of)
async def test_coordinators_of_other_programmes_find_nothing(
    sqlite_programmes: Programmes, view: View
) -> None:
    browser = await sqlite_programmes.site.signed_in(OTHER)
    before = await sqlite_programmes.state()
    for wrong in (sqlite_programmes.mine, 999_999, 2**63, "9" * 5000, 0, "-1", "x", "%00", "1.0"):
        path = sqlite_programmes.path(view, wrong)
        assert await sqlite_programmes.ask(browser, view, path) == 404, path
    assert await sqlite_programmes.state() == before
    if view.method == "GET":
        foreign = await browser.gets(sqlite_programmes.path(view))
        missing = await browser.gets(sqlite_programmes.path(view, 999_999))
        assert foreign.text == missing.text


@pytest.mark.parametrize(
    "view",
    [view for view in OF_PROGRAMMES if re.search("handle|{team}|revoke|undo|/links$", view.path)],
    ids=name_of,
)
async def test_members_teams_and_links_of_another_programme_are_not_found(
    programmes: Programmes, view: View
) -> None:
    """The address names the own programme, but a member, team or link of another."""
    browser = await programmes.site.signed_in(OTHER)
    before = await programmes.state()
    path = programmes.path(view, programmes.other)
    assert await programmes.ask(browser, view, path) == 404
    assert await programmes.state() == before


@pytest.mark.parametrize("view", PAGES, ids=name_of)
async def test_its_coordinator_sees_each_page(programmes: Programmes, view: View) -> None:
    browser = await programmes.site.signed_in(COORDINATOR)
    assert await programmes.ask(browser, view, programmes.path(view)) == 200


@pytest.mark.parametrize("view", CHANGES, ids=name_of)
async def test_its_coordinator_makes_each_change(own_programmes: Programmes, view: View) -> None:
    browser = await own_programmes.site.signed_in(COORDINATOR)
    before = await own_programmes.state()
    status = await own_programmes.ask(browser, view, own_programmes.path(view))
    refused = ("holidays/remove", "{programme}/remove", "/calloff", "links/undo", "report/next")
    if view.path.endswith(refused):
        # No holiday, somebody has joined, it has begun, the link works, it is not over.
        assert status == 422
        return
    if "/past-members" in view.path:
        assert status == 404  # it is nobody's next season
        return
    shows_page = view.path == "/out" or view.path.endswith("/preview")
    assert status == (200 if shows_page else 303)
    assert (await own_programmes.state() == before) is view.path.endswith("/preview")


FOREIGN = [
    {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
    {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
    {"Origin": "https://evil.example"},
    {"Origin": "http://127.0.0.1:8081", "Sec-Fetch-Site": "same-site"},  # another port
    {"Origin": "http://127.0.0.1:8081"},
    {"Origin": "http://app.127.0.0.1:8080", "Sec-Fetch-Site": "same-site"},  # another host
    {"Origin": "https://127.0.0.1:8080"},  # another scheme
    {"Origin": "http://127.0.0.1:80800"},
    {"Origin": "http://127.0.0.1"},
    {"Origin": "null"},  # a sandboxed frame, a local file, a redirect from another site
    {"Origin": "null", "Sec-Fetch-Site": "same-origin"},
    {"Origin": ""},
    {"Origin": HERE, "Sec-Fetch-Site": "cross-site"},
    {"Origin": HERE, "Sec-Fetch-Site": "same-site"},
    {"Origin": HERE, "Sec-Fetch-Site": "none"},
    {"Origin": HERE, "Sec-Fetch-Site": ""},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "none"},
    {},  # an old browser, or no browser
    {"Referer": "https://evil.example/"},
    {"Referer": f"https://evil.example/{HERE}/"},
    {"Referer": f"{HERE}.evil.example/"},
    {"Referer": "http://127.0.0.1:80800/"},
    {"Referer": HERE},  # browsers write a path
    {"Referer": "null"},
    {"Referer": ""},
    {"Referer": f"{HERE}/p", "Origin": "null"},
    {"Referer": f"{HERE}/p", "Sec-Fetch-Site": "cross-site"},
]
OWN = [
    {"Origin": HERE, "Sec-Fetch-Site": "same-origin"},
    {"Origin": HERE},
    {"Sec-Fetch-Site": "same-origin"},
    {"Referer": f"{HERE}/p/1/manage"},
]


@pytest.mark.parametrize("view", CHANGES, ids=name_of)
async def test_a_change_from_another_page_is_refused(
    sqlite_programmes: Programmes, view: View
) -> None:
    browser = await sqlite_programmes.site.signed_in(COORDINATOR)
    before = await sqlite_programmes.state()
    for headers in FOREIGN:
        answer = await browser.client.post(
            sqlite_programmes.path(view), data=sqlite_programmes.fields, headers=headers
        )
        assert answer.status_code == 403, headers
        assert "That didn’t work" in text_of(answer)
    assert await sqlite_programmes.state() == before


async def test_a_change_from_an_own_page_is_made(own_programmes: Programmes) -> None:
    """By new browsers, and by old ones that send only one of the headers, or only a referrer."""
    browser = await own_programmes.site.signed_in(COORDINATOR)
    path = f"/p/{own_programmes.mine}/teams"
    for number, headers in enumerate(OWN):
        answer = await browser.client.post(path, data={"name": f"Red {number}"}, headers=headers)
        assert answer.status_code == 303, headers


@pytest.mark.parametrize("view", CHANGES, ids=name_of)
async def test_only_a_post_changes_anything(sqlite_programmes: Programmes, view: View) -> None:
    """No header and no field turns another method into a POST."""
    browser = await sqlite_programmes.site.signed_in(COORDINATOR)
    before = await sqlite_programmes.state()
    override = dict.fromkeys(("X-HTTP-Method-Override", "X-Method-Override"), "POST")
    has_page = any(other.path == view.path and other.method == "GET" for other in VIEWS)
    for method in ("GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"):
        answer = await browser.client.request(
            method,
            sqlite_programmes.path(view),
            params={"_method": "POST"},
            data=sqlite_programmes.fields | {"_method": "POST"},
            headers=own_page(HERE) | override,
        )
        is_page = has_page and method in ("GET", "HEAD")
        assert answer.status_code == (200 if is_page else 405), method
    assert await sqlite_programmes.state() == before


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (
            b"&".join(b"f%d=1" % each for each in range(60)),
            "application/x-www-form-urlencoded",
            400,
        ),
        (b"name=\xff\xfe", "application/x-www-form-urlencoded", 400),
        (b"name=x", "text/plain", 415),
        (b"name=x", "multipart/form-data; boundary=x", 415),
        (b'{"name": "x"}', "application/json", 415),
    ],
)
async def test_bodies_that_are_not_a_form_of_ours_are_refused(
    sqlite_programmes: Programmes, body: bytes, kind: str, status: int
) -> None:
    browser = await sqlite_programmes.site.signed_in(COORDINATOR)
    before = await sqlite_programmes.state()
    headers = own_page(sqlite_programmes.site.url) | {"Content-Type": kind}
    answer = await browser.client.post(
        f"/p/{sqlite_programmes.mine}/teams", content=body, headers=headers
    )
    assert answer.status_code == status
    assert "That didn’t work" in text_of(answer)
    assert await sqlite_programmes.state() == before


async def test_a_form_that_is_too_large_is_refused_with_its_own_sentence(
    sqlite_programmes: Programmes,
) -> None:
    browser = await sqlite_programmes.site.signed_in(COORDINATOR)
    before = await sqlite_programmes.state()
    answer = await browser.posts(f"/p/{sqlite_programmes.mine}/teams", name="x" * 82_000)
    assert answer.status_code == 413
    assert "over 80 KB" in text_of(answer)
    assert await sqlite_programmes.state() == before


@pytest.mark.parametrize("path", ["/p/1", "/app", "/in/x", "/nowhere", "/p", "/p/999/boards"])
async def test_every_page_has_the_security_headers(
    sqlite_programmes: Programmes, path: str
) -> None:
    browser = await sqlite_programmes.site.signed_in(COORDINATOR)
    headers = (await browser.gets(path)).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; ")
    assert "unsafe" not in policy
    assert "frame-ancestors 'self' https://web.telegram.org https://*.telegram.org;" in policy + ";"
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


@pytest.mark.parametrize("view", PAGES, ids=name_of)
async def test_pages_have_no_inline_script_or_style(
    sqlite_programmes: Programmes, view: View
) -> None:
    """The Content-Security-Policy would block them."""
    browser = await sqlite_programmes.site.signed_in(COORDINATOR)
    page = (await browser.gets(sqlite_programmes.path(view))).text
    assert not re.search(r"<script(?![^>]* src=\"/static/)", page)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", page)
    assert not re.search(r"(src|href)=\"(https?:)?//(?!t\.me/)", page)


async def test_assets_are_cached_by_their_content(sqlite_programmes: Programmes) -> None:
    browser = sqlite_programmes.site.browser()
    page = (await browser.gets("/app")).text
    names = re.findall(r"(?:src|href)=\"(/static/[^\"]+)\"", page)
    assert len(names) >= 3
    for name in names:
        file = await browser.gets(name)
        assert file.status_code == 200
        assert "immutable" in file.headers["cache-control"]
    assert (await browser.gets("/static/style.css")).status_code == 404
    assert (await browser.gets("/static/..%2fapp.py")).status_code == 404
