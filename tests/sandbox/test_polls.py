"""Polls: limits, votes, what is revealed to whom, and closing."""

from typing import Any

import httpx
import pytest
import telegram

from sandbox.client import Control, ControlError
from sandbox.clock import Clock
from sandbox.loopback import NO_CERTIFICATES
from sandbox.server import running
from sandbox.world import World
from tests.sandbox.bot_api import START, Accounts, Api
from tests.sizes import PATIENCE

QUIZ: dict[str, Any] = {
    "question": "2 + 2?",
    "options": ["3", "4", {"text": "5"}],
    "type": "quiz",
    "is_anonymous": False,
    "correct_option_ids": [1],
    "explanation": "<b>Count</b> fingers.",
    "explanation_parse_mode": "HTML",
}


async def send_quiz(api: Api, chat: int, **changed: Any) -> dict[str, Any]:
    message: dict[str, Any] = await api("sendPoll", **{**QUIZ, "chat_id": chat, **changed})
    return message


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"question": " "}, "text must be non-empty"),
        ({"question": "x" * 301}, "poll question length must not exceed 300"),
        ({"options": []}, "poll must have at least one answer option"),
        ({"options": ["x"] * 13}, "poll can't have more than 12 options"),
        ({"options": ["x", ""]}, "text must be non-empty"),
        ({"options": ["x", "y" * 101]}, "poll options length must not exceed 100"),
        ({"correct_option_ids": []}, "correct quiz option list must be non-empty"),
        ({"correct_option_ids": [3]}, "wrong quiz correct_option_id"),
        ({"correct_option_ids": [-1]}, "wrong quiz correct_option_id"),
        ({"correct_option_ids": ["1"]}, "correct option identifier must be of type Number"),
        ({"correct_option_ids": [1, 0]}, "correct quiz option list must be increasing"),
        ({"correct_option_ids": [1, 1]}, "correct quiz option list must be increasing"),
        ({"members_only": True}, "poll voters can be restricted only in channel chats"),
        ({"country_codes": ["PT"]}, "poll voters can be restricted only in channel chats"),
        ({"correct_option_ids": [0, 1]}, "QUIZ_CORRECT_ANSWERS_TOO_MUCH"),
        ({"explanation": "x" * 201}, "MESSAGE_TOO_LONG"),
        ({"explanation": "a\nb\nc\nd"}, "poll explanation can have at most 2 line feeds"),
        ({"open_period": 4}, "POLL_CLOSE_DATE_INVALID"),
        (
            {"open_period": 5, "close_date": 1},
            "open_period and close_date can't be used together",
        ),
        ({"close_date": 1}, "POLL_CLOSE_DATE_INVALID"),
        ({"type": "survey"}, "unsupported poll type specified"),
    ],
)
async def test_what_telegram_refuses_is_refused(
    api: Api, accounts: Accounts, changed: dict[str, Any], reason: str
) -> None:
    refusal = await api.description("sendPoll", **{**QUIZ, "chat_id": accounts.ana, **changed})
    assert refusal == f"Bad Request: {reason}"


async def test_the_largest_poll_and_the_older_parameter_are_taken(
    api: Api, accounts: Accounts
) -> None:
    poll = await send_quiz(
        api,
        accounts.ana,
        question="x" * 300,
        options=["y" * 100] * 12,
        correct_option_ids=None,
        correct_option_id=11,
        explanation="z" * 198 + "\n\n",
        open_period=2_628_000,
    )
    assert poll["poll"]["correct_option_ids"] == [11]


async def test_the_answer_is_hidden_from_a_person_until_they_vote(
    api: Api, accounts: Accounts, control: Control
) -> None:
    sent = await send_quiz(api, accounts.ana)
    assert sent["poll"]["correct_option_ids"] == [1]
    before = (await control.messages(accounts.ana, accounts.bot))[-1]
    assert before["revealed"] is False
    assert before["my_vote"] is None
    assert not {"correct_option_ids", "explanation"} & before["poll"].keys()
    after = await control.vote(accounts.ana, accounts.bot, sent["message_id"], [0])
    assert (after["revealed"], after["my_vote"]) == (True, [0])
    assert after["poll"]["correct_option_ids"] == [1]
    assert after["poll"]["explanation"] == "Count fingers."
    assert [option["voter_count"] for option in after["poll"]["options"]] == [1, 0, 0]


