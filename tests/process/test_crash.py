"""kill -9 at random moments, with faults of all kinds: nothing lost, nothing doubled.

CRASH_KILLS is the number of kills (20 in CI, else 2), CRASH_PEOPLE the number of people (500 in CI,
else 40), CRASH_SEED the seed (1). Two processes behind a webhook are killed in CI or when
CRASH_KILLS is given:

    CRASH_KILLS=100 .venv/bin/pytest -s tests/process/test_crash.py
"""

import asyncio
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from random import Random
from time import monotonic

import pytest

from sandbox.server import running
from sandbox.wire import RefusedError
from tests.process.aftermath import Aftermath, due_now
from tests.process.crowd import Crowd
from tests.process.processes import TOKEN, BotProcess
from tests.process.proxy import serve_proxy
from tests.sizes import IN_CI, size
from tests.telegram.webhook_bot import SECRET, free_port

KILLS = size("CRASH_KILLS", in_ci=20, elsewhere=2)
SEED = int(os.environ.get("CRASH_SEED", "1"))
TAKE_OVER = 5.0  # seconds, as docs/performance.md promises
PEOPLE = size("CRASH_PEOPLE", in_ci=500, elsewhere=40)

# Faster than 30 a second, but not so fast that the day is over before the kills.
FAST = {"QUIZBOT_MESSAGES_PER_SECOND": "100", "QUIZBOT_PAID_BROADCAST": "true"}

# Calls of the bot: before its first message, and for each member's day.
_CALLS_TO_START = 8
_CALLS_OF_A_MEMBER = 3

_SPEAKING = ("sendPoll", "sendMessage", "editMessageText", "answerCallbackQuery", "getUpdates")


async def test_kills_and_faults_lose_and_double_nothing(database: str, tmp_path: Path) -> None:
    rng, began = Random(SEED), monotonic()
    crowd = Crowd(TOKEN, PEOPLE, rng)
    aftermath = Aftermath(crowd, database)
    await due_now(database, list(crowd.members))
    add_faults(crowd)
    async with running(crowd) as url:
        bot = BotProcess(url, database, tmp_path, **FAST)
        crowd.wake(within=KILLS)
        for _ in range(KILLS):
            await bot.start()
            with some_floods(crowd, rng):
                await random_moment(crowd, rng)
            await bot.kill()
        await bot.start()
        await aftermath.wait_until_settled(timedelta(seconds=120))
        await bot.wait_until_started()
        assert await bot.terminate() == 0
    print_figures(crowd, aftermath, began)
    assert await aftermath.violations() == []
    assert error_lines(bot.log) == []


async def test_when_one_of_two_is_killed_the_other_goes_on(
    postgresql_database: str, tmp_path: Path
) -> None:
    await kill_one_of_two(postgresql_database, tmp_path, [{}, {}])


@pytest.mark.skipif(
    not IN_CI and "CRASH_KILLS" not in os.environ,
    reason="test_two_by_webhook kills one of two behind a webhook; this is the long run",
)
async def test_when_one_of_two_behind_a_webhook_is_killed_the_other_goes_on(
    postgresql_database: str, tmp_path: Path
) -> None:
    ports = free_port(), free_port()
    async with serve_proxy(*ports) as (address, forwarded):
        settings = [
            {
                "QUIZBOT_LISTEN": f"127.0.0.1:{port}",
                "QUIZBOT_WEBHOOK_URL": address,
                "QUIZBOT_WEBHOOK_SECRET": SECRET,
            }
            for port in ports
        ]
        await kill_one_of_two(postgresql_database, tmp_path, settings)
    assert all(forwarded.values()), forwarded


