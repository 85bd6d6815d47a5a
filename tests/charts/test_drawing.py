"""Pictures from a real worker, and what happens when it fails."""

import asyncio
import os
import select
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from quizbot.charts import looks
from quizbot.charts.drawing import Drawing, DrawingError
from quizbot.charts.picture import Day
from quizbot.charts.progress import progress_chart
from quizbot.charts.protocol import LENGTH
from tests.charts.pictures import PICTURE, TODAY, size

DEADLINE = 20.0  # seconds until a process that does not end is a failure

# Workers that are quick to start and do not draw: they answer the pid and the environment's
# names, nothing at all, or by ending.
ECHO = """
import os, sys
from quizbot.charts.protocol import DRAWN, LENGTH, message
while head := sys.stdin.buffer.read(4):
    sys.stdin.buffer.read(LENGTH.unpack(head)[0])
    answer = f"{os.getpid()} {' '.join(os.environ)}".encode()
    sys.stdout.buffer.write(message(DRAWN + answer))
    sys.stdout.buffer.flush()
"""
HANGING = "import sys; sys.stdin.buffer.read()"
ENDING = "import sys; sys.stdin.buffer.read(1)"


def worker(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


def pid_of(answer: bytes) -> int:
    return int(answer.split()[0])


async def until(condition: Callable[[], bool]) -> None:
    """Let the loop run until the condition holds."""
    async with asyncio.timeout(DEADLINE):
        while not condition():  # noqa: ASYNC110 - a process tells no event that it is gone
            await asyncio.sleep(0)


def gone(pid: int) -> bool:
    """Whether the system has forgotten the process: a zombie is not gone."""
    return not Path(f"/proc/{pid}").exists()


@pytest.fixture
async def echo() -> AsyncIterator[Drawing]:
    async with Drawing(command=worker(ECHO)) as drawing:
        yield drawing


async def test_a_picture_is_a_png_for_a_phone_that_shows_the_data() -> None:
    async with Drawing() as drawing:
        png = await drawing.draw(PICTURE)
        again = await drawing.draw(PICTURE)
        other = await drawing.draw(replace(PICTURE, days=(Day(TODAY, "wrong"),)))

    height = progress_chart(PICTURE)["height"]
    assert size(png) == (looks.WIDTH * looks.SCALE, height * looks.SCALE)
    assert again == png
    assert other != png


async def test_a_fault_of_the_worker_is_told_by_its_name_only() -> None:
    async with Drawing() as drawing:
        with pytest.raises(DrawingError, match=r"^the worker failed \(TypeError\)$"):
            await drawing.draw(replace(PICTURE, points=(None,)))  # type: ignore[arg-type]


async def test_the_worker_knows_nothing_of_the_bots_environment(
    echo: Drawing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUIZBOT_TOKEN", "123:secret")
    monkeypatch.setenv("DATABASE_URL", "postgresql://user:secret@host/db")

    _, *names = (await echo.draw(PICTURE)).decode().split()

    assert set(names) <= {"PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "LC_CTYPE"}


async def test_there_is_no_worker_before_the_first_picture(echo: Drawing) -> None:
    assert echo.worker is None

    await echo.draw(PICTURE)

    assert echo.worker is not None


async def test_one_worker_draws_for_many(echo: Drawing) -> None:
    answers = await asyncio.gather(*(echo.draw(PICTURE) for _ in range(10)))

    assert {pid_of(answer) for answer in answers} == {echo.worker}


async def test_a_killed_worker_is_replaced(echo: Drawing) -> None:
    killed = pid_of(await echo.draw(PICTURE))
    os.kill(killed, signal.SIGKILL)

    assert pid_of(await echo.draw(PICTURE)) != killed
    assert gone(killed)


async def test_a_worker_that_hangs_is_killed_and_the_next_picture_has_a_new_one() -> None:
    async with Drawing(command=worker(HANGING), longest=0.05) as drawing:
        with pytest.raises(DrawingError, match="no picture within"):
            await drawing.draw(PICTURE)
        assert drawing.worker is None
        with pytest.raises(DrawingError, match="no picture within"):
            await drawing.draw(PICTURE)


async def test_a_worker_that_ends_at_once_is_an_error() -> None:
    async with Drawing(command=worker(ENDING)) as drawing:
        with pytest.raises(DrawingError, match="the worker ended"):
            await drawing.draw(PICTURE)


async def test_a_worker_that_cannot_be_started_is_an_error() -> None:
    async with Drawing(command=("/no/such/program",)) as drawing:
        with pytest.raises(DrawingError, match="FileNotFoundError"):
            await drawing.draw(PICTURE)


async def test_an_idle_worker_ends() -> None:
    async with Drawing(command=worker(ECHO), idle=0) as drawing:
        pid = pid_of(await drawing.draw(PICTURE))

        await until(lambda: drawing.worker is None)

        assert gone(pid)
        assert pid_of(await drawing.draw(PICTURE)) != pid


async def test_closing_ends_the_worker_and_fails_what_waits() -> None:
    drawing = Drawing(command=worker(HANGING))
    asked = [asyncio.create_task(drawing.draw(PICTURE)) for _ in range(3)]
    await until(lambda: drawing.worker is not None)
    pid = drawing.worker
    assert pid is not None

    await drawing.close()

    failed = await asyncio.gather(*asked, return_exceptions=True)
    assert all(isinstance(failure, DrawingError) for failure in failed)
    assert gone(pid)
    with pytest.raises(DrawingError, match="closed"):
        await drawing.draw(PICTURE)


async def test_beyond_the_bound_a_picture_is_refused_at_once() -> None:
    async with Drawing(command=worker(HANGING), waiting=2) as drawing:
        asked = [asyncio.create_task(drawing.draw(PICTURE)) for _ in range(2)]
        await until(lambda: drawing.worker is not None)

        with pytest.raises(DrawingError, match="2 pictures are waiting"):
            await drawing.draw(PICTURE)

        await drawing.close()
        await asyncio.gather(*asked, return_exceptions=True)


async def test_whose_turn_does_not_come_in_time_gets_an_error() -> None:
    async with Drawing(command=worker(HANGING), longest=0.05) as drawing:
        failed = await asyncio.gather(
            *(drawing.draw(PICTURE) for _ in range(3)), return_exceptions=True
        )

    assert any("no turn within" in str(failure) for failure in failed)


async def test_who_gives_up_leaves_no_answer_for_the_next(echo: Drawing) -> None:
    first = pid_of(await echo.draw(PICTURE))
    given_up = asyncio.create_task(echo.draw(PICTURE))
    await asyncio.sleep(0)  # it has asked
    given_up.cancel()
    await asyncio.gather(given_up, return_exceptions=True)

    assert given_up.cancelled()
    assert pid_of(await echo.draw(PICTURE)) != first


def test_the_worker_ends_with_its_input() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "quizbot.charts.worker"],
        input=LENGTH.pack(100) + b"cut off",
        capture_output=True,
        timeout=DEADLINE,
        check=False,
    )

    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"", b"")


def test_the_worker_ends_when_the_bot_is_killed() -> None:
    bot = subprocess.Popen(
        [sys.executable, "-c", BOT], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL
    )
    assert bot.stdout is not None
    with bot.stdout:
        drawing = os.pidfd_open(int(bot.stdout.readline()))
    try:
        assert not _has_ended(drawing, within=0)

        bot.kill()
        bot.wait(DEADLINE)

        assert _has_ended(drawing, within=DEADLINE)
    finally:
        os.close(drawing)


def _has_ended(pidfd: int, within: float) -> bool:
    """Whether the process of the descriptor ends within so many seconds."""
    return bool(select.select([pidfd], [], [], within)[0])


BOT = """
import asyncio
from quizbot.charts.drawing import Drawing
from tests.charts.pictures import PICTURE

async def main():
    drawing = Drawing()
    await drawing.draw(PICTURE)
    print(drawing.worker, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


def test_the_bot_loads_no_library_that_draws() -> None:
    code = "import sys, quizbot.charts.drawing; print(*sys.modules)"

    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)

    assert not {b"altair", b"vl_convert"} & set(loaded.stdout.split())
