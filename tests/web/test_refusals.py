"""Refused requests are counted and logged, with their peer, however many there are."""

from dataclasses import replace

import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from quizbot.logs import RefusalLog
from tests.programmes.steps import COORDINATOR, programme
from tests.web.site import Site, own_page

FOREIGN = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}


def counted(reason: str) -> float:
    return REGISTRY.get_sample_value("quizbot_web_refused_total", {"reason": reason}) or 0


@pytest.mark.parametrize("reason", ["sign_in", "csrf", "programme"])
async def test_a_refusal_is_counted_and_logged_with_its_peer(site: Site, reason: str) -> None:
    other = await programme(site.sessions, coordinator=901, name="Another")
    await programme(site.sessions)
    browser = await site.signed_in(COORDINATOR)
    before = counted(reason)
    with capture_logs() as lines:
        if reason == "sign_in":
            await browser.posts("/in/" + "A" * 22)
            await browser.client.post(
                "/app/in", data={"init_data": "hash=0"}, headers=own_page(site.url)
            )
        elif reason == "csrf":
            await browser.client.post("/out", headers=FOREIGN)
            await browser.client.post("/in/" + "A" * 22, headers=FOREIGN)
        else:
            await browser.gets(f"/p/{other}")
            await browser.posts(f"/p/{other}/teams", name="Red")
    assert counted(reason) == before + 2
    refused = [line for line in lines if line["event"] == "request_refused"]
    assert [(line["reason"], line["peer"]) for line in refused] == [(reason, "127.0.0.1")] * 2
    assert "A" * 22 not in str(lines)
    if reason == "programme":
        assert {line["coordinator"] for line in refused} == {COORDINATOR}


async def test_many_refusals_make_few_lines_and_all_are_counted(site: Site) -> None:
    seconds = 0.0
    refusals = RefusalLog(lambda: seconds)
    site.dashboard = replace(site.dashboard, refusals=refusals)
    before, browser = counted("sign_in"), site.browser()
    with capture_logs() as lines:
        for _ in range(25):
            await browser.gets("/in/" + "A" * 22)
        seconds = 59.9
        await browser.client.post("/out", headers=FOREIGN)  # another reason has its own lines
        seconds = 60.0
        for _ in range(2):
            await browser.gets("/in/" + "A" * 22)
    assert counted("sign_in") == before + 27
    told = [(line["reason"], line["left_out"]) for line in lines]
    assert told == [*[("sign_in", 0)] * 10, ("csrf", 0), ("sign_in", 15), ("sign_in", 0)]
