"""Sending, editing and deleting over real HTTP."""

import json
from typing import Any

import httpx
import pytest
import telegram

from sandbox.client import Control
from sandbox.loopback import NO_CERTIFICATES
from tests.sandbox.bot_api import PIXEL, Accounts, Api
from tests.sizes import PATIENCE

BUTTON = {"text": "Go", "callback_data": "go"}


async def test_a_message_is_plain_text_and_entities_to_both_sides(
    api: Api, accounts: Accounts, control: Control
) -> None:
    sent = await api("sendMessage", chat_id=accounts.ana, text="<b>Hi</b> 😀 ", parse_mode="HTML")
    assert sent["text"] == "Hi 😀"
    assert sent["entities"] == [{"type": "bold", "offset": 0, "length": 2}]
    assert sent["chat"] == {
        "id": accounts.ana,
        "type": "private",
        "first_name": "Ana",
        "last_name": "Silva",
        "username": "ana",
    }
    seen = (await control.messages(accounts.ana, accounts.bot))[-1]
    assert seen["message_id"] == sent["message_id"]
    assert seen["chat"]["id"] == accounts.bot
    assert seen["out"] is False


@pytest.mark.parametrize(
    ("params", "description"),
    [
        ({"text": ""}, "message text is empty"),
        ({"text": " \n "}, "text must be non-empty"),
        ({"text": "<b> </b>", "parse_mode": "HTML"}, "text must be non-empty"),
        ({"text": "x" * 4097}, "message is too long"),
        (
            {"text": "<b>x", "parse_mode": "HTML"},
            "can't parse entities: Can't find end tag corresponding to start tag \"b\"",
        ),
        ({"text": "x", "chat_id": 1}, "chat not found"),
        ({"text": "x", "chat_id": "@nobody"}, "chat not found"),
        ({"text": "x", "chat_id": ""}, "chat_id is empty"),
        ({"text": "x", "reply_parameters": {"message_id": 99}}, "message to be replied not found"),
        (
            {"text": "x", "reply_markup": {"inline_keyboard": [[{"text": "a"}]]}},
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
        ),
        (
            {
                "text": "x",
                "reply_markup": {"inline_keyboard": [[{"text": "a", "callback_data": "é" * 33}]]},
            },
            "BUTTON_DATA_INVALID",
        ),
        (
            {"text": "x", "reply_markup": {"inline_keyboard": [[BUTTON]] * 101}},
            "reply markup is too long",
        ),
        ({"text": "x", "reply_markup": "{"}, "can't parse reply markup JSON object"),
        ({"text": "x", "reply_markup": {"rows": []}}, "object expected as reply markup"),
    ],
)
async def test_what_telegram_refuses_is_refused(
    api: Api, accounts: Accounts, params: dict[str, Any], description: str
) -> None:
    refusal = await api.refusal("sendMessage", **{"chat_id": accounts.ana, **params})
    assert refusal == {
        "ok": False,
        "error_code": 400,
        "description": f"Bad Request: {description}",
    }


async def test_the_longest_text_is_counted_after_parsing(api: Api, accounts: Accounts) -> None:
    text = f"<b>{'é' * 4096}</b>"
    sent = await api("sendMessage", chat_id=accounts.ana, text=text, parse_mode="HTML")
    assert len(sent["text"]) == 4096


async def test_parameters_come_in_any_form(api: Api, accounts: Accounts) -> None:
    address = f"/bot{api.token}/SENDMESSAGE"
    markup = json.dumps({"inline_keyboard": [[BUTTON]]})
    form = {"chat_id": str(accounts.ana), "text": "a&b=ü", "reply_markup": markup}
    replies = [
        await api.http.get(address, params=form),
        await api.http.post(address, data=form),
        await api.http.post(address, files={key: (None, value) for key, value in form.items()}),
        await api.http.post(address, json={**form, "chat_id": accounts.ana}),
    ]
    for reply in replies:
        result = reply.json()["result"]
        assert result["text"] == "a&b=ü"
        assert result["reply_markup"] == {"inline_keyboard": [[BUTTON]]}


async def test_replies_hold_the_message_replied_to(api: Api, accounts: Accounts) -> None:
    reply = await api(
        "sendMessage", chat_id=accounts.ana, text="x", reply_parameters={"message_id": 1}
    )
    assert reply["reply_to_message"]["text"] == "/start"
    free = {"message_id": 99, "allow_sending_without_reply": True}
    loose = await api("sendMessage", chat_id=accounts.ana, text="x", reply_parameters=free)
    assert "reply_to_message" not in loose


