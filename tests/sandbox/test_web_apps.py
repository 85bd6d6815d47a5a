"""Mini Apps: where their buttons may stand, and the launch data that they are opened with."""

import hashlib
import hmac
import json
from urllib.parse import parse_qsl, urlsplit

import pytest
import telegram

from sandbox.client import Control, ControlError
from sandbox.wire import Json
from tests.sandbox.bot_api import START, Accounts, Api

URL = "http://127.0.0.1:9/dashboard?tab=teams"
KEYBOARD = {"inline_keyboard": [[{"text": "Open", "web_app": {"url": URL}}]]}


async def test_the_launch_data_is_signed_as_telegram_signs_it(
    api: Api, accounts: Accounts, control: Control
) -> None:
    sent = await api("sendMessage", chat_id=accounts.ana, text="x", reply_markup=KEYBOARD)
    opened = await control.web_app(accounts.ana, accounts.bot, sent["message_id"])
    fields = dict(parse_qsl(opened["init_data"], strict_parsing=True))
    assert set(fields) == {"query_id", "user", "auth_date", "signature", "hash"}
    given = fields.pop("hash")
    lines = "\n".join(f"{name}={fields[name]}" for name in sorted(fields))
    secret = hmac.new(b"WebAppData", api.token.encode(), hashlib.sha256).digest()
    assert given == hmac.new(secret, lines.encode(), hashlib.sha256).hexdigest()
    assert int(fields["auth_date"]) == START.timestamp()
    assert json.loads(fields["user"]) == {
        "id": accounts.ana,
        "first_name": "Ana",
        "last_name": "Silva",
        "username": "ana",
        "language_code": "pt",
        "allows_write_to_pm": True,
    }


async def test_the_address_carries_the_launch_parameters_in_its_fragment(
    api: Api, accounts: Accounts, control: Control
) -> None:
    sent = await api("sendMessage", chat_id=accounts.ana, text="x", reply_markup=KEYBOARD)
    opened = await control.web_app(accounts.ana, accounts.bot, sent["message_id"])
    address, _, fragment = opened["url"].partition("#")
    parameters = dict(parse_qsl(fragment, strict_parsing=True))
    assert address == URL
    assert parameters["tgWebAppData"] == opened["init_data"]
    assert (parameters["tgWebAppVersion"], parameters["tgWebAppPlatform"]) == ("8.0", "web")
    assert json.loads(parameters["tgWebAppThemeParams"])["bg_color"] == "#ffffff"


async def test_each_opening_is_a_query_of_its_own_at_the_sandboxs_time(
    api: Api, accounts: Accounts, control: Control
) -> None:
    sent = await api("sendMessage", chat_id=accounts.ana, text="x", reply_markup=KEYBOARD)
    first, second = [await _fields(control, accounts, sent) for _ in range(2)]
    await control.advance(3600)
    third = await _fields(control, accounts, sent)
    assert len({opened["query_id"] for opened in (first, second, third)}) == 3
    assert int(third["auth_date"]) - int(first["auth_date"]) == 3600


@pytest.mark.parametrize("method", ["sendMessage", "sendPhoto", "editMessageText"])
async def test_only_private_chats_have_buttons_for_mini_apps(
    api: Api, accounts: Accounts, control: Control, method: str
) -> None:
    group = (await control.group("Team", accounts.ana, [accounts.bot]))["id"]
    sent = await api("sendMessage", chat_id=group, text="x")
    assert "BUTTON_TYPE_INVALID" in await api.description(
        method,
        chat_id=group,
        text="y",
        photo=await _photo(api, accounts),
        message_id=sent["message_id"],
        reply_markup=KEYBOARD,
    )


@pytest.mark.parametrize(
    "address", ["http://example.org/", "ftp://127.0.0.1/", "https://", "x", ""]
)
async def test_addresses_that_telegram_would_not_open_are_refused(
    api: Api, accounts: Accounts, address: str
) -> None:
    keyboard = {"inline_keyboard": [[{"text": "Open", "web_app": {"url": address}}]]}
    refusal = await api.description(
        "sendMessage", chat_id=accounts.ana, text="x", reply_markup=keyboard
    )
    assert "Web App URL" in refusal


