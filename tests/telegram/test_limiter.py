"""Pace, priority, and what happens after a 429 with retry_after."""

import asyncio
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from math import ceil

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from telegram.error import RetryAfter

from quizbot.telegram.client import limiter
from quizbot.telegram.client.limiter import (
    Limiter,
    Pace,
    PausedError,
    Priority,
    RateLimit,
    pace,
    retry_seconds,
)
from tests.telegram.virtual_time import run

BROADCAST, REPLY = Priority.BROADCAST, Priority.REPLY
WIDE = RateLimit(1_000_000, burst=1_000_000)


class Telegram:
    """A stand-in for Telegram: notes when each call comes, and tells some to wait."""

    def __init__(self, limiter: Limiter) -> None:
        self.limiter = limiter
        self.calls: list[tuple[float, str]] = []
        self.latency = 0.0  # seconds until the reply
        self.wait_seconds: Callable[[float, str], float] = lambda now, chat: 0

    async def send(
        self, chat: int, priority: Priority = REPLY, method: str = "sendMessage"
    ) -> float:
        """Returns when the call was made, in seconds. Raises what the limiter raises."""
        data = {"chat_id": chat}

        async def call() -> bool:
            now = asyncio.get_running_loop().time() - 1000
            self.calls.append((now, str(chat)))
            await asyncio.sleep(self.latency)
            if seconds := self.wait_seconds(now, str(chat)):
                raise RetryAfter(int(seconds))
            return True

        await self.limiter.process_request(call, (), {}, method, data, priority)
        return self.calls[-1][0]

    @property
    def moments(self) -> list[float]:
        return [now for now, _ in self.calls]


def of(limit: Pace) -> Telegram:
    return Telegram(Limiter(limit))


def test_thirty_messages_a_second_leave_evenly_and_no_more() -> None:
    async def scenario() -> list[float]:
        telegram = of(pace(30))
        await asyncio.gather(*(telegram.send(chat) for chat in range(1, 302)))
        return telegram.moments

    moments = run(scenario())
    assert moments[-1] == pytest.approx(10.0, abs=0.05)
    for second in range(10):
        assert sum(second <= moment < second + 1 for moment in moments) <= 32


def test_the_pace_is_kept_although_timers_are_late() -> None:
    """The limiter catches up after late timers: at least 99 % of the pace over a minute."""

    async def scenario() -> float:
        telegram = of(pace(30))
        loop = asyncio.get_running_loop()
        ring = loop.call_at

        def late(when: float, *rest: object, **named: object) -> asyncio.TimerHandle:
            return ring(when + 0.004, *rest, **named)  # type: ignore[arg-type]

        loop.call_at = late  # type: ignore[method-assign]
        window = asyncio.Semaphore(16)

        async def send(chat: int) -> None:
            async with window:
                await telegram.send(chat, BROADCAST)

        await asyncio.gather(*(send(chat) for chat in range(1, 1801)))
        return telegram.moments[-1]

    assert run(scenario()) < 60 / 0.99


def test_replies_go_ahead_of_a_broadcast() -> None:
    async def scenario() -> list[str]:
        telegram = of(pace(10))
        broadcast = [asyncio.create_task(telegram.send(chat, BROADCAST)) for chat in range(1, 21)]
        await asyncio.sleep(0.95)
        await asyncio.gather(*(telegram.send(chat) for chat in range(101, 106)))
        await asyncio.gather(*broadcast)
        return [chat for _, chat in telegram.calls]

    order = run(scenario())
    assert order[10:15] == ["101", "102", "103", "104", "105"]
    assert len(order) == 25


def test_one_chat_gets_a_short_burst_and_then_one_a_second_while_others_go_on() -> None:
    async def scenario() -> tuple[list[float], float]:
        telegram = of(Pace(WIDE))
        slow = [asyncio.create_task(telegram.send(7)) for _ in range(6)]
        other = await telegram.send(8)
        return sorted(await asyncio.gather(*slow)), other

    moments, other = run(scenario())
    assert moments == pytest.approx([0, 0, 0, 1, 2, 3], abs=0.01)
    assert other == 0


def test_a_group_gets_twenty_a_minute() -> None:
    async def scenario() -> list[float]:
        telegram = of(Pace(WIDE))
        return sorted([await telegram.send(-5) for _ in range(60)])

    moments = run(scenario())
    for early, late in zip(moments, moments[20:], strict=False):
        assert late - early >= 59.999
    assert moments[59] < 60 * 60 / 16