async def kill_one_of_two(
    database: str, folder: Path, settings: Sequence[Mapping[str, str]]
) -> None:
    """Kills one of two bots with these settings, again and again, and checks what is left."""
    rng, began = Random(SEED), monotonic()
    crowd = Crowd(TOKEN, PEOPLE, rng)
    aftermath = Aftermath(crowd, database)
    await due_now(database, list(crowd.members))
    add_faults(crowd)
    took = []
    async with running(crowd) as url:
        bots = []
        for name, given in zip(("first", "second"), settings, strict=True):
            (folder / name).mkdir()
            bots.append(BotProcess(url, database, folder / name, **FAST, **given))
        crowd.wake(within=KILLS)
        for bot in bots:
            await bot.start()
        for _ in range(KILLS):
            with some_floods(crowd, rng):
                await random_moment(crowd, rng)
            rng.shuffle(bots)
            victim, survivor = bots
            await survivor.wait_until_started()
            took += await take_over(victim, survivor)
            await victim.start()
        await aftermath.wait_until_settled(timedelta(seconds=120))
        for bot in bots:
            await bot.wait_until_started()
        assert [await bot.terminate() for bot in bots] == [0, 0]
    print_figures(crowd, aftermath, began)
    seconds = ", ".join(f"{each:.1f}" for each in sorted(took))
    print(f"{len(took)} of the killed ones had the role; taken over after {seconds} s")  # noqa: T201
    assert await aftermath.violations() == []
    assert [line for bot in bots for line in error_lines(bot.log)] == []
    assert max(took, default=0) < TAKE_OVER


async def take_over(victim: BotProcess, survivor: BotProcess) -> list[float]:
    """Kills the victim. Returns the seconds until the survivor leads, if the victim led."""
    led, gained = leads(victim), leaderships(survivor)
    await victim.kill()
    killed = monotonic()
    if not led:
        return []
    async with asyncio.timeout(60):
        while leaderships(survivor) == gained:  # noqa: ASYNC110 -- nobody tells us of a new line
            await asyncio.sleep(0.02)
    return [monotonic() - killed]


def leaderships(bot: BotProcess) -> int:
    """Returns how often it has become the leader, over all its starts."""
    return bot.log.read_text().count("leadership_gained")


def leads(bot: BotProcess) -> bool:
    """Returns whether it is the leader since its latest start."""
    log = bot.log.read_text()[bot.started_at :]
    return log.rfind("leadership_gained") > log.rfind("leadership_lost")


def print_figures(crowd: Crowd, aftermath: Aftermath, began: float) -> None:
    print(  # noqa: T201 -- the figures of the run
        f"\n{KILLS} kills, seed {SEED}, {PEOPLE} people, {monotonic() - began:.0f} s, "
        f"{crowd.calls_made} calls; {aftermath.summary()}"
    )


def add_faults(crowd: Crowd) -> None:
    """Adds 5 % lost replies, 5 % of 502, 5 % doubled updates, and slow replies."""
    for method in _SPEAKING:
        for fault in (
            {"fault": "lost_reply", "probability": 0.05},
            {"fault": "error", "status": 502, "probability": 0.05},
            {"fault": "delay", "seconds": 0.05, "probability": 0.2},
        ):
            crowd.faults.add(fault | {"method": method, "count": 0})
    crowd.faults.add({"fault": "double_update", "probability": 0.05, "count": 0})


@contextmanager
def some_floods(crowd: Crowd, rng: Random) -> Iterator[None]:
    """Every third time, refuses some calls with 429, at most during the block."""
    floods = []
    if rng.random() < 1 / 3:
        for method in ("sendPoll", "sendMessage"):
            fault = {"fault": "flood", "method": method, "count": rng.randint(5, 40), "seconds": 1}
            floods.append(crowd.faults.add(fault))
    yield
    for each in floods:
        with suppress(RefusedError):  # it has ended by itself
            crowd.faults.remove(each)


async def random_moment(crowd: Crowd, rng: Random) -> None:
    """Waits for a random number of calls, and then for a moment between two calls."""
    await crowd.call(at_most=30)  # the bot has started
    mean = _CALLS_TO_START + _CALLS_OF_A_MEMBER * PEOPLE // KILLS
    await crowd.call(more=rng.randint(1, 2 * mean), at_most=rng.uniform(0.5, 2.5))
    await asyncio.sleep(rng.uniform(0, 0.03))


def error_lines(log: Path) -> list[str]:
    """Returns the lines that the bot has logged as errors.

    A reply that failed is none: a later message can say the same.
    """
    wrong = []
    for line in log.read_text().splitlines():
        with suppress(ValueError):  # a line cut off by the kill
            entry = json.loads(line)
            if entry["level"] in ("error", "critical") and entry["event"] != "reply_failed":
                wrong.append(line)
    return wrong