async def test_who_cannot_see_the_message_cannot_open_it(
    api: Api, accounts: Accounts, control: Control
) -> None:
    sent = await api("sendMessage", chat_id=accounts.ana, text="x", reply_markup=KEYBOARD)
    ben = (await control.user("Ben"))["id"]
    with pytest.raises(ControlError, match="404"):
        await control.web_app(ben, accounts.bot, sent["message_id"])
    group = (await control.group("Team", accounts.ana, [accounts.bot]))["id"]
    with pytest.raises(ControlError, match="private chats only"):
        await control.web_app(accounts.ana, group, 1)


async def test_other_buttons_open_none(api: Api, accounts: Accounts, control: Control) -> None:
    keyboard = {"inline_keyboard": [[{"text": "Press", "callback_data": "x"}]]}
    sent = await api("sendMessage", chat_id=accounts.ana, text="x", reply_markup=keyboard)
    with pytest.raises(ControlError, match="opens no Mini App"):
        await control.web_app(accounts.ana, accounts.bot, sent["message_id"])
    with pytest.raises(ControlError, match="no such button"):
        await control.web_app(accounts.ana, accounts.bot, sent["message_id"], column=1)
    with pytest.raises(ControlError, match="opens no Mini App"):
        await control.menu_web_app(accounts.ana, accounts.bot)


async def test_the_menu_button_is_the_persons_own_or_everybodys(
    ptb: telegram.Bot, accounts: Accounts, control: Control
) -> None:
    ben = (await control.user("Ben"))["id"]
    assert (await ptb.get_chat_menu_button()).type == "default"
    app = telegram.MenuButtonWebApp("Board", telegram.WebAppInfo(URL))
    assert await ptb.set_chat_menu_button(accounts.ana, app)
    assert await ptb.get_chat_menu_button(accounts.ana) == app
    assert (await _menu(control, accounts.ana))["text"] == "Board"
    assert (await _menu(control, ben)) == {"type": "commands"}
    assert (await control.menu_web_app(accounts.ana, accounts.bot))["url"].startswith(URL)
    await ptb.set_chat_menu_button(menu_button=app)
    assert (await _menu(control, ben))["type"] == "web_app"
    await ptb.set_chat_menu_button(ben, telegram.MenuButtonCommands())
    assert (await _menu(control, ben)) == {"type": "commands"}


@pytest.mark.parametrize(
    ("button", "reason"),
    [
        ({"type": "web_app", "text": " ", "web_app": {"url": URL}}, "text must be non-empty"),
        ({"type": "web_app", "text": "x", "web_app": {"url": "http://a.example"}}, "Only HTTPS"),
        ({"type": "web_app", "text": "x"}, "URL must be non-empty"),
        ({"type": "other"}, "unsupported type"),
    ],
)
async def test_impossible_menu_buttons_are_refused(
    api: Api, accounts: Accounts, button: Json, reason: str
) -> None:
    assert reason in await api.description("setChatMenuButton", menu_button=button)


async def test_the_page_may_frame_mini_apps_and_nothing_may_frame_the_page(
    api: Api, accounts: Accounts
) -> None:
    policy = (await api.http.get("/")).headers["content-security-policy"]
    assert "frame-src https: http://127.0.0.1:*" in policy
    assert "frame-ancestors 'none'" in policy


async def _fields(control: Control, accounts: Accounts, sent: Json) -> dict[str, str]:
    opened = await control.web_app(accounts.ana, accounts.bot, sent["message_id"])
    return dict(parse_qsl(urlsplit(opened["url"]).fragment)) | dict(parse_qsl(opened["init_data"]))


async def _menu(control: Control, user: int) -> Json:
    button: Json = (await control.state(user))["bots"][0]["menu_button"]
    return button


async def _photo(api: Api, accounts: Accounts) -> str:
    """The file_id of a picture that the bot has sent to Ana."""
    picture = b"GIF89a\x01\x00\x01\x00"
    reply = await api.http.post(
        f"/bot{api.token}/sendPhoto", data={"chat_id": accounts.ana}, files={"photo": picture}
    )
    file_id: str = reply.json()["result"]["photo"][-1]["file_id"]
    return file_id