def test_a_question_for_a_busy_chat_is_sent_back() -> None:
    async def scenario() -> float:
        telegram = of(Pace(WIDE))
        for _ in range(3):
            await telegram.send(7)
        with pytest.raises(RetryAfter) as told:
            await asyncio.gather(*(telegram.send(7, BROADCAST) for _ in range(5)))
        assert "rate limit" in str(told.value)
        assert "flood" not in str(told.value).lower()  # Telegram has not been asked
        return retry_seconds(told.value)

    assert run(scenario()) == 4


def test_a_429_holds_its_chat_exactly_as_long_as_told_and_no_other() -> None:
    async def scenario() -> list[tuple[float, str]]:
        telegram = of(Pace(WIDE))
        telegram.wait_seconds = lambda now, chat: 20 if chat == "7" and now < 20 else 0
        held = asyncio.create_task(telegram.send(7))
        await asyncio.sleep(1)
        await telegram.send(8)
        await held
        await telegram.send(7)
        return telegram.calls

    assert run(scenario()) == [(0, "7"), (1, "8"), (20, "7"), (pytest.approx(21), "7")]


def test_429s_in_two_chats_hold_all_chats_exactly_as_long_as_told() -> None:
    async def scenario() -> list[tuple[float, str]]:
        telegram = of(Pace(WIDE))
        telegram.wait_seconds = lambda now, chat: 30 if now < 30 else 0
        first = asyncio.create_task(telegram.send(7))
        await asyncio.sleep(1)
        second = asyncio.create_task(telegram.send(8))
        await asyncio.sleep(1)
        others = [asyncio.create_task(telegram.send(chat)) for chat in (9, 10, 11)]
        await asyncio.gather(first, second, *others)
        return telegram.calls

    calls = run(scenario())
    assert calls[:2] == [(0, "7"), (1, "8")]
    assert {chat for _, chat in calls[2:]} == {"7", "8", "9", "10", "11"}
    assert {moment for moment, _ in calls[2:]} == {31}


def test_a_success_between_two_429s_shows_that_they_concern_single_chats() -> None:
    async def scenario() -> list[tuple[float, str]]:
        telegram = of(Pace(WIDE))
        telegram.wait_seconds = lambda now, chat: 30 if chat in ("7", "9") and now < 30 else 0
        held = [asyncio.create_task(telegram.send(7))]
        await asyncio.sleep(1)
        await telegram.send(8)
        held.append(asyncio.create_task(telegram.send(9)))
        await asyncio.sleep(1)
        await telegram.send(10)
        await asyncio.gather(*held)
        return telegram.calls

    assert (2, "10") in run(scenario())


def test_a_question_told_to_wait_is_sent_back_at_once_with_the_time_to_wait() -> None:
    async def scenario() -> tuple[float, int]:
        telegram = of(Pace(WIDE))
        telegram.wait_seconds = lambda now, chat: 40
        with pytest.raises(RetryAfter) as told:
            await telegram.send(7, BROADCAST)
        return retry_seconds(told.value), len(telegram.calls)

    assert run(scenario()) == (40, 1)


def test_questions_in_the_queue_are_sent_back_when_all_chats_must_wait() -> None:
    async def scenario() -> tuple[list[object], float]:
        telegram = of(pace(10))
        telegram.wait_seconds = lambda now, chat: 60 if 0.5 < now < 60 else 0
        results = await asyncio.gather(
            *(telegram.send(chat, BROADCAST) for chat in range(1, 31)), return_exceptions=True
        )
        return list(results), asyncio.get_running_loop().time() - 1000

    results, ended = run(scenario())
    # Telegram told two of them; the others were not even tried.
    assert Counter(type(result) for result in results) == {float: 6, RetryAfter: 2, PausedError: 22}
    assert ended < 1


def test_closing_sends_waiting_questions_back_and_lets_replies_leave() -> None:
    async def scenario() -> tuple[list[object], float]:
        telegram = of(pace(10))
        tasks = [asyncio.create_task(telegram.send(chat, BROADCAST)) for chat in range(1, 31)]
        await asyncio.sleep(0.95)
        reply = asyncio.create_task(telegram.send(99))
        await asyncio.sleep(0)
        telegram.limiter.close()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        return list(results), await reply

    results, reply = run(scenario())
    assert Counter(type(result) for result in results) == {float: 10, PausedError: 20}
    assert 0.9 < reply <= 1.0