async def test_edits_change_text_and_buttons_and_say_so_when_nothing_changes(
    api: Api, accounts: Accounts, control: Control
) -> None:
    markup = {"inline_keyboard": [[BUTTON]]}
    sent = await api("sendMessage", chat_id=accounts.ana, text="one", reply_markup=markup)
    where = {"chat_id": accounts.ana, "message_id": sent["message_id"]}
    same = await api.description("editMessageText", **where, text="one", reply_markup=markup)
    assert same.startswith("Bad Request: message is not modified: specified new message content")
    edited = await api("editMessageText", **where, text="two")
    assert (edited["text"], "reply_markup" in edited) == ("two", False)
    edited = await api("editMessageReplyMarkup", **where, reply_markup=markup)
    assert edited["reply_markup"] == markup
    assert (await control.messages(accounts.ana, accounts.bot))[-1]["text"] == "two"


async def test_only_what_is_there_and_ones_own_can_be_edited(api: Api, accounts: Accounts) -> None:
    gone = await api.description("editMessageText", chat_id=accounts.ana, message_id=99, text="x")
    assert gone == "Bad Request: message to edit not found"
    others = await api.description("editMessageText", chat_id=accounts.ana, message_id=1, text="x")
    assert others == "Bad Request: message can't be edited"


async def test_forwards_service_messages_and_reply_keyboards_cannot_be_edited(
    api: Api, accounts: Accounts, control: Control
) -> None:
    here = {"chat_id": accounts.ana}
    keyboard = {"keyboard": [["Yes"]]}
    asked = await api("sendMessage", **here, text="?", reply_markup=keyboard)
    bare = await api("sendMessage", **here, text="?", reply_markup={"remove_keyboard": True})
    forward = await api("forwardMessage", **here, from_chat_id=accounts.ana, message_id=1)
    await api("pinChatMessage", **here, message_id=1)
    pin = (await api.updates())[-1]["message"]
    for message in (asked, bare, forward, pin):
        for method in ("editMessageText", "editMessageCaption", "editMessageReplyMarkup"):
            refusal = await api.description(
                method, **here, message_id=message["message_id"], text="x", caption="x"
            )
            assert refusal == "Bad Request: message can't be edited"
    sent = await api("sendMessage", **here, text="?")
    refusal = await api.description(
        "editMessageText", **here, message_id=sent["message_id"], text="x", reply_markup=keyboard
    )
    assert refusal == "Bad Request: inline keyboard expected"


async def test_a_message_of_another_kind_has_no_text_to_edit(api: Api, accounts: Accounts) -> None:
    here = {"chat_id": accounts.ana}
    poll = await api("sendPoll", **here, question="?", options=["a"])
    where = {**here, "message_id": poll["message_id"]}
    open_poll = await api.description("editMessageText", **where, text="x")
    assert open_poll == "Bad Request: there is no text in the message to edit"
    await api("stopPoll", **where)
    closed_poll = await api.description("editMessageText", **where, text="x")
    assert closed_poll == "Bad Request: message can't be edited"
    markup = {"inline_keyboard": [[BUTTON]]}
    assert (await api("editMessageReplyMarkup", **where, reply_markup=markup))["poll"]["is_closed"]


async def test_deleting_is_for_48_hours(api: Api, accounts: Accounts, control: Control) -> None:
    sent = [await api("sendMessage", chat_id=accounts.ana, text=text) for text in "ab"]
    ids = [message["message_id"] for message in sent]
    assert await api("deleteMessage", chat_id=accounts.ana, message_id=ids[0])
    again = await api.description("deleteMessage", chat_id=accounts.ana, message_id=ids[0])
    assert again == "Bad Request: message to delete not found"
    await control.advance(48 * 3600 + 1)
    late = await api.description("deleteMessage", chat_id=accounts.ana, message_id=ids[1])
    assert late == "Bad Request: message can't be deleted for everyone"
    assert await api("deleteMessages", chat_id=accounts.ana, message_ids=[*ids, 99])
    none = await api.description("deleteMessages", chat_id=accounts.ana, message_ids=[])
    assert none == "Bad Request: message identifiers are not specified"
    assert [m["message_id"] for m in await control.messages(accounts.ana, accounts.bot)] == [
        1,
        ids[1],
    ]


async def test_pictures_and_documents_can_be_got_back(
    ptb: telegram.Bot, accounts: Accounts, control: Control
) -> None:
    photo = (
        await ptb.send_photo(accounts.ana, PIXEL, caption="<i>a</i>", parse_mode="HTML")
    ).photo[-1]
    assert (photo.width, photo.height) == (1, 1)
    assert bytes(await (await photo.get_file()).download_as_bytearray()) == PIXEL
    assert await control.file(photo.file_id) == PIXEL
    again = await ptb.send_photo(accounts.ana, photo.file_id)
    assert again.photo[-1].file_id == photo.file_id
    message = await ptb.send_document(accounts.ana, b"{}", filename="export.json")
    assert message.document is not None
    assert message.document.file_name == "export.json"
    assert message.document.mime_type == "application/json"
    edited = await ptb.edit_message_caption(accounts.ana, message.message_id, caption="new")
    assert isinstance(edited, telegram.Message)
    assert edited.caption == "new"


