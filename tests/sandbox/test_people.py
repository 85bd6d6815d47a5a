"""People and groups: who may write to whom, who hears of what."""

import pytest
import telegram

from sandbox.client import Control, ControlError
from tests.sandbox.bot_api import Accounts, Api


async def test_a_bot_cannot_write_first(api: Api, accounts: Accounts, control: Control) -> None:
    ben = (await control.user("Ben"))["id"]
    refusal = await api.refusal("sendMessage", chat_id=ben, text="x")
    assert refusal["error_code"] == 403
    assert refusal["description"] == "Forbidden: bot can't initiate conversation with a user"


async def test_a_blocked_bot_hears_of_it_and_is_refused(
    ptb: telegram.Bot, accounts: Accounts, control: Control
) -> None:
    await control.block(accounts.ana, accounts.bot)
    with pytest.raises(telegram.error.Forbidden, match="bot was blocked by the user"):
        await ptb.send_message(accounts.ana, "x")
    await control.unblock(accounts.ana, accounts.bot)
    await ptb.send_message(accounts.ana, "x")
    changes = [update.my_chat_member for update in await ptb.get_updates()]
    assert [change.new_chat_member.status for change in changes if change] == ["kicked", "member"]


async def test_a_deleted_account_cannot_be_written_to(
    api: Api, accounts: Accounts, control: Control
) -> None:
    await control.deactivate(accounts.ana)
    refusal = await api.refusal("sendMessage", chat_id=accounts.ana, text="x")
    assert (refusal["error_code"], refusal["description"]) == (
        403,
        "Forbidden: user is deactivated",
    )
    with pytest.raises(ControlError, match="deleted the account"):
        await control.write(accounts.ana, accounts.bot, "x")


async def test_ids_need_more_than_32_bits(accounts: Accounts) -> None:
    assert accounts.ana > 2**32
    assert accounts.bot > 2**32


async def test_a_bot_in_a_group_sees_commands_mentions_replies_and_service_messages(
    api: Api, accounts: Accounts, control: Control
) -> None:
    ben = (await control.user("Ben"))["id"]
    group = (await control.group("Team", accounts.ana, [accounts.bot]))["id"]
    await control.add_member(group, ben, by=accounts.ana)
    sent = await api("sendMessage", chat_id=group, text="Hello all")
    for text in ("chat among people", "/help", "/help@other_bot", "/help@test_bot", "@test_bot?"):
        await control.write(ben, group, text)
    await control.write(ben, group, "yes", reply_to=sent["message_id"])
    updates = await api.updates()
    assert updates[0]["my_chat_member"]["new_chat_member"]["status"] == "member"
    messages = [update["message"] for update in updates[1:]]
    assert messages[0]["group_chat_created"] is True
    assert messages[1]["new_chat_members"][0]["id"] == ben
    assert [message["text"] for message in messages[2:]] == [
        "/help",
        "/help@test_bot",
        "@test_bot?",
        "yes",
    ]


async def test_a_removed_bot_is_refused_by_the_group(
    api: Api, accounts: Accounts, control: Control
) -> None:
    kicked = (await control.group("A", accounts.ana, [accounts.bot]))["id"]
    left = (await control.group("B", accounts.ana, [accounts.bot]))["id"]
    await control.remove_member(kicked, accounts.bot, by=accounts.ana)
    await api("leaveChat", chat_id=left)
    assert await api.description("sendMessage", chat_id=kicked, text="x") == (
        "Forbidden: bot was kicked from the group chat"
    )
    assert await api.description("sendMessage", chat_id=left, text="x") == (
        "Forbidden: bot is not a member of the group chat"
    )


async def test_a_migrated_group_names_the_supergroup(
    ptb: telegram.Bot, accounts: Accounts, control: Control
) -> None:
    old = (await control.group("Team", accounts.ana, [accounts.bot]))["id"]
    new = (await control.migrate(old))["id"]
    assert new < -1_000_000_000_000 < old
    with pytest.raises(telegram.error.ChatMigrated) as moved:
        await ptb.send_message(old, "x")
    assert moved.value.new_chat_id == new
    await ptb.send_message(new, "x")
    messages = [update.message for update in await ptb.get_updates() if update.message]
    assert messages[-2].migrate_to_chat_id == new
    assert messages[-1].migrate_from_chat_id == old
    chats = (await control.state(accounts.ana))["chats"]
    assert [chat["id"] for chat in chats] == [accounts.bot, new]


async def test_members_are_told_apart(
    ptb: telegram.Bot, accounts: Accounts, control: Control
) -> None:
    ben = (await control.user("Ben"))["id"]
    group = (await control.group("Team", accounts.ana, [accounts.bot, ben]))["id"]
    assert await ptb.get_chat_member_count(group) == 3
    assert (await ptb.get_chat_member(group, ben)).status == "member"
    administrators = await ptb.get_chat_administrators(group)
    assert [member.user.id for member in administrators] == [accounts.ana]
    await control.remove_member(group, ben)
    assert (await ptb.get_chat_member(group, ben)).status == "left"
    chat = await ptb.get_chat(group)
    assert (chat.title, chat.type) == ("Team", "group")
    assert (await ptb.get_chat(accounts.ana)).first_name == "Ana"


async def test_other_methods_answer_what_ptb_can_read(
    ptb: telegram.Bot, accounts: Accounts
) -> None:
    message = await ptb.send_message(accounts.ana, "x")
    assert await ptb.send_chat_action(accounts.ana, "typing")
    assert await ptb.pin_chat_message(accounts.ana, message.message_id)
    assert await ptb.set_message_reaction(accounts.ana, message.message_id, "👍")
    assert await ptb.set_my_name("Named")
    assert (await ptb.get_my_name()).name == "Named"
    assert (await ptb.get_me()).first_name == "Named"
    assert await ptb.set_my_short_description("Short")
    assert (await ptb.get_my_short_description()).short_description == "Short"
    pinned = (await ptb.get_chat(accounts.ana)).pinned_message
    assert pinned is not None
    assert pinned.message_id == message.message_id


@pytest.mark.parametrize("text", ["", " ", "x" * 4097])
async def test_people_have_limits_too(control: Control, accounts: Accounts, text: str) -> None:
    with pytest.raises(ControlError, match="1 to 4096"):
        await control.write(accounts.ana, accounts.bot, text)


async def test_people_change_and_take_back_what_they_wrote(
    api: Api, accounts: Accounts, control: Control
) -> None:
    written = await control.write(accounts.ana, accounts.bot, "helo")
    await control.edit(accounts.ana, accounts.bot, written["message_id"], "hello")
    sent = await api("sendMessage", chat_id=accounts.ana, text="x")
    with pytest.raises(ControlError, match="of their own"):
        await control.edit(accounts.ana, accounts.bot, sent["message_id"], "y")
    await control.delete(accounts.ana, accounts.bot, written["message_id"])
    with pytest.raises(ControlError, match="404"):
        await control.delete(accounts.ana, accounts.bot, written["message_id"])
    assert [m.get("text") for m in await control.messages(accounts.ana, accounts.bot)] == [
        "/start",
        "x",
    ]
