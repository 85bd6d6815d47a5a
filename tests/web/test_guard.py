"""Every page and every change stands behind the same guard, whatever is added to the table."""

import re
from dataclasses import dataclass

import pytest
from sqlalchemy import select

from db.programmes import AuditEntry, Enrolment, Holiday, Invite, InviteKind, Programme, Team
from quizbot.programmes import invites, members
from quizbot.web.guard import View
from quizbot.web.routes import VIEWS
from tests.quiz.programmes import stage
from tests.quiz.programmes.stage import COORDINATOR, programme
from tests.quiz.stage import START, TOPIC, join
from tests.telegram.play import TOKEN
from tests.web.office import Browser, Office, own_page, text_of

OTHER = 901  # a coordinator of another programme
MEMBER = 1

OF_PROGRAMMES = [view for view in VIEWS if view.of_programme]
CHANGES = [view for view in VIEWS if view.method == "POST"]
PAGES = [view for view in VIEWS if view.method == "GET"]


def name_of(view: View) -> str:
    return f"{view.method} {view.path}"


@dataclass
class Scene:
    """Two programmes that different people run, the first with a member, a team and links."""

    office: Office
    mine: int
    other: int
    team: Team
    code: str

    def path(self, view: View, programme_id: object = None) -> str:
        """With what belongs to the first programme, whichever programme's page it is."""
        parts = {
            "programme": str(self.mine if programme_id is None else programme_id),
            "item": TOPIC.approved[0].id,
            "name": "taking-part",
            "what": "members",
            "form": "csv",
            "handle": members.handles(TOKEN, self.mine)(MEMBER, START),
            "team": str(self.team.id),
        }
        return re.sub(r"\{([a-z]+)\}", lambda match: parts[match[1]], view.path)

    @property
    def fields(self) -> dict[str, str]:
        """What forms hold: good for any of the changes."""
        return {
            "name": "A new name",
            "team": str(self.team.id),
            "code": self.code,
            "first": "2026-12-24",
            "day": "2026-12-28",
            "sure": "yes",
        }

    async def state(self) -> list[object]:
        """All that changes change."""
        async with self.office.sessions() as session:
            return [
                [(row.name,) for row in await session.scalars(select(Team).order_by(Team.id))],
                [row.day for row in await session.scalars(select(Holiday))],
                [
                    (row.code, row.ended_at)
                    for row in await session.scalars(select(Invite).order_by(Invite.code))
                ],
                [row.ends_on for row in await session.scalars(select(Programme))],
                [row.team_id for row in await session.scalars(select(Enrolment))],
                [
                    row.action
                    for row in await session.scalars(select(AuditEntry).order_by(AuditEntry.id))
                ],
            ]

    async def ask(self, browser: Browser, view: View, path: str, **fields: str) -> int:
        if view.method == "GET":
            return (await browser.gets(path)).status_code
        return (await browser.posts(path, **self.fields | fields)).status_code


@pytest.fixture
async def scene(office: Office) -> Scene:
    return await _scene(office)


@pytest.fixture
async def plain_scene(sqlite_office: Office) -> Scene:
    """For what the database has no part in."""
    return await _scene(sqlite_office)


async def _scene(office: Office) -> Scene:
    sessions = office.sessions
    mine = await programme(sessions)
    other = await programme(sessions, coordinator=OTHER, name="Secret plans")
    await join(sessions, MEMBER)
    team = await stage.team(sessions, mine, "Blue")
    await stage.enrol(sessions, mine, MEMBER, team_id=team.id)
    async with sessions.begin() as session:
        code = (
            await invites.standing(
                session, InviteKind.MEMBER, office.now, mine, actor_id=COORDINATOR
            )
        ).code
    return Scene(office, mine, other, team, code)


def test_all_but_the_list_and_the_exit_belong_to_a_programme() -> None:
    assert {view.path for view in VIEWS} - {view.path for view in OF_PROGRAMMES} == {"/p", "/out"}


@pytest.mark.parametrize("view", VIEWS, ids=name_of)
async def test_strangers_see_and_change_nothing(plain_scene: Scene, view: View) -> None:
    before, browser = await plain_scene.state(), plain_scene.office.browser()
    assert await plain_scene.ask(browser, view, plain_scene.path(view)) == 401
    assert await plain_scene.state() == before


@pytest.mark.parametrize("view", OF_PROGRAMMES, ids=name_of)
async def test_who_does_not_run_it_is_told_that_there_is_none(scene: Scene, view: View) -> None:
    browser = await scene.office.signed_in(OTHER)
    csrf, before = await browser.csrf(), await scene.state()
    for wrong in (scene.mine, 999_999, 2**63, "9" * 5000, 0, "-1", "x", "%00", "1.0"):
        path = scene.path(view, wrong)
        assert await scene.ask(browser, view, path, csrf=csrf) == 404, path
    assert await scene.state() == before
    if view.method == "GET":
        foreign = await browser.gets(scene.path(view))
        missing = await browser.gets(scene.path(view, 999_999))
        assert foreign.text == missing.text


@pytest.mark.parametrize(
    "view",
    [view for view in OF_PROGRAMMES if re.search("handle|{team}|revoke|/links$", view.path)],
    ids=name_of,
)
async def test_what_belongs_to_another_programme_is_not_in_mine(scene: Scene, view: View) -> None:
    """The own programme in the address, but members, teams and links of another."""
    browser = await scene.office.signed_in(OTHER)
    csrf, before = await browser.csrf(), await scene.state()
    path = scene.path(view, scene.other)
    assert await scene.ask(browser, view, path, csrf=csrf) == 404
    assert await scene.state() == before