async def test_a_picture_is_no_document_and_a_document_no_picture(
    ptb: telegram.Bot, accounts: Accounts
) -> None:
    photo = (await ptb.send_photo(accounts.ana, PIXEL)).photo[-1].file_id
    document = (await ptb.send_document(accounts.ana, PIXEL, filename="a.png")).document
    assert document is not None
    with pytest.raises(telegram.error.BadRequest, match=r"(?i)use file of type photo as document"):
        await ptb.send_document(accounts.ana, photo)
    with pytest.raises(telegram.error.BadRequest, match=r"(?i)use file of type document as photo"):
        await ptb.send_photo(accounts.ana, document.file_id)
    assert (await ptb.send_document(accounts.ana, document.file_id)).document == document


async def test_uploads_can_be_attached_by_name(api: Api, accounts: Accounts) -> None:
    reply = await api.http.post(
        f"/bot{api.token}/sendDocument",
        data={"chat_id": str(accounts.ana), "document": "attach://it"},
        files={"it": ("a.txt", b"abc")},
    )
    assert reply.json()["result"]["document"]["file_size"] == 3


async def test_media_is_checked(api: Api, accounts: Accounts) -> None:
    unknown = await api.description("sendDocument", chat_id=accounts.ana, document="nonsense")
    assert unknown.startswith("Bad Request: wrong remote file identifier specified")
    assert await api.description("getFile", file_id="nonsense") == "Bad Request: invalid file_id"
    reply = await api.http.post(
        f"/bot{api.token}/sendPhoto",
        data={"chat_id": str(accounts.ana)},
        files={"photo": ("a.png", b"no picture")},
    )
    assert reply.json()["description"] == "Bad Request: IMAGE_PROCESS_FAILED"
    reply = await api.http.post(
        f"/bot{api.token}/sendPhoto",
        data={"chat_id": str(accounts.ana), "caption": "x" * 1025},
        files={"photo": ("a.png", PIXEL)},
    )
    assert reply.json()["description"] == "Bad Request: message caption is too long"


async def test_forwards_name_their_origin_and_copies_do_not(
    ptb: telegram.Bot, accounts: Accounts
) -> None:
    sent = await ptb.send_message(accounts.ana, "original")
    forward = await ptb.forward_message(accounts.ana, accounts.ana, sent.message_id)
    assert isinstance(forward.forward_origin, telegram.MessageOriginUser)
    assert forward.forward_origin.sender_user.id == accounts.bot
    copy = await ptb.copy_message(accounts.ana, accounts.ana, sent.message_id)
    assert copy.message_id == forward.message_id + 1


@pytest.mark.parametrize("method", ["noSuchMethod", "getme2", "send"])
async def test_unknown_methods_are_not_found(api: Api, method: str) -> None:
    assert await api.refusal(method) == {
        "ok": False,
        "error_code": 404,
        "description": "Not Found: method not found",
    }


async def test_unknown_tokens_are_unauthorized(url: str) -> None:
    async with httpx.AsyncClient(base_url=url, verify=NO_CERTIFICATES, timeout=PATIENCE) as http:
        for path in ("/bot1:wrong/getMe", "/file/bot1:wrong/x"):
            reply = await http.get(path)
            assert reply.status_code == 401
            assert reply.json()["description"] == "Unauthorized"


async def test_the_command_menu_is_what_the_narrowest_scope_says(
    ptb: telegram.Bot, accounts: Accounts, control: Control
) -> None:
    await ptb.set_my_commands([("help", "Help")])
    await ptb.set_my_commands(
        [("ajuda", "Ajuda")],
        scope=telegram.BotCommandScopeAllPrivateChats(),
        language_code="pt",
    )
    await ptb.set_my_description("A bot.")
    shown = (await control.state(accounts.ana))["bots"][0]
    assert shown["commands"] == [{"command": "ajuda", "description": "Ajuda"}]
    assert shown["description"] == "A bot."
    assert [command.command for command in await ptb.get_my_commands()] == ["help"]


@pytest.mark.parametrize(
    ("command", "description", "reason"),
    [
        ("Help", "x", "BOT_COMMAND_INVALID"),
        ("a" * 33, "x", "BOT_COMMAND_INVALID"),
        ("help", "", "BOT_COMMAND_DESCRIPTION_INVALID"),
        ("help", "x" * 257, "BOT_COMMAND_DESCRIPTION_INVALID"),
    ],
)
async def test_commands_are_checked(api: Api, command: str, description: str, reason: str) -> None:
    commands = [{"command": command, "description": description}]
    refusal = await api.description("setMyCommands", commands=commands)
    assert refusal == f"Bad Request: {reason}"
