"""Groups: polls in them, administrators, permissions, pins, and the move to a supergroup."""

from typing import Any

import pytest
import telegram

from sandbox.client import Control, ControlError
from sandbox.wire import Json
from tests.sandbox.bot_api import Accounts, Api
from tests.sandbox.test_polls import send_quiz


@pytest.fixture
async def ben(control: Control) -> int:
    return int((await control.user("Ben"))["id"])


@pytest.fixture
async def team(api: Api, accounts: Accounts, control: Control, ben: int) -> int:
    """Ana's group with Ben and the bot, which has read of it."""
    group = await control.group("Team", accounts.ana, [accounts.bot, ben])
    await api.updates()
    return int(group["id"])


async def test_every_voter_in_a_group_is_heard_of_and_sees_their_own_vote(
    api: Api, accounts: Accounts, control: Control, team: int, ben: int
) -> None:
    sent = await send_quiz(api, team)
    await control.vote(accounts.ana, team, sent["message_id"], [1])
    seen = (await control.messages(ben, team))[-1]
    assert (seen["my_vote"], seen["revealed"]) == (None, False)
    seen = await control.vote(ben, team, sent["message_id"], [0])
    assert seen["my_vote"] == [0]
    assert seen["voters"] == {str(accounts.ana): [1], str(ben): [0]}
    answers = [update["poll_answer"] for update in await api.updates() if "poll_answer" in update]
    assert [(a["user"]["id"], a["option_ids"]) for a in answers] == [
        (accounts.ana, [1]),
        (ben, [0]),
    ]
    closed = await api("stopPoll", chat_id=team, message_id=sent["message_id"])
    assert (closed["is_closed"], closed["total_voter_count"]) == (True, 2)


async def test_nobody_is_named_in_an_anonymous_poll_or_before_one_has_voted(
    api: Api, accounts: Accounts, control: Control, team: int, ben: int
) -> None:
    open_poll = await send_quiz(api, team)
    secret = await send_quiz(api, team, is_anonymous=True)
    for sent in (open_poll, secret):
        await control.vote(accounts.ana, team, sent["message_id"], [1])
    before, hidden = (await control.messages(ben, team))[-2:]
    assert "voters" not in before
    assert "voters" not in hidden
    assert "voters" not in (await control.messages(accounts.ana, team))[-1]


async def test_a_poll_in_a_group_closes_when_its_time_comes(
    api: Api, control: Control, team: int, ben: int
) -> None:
    close = int((await control.now()).timestamp()) + 3600
    sent = await send_quiz(api, team, close_date=close)
    await control.advance(3600)
    assert await api.updates() == []
    with pytest.raises(ControlError, match="closed"):
        await control.vote(ben, team, sent["message_id"], [1])


async def test_an_open_poll_takes_votes_after_the_group_has_moved(
    api: Api, accounts: Accounts, control: Control, team: int, ben: int
) -> None:
    sent = await send_quiz(api, team)
    await control.vote(accounts.ana, team, sent["message_id"], [1])
    moved = (await control.migrate(team))["id"]
    shown = [m for m in await control.messages(ben, moved) if m.get("poll")]
    assert [message["message_id"] for message in shown] == [sent["message_id"]]
    await api.updates()
    await control.vote(ben, moved, sent["message_id"], [0])
    answer, poll = await api.updates()
    assert answer["poll_answer"]["user"]["id"] == ben
    assert poll["poll"]["total_voter_count"] == 2
    chloe = (await control.user("Chloé"))["id"]
    await control.add_member(moved, chloe)
    seen = await control.vote(chloe, team, sent["message_id"], [1])
    assert seen["my_vote"] == [1]


async def test_messages_of_a_moved_group_keep_their_numbers_apart(
    api: Api, accounts: Accounts, control: Control, team: int
) -> None:
    before = await api("sendMessage", chat_id=team, text="before")
    moved = (await control.migrate(team))["id"]
    after = await api("sendMessage", chat_id=moved, text="after")
    messages = await control.messages(accounts.ana, moved)
    numbers = [message["message_id"] for message in messages]
    assert before["message_id"] in numbers
    assert after["message_id"] == numbers[-1]
    assert numbers == sorted(set(numbers))
    (chat,) = [c for c in (await control.state(accounts.ana))["chats"] if c["id"] == moved]
    assert chat["migrated_from"] == team


async def test_a_bot_is_told_who_promoted_and_demoted_it(
    ptb: telegram.Bot, accounts: Accounts, control: Control, team: int, ben: int
) -> None:
    await control.promote(team, accounts.bot, by=accounts.ana, rights=["can_pin_messages"])
    me = await ptb.get_chat_member(team, accounts.bot)
    assert isinstance(me, telegram.ChatMemberAdministrator)
    assert (me.can_pin_messages, me.can_delete_messages) == (True, False)
    assert me.api_kwargs == {"can_send_welcome_messages": False}  # required since Bot API 10.3
    leading = await ptb.get_chat_administrators(team)
    assert [(m.user.id, m.status) for m in leading] == [
        (accounts.ana, "creator"),
        (accounts.bot, "administrator"),
    ]
    await control.demote(team, accounts.bot, by=accounts.ana)
    up, down = [update.my_chat_member for update in await ptb.get_updates()]
    assert up is not None
    assert down is not None
    assert (up.from_user.id, up.old_chat_member.status) == (accounts.ana, "member")
    assert up.new_chat_member == me
    assert (down.old_chat_member, down.new_chat_member.status) == (me, "member")


