"""Signing in as a Mini App: with data that Telegram signed for this bot, recently, only once."""

import asyncio
import hashlib
import hmac
import json
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import pytest

from db.programmes import WebSession
from tests.programmes.steps import COORDINATOR, programme
from tests.telegram.sandbox import TOKEN
from tests.web.site import HERE, PUBLIC, Site, own_page, text_of

OTHER_BOT = "7000000002:another_token_of_the_sandbox_for_tests"


def signed(fields: dict[str, str], token: str = TOKEN) -> str:
    """Returns launch data as Telegram makes it."""
    lines = "\n".join(f"{name}={fields[name]}" for name in sorted(fields))
    secret = hmac.new(b"WebAppData", token.encode(), hashlib.sha256).digest()
    signature = hmac.new(secret, lines.encode(), hashlib.sha256).hexdigest()
    return urlencode({**fields, "hash": signature}, quote_via=quote)


def fields_of(site: Site, user_id: Any = COORDINATOR, **changed: str) -> dict[str, str]:
    user = {"id": user_id, "first_name": "Kim & Co", "language_code": "en"}
    return {
        "query_id": "AAHdF6IQAAAAAN0XohDhrOrc",
        "user": json.dumps(user, separators=(",", ":")),
        "auth_date": str(int(site.now.timestamp())),
        "signature": "third-party",
        **changed,
    }


async def launch(site: Site, init_data: str, url: str = HERE) -> httpx.Response:
    return await site.browser().client.post(
        "/app/in", data={"init_data": init_data}, headers=own_page(url)
    )


async def test_launch_data_signs_a_coordinator_in(site: Site) -> None:
    await programme(site.sessions)
    browser = site.browser()
    entered = await browser.posts("/app/in", init_data=signed(fields_of(site)))
    assert (entered.status_code, entered.text) == (200, "/p/1")
    assert "Autumn of 2026" in await browser.sees("/p")


async def test_it_ends_the_browsers_earlier_session(site: Site) -> None:
    await programme(site.sessions)
    browser = await site.signed_in(COORDINATOR)
    before = browser.client.cookies["quizbot"]
    data = signed(fields_of(site))
    assert (await browser.posts("/app/in", init_data=data)).status_code == 200
    assert await site.count(WebSession) == 1
    assert browser.client.cookies["quizbot"] != before


async def test_launch_data_works_once(each_site: Site) -> None:
    await programme(each_site.sessions)
    data = signed(fields_of(each_site))
    entered = await asyncio.gather(*(launch(each_site, data) for _ in range(4)))
    assert sorted(each.status_code for each in entered) == [200, 403, 403, 403]
    each_site.later(minutes=4)
    assert (await launch(each_site, data)).status_code == 403
    assert await each_site.count(WebSession) == 1


async def test_launch_data_is_not_a_sign_in_link(site: Site) -> None:
    await programme(site.sessions)
    fields = fields_of(site)
    await launch(site, signed(fields))
    signature = signed(fields).rpartition("hash=")[2]
    for token in (signature, f"launch {signature}"):
        assert (await site.browser().posts(f"/in/{token}")).status_code == 410


@pytest.mark.parametrize(
    ("seconds", "status"), [(-31, 403), (-30, 200), (0, 200), (299, 200), (300, 403), (9999, 403)]
)
async def test_launch_data_works_for_five_minutes(site: Site, seconds: int, status: int) -> None:
    """Telegram's clock may be a little ahead of ours, but not more."""
    await programme(site.sessions)
    data = signed(fields_of(site))
    site.later(seconds=seconds)
    assert (await launch(site, data)).status_code == status


async def test_other_users_are_told_who_the_dashboard_is_for(site: Site) -> None:
    await programme(site.sessions)
    refused = await launch(site, signed(fields_of(site, 901)))
    assert refused.status_code == 403
    assert "This is for coordinators" in text_of(refused)
    assert await site.count(WebSession) == 0


def _forgeries(site: Site) -> dict[str, str]:
    good = fields_of(site)
    other = signed(fields_of(site, 901))
    data = signed(good)
    return {
        "nothing": "",
        "no fields": "x",
        "no hash": urlencode(good),
        "empty hash": urlencode({**good, "hash": ""}),
        "another bot's": signed(good, OTHER_BOT),
        "the token as key": urlencode(
            {
                **good,
                "hash": hmac.new(
                    TOKEN.encode(),
                    "\n".join(f"{name}={good[name]}" for name in sorted(good)).encode(),
                    hashlib.sha256,
                ).hexdigest(),
            }
        ),
        "another's hash": data.rpartition("hash=")[0] + "hash=" + other.rpartition("hash=")[2],
        "another user": data.replace(str(COORDINATOR), "901"),
        "a field more": data + "&extra=1",
        "a field less": "&".join(part for part in data.split("&") if "query_id" not in part),
        "a field twice": data + f"&user={quote(good['user'])}",
        "the hash twice": data + "&" + data.rpartition("&")[2],
        "a later date": data.replace("auth_date=17", "auth_date=18"),
        "upper case": data[:-64] + data[-64:].upper(),
        "hash not ASCII": data[:-1] + "%C3%A9",
        "no date": signed({key: value for key, value in good.items() if key != "auth_date"}),
        "a date in words": signed({**good, "auth_date": "today"}),
        "a huge date": signed({**good, "auth_date": "9" * 400}),
        "a negative date": signed({**good, "auth_date": "-1"}),
        "no user": signed({key: value for key, value in good.items() if key != "user"}),
        "user no JSON": signed({**good, "user": "{"}),
        "user a list": signed({**good, "user": "[1]"}),
        "user nested": signed({**good, "user": "[" * 3000}),
        "user true": signed(fields_of(site, True)),
        "user a text": signed(fields_of(site, str(COORDINATOR))),
        "user huge": signed(fields_of(site, 2**80)),
        "too many fields": signed({**good, **{f"f{each}": "1" for each in range(99)}}),
        "too long": signed({**good, "query_id": "x" * 9000}),
    }


async def test_forged_launch_data_is_refused(site: Site) -> None:
    await programme(site.sessions)
    answers = {
        name: (await launch(site, data)).status_code for name, data in _forgeries(site).items()
    }
    assert set(answers.values()) == {403}, answers
    assert await site.count(WebSession) == 0
    assert (await launch(site, signed(fields_of(site)))).status_code == 200


async def test_another_site_cannot_post_launch_data(site: Site) -> None:
    await programme(site.sessions)
    data = signed(fields_of(site))
    assert (await launch(site, data, "https://evil.example")).status_code == 403
    assert (await launch(site, data)).status_code == 200


async def test_in_a_frame_of_telegrams_the_cookie_is_partitioned(
    public_site: Site,
) -> None:
    await programme(public_site.sessions)
    entered = await launch(public_site, signed(fields_of(public_site)), PUBLIC)
    [*_, given] = entered.headers.get_list("set-cookie")
    assert given.startswith("__Host-quizbot=")
    assert given.split("; ")[3:] == ["HttpOnly", "Secure", "SameSite=None", "Partitioned"]


async def test_the_first_page_runs_only_our_script(site: Site) -> None:
    page = await site.browser().gets("/app")
    assert page.status_code == 200
    assert page.text.count("<script") == 1
    assert 'src="/static/launch.' in page.text