@pytest.mark.parametrize("view", PAGES, ids=name_of)
async def test_who_runs_it_sees_it(scene: Scene, view: View) -> None:
    browser = await scene.office.signed_in(COORDINATOR)
    assert await scene.ask(browser, view, scene.path(view)) == (
        404 if "chart" in view.path else 200
    )


@pytest.mark.parametrize("view", CHANGES, ids=name_of)
async def test_who_runs_it_changes_it(scene: Scene, view: View) -> None:
    browser = await scene.office.signed_in(COORDINATOR)
    csrf, before = await browser.csrf(), await scene.state()
    status = await scene.ask(browser, view, scene.path(view), csrf=csrf)
    if view.path.endswith("holidays/remove"):
        assert status == 422  # that day is none
        return
    assert status == (200 if view.path == "/out" else 303)
    assert await scene.state() != before


@pytest.mark.parametrize("view", CHANGES, ids=name_of)
async def test_a_change_without_the_sessions_token_is_refused(
    plain_scene: Scene, view: View
) -> None:
    browser = await plain_scene.office.signed_in(COORDINATOR)
    another = await (await plain_scene.office.signed_in(COORDINATOR)).csrf()
    right, before = await browser.csrf(), await plain_scene.state()
    path = plain_scene.path(view)
    for wrong in ("", "x", another, right[:-1], right + "x", "é", right.swapcase()):
        assert await plain_scene.ask(browser, view, path, csrf=wrong) == 403, wrong
    assert await plain_scene.ask(browser, view, path) == 403
    assert await plain_scene.state() == before


FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:8081"},
    {"Origin": "https://127.0.0.1:8080"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "none"},
]


@pytest.mark.parametrize("view", CHANGES, ids=name_of)
async def test_a_change_from_elsewhere_is_refused_even_with_the_token(
    plain_scene: Scene, view: View
) -> None:
    browser = await plain_scene.office.signed_in(COORDINATOR)
    fields = plain_scene.fields | {"csrf": await browser.csrf()}
    before = await plain_scene.state()
    for headers in FOREIGN:
        given = own_page(plain_scene.office.url) | headers
        answer = await browser.client.post(plain_scene.path(view), data=fields, headers=given)
        assert answer.status_code == 403, headers
    assert await plain_scene.state() == before


@pytest.mark.parametrize("view", CHANGES, ids=name_of)
async def test_looking_at_a_change_changes_nothing(plain_scene: Scene, view: View) -> None:
    browser = await plain_scene.office.signed_in(COORDINATOR)
    before = await plain_scene.state()
    twin = any(other.path == view.path and other.method == "GET" for other in VIEWS)
    status = (await browser.gets(plain_scene.path(view))).status_code
    assert status == (200 if twin else 405)
    assert await plain_scene.state() == before


async def test_htmx_brings_the_token_in_a_header(plain_scene: Scene) -> None:
    browser = await plain_scene.office.signed_in(COORDINATOR)
    headers = own_page(plain_scene.office.url) | {"X-CSRF": await browser.csrf()}
    answer = await browser.client.post(
        f"/p/{plain_scene.mine}/teams", data={"name": "Red"}, headers=headers
    )
    assert answer.status_code == 303


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"name=" + b"x" * 17_000, "application/x-www-form-urlencoded", 413),
        (
            b"&".join(b"f%d=1" % each for each in range(60)),
            "application/x-www-form-urlencoded",
            400,
        ),
        (b"name=\xff\xfe", "application/x-www-form-urlencoded", 400),
        (b"name=x", "text/plain", 415),
        (b"name=x", "multipart/form-data; boundary=x", 415),
        (b'{"name": "x"}', "application/json", 415),
        (b"", "application/x-www-form-urlencoded", 403),
    ],
)
async def test_bodies_that_no_form_of_ours_makes_are_refused(
    plain_scene: Scene, body: bytes, kind: str, status: int
) -> None:
    browser = await plain_scene.office.signed_in(COORDINATOR)
    before = await plain_scene.state()
    headers = own_page(plain_scene.office.url) | {"Content-Type": kind}
    answer = await browser.client.post(
        f"/p/{plain_scene.mine}/teams", content=body, headers=headers
    )
    assert answer.status_code == status
    assert "This was not done" in text_of(answer)
    assert await plain_scene.state() == before


@pytest.mark.parametrize("path", ["/p/1", "/app", "/in/x", "/nowhere", "/p", "/p/999/boards"])
async def test_every_page_forbids_what_it_does_not_need(plain_scene: Scene, path: str) -> None:
    browser = await plain_scene.office.signed_in(COORDINATOR)
    headers = (await browser.gets(path)).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; ")
    assert "unsafe" not in policy
    assert "frame-ancestors 'self' https://web.telegram.org https://*.telegram.org;" in policy + ";"
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


@pytest.mark.parametrize("view", PAGES, ids=name_of)
async def test_pages_hold_no_script_or_style_of_their_own(plain_scene: Scene, view: View) -> None:
    """Which the policy would not let run."""
    browser = await plain_scene.office.signed_in(COORDINATOR)
    page = (await browser.gets(plain_scene.path(view))).text
    assert not re.search(r"<script(?![^>]* src=\"/static/)", page)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", page)
    assert not re.search(r"(src|href)=\"(https?:)?//(?!t\.me/)", page)


async def test_static_files_are_kept_by_their_content(plain_scene: Scene) -> None:
    browser = plain_scene.office.browser()
    page = (await browser.gets("/app")).text
    names = re.findall(r"(?:src|href)=\"(/static/[^\"]+)\"", page)
    assert len(names) >= 3
    for name in names:
        file = await browser.gets(name)
        assert file.status_code == 200
        assert "immutable" in file.headers["cache-control"]
    assert (await browser.gets("/static/style.css")).status_code == 404
    assert (await browser.gets("/static/..%2fapp.py")).status_code == 404