async def test_only_who_may_choose_administrators_does(
    accounts: Accounts, control: Control, team: int, ben: int
) -> None:
    with pytest.raises(ControlError, match="may not choose administrators"):
        await control.promote(team, accounts.bot, by=ben)
    await control.promote(team, ben, by=accounts.ana)
    with pytest.raises(ControlError, match="may not choose administrators"):
        await control.promote(team, accounts.bot, by=ben)
    await control.promote(team, ben, by=accounts.ana, rights=["can_promote_members"])
    await control.promote(team, accounts.bot, by=ben)
    with pytest.raises(ControlError, match="its owner"):
        await control.promote(team, accounts.ana, by=ben)
    with pytest.raises(ControlError, match="400: there is no right can_fly"):
        await control.promote(team, accounts.bot, by=accounts.ana, rights=["can_fly"])


async def test_an_administrator_who_leaves_comes_back_as_a_member(
    api: Api, accounts: Accounts, control: Control, team: int
) -> None:
    await control.promote(team, accounts.bot, by=accounts.ana)
    sent = await api("sendMessage", chat_id=team, text="x")
    await control.remove_member(team, accounts.bot, by=accounts.ana)
    await control.add_member(team, accounts.bot, by=accounts.ana)
    changes = [u["my_chat_member"] for u in await api.updates() if "my_chat_member" in u]
    assert [
        (change["old_chat_member"]["status"], change["new_chat_member"]["status"])
        for change in changes
    ] == [("member", "administrator"), ("administrator", "kicked"), ("kicked", "member")]
    where: Json = {"chat_id": team, "message_id": sent["message_id"]}
    assert "not enough rights" in await api.description("pinChatMessage", **where)


@pytest.mark.parametrize(
    ("permission", "call", "what"),
    [
        ("can_send_polls", ("sendPoll", {"question": "?", "options": ["a", "b"]}), "polls"),
        ("can_send_messages", ("sendMessage", {"text": "x"}), "text messages"),
    ],
)
async def test_a_bot_sends_only_what_members_may(
    api: Api,
    accounts: Accounts,
    control: Control,
    team: int,
    permission: str,
    call: tuple[str, dict[str, Any]],
    what: str,
) -> None:
    method, params = call
    await control.permit(team, by=accounts.ana, **{permission: False})
    refusal = await api.refusal(method, chat_id=team, **params)
    assert refusal["error_code"] == 400
    assert refusal["description"] == f"Bad Request: not enough rights to send {what} to the chat"
    assert (await api("getChat", chat_id=team))["permissions"][permission] is False
    await control.promote(team, accounts.bot, by=accounts.ana, rights=[])
    await api(method, chat_id=team, **params)


async def test_members_keep_silent_where_they_may_not_write(
    accounts: Accounts, control: Control, team: int, ben: int
) -> None:
    with pytest.raises(ControlError, match="may not change permissions"):
        await control.permit(team, by=ben, can_send_messages=False)
    await control.permit(team, by=accounts.ana, can_send_messages=False)
    with pytest.raises(ControlError, match="may not write"):
        await control.write(ben, team, "hello")
    await control.write(accounts.ana, team, "hello")


async def test_pins_need_a_right(api: Api, accounts: Accounts, control: Control, team: int) -> None:
    first, second = [await api("sendMessage", chat_id=team, text=text) for text in "ab"]
    refusal = "Bad Request: not enough rights to manage pinned messages in the chat"
    where: Json = {"chat_id": team, "message_id": first["message_id"]}
    assert await api.description("pinChatMessage", **where) == refusal
    assert await api.description("unpinChatMessage", **where) == refusal
    await control.promote(team, accounts.bot, by=accounts.ana, rights=["can_pin_messages"])
    for message in (first, second):
        await api("pinChatMessage", chat_id=team, message_id=message["message_id"])
    assert await _pinned(api, team) == "b"
    pins = [update["message"] for update in await api.updates() if "message" in update]
    assert [pin["pinned_message"]["text"] for pin in pins] == ["a", "b"]
    await api("unpinChatMessage", chat_id=team)
    assert await _pinned(api, team) == "a"
    await api("unpinChatMessage", **where)
    assert await _pinned(api, team) is None
    assert await api.description("unpinChatMessage", chat_id=team) == (
        "Bad Request: message to unpin not found"
    )


async def test_a_deleted_message_is_not_pinned_any_more(
    api: Api, accounts: Accounts, control: Control, team: int
) -> None:
    await control.promote(team, accounts.bot, by=accounts.ana)
    sent = await api("sendMessage", chat_id=team, text="x")
    where = {"chat_id": team, "message_id": sent["message_id"]}
    await api("pinChatMessage", **where)
    await api("deleteMessage", **where)
    assert await _pinned(api, team) is None


async def test_an_administrator_reads_everything_and_may_delete(
    api: Api, accounts: Accounts, control: Control, team: int, ben: int
) -> None:
    await control.write(ben, team, "among people")
    assert await api.updates() == []
    await control.promote(team, accounts.bot, by=accounts.ana)
    written = await control.write(ben, team, "heard")
    assert (await api.updates())[-1]["message"]["text"] == "heard"
    await api("deleteMessage", chat_id=team, message_id=written["message_id"])


async def test_the_state_tells_who_leads(
    accounts: Accounts, control: Control, team: int, ben: int
) -> None:
    await control.promote(team, accounts.bot, by=accounts.ana)
    (chat,) = [c for c in (await control.state(ben))["chats"] if c["id"] == team]
    assert chat["roles"] == {str(accounts.ana): "owner", str(accounts.bot): "admin"}
    assert chat["permissions"]["can_send_polls"] is True


async def _pinned(api: Api, chat: int) -> str | None:
    pinned = (await api("getChat", chat_id=chat)).get("pinned_message")
    return None if pinned is None else str(pinned["text"])
