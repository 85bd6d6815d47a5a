"""getUpdates: order, confirmation, waiting, and who may ask."""

import asyncio
from typing import Any

import pytest
import telegram

from sandbox.client import Control, ControlError
from tests.sandbox.bot_api import Accounts, Api
from tests.sizes import PATIENCE


async def write(control: Control, accounts: Accounts, *texts: str) -> None:
    for text in texts:
        await control.write(accounts.ana, accounts.bot, text)


async def test_updates_stay_until_an_offset_confirms_them(
    api: Api, accounts: Accounts, control: Control
) -> None:
    await write(control, accounts, "a", "b", "c")
    first = await api("getUpdates")
    assert [update["message"]["text"] for update in first] == ["a", "b", "c"]
    assert await api("getUpdates") == first
    ids = [update["update_id"] for update in first]
    assert ids == [ids[0], ids[0] + 1, ids[0] + 2]
    assert await api("getUpdates", offset=ids[1]) == first[1:]
    assert await control.pending(accounts.bot) == {"pending": 2, "confirmed": ids[0]}
    assert await api("getUpdates", offset=-1) == first[2:]
    assert await api("getUpdates", limit=1, offset=ids[2] + 1) == []


async def test_limit_is_kept(api: Api, accounts: Accounts, control: Control) -> None:
    await write(control, accounts, *"abc")
    assert len(await api("getUpdates", limit=2)) == 2


async def test_a_long_poll_ends_when_something_happens(
    api: Api, accounts: Accounts, control: Control
) -> None:
    poll = asyncio.create_task(api("getUpdates", timeout=30))
    await until_called(control, "getUpdates", 1)
    assert not poll.done()
    await write(control, accounts, "now")
    async with asyncio.timeout(PATIENCE):
        (update,) = await poll
    assert update["message"]["text"] == "now"


async def until_called(control: Control, method: str, times: int) -> None:
    """Wait until the sandbox has taken that many calls."""
    async with asyncio.timeout(PATIENCE):
        while len(await control.calls(method)) < times:
            pass


async def test_a_second_poller_ends_the_first_one(
    api: Api, accounts: Accounts, control: Control
) -> None:
    first = asyncio.create_task(api.refusal("getUpdates", timeout=30))
    await until_called(control, "getUpdates", 1)
    second = asyncio.create_task(api("getUpdates", timeout=30))
    refusal = await first
    assert refusal["error_code"] == 409
    assert refusal["description"] == (
        "Conflict: terminated by other getUpdates request; "
        "make sure that only one bot instance is running"
    )
    await write(control, accounts, "x")
    assert len(await second) == 1


async def test_only_the_allowed_kinds_are_kept_from_then_on(
    api: Api, accounts: Accounts, control: Control
) -> None:
    await api("getUpdates", allowed_updates=["edited_message"])
    message = await control.write(accounts.ana, accounts.bot, "a")
    await control.edit(accounts.ana, accounts.bot, message["message_id"], "b")
    (update,) = await api.updates()
    assert update["edited_message"]["text"] == "b"
    assert update["edited_message"]["edit_date"] >= update["edited_message"]["date"]
    await api("getUpdates", allowed_updates=[])
    await write(control, accounts, "c")
    assert "message" in (await api.updates())[0]


async def test_a_doubled_update_comes_again_with_its_id(
    api: Api, accounts: Accounts, control: Control
) -> None:
    await control.fault("double_update", count=0)
    await write(control, accounts, "a", "b")
    first = await api("getUpdates")
    after = first[-1]["update_id"] + 1
    assert await api("getUpdates", offset=after) == first
    assert await api("getUpdates", offset=after) == []


async def test_hostile_updates_are_handed_on_as_they_are(
    api: Api, accounts: Accounts, control: Control
) -> None:
    update_id = await control.raw_update(accounts.bot, {"message": {"text": None}})
    assert await api("getUpdates") == [{"message": {"text": None}, "update_id": update_id}]


async def test_many_hostile_updates_come_in_their_order(
    api: Api, accounts: Accounts, control: Control
) -> None:
    texts = ["a", "nul \x00", "half a pair \ud83d", None, 2**70]
    updates = [{"message": {"text": text}} for text in texts]
    ids = await control.raw_updates(accounts.bot, updates)
    expected = [{**each, "update_id": number} for each, number in zip(updates, ids, strict=True)]
    assert await api("getUpdates") == expected


@pytest.mark.parametrize("updates", [None, {}, [{}, "x"]])
async def test_many_updates_are_a_list_of_objects(
    accounts: Accounts, control: Control, updates: Any
) -> None:
    with pytest.raises(ControlError, match="updates must be a list of JSON objects"):
        await control.raw_updates(accounts.bot, updates)
    assert (await control.pending(accounts.bot))["pending"] == 0


async def test_a_button_press_waits_for_its_answer(
    ptb: telegram.Bot, accounts: Accounts, control: Control
) -> None:
    keyboard = telegram.InlineKeyboardMarkup.from_button(
        telegram.InlineKeyboardButton("Go", callback_data="go")
    )
    sent = await ptb.send_message(accounts.ana, "?", reply_markup=keyboard)
    press = asyncio.create_task(control.press(accounts.ana, accounts.bot, sent.message_id, "go"))
    (update,) = await ptb.get_updates(timeout=5)
    query = update.callback_query
    assert query is not None
    assert query.data == "go"
    assert query.message is not None
    assert query.message.message_id == sent.message_id
    await query.answer("Done", show_alert=True)
    assert await press == {"text": "Done", "show_alert": True, "url": None}


async def test_an_old_or_unknown_query_cannot_be_answered(
    api: Api, accounts: Accounts, control: Control
) -> None:
    sent = await api("sendMessage", chat_id=accounts.ana, text="x")
    assert await control.press(accounts.ana, accounts.bot, sent["message_id"], "go", wait=0) == {}
    query = (await api.updates())[0]["callback_query"]["id"]
    await control.advance(150)
    assert await api("answerCallbackQuery", callback_query_id=query)
    await control.advance(1)
    for query_id in (query, "1"):
        assert await api.description("answerCallbackQuery", callback_query_id=query_id) == (
            "Bad Request: query is too old and response timeout expired or query ID is invalid"
        )


async def test_a_press_that_is_not_fetched_in_time_is_lost(
    api: Api, accounts: Accounts, control: Control
) -> None:
    sent = await api("sendMessage", chat_id=accounts.ana, text="x")
    await control.press(accounts.ana, accounts.bot, sent["message_id"], "go", wait=0)
    await control.advance(150)
    assert ["callback_query" in update for update in await api("getUpdates")] == [True]
    await control.advance(1)
    assert await api("getUpdates") == []


async def test_logged_out_bots_are_refused(api: Api) -> None:
    assert await api("logOut") is True
    assert await api.description("getMe") == "Logged out"