async def test_a_vote_gives_poll_answer_and_poll(
    ptb: telegram.Bot, accounts: Accounts, control: Control
) -> None:
    sent = await ptb.send_poll(
        accounts.ana, "?", ["a", "b"], type="quiz", is_anonymous=False, correct_option_ids=[1]
    )
    assert sent.poll is not None
    await control.vote(accounts.ana, accounts.bot, sent.message_id, [1])
    answer, poll = await ptb.get_updates()
    assert answer.poll_answer is not None
    assert answer.poll_answer.poll_id == sent.poll.id
    assert answer.poll_answer.option_ids == (1,)
    assert answer.poll_answer.option_persistent_ids == ("1",)
    assert answer.poll_answer.user is not None
    assert answer.poll_answer.user.id == accounts.ana
    assert poll.poll is not None
    assert poll.poll.total_voter_count == 1


async def test_anonymous_votes_name_nobody(api: Api, accounts: Accounts, control: Control) -> None:
    sent = await send_quiz(api, accounts.ana, is_anonymous=True)
    await control.vote(accounts.ana, accounts.bot, sent["message_id"], [1])
    assert [set(update) - {"update_id"} for update in await api.updates()] == [{"poll"}]


async def test_a_vote_in_a_quiz_is_final_unless_forced(
    api: Api, accounts: Accounts, control: Control
) -> None:
    message = (await send_quiz(api, accounts.ana))["message_id"]
    await control.vote(accounts.ana, accounts.bot, message, [0])
    for choice in ([], [1]):
        with pytest.raises(ControlError, match="final"):
            await control.vote(accounts.ana, accounts.bot, message, choice)
    await api.updates()
    await control.vote(accounts.ana, accounts.bot, message, [], force=True)
    assert (await api.updates())[0]["poll_answer"]["option_ids"] == []


async def test_regular_polls_allow_another_vote_and_several_answers(
    api: Api, accounts: Accounts, control: Control
) -> None:
    message = await send_quiz(api, accounts.ana, type="regular", allows_multiple_answers=True)
    assert message["poll"]["allows_revoting"] is True
    for choice in ([2, 0], [1], []):
        voted = await control.vote(accounts.ana, accounts.bot, message["message_id"], choice)
        assert voted["my_vote"] == (sorted(choice) or None)


@pytest.mark.parametrize("choice", [[3], [-1], [0, 1], [1, 1]])
async def test_impossible_votes_are_refused(
    api: Api, accounts: Accounts, control: Control, choice: list[int]
) -> None:
    message = (await send_quiz(api, accounts.ana))["message_id"]
    with pytest.raises(ControlError) as refusal:
        await control.vote(accounts.ana, accounts.bot, message, choice)
    assert refusal.value.status == 400


@pytest.mark.parametrize("closing", ["open_period", "close_date"])
async def test_moving_the_clock_closes_polls(
    api: Api, accounts: Accounts, control: Control, closing: str
) -> None:
    now = int((await control.now()).timestamp())
    until = {"open_period": 600} if closing == "open_period" else {"close_date": now + 600}
    sent = await send_quiz(api, accounts.ana, **until)
    assert (sent["poll"]["open_period"], sent["poll"]["close_date"]) == (600, now + 600)
    await control.advance(599)
    assert not (await control.messages(accounts.ana, accounts.bot))[-1]["poll"]["is_closed"]
    await control.advance(1)
    assert await api.updates() == []  # only of a poll that is stopped is the bot told
    shown = (await control.messages(accounts.ana, accounts.bot))[-1]
    assert shown["poll"]["is_closed"] is True
    assert not {"open_period", "close_date"} & shown["poll"].keys()
    assert (shown["revealed"], shown["poll"]["correct_option_ids"]) == (True, [1])
    with pytest.raises(ControlError, match="closed"):
        await control.vote(accounts.ana, accounts.bot, sent["message_id"], [1])