def test_after_closing_no_question_that_waited_for_its_chat_leaves() -> None:
    async def scenario() -> float:
        telegram = of(Pace(WIDE))
        for _ in range(3):
            await telegram.send(7)
        question = asyncio.create_task(telegram.send(7, BROADCAST))
        await asyncio.sleep(0)
        telegram.limiter.close()
        with pytest.raises(RetryAfter):
            await question
        with pytest.raises(RetryAfter):
            await telegram.send(8, BROADCAST)
        return await telegram.send(7)

    assert run(scenario()) == pytest.approx(1)


def test_a_question_behind_a_reply_that_must_wait_is_sent_back_in_time() -> None:
    """The reply in front of it is still waiting when a 429 for the chat arrives."""

    async def scenario() -> tuple[float, float]:
        telegram = of(Pace(WIDE))
        telegram.latency = 0.5
        telegram.wait_seconds = lambda now, chat: 30 if now == 0 else 0
        first = [asyncio.create_task(telegram.send(7)) for _ in range(3)]
        await asyncio.sleep(0)
        reply = asyncio.create_task(telegram.send(7))
        await asyncio.sleep(0)
        with pytest.raises(RetryAfter):
            await telegram.send(7, BROADCAST)
        sent_back = asyncio.get_running_loop().time() - 1000
        await asyncio.gather(*first)
        return sent_back, await reply

    sent_back, replied = run(scenario())
    assert sent_back <= 3
    assert replied > 30


def test_cancelled_calls_leave_their_chat_to_others() -> None:
    async def scenario() -> float:
        telegram = of(Pace(WIDE))
        for _ in range(3):
            await telegram.send(7)
        tasks = [asyncio.create_task(telegram.send(7)) for _ in range(5)]
        await asyncio.sleep(0.5)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return await telegram.send(7)

    assert run(scenario()) == pytest.approx(1)


