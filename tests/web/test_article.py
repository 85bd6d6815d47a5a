"""The article's page: for everybody, without a session, from memory."""

from dataclasses import replace

import httpx
import pytest
from sqlalchemy import event

from quizbot.web.routes import dashboard_app
from tests.quiz.steps import TOPIC
from tests.web.site import BOT, Site, text_of

PATH = f"/a/{TOPIC.slug}"


async def test_the_article_is_shown_in_its_own_words_with_sources_and_licences(
    site: Site,
) -> None:
    browser = site.browser()
    page = await browser.gets(PATH)
    text = text_of(page)
    for each in TOPIC.statements.values():
        assert f'id="{each.id}"' in page.text
        assert all(line.removeprefix("- ") in text for line in each.text.split("\n"))
        assert each.title in text
        assert each.source in text
    for source in TOPIC.sources:
        assert f'href="{source.url}"' in page.text
        assert source.licence
        assert f"{source.title} ({source.licence})" in text
    assert TOPIC.disclaimer in text
    assert f'href="{BOT}"' in page.text


async def test_it_needs_no_session_and_no_database_and_can_be_cached(site: Site) -> None:
    browser, statements = site.browser(), list[str]()
    engine = site.sessions.kw["bind"].sync_engine
    event.listen(engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    page = await browser.gets(PATH, Cookie="quizbot=x")
    again = await browser.gets(PATH, **{"If-None-Match": page.headers["etag"]})
    assert (page.status_code, again.status_code, again.content) == (200, 304, b"")
    assert page.headers["cache-control"] == "public, max-age=3600"
    assert page.headers["vary"] == "Accept-Language"
    assert "set-cookie" not in page.headers
    assert statements == []


async def test_it_runs_no_script_and_loads_nothing_from_elsewhere(site: Site) -> None:
    page = await site.browser().gets(PATH)
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'; img-src 'self'; ")
    assert "script-src" not in policy
    assert "frame-ancestors 'none'" in policy
    assert page.headers["referrer-policy"] == "no-referrer"
    assert "<script" not in page.text


async def test_what_no_approved_question_rests_on_is_not_shown(site: Site) -> None:
    cited = {item.id for item in TOPIC.approved if "KP2" in item.cites}
    assert cited
    items = tuple(
        item.model_copy(update={"status": "retired"}) if item.id in cited else item
        for item in TOPIC.items
    )
    dashboard = replace(site.dashboard, topic=replace(TOPIC, items=items))
    transport = httpx.ASGITransport(dashboard_app(dashboard))
    async with httpx.AsyncClient(transport=transport, base_url=site.url) as browser:
        page = (await browser.get(PATH)).text
    assert 'id="KP1"' in page
    assert 'id="KP2"' not in page
    assert (
        TOPIC.statements["KP2"].title not in page.partition('id="kp"')[2].partition("</section>")[0]
    )


@pytest.mark.parametrize("path", ["/a/other", "/a", "/a/", f"{PATH}/", "/a/%00", "/a/../p"])
async def test_there_is_no_other_article(site: Site, path: str) -> None:
    page = await site.browser().gets(path)
    assert page.status_code == (401 if path.endswith("/p") else 404)
    if page.status_code == 404:
        assert "There’s nothing here" in page.text
        assert page.headers["cache-control"] == "no-store"
