"""The sandbox's time."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from sandbox.clock import Clock

START = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def test_a_frozen_clock_stands_until_it_is_moved() -> None:
    clock = Clock(START, frozen=True)
    assert clock.now() == clock.now() == START
    clock.advance(90)
    assert clock.now() == START + timedelta(seconds=90)


def test_a_running_clock_starts_where_it_is_told_and_moves_by_itself() -> None:
    clock = Clock(START)
    first = clock.now()
    assert START <= first < clock.now() + timedelta(microseconds=1)
    assert first < START + timedelta(minutes=1)


def test_it_never_goes_back() -> None:
    clock = Clock(START, frozen=True)
    with pytest.raises(ValueError, match="forward"):
        clock.set(START - timedelta(seconds=1))
    with pytest.raises(ValueError, match="forward"):
        clock.advance(-1)
    assert clock.now() == START


def test_moments_of_other_zones_are_read_and_naive_ones_refused() -> None:
    clock = Clock(START, frozen=True)
    clock.set(datetime(2026, 11, 22, 12, 0, tzinfo=timezone(timedelta(hours=2))))
    assert clock.now() == datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
    with pytest.raises(ValueError, match="zone"):
        clock.set(datetime(2027, 1, 1))  # noqa: DTZ001


def test_listeners_hear_of_moves() -> None:
    clock = Clock(START, frozen=True)
    heard: list[datetime] = []
    clock.on_move(lambda: heard.append(clock.now()))
    clock.advance(5)
    assert heard == [START + timedelta(seconds=5)]
