"""Several processes together never exceed the pace, and nobody waits for unused pace."""

from datetime import timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from db.pace_shares import claim_share, fair_share, give_up_share
from db.session import Sessions

WHOLE = 30.0
LEASE = timedelta(minutes=5)

wishes = st.floats(0, 1000, allow_subnormal=False)


@given(st.lists(wishes, min_size=1, max_size=6))
def test_fair_shares_divide_the_whole_and_serve_small_wishes_first(wanted: list[float]) -> None:
    shares = [
        fair_share(each, wanted[:number] + wanted[number + 1 :], WHOLE)
        for number, each in enumerate(wanted)
    ]
    assert sum(shares) == pytest.approx(WHOLE)
    equal = WHOLE / len(wanted)
    for each, share in zip(wanted, shares, strict=True):
        assert share >= min(each, equal) - 1e-9


async def claim(sessions: Sessions, process: str, wanted: float, lease: timedelta = LEASE) -> float:
    async with sessions.begin() as session:
        return await claim_share(session, process, wanted, WHOLE, lease)


async def test_a_busy_process_gets_what_idle_ones_do_not_need(
    postgresql_sessions: Sessions,
) -> None:
    assert await claim(postgresql_sessions, "first", 100) == WHOLE
    assert await claim(postgresql_sessions, "second", 1) == 0  # all is in use
    assert await claim(postgresql_sessions, "first", 100) == 29
    assert await claim(postgresql_sessions, "second", 1) == 1
    assert await claim(postgresql_sessions, "second", 100) == 1
    assert await claim(postgresql_sessions, "first", 100) == 15
    assert await claim(postgresql_sessions, "second", 100) == 15


async def test_what_a_killed_process_had_is_free_when_its_lease_ends(
    postgresql_sessions: Sessions,
) -> None:
    await claim(postgresql_sessions, "killed", 100)
    assert await claim(postgresql_sessions, "next", 100) == 0
    async with postgresql_sessions.begin() as session:
        await session.execute(text("UPDATE pace_shares SET until = now() WHERE process = 'killed'"))
    assert await claim(postgresql_sessions, "next", 100) == WHOLE


async def test_a_share_that_was_given_up_is_free_at_once(postgresql_sessions: Sessions) -> None:
    await claim(postgresql_sessions, "stopped", 100)
    async with postgresql_sessions.begin() as session:
        await give_up_share(session, "stopped")
    assert await claim(postgresql_sessions, "next", 100) == WHOLE


async def test_the_shares_never_exceed_the_whole(postgresql_sessions: Sessions) -> None:
    rng, shares = Random(1), dict.fromkeys("abcde", 0.0)
    for _ in range(100):
        process = rng.choice("abcde")
        shares[process] = await claim(postgresql_sessions, process, rng.choice([0, 1, 10, 100]))
        assert sum(shares.values()) <= WHOLE + 1e-9
