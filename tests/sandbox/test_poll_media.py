"""Pictures in polls: `media` above the question, `explanation_media` after the vote."""

import json
from typing import Any

import pytest
import telegram

from sandbox.client import Control
from sandbox.wire import Json
from tests.sandbox.bot_api import PIXEL, Accounts, Api

QUIZ: Json = {
    "question": "2 + 2?",
    "options": ["3", "4"],
    "type": "quiz",
    "is_anonymous": False,
    "correct_option_ids": [1],
}


async def uploaded(api: Api, chat: int, **changed: Any) -> Json:
    """Sends a quiz with two attached pictures in one multipart request."""
    fields = {
        **QUIZ,
        "media": {"type": "photo", "media": "attach://above"},
        "explanation_media": {"type": "photo", "media": "attach://after"},
        "chat_id": chat,
        **changed,
    }
    data = {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in fields.items()
    }
    files = {"above": ("a.png", PIXEL), "after": ("b.png", PIXEL)}
    reply = await api.http.post(f"/bot{api.token}/sendPoll", data=data, files=files)
    body: Json = reply.json()
    assert body["ok"], body
    poll: Json = body["result"]["poll"]
    return poll


async def test_an_upload_gets_a_file_id_that_other_polls_can_use(
    api: Api, accounts: Accounts, control: Control
) -> None:
    poll = await uploaded(api, accounts.ana)
    (picture,) = poll["media"]["photo"]
    assert (picture["width"], picture["height"]) == (1, 1)
    assert await control.file(picture["file_id"]) == PIXEL
    media = {"type": "photo", "media": picture["file_id"]}
    again = await api("sendPoll", **QUIZ, chat_id=accounts.ana, media=media)
    assert again["poll"]["media"] == poll["media"]
    assert "explanation_media" not in again["poll"]


async def test_the_library_reads_it(ptb: telegram.Bot, accounts: Accounts, api: Api) -> None:
    (picture,) = (await uploaded(api, accounts.ana))["media"]["photo"]
    photo = telegram.InputMediaPhoto(picture["file_id"])
    sent = await ptb.send_poll(
        accounts.ana,
        "?",
        ["a", "b"],
        type="quiz",
        correct_option_ids=[1],
        media=photo,
        explanation_media=photo,
    )
    assert sent.poll is not None
    assert sent.poll.media is not None
    assert sent.poll.media.photo[-1].file_id == picture["file_id"]
    assert sent.poll.explanation_media == sent.poll.media


async def test_the_picture_of_the_explanation_is_shown_after_the_vote(
    api: Api, accounts: Accounts, control: Control
) -> None:
    await uploaded(api, accounts.ana)
    before = (await control.messages(accounts.ana, accounts.bot))[-1]
    assert "media" in before["poll"]
    assert "explanation_media" not in before["poll"]
    after = await control.vote(accounts.ana, accounts.bot, before["message_id"], [0])
    assert after["poll"]["explanation_media"]["photo"]


async def test_a_document_can_be_attached_and_a_regular_poll_has_no_explanation(
    api: Api, accounts: Accounts
) -> None:
    media = {"type": "document", "media": "attach://above"}
    poll = await uploaded(api, accounts.ana, media=media, type="regular")
    assert poll["media"]["document"]["file_name"] == "a.png"
    assert "explanation_media" not in poll


FAILED = "failed to parse InputPollMedia: "


@pytest.mark.parametrize("field", ["media", "explanation_media"])
@pytest.mark.parametrize(
    ("media", "reason"),
    [
        ("{", "can't parse InputPollMedia JSON object"),
        ([], FAILED + "expected an Object"),
        ({"media": "x"}, FAILED + 'Can\'t find field "type"'),
        ({"type": 1}, FAILED + 'Field "type" must be of type String'),
        ({"type": "sticker", "media": "x"}, FAILED + "invalid type specified"),
        ({"type": "photo"}, FAILED + "media not found"),
        ({"type": "photo", "media": "attach://x"}, FAILED + "media not found"),
        (
            {"type": "photo", "media": "x"},
            "wrong remote file identifier specified: can't unserialize it. Wrong last symbol",
        ),
        ({"type": "photo", "media": "https://x.org/a.png"}, "failed to get HTTP URL content"),
        ({"type": "video"}, "the sandbox does not implement media of type video"),
    ],
)
async def test_wrong_media_is_refused_in_the_servers_words(
    api: Api, accounts: Accounts, field: str, media: object, reason: str
) -> None:
    parameters = {**QUIZ, "chat_id": accounts.ana, field: media}
    assert await api.description("sendPoll", **parameters) == f"Bad Request: {reason}"


async def test_what_is_no_picture_and_the_file_id_of_a_document_are_refused(
    api: Api, accounts: Accounts
) -> None:
    media = {"type": "document", "media": "attach://above"}
    document = (await uploaded(api, accounts.ana, media=media))["media"]["document"]
    photo = {"type": "photo", "media": document["file_id"]}
    refusal = await api.description("sendPoll", **QUIZ, chat_id=accounts.ana, media=photo)
    assert refusal == "Bad Request: can't use file of type Document as Photo"
    data = {
        **{name: json.dumps(value) for name, value in QUIZ.items()},
        "type": "quiz",
        "chat_id": str(accounts.ana),
        "media": json.dumps({"type": "photo", "media": "attach://a"}),
    }
    files = {"a": ("a.png", b"no picture")}
    reply = await api.http.post(f"/bot{api.token}/sendPoll", data=data, files=files)
    assert reply.json()["description"] == "Bad Request: IMAGE_PROCESS_FAILED"
