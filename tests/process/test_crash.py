"""kill -9 at random moments amid faults of all kinds: nothing lost, nothing doubled.

CRASH_KILLS says how often (20 in CI, else 3), CRASH_PEOPLE with how many people (500 in CI, else
60), CRASH_SEED (1) which chances:

    CRASH_KILLS=100 .venv/bin/pytest -s tests/process/test_crash.py
"""

import asyncio
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from random import Random
from time import monotonic

from sandbox.server import running
from sandbox.wire import RefusedError
from tests.process.aftermath import Aftermath, due_now
from tests.process.crowd import Crowd
from tests.process.processes import TOKEN, BotProcess
from tests.sizes import size

KILLS = size("CRASH_KILLS", in_ci=20, elsewhere=3)
SEED = int(os.environ.get("CRASH_SEED", "1"))
TAKE_OVER = 5.0  # seconds; what is promised
PEOPLE = size("CRASH_PEOPLE", in_ci=500, elsewhere=60)

# So that the day is not over before the kills are.
FAST = {"QUIZBOT_MESSAGES_PER_SECOND": "100", "QUIZBOT_PAID_BROADCAST": "true"}

# What a start needs before it speaks, and what the whole day needs, in calls of the bot.
_CALLS_TO_START = 8
_CALLS_OF_A_MEMBER = 3

_SPEAKING = ("sendPoll", "sendMessage", "editMessageText", "answerCallbackQuery", "getUpdates")


async def test_kill_9_amid_faults_loses_and_doubles_nothing(database: str, tmp_path: Path) -> None:
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
            with storm(crowd, rng):
                await random_moment(crowd, rng)
            await bot.kill()
        await bot.start()
        await aftermath.settled(timedelta(seconds=120))
        await bot.up()
        assert await bot.terminate() == 0
    tell(crowd, aftermath, began)
    assert await aftermath.wrong() == []
    assert wrong_lines(bot.log) == []


async def test_one_of_two_is_killed_and_the_other_goes_on(
    postgresql_database: str, tmp_path: Path
) -> None:
    rng, began = Random(SEED), monotonic()
    crowd = Crowd(TOKEN, PEOPLE, rng)
    aftermath = Aftermath(crowd, postgresql_database)
    await due_now(postgresql_database, list(crowd.members))
    add_faults(crowd)
    took = []
    async with running(crowd) as url:
        bots = [_bot(url, postgresql_database, tmp_path / name) for name in ("first", "second")]
        crowd.wake(within=KILLS)
        for bot in bots:
            await bot.start()
        for _ in range(KILLS):
            with storm(crowd, rng):
                await random_moment(crowd, rng)
            rng.shuffle(bots)
            victim, survivor = bots
            await survivor.up()
            took += await take_over(crowd, victim, survivor)
            await victim.start()
        await aftermath.settled(timedelta(seconds=120))
        for bot in bots:
            await bot.up()
        assert [await bot.terminate() for bot in bots] == [0, 0]
    tell(crowd, aftermath, began)
    seconds = ", ".join(f"{each:.1f}" for each in sorted(took))
    print(f"{len(took)} of the killed ones had the role; taken over after {seconds} s")  # noqa: T201
    assert await aftermath.wrong() == []
    assert [line for bot in bots for line in wrong_lines(bot.log)] == []
    assert max(took, default=0) < TAKE_OVER


def _bot(url: str, database: str, folder: Path) -> BotProcess:
    folder.mkdir()
    return BotProcess(url, database, folder, **FAST)


async def take_over(crowd: Crowd, victim: BotProcess, survivor: BotProcess) -> list[float]:
    """Kill the one; the seconds until the other speaks or listens, if the killed one did so."""
    led, gained = leads(victim), terms(survivor)
    await victim.kill()
    killed = monotonic()
    if not led:
        return []
    while terms(survivor) == gained:
        assert await crowd.call(methods=("getUpdates", "sendPoll"), at_most=60)
    return [monotonic() - killed]


def terms(bot: BotProcess) -> int:
    """How often it has gained the role, over all its starts."""
    return bot.log.read_text().count("leadership_gained")


def leads(bot: BotProcess) -> bool:
    """Whether it has the role since its latest start."""
    log = bot.log.read_text()[bot.started_at :]
    return log.rfind("leadership_gained") > log.rfind("leadership_lost")


def tell(crowd: Crowd, aftermath: Aftermath, began: float) -> None:
    print(  # noqa: T201 -- the figures of the run
        f"\n{KILLS} kills, seed {SEED}, {PEOPLE} people, {monotonic() - began:.0f} s, "
        f"{crowd.calls_made} calls; {aftermath.told()}"
    )


def add_faults(crowd: Crowd) -> None:
    """5 % lost replies, 5 % 5xx, 5 % of the updates doubled, and replies that take a moment."""
    for method in _SPEAKING:
        for fault in (
            {"fault": "lost_reply", "probability": 0.05},
            {"fault": "error", "status": 502, "probability": 0.05},
            {"fault": "delay", "seconds": 0.05, "probability": 0.2},
        ):
            crowd.faults.add(fault | {"method": method, "count": 0})
    crowd.faults.add({"fault": "double_update", "probability": 0.05, "count": 0})


@contextmanager
def storm(crowd: Crowd, rng: Random) -> Iterator[None]:
    """Every third time, Telegram wants less, for some calls and at most while the block runs."""
    storms = []
    if rng.random() < 1 / 3:
        for method in ("sendPoll", "sendMessage"):
            fault = {"fault": "flood", "method": method, "count": rng.randint(5, 40), "seconds": 1}
            storms.append(crowd.faults.add(fault))
    yield
    for each in storms:
        with suppress(RefusedError):  # it is over
            crowd.faults.remove(each)


async def random_moment(crowd: Crowd, rng: Random) -> None:
    """A random number of calls later, and then anywhere between two of them."""
    await crowd.call(at_most=30)  # it is up
    mean = _CALLS_TO_START + _CALLS_OF_A_MEMBER * PEOPLE // KILLS
    await crowd.call(more=rng.randint(1, 2 * mean), at_most=rng.uniform(0.5, 2.5))
    await asyncio.sleep(rng.uniform(0, 0.03))


def wrong_lines(log: Path) -> list[str]:
    """What the bot itself calls an error.

    A reply that met a fault is none of those: it says something that a later message can say, too.
    """
    wrong = []
    for line in log.read_text().splitlines():
        with suppress(ValueError):  # the kill came amid a line
            entry = json.loads(line)
            if entry["level"] in ("error", "critical") and entry["event"] != "reply_failed":
                wrong.append(line)
    return wrong