async def test_stop_poll_closes_once(api: Api, accounts: Accounts) -> None:
    where = {
        "chat_id": accounts.ana,
        "message_id": (await send_quiz(api, accounts.ana))["message_id"],
    }
    assert (await api("stopPoll", **where))["is_closed"] is True
    assert (await api.updates())[0]["poll"]["is_closed"] is True
    assert await api.description("stopPoll", **where) == "Bad Request: poll can't be stopped"
    no_poll = await api.description("stopPoll", chat_id=accounts.ana, message_id=1)
    assert no_poll == "Bad Request: message is not a poll"
    gone = await api.description("stopPoll", chat_id=accounts.ana, message_id=99)
    assert gone == "Bad Request: message with poll to stop not found"


async def test_a_poll_is_not_stopped_through_its_forward(api: Api, accounts: Accounts) -> None:
    sent = await send_quiz(api, accounts.ana)
    here = {"chat_id": accounts.ana}
    forward = await api(
        "forwardMessage", **here, from_chat_id=accounts.ana, message_id=sent["message_id"]
    )
    refusal = await api.description("stopPoll", **here, message_id=forward["message_id"])
    assert refusal == "Bad Request: poll can't be stopped"
    await api("stopPoll", **here, message_id=sent["message_id"])


async def test_a_period_of_0_is_none_and_one_too_long_is_shortened(
    api: Api, accounts: Accounts
) -> None:
    open_end = (await send_quiz(api, accounts.ana, open_period=0, close_date=0))["poll"]
    assert not {"open_period", "close_date"} & open_end.keys()
    longest = (await send_quiz(api, accounts.ana, open_period=9_999_999))["poll"]
    assert longest["open_period"] == 2_628_000


async def test_a_forwarded_poll_is_the_same_poll(
    api: Api, accounts: Accounts, control: Control
) -> None:
    sent = await send_quiz(api, accounts.ana)
    ben = (await control.user("Ben"))["id"]
    group = (await control.group("Friends", accounts.ana, [ben]))["id"]
    forward = await control.forward(accounts.ana, accounts.bot, sent["message_id"], group)
    assert forward["poll"]["id"] == sent["poll"]["id"]
    await control.vote(ben, group, forward["message_id"], [1])
    answer = (await api.updates())[0]["poll_answer"]
    assert (answer["poll_id"], answer["user"]["id"]) == (sent["poll"]["id"], ben)


async def test_a_copied_quiz_is_a_new_poll(api: Api, accounts: Accounts, control: Control) -> None:
    sent = await send_quiz(api, accounts.ana)
    where = {"from_chat_id": accounts.ana, "message_id": sent["message_id"]}
    await api("copyMessage", chat_id=accounts.ana, **where)
    copy = (await control.messages(accounts.ana, accounts.bot))[-1]
    assert copy["poll"]["question"] == sent["poll"]["question"]
    assert copy["poll"]["id"] != sent["poll"]["id"]


async def test_a_running_clock_closes_polls_by_itself() -> None:
    world = World(Clock(START))
    async with running(world) as url, Control(url) as control:
        bot, ana = await control.bot(), await control.user("Ana")
        await control.write(ana["id"], bot["user"]["id"], "/start")
        async with httpx.AsyncClient(
            base_url=url, verify=NO_CERTIFICATES, timeout=PATIENCE
        ) as http:
            api = Api(http, bot["token"])
            await api.updates()
            await send_quiz(api, ana["id"], open_period=5)
            await control.advance(4.9)
            await control.wait_for(
                ana["id"],
                bot["user"]["id"],
                lambda message: "poll" in message and message["poll"]["is_closed"],
                timeout=PATIENCE,
            )
