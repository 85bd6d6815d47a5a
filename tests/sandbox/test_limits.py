"""Flood limits, on a time of the test's own."""

import pytest

from sandbox.limits import UNLIMITED, FloodLimiter, Limits
from sandbox.wire import ApiError


class Time:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def refused_after(flood: FloodLimiter, calls: int, *, chats: int, group: bool = False) -> int:
    """How many of the calls pass before the first 429."""
    for call in range(calls):
        try:
            flood.spend(1, call % chats, group=group, paid=False)
        except ApiError:
            return call
    return calls


def test_a_private_chat_takes_five_at_once_and_then_one_a_second() -> None:
    time = Time()
    flood = FloodLimiter(monotonic=time)
    assert refused_after(flood, 10, chats=1) == 5
    with pytest.raises(ApiError) as refusal:
        flood.spend(1, 0, group=False, paid=False)
    assert refusal.value.parameters == {"retry_after": 1}
    time.now += 1
    assert refused_after(flood, 10, chats=1) == 1


def test_a_group_takes_twenty_a_minute() -> None:
    time = Time()
    flood = FloodLimiter(monotonic=time)
    assert refused_after(flood, 30, chats=1, group=True) == 20
    time.now += 60
    assert refused_after(flood, 30, chats=1, group=True) == 20


def test_thirty_a_second_over_all_chats() -> None:
    time = Time()
    flood = FloodLimiter(monotonic=time)
    assert refused_after(flood, 100, chats=100) == 30
    time.now += 1
    assert refused_after(flood, 100, chats=100) == 30


def test_a_paid_broadcast_takes_a_thousand() -> None:
    flood = FloodLimiter(monotonic=Time())
    for chat in range(1000):
        flood.spend(1, chat, group=False, paid=True)
    with pytest.raises(ApiError):
        flood.spend(1, 1000, group=False, paid=True)


def test_waiting_as_long_as_told_is_enough() -> None:
    time = Time()
    flood = FloodLimiter(monotonic=time)
    refused_after(flood, 30, chats=1, group=True)
    with pytest.raises(ApiError) as refusal:
        flood.spend(1, 0, group=True, paid=False)
    time.now += refusal.value.parameters["retry_after"]
    flood.spend(1, 0, group=True, paid=False)


def test_bots_do_not_share_limits_and_limits_can_be_lifted() -> None:
    flood = FloodLimiter(monotonic=Time())
    assert refused_after(flood, 10, chats=1) == 5
    flood.spend(2, 0, group=False, paid=False)
    assert refused_after(FloodLimiter(UNLIMITED), 500, chats=1) == 500
    assert (
        refused_after(FloodLimiter(Limits(private_chat=None), monotonic=Time()), 99, chats=1) == 30
    )
