"""The bot's broadcast compared with sends by other libraries.

All call the same fake Telegram from the same core, with the bot's own questions. The libraries only
send; the bot also claims, commits and receives.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from benchmarks import ROOT, TOPIC_FOLDER
from benchmarks.bot_process import UNPACED
from benchmarks.broadcast import Run, broadcast
from benchmarks.databases import Databases
from benchmarks.fake_telegram.client import FakeTelegram, running_fake_telegram
from benchmarks.machine import BOT_CORE
from benchmarks.processes import ProcessFailedError, python_command, read_line, running_process
from benchmarks.table import Row
from questions import load_topic
from quizbot.quiz.asking.choosing import shuffle_options
from quizbot.quiz.delivery.outcomes import Outgoing
from quizbot.telegram.messages.questions import question_poll
from quizbot.telegram.messages.words import ENGLISH, Languages

_DELAYS = (0.0, 0.08)  # seconds
_GRACE = 60.0  # seconds beyond its sending, for a sender that installs its library first


@dataclass(frozen=True)
class Sender:
    """A program that sends; its arguments are a file of polls, an address, seconds and `mode`."""

    name: str
    command: tuple[str, ...]
    mode: str


_UV = str(ROOT / ".tools/bin/uv")
_AIOGRAM = (_UV, "run", "--quiet", "--script", "benchmarks/libraries/aiogram_sender.py")
_PTB = python_command("benchmarks.libraries.ptb_sender")
SENDERS = (
    Sender("python-telegram-bot, one after another", _PTB, "loop"),
    Sender("… 64 at once, AIORateLimiter not binding", _PTB, "gather"),
    Sender("… 64 at once, AIORateLimiter's defaults", _PTB, "limited"),
    Sender("aiogram, 64 at once, uvloop", _AIOGRAM, "64"),
    Sender("aiogram, 256 at once, uvloop", _AIOGRAM, "256"),
)


async def measure(databases: Databases, *, quick: bool) -> AsyncIterator[tuple[str, list[Row]]]:
    """Yields a table for each reply time."""
    subscribers, seconds = (2_000, 2.0) if quick else (20_000, 6.0)
    for delay in _DELAYS:
        result = await broadcast(databases, Run("sqlite", subscribers, pace=UNPACED, delay=delay))
        speed, cost = result.polls_per_second, result.cpu_per_poll
        note = "" if cost is None else f"{cost:.2f} ms CPU per poll"
        rows = [Row("this bot, the whole path, SQLite", speed, "/s", note=note)]
        async with running_fake_telegram() as telegram:
            await telegram.delay(delay)
            rows += [await _row(sender, telegram, seconds, speed) for sender in SENDERS]
        yield f"The same polls by other libraries, {delay * 1000:.0f} ms reply time", rows


async def _row(
    sender: Sender, telegram: FakeTelegram, seconds: float, bot_speed: float | None
) -> Row:
    try:
        result = await _run(sender, telegram, seconds)
    except (ProcessFailedError, OSError, TimeoutError) as error:
        return Row(sender.name, None, note=f"it did not run: {error!r}")
    speed = result["sent"] / result["seconds"]
    note = f"{1000 * result['cpu'] / max(1, result['sent']):.2f} ms CPU per poll"
    if bot_speed is not None and speed:
        note = f"this bot is {bot_speed / speed:.1f} x as fast; {note}"
    return Row(sender.name, speed, "/s", note=note)


async def _run(sender: Sender, telegram: FakeTelegram, seconds: float) -> dict[str, float]:
    with TemporaryDirectory(prefix="quizbot-bench-") as folder:
        file = Path(folder) / "polls.json"
        file.write_text(json.dumps(_polls()), encoding="utf-8")
        command = *sender.command, str(file), telegram.url, str(seconds), sender.mode
        async with (
            running_process(*command, core=BOT_CORE) as process,
            asyncio.timeout(seconds + _GRACE),
        ):
            result: dict[str, float] = json.loads(await read_line(process))
    return result


def _polls() -> list[dict[str, object]]:
    """Returns one poll for each question of the topic, as parameters of sendPoll."""
    topic, words, rng = load_topic(TOPIC_FOLDER), Languages()[ENGLISH], Random(1)
    closes_at = datetime.now(UTC) + timedelta(days=1)
    polls = []
    for number, item in enumerate(topic.approved):
        order = shuffle_options(item, rng)
        outgoing = Outgoing(
            number,
            closes_at,
            number,
            ENGLISH,
            item.id,
            order,
            closes_at,
            practice=False,
            local_date=closes_at.date(),
        )
        poll = question_poll(words, outgoing, item, topic)
        polls.append(
            {
                "question": poll.question,
                "options": poll.options,
                "correct_option_ids": [poll.correct_position],
                "explanation": poll.explanation,
                "close_date": int(poll.closes_at.timestamp()),
            }
        )
    return polls