def test_idle_chats_are_looked_for_rarely(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even while more chats wait than are remembered otherwise."""
    monkeypatch.setattr(limiter, "_MAX_CHATS", 10)
    searches = 0

    class Counting(Limiter):
        def _drop_idle_queues(self) -> None:
            nonlocal searches
            searches += 1
            super()._drop_idle_queues()

    async def scenario() -> int:
        telegram = Telegram(Counting(pace(1000)))
        await asyncio.gather(*(telegram.send(chat) for chat in range(1, 1001)))
        while_waiting = searches
        await asyncio.sleep(5)
        for chat in range(1001, 3001):
            await telegram.send(chat)
        return while_waiting

    assert run(scenario()) <= 8  # at 10, 20, 40 ... 640
    assert searches <= 12


def test_a_cancelled_call_takes_no_turn() -> None:
    async def scenario() -> list[float]:
        telegram = of(pace(10))
        tasks = [asyncio.create_task(telegram.send(chat, BROADCAST)) for chat in range(1, 21)]
        await asyncio.sleep(0)
        for task in tasks[5:15]:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return telegram.moments

    assert run(scenario())[-1] == pytest.approx(0.9, abs=0.06)


def test_only_paid_broadcasts_are_marked_as_such() -> None:
    async def marks(paid: bool, method: str) -> bool:
        data: dict[str, object] = {"chat_id": 7}

        async def call() -> bool:
            return True

        await Limiter(pace(30, paid=paid)).process_request(call, (), {}, method, data, None)
        return bool(data.get("allow_paid_broadcast"))

    assert run(marks(True, "sendPoll"))
    assert not run(marks(True, "editMessageText"))
    assert not run(marks(False, "sendPoll"))


@settings(max_examples=60, deadline=None)
@example([(0.0, 2, REPLY), *[(0.0, 1, REPLY)] * 4])  # those to 1 leave later than planned
@given(
    st.lists(
        st.tuples(st.floats(0, 5), st.sampled_from([-1, *range(1, 40)]), st.sampled_from(Priority)),
        min_size=1,
        max_size=120,
    )
)
def test_no_second_holds_more_messages_than_the_pace(
    arrivals: list[tuple[float, int, Priority]],
) -> None:
    async def one(telegram: Telegram, at: float, chat: int, priority: Priority) -> None:
        await asyncio.sleep(at)
        try:
            await telegram.send(chat, priority)
        except RetryAfter:
            assert priority is BROADCAST

    async def scenario() -> list[tuple[float, str]]:
        telegram = of(pace(10))
        await asyncio.gather(*(one(telegram, *arrival) for arrival in arrivals))
        return telegram.calls

    calls = run(scenario())
    moments = [moment for moment, _ in calls]
    for early, late in zip(moments, moments[11:], strict=False):
        assert late - early > 0.999
    for chat in {chat for _, chat in calls}:
        in_chat = [moment for moment, each in calls if each == chat]
        burst, interval = (4, 3.75) if chat == "-1" else (3, 1)
        for early, late in zip(in_chat, in_chat[burst:], strict=False):
            assert late - early > interval - 0.001
    assert all(early <= late for early, late in pairwise(moments))


def test_a_share_of_the_pace_limits_messages_from_then_on() -> None:
    async def scenario() -> list[float]:
        telegram = of(pace(30))
        calls = [asyncio.create_task(telegram.send(chat)) for chat in range(1, 22)]
        await asyncio.sleep(0)
        for share, seconds in ((0, 1), (10, 1), (0, 1), (30, 1)):
            telegram.limiter.use_share(share)
            await asyncio.sleep(seconds)
        await asyncio.gather(*calls)
        return telegram.moments

    left = Counter(int(moment) for moment in run(scenario()))
    assert left[0] <= 2
    assert 10 <= left[1] <= 11
    assert left[2] == 0
    assert left.total() == 21


@pytest.mark.parametrize("share", [27, 900])
def test_a_share_that_changes_often_is_kept_to(share: int) -> None:
    async def scenario() -> int:
        telegram = of(pace(1000))
        telegram.limiter.use_share(share)
        calls = [asyncio.create_task(telegram.send(chat)) for chat in range(1, 10 * share)]
        for number in range(20):
            await asyncio.sleep(0.25)
            telegram.limiter.use_share(share + number % 2 / 1000)
        left = len(telegram.calls)
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
        return left

    assert run(scenario()) <= 5 * share * 1.02 + 2


def test_the_demand_counts_what_left_and_what_waits() -> None:
    async def scenario() -> tuple[float, float]:
        telegram = of(pace(10))
        calls = [asyncio.create_task(telegram.send(chat)) for chat in range(1, 21)]
        await asyncio.sleep(0.95)
        busy = telegram.limiter.demand(1)
        await asyncio.gather(*calls)
        telegram.limiter.demand(1)
        return busy, telegram.limiter.demand(1)

    assert run(scenario()) == (20, 0)


def test_no_call_waits_longer_than_its_patience() -> None:
    """With too many replies waiting, a question is sent back and late replies are given up."""

    async def scenario() -> tuple[float, int, float]:
        telegram = of(pace(1))
        replies = [asyncio.create_task(telegram.send(chat)) for chat in range(1, 1001)]
        await asyncio.sleep(0)
        with pytest.raises(RetryAfter):
            await telegram.send(2000, BROADCAST)
        sent_back = asyncio.get_running_loop().time() - 1000
        results = await asyncio.gather(*replies, return_exceptions=True)
        ended = asyncio.get_running_loop().time() - 1000
        return sent_back, sum(isinstance(each, RetryAfter) for each in results), ended

    sent_back, given_up, ended = run(scenario())
    assert sent_back == pytest.approx(3)
    assert 390 <= given_up <= 400
    assert ended == pytest.approx(600)


@pytest.mark.parametrize("latency", [0.0, 0.02, 0.08, 0.3])
@pytest.mark.parametrize("per_second", [30, 1000])
def test_few_calls_are_made_while_everybody_is_told_to_wait(
    latency: float, per_second: int
) -> None:
    """In 30 seconds hardly more calls than are in flight at the first 429."""

    async def scenario() -> int:
        telegram = of(pace(per_second))
        telegram.latency = latency
        telegram.wait_seconds = lambda now, chat: ceil(35 - now) if 5 < now < 34 else 0
        loop, chats, told_to_wait = asyncio.get_running_loop(), iter(range(1, 100_000)), 0

        async def work() -> None:
            nonlocal told_to_wait
            while loop.time() < 1034:
                if held := telegram.limiter.held_for():
                    await asyncio.sleep(held)
                    continue
                try:
                    await telegram.send(next(chats), BROADCAST)
                except RetryAfter:
                    told_to_wait += 1

        await asyncio.gather(*(work() for _ in range(telegram.limiter.pace.window)))
        return told_to_wait

    window = pace(per_second).window
    assert run(scenario()) <= 2.5 * window + 4  # each chat's first 429 allows another try
