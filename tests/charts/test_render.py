"""PNGs from a real rasteriser, and what happens when its process fails."""

import asyncio
import os
import re
import select
import signal
import struct
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from quizbot.charts import render
from quizbot.charts.progress import Point
from quizbot.charts.render import Rasteriser, RasteriserError
from quizbot.charts.theme import LONGEST_SIDE, SCALE, WIDTH
from tests.charts.png import Pixels, size
from tests.charts.reading import colours, height, marks
from tests.charts.samples import PICTURES, PROGRESS, TODAY, Picture
from tests.charts.test_charts import HOSTILE, saying

DEADLINE = 20.0  # seconds until a process that does not end is a failure
SCRIPT = Path(render.__file__).parent / "rasteriser.py"

# Processes that start quickly and draw nothing: they reply with their id and the names in their
# environment, never, or end.
ECHO = """
import os, struct, sys
while head := sys.stdin.buffer.read(4):
    sys.stdin.buffer.read(*struct.unpack(">I", head))
    reply = b"\\1" + f"{os.getpid()} {' '.join(os.environ)}".encode()
    sys.stdout.buffer.write(struct.pack(">I", len(reply)) + reply)
    sys.stdout.buffer.flush()
"""
HANGING = "import sys; sys.stdin.buffer.read()"
ENDING = "import sys; sys.stdin.buffer.read(1)"


def program(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


def pid_of(reply: bytes) -> int:
    return int(reply.split()[0])


async def until(condition: Callable[[], bool]) -> None:
    """Let the loop run until the condition holds."""
    async with asyncio.timeout(DEADLINE):
        while not condition():  # noqa: ASYNC110 - a process tells no event that it is gone
            await asyncio.sleep(0.001)


def gone(pid: int) -> bool:
    """Returns whether the system has forgotten the process: a zombie is not gone."""
    return not Path(f"/proc/{pid}").exists()


@pytest.fixture
async def echo() -> AsyncIterator[Rasteriser]:
    async with Rasteriser(command=program(ECHO)) as rasteriser:
        yield rasteriser


# Pictures.


@pytest.mark.parametrize("name", PICTURES)
async def test_a_png_is_three_times_as_large_as_the_card_but_not_too_tall(
    rasteriser: Rasteriser, name: str
) -> None:
    png = await rasteriser.png(PICTURES[name])

    scale = min(SCALE, LONGEST_SIDE / height(PICTURES[name]))
    assert (scale < SCALE) == (name == "progress, many points")
    assert size(png) == pytest.approx((WIDTH * scale, height(PICTURES[name]) * scale), abs=1)


async def test_a_picture_shows_its_data(rasteriser: Rasteriser) -> None:
    png, again = await rasteriser.png(PROGRESS), await rasteriser.png(PROGRESS)
    other = await rasteriser.png(replace(PROGRESS, days={TODAY: "incorrect"}))

    assert again == png
    assert other != png


@dataclass(frozen=True)
class Small:
    """The picture as large as its card."""

    picture: Picture

    def svg(self) -> str:
        return re.sub(r' width="\d+" height="\d+"', "", self.picture.svg(), count=1)


@pytest.mark.parametrize("name", ["progress", "digest"])
async def test_marks_are_drawn_at_their_places_in_their_colours(
    rasteriser: Rasteriser, name: str
) -> None:
    pixels = Pixels(await rasteriser.png(Small(PICTURES[name])))

    fills = colours()
    shown = [mark for mark in marks(PICTURES[name]) if mark.tag == "rect" and mark.kind in fills]
    assert len(shown) > 10
    for mark in shown:
        # Near the left: a number stands in the middle. The asked are behind the answered.
        x, y = mark.x + min(4, mark.width / 2), mark.y + min(4, mark.height / 2)
        seen = pixels.at(x, y)
        assert seen == fills[mark.kind] or mark.kind in ("ground", "asked"), mark
    assert pixels.at(1, 1) == fills["ground"]


async def test_emoji_and_scripts_are_drawn_by_the_packaged_fonts(rasteriser: Rasteriser) -> None:
    """What no font has is drawn as the same empty box."""

    async def drawn(label: str) -> bytes:
        return await rasteriser.png(replace(PROGRESS, points=(Point(label, 1, 0, 0),)))

    for one, other in (
        ("🥦", "🥕"),
        ("א", "ב"),
        ("ب", "ت"),
        ("क", "ख"),
        ("ก", "ข"),
        ("Ж", "Φ"),
    ):
        assert await drawn(one) != await drawn(other)


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("name", ["progress", "digest"])
async def test_no_text_breaks_a_picture(rasteriser: Rasteriser, name: str, text: str) -> None:
    picture = Small(saying(text, PICTURES[name]))
    assert size(await rasteriser.png(picture))[0] == WIDTH


class Broken:
    """An SVG that is none."""

    def svg(self) -> str:
        return "<svg>a secret"


async def test_a_failure_is_told_by_its_name_only() -> None:
    async with Rasteriser() as rasteriser:
        with pytest.raises(RasteriserError, match=r"^the process failed \(ValueError\)$"):
            await rasteriser.png(Broken())
        assert await rasteriser.png(PROGRESS)  # by the same process


# The process.


async def test_the_process_knows_nothing_of_the_bots_environment(
    echo: Rasteriser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUIZBOT_TOKEN", "123:secret")
    monkeypatch.setenv("DATABASE_URL", "postgresql://user:secret@host/db")

    _, *names = (await echo.png(PROGRESS)).decode().split()

    assert set(names) <= {"LD_LIBRARY_PATH", "LC_CTYPE"}


async def test_there_is_no_process_before_the_first_picture(echo: Rasteriser) -> None:
    assert echo.pid is None

    await echo.png(PROGRESS)

    assert echo.pid is not None


async def test_one_process_draws_for_many(echo: Rasteriser) -> None:
    replies = await asyncio.gather(*(echo.png(PROGRESS) for _ in range(10)))

    assert {pid_of(reply) for reply in replies} == {echo.pid}


async def test_a_killed_process_is_replaced(echo: Rasteriser) -> None:
    killed = pid_of(await echo.png(PROGRESS))
    os.kill(killed, signal.SIGKILL)

    assert pid_of(await echo.png(PROGRESS)) != killed
    assert gone(killed)


async def test_a_process_that_hangs_is_killed_and_the_next_picture_has_a_new_one() -> None:
    async with Rasteriser(command=program(HANGING), longest=0.1) as rasteriser:
        for _ in range(2):
            with pytest.raises(RasteriserError, match="no picture within"):
                await rasteriser.png(PROGRESS)
            assert rasteriser.pid is None


async def test_a_process_that_ends_at_once_is_an_error() -> None:
    async with Rasteriser(command=program(ENDING)) as rasteriser:
        with pytest.raises(RasteriserError, match="the process ended"):
            await rasteriser.png(PROGRESS)


async def test_a_process_that_has_ended_before_the_picture_is_sent_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    start = asyncio.create_subprocess_exec

    async def start_and_wait(*command: str, **options: Any) -> asyncio.subprocess.Process:
        process = await start(*command, **options)
        await process.wait()
        return process

    monkeypatch.setattr(asyncio, "create_subprocess_exec", start_and_wait)
    async with Rasteriser(command=("/bin/false",)) as rasteriser:
        with pytest.raises(RasteriserError, match="the process ended"):
            await rasteriser.png(PROGRESS)


async def test_a_process_that_cannot_be_started_is_an_error() -> None:
    async with Rasteriser(command=("/no/such/program",)) as rasteriser:
        with pytest.raises(RasteriserError, match="FileNotFoundError"):
            await rasteriser.png(PROGRESS)


async def test_the_process_ends_after_a_quiet_time_and_starts_again() -> None:
    async with Rasteriser(idle=0.5, longest=60) as rasteriser:
        png, pid = await rasteriser.png(PROGRESS), rasteriser.pid
        assert pid is not None

        await until(lambda: rasteriser.pid is None)

        assert gone(pid)
        assert await rasteriser.png(PROGRESS) == png
        assert rasteriser.pid != pid


async def test_closing_ends_the_process_and_fails_what_waits() -> None:
    rasteriser = Rasteriser(command=program(HANGING))
    asked = [asyncio.create_task(rasteriser.png(PROGRESS)) for _ in range(3)]
    await until(lambda: rasteriser.pid is not None)
    pid = rasteriser.pid
    assert pid is not None

    await rasteriser.close()

    failed = await asyncio.gather(*asked, return_exceptions=True)
    assert all(isinstance(failure, RasteriserError) for failure in failed)
    assert gone(pid)
    with pytest.raises(RasteriserError, match="closed"):
        await rasteriser.png(PROGRESS)


async def test_beyond_the_bound_a_picture_is_refused_at_once() -> None:
    async with Rasteriser(command=program(HANGING), waiting=2) as rasteriser:
        asked = [asyncio.create_task(rasteriser.png(PROGRESS)) for _ in range(2)]
        await until(lambda: rasteriser.pid is not None)

        with pytest.raises(RasteriserError, match="2 pictures are waiting"):
            await rasteriser.png(PROGRESS)

        await rasteriser.close()
        await asyncio.gather(*asked, return_exceptions=True)


async def test_pictures_whose_turn_does_not_come_in_time_are_errors() -> None:
    async with Rasteriser(command=program(HANGING), longest=0.1) as rasteriser:
        failed = await asyncio.gather(
            *(rasteriser.png(PROGRESS) for _ in range(3)), return_exceptions=True
        )

    assert all("no picture within" in str(failure) for failure in failed)


async def test_a_cancelled_picture_leaves_no_reply_for_the_next(tmp_path: Path) -> None:
    read = tmp_path / "read"
    noting = ECHO.replace(
        "reply =", f"open({str(read)!r}, 'a').write('1'); time.sleep(0.05); reply ="
    )
    async with Rasteriser(command=program("import time" + noting)) as echo:
        first = pid_of(await echo.png(PROGRESS))
        given_up = asyncio.create_task(echo.png(PROGRESS))
        await until(lambda: read.read_text() == "11")
        given_up.cancel()
        await asyncio.gather(given_up, return_exceptions=True)

        assert given_up.cancelled()
        assert pid_of(await echo.png(PROGRESS)) != first


def test_the_process_ends_with_its_input() -> None:
    ended = subprocess.run(
        [sys.executable, "-I", SCRIPT, "60", "15"],
        input=struct.pack(">I", 100) + b"cut off",
        capture_output=True,
        timeout=DEADLINE,
        check=False,
    )

    assert (ended.returncode, ended.stderr) == (0, b"")


def test_the_process_ends_by_itself_amid_a_picture_that_takes_too_long() -> None:
    blurred = (
        b"\0<svg xmlns='http://www.w3.org/2000/svg' width='6000' height='6000'>"
        b"<filter id='f'><feGaussianBlur stdDeviation='100'/></filter>"
        b"<rect width='6000' height='6000' filter='url(#f)'/></svg>"
    )
    ended = subprocess.run(
        [sys.executable, "-I", SCRIPT, "60", "0.2"],
        input=struct.pack(">I", len(blurred)) + blurred,
        capture_output=True,
        timeout=DEADLINE,
        check=False,
    )

    assert ended.returncode == -signal.SIGALRM


def test_the_process_ends_when_the_bot_is_killed() -> None:
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
    """Returns whether the process of the descriptor ends within so many seconds."""
    return bool(select.select([pidfd], [], [], within)[0])


BOT = """
import asyncio
from quizbot.charts.render import Rasteriser
from tests.charts.samples import PROGRESS

async def main():
    rasteriser = Rasteriser()
    await rasteriser.png(PROGRESS)
    print(rasteriser.pid, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


def test_the_bot_does_not_load_the_rasterising_library() -> None:
    code = "import sys, quizbot.charts.render; print(*sys.modules)"

    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)

    assert b"resvg_py" not in loaded.stdout.split()


def test_the_process_loads_nothing_but_the_library_and_little_of_pythons_own() -> None:
    code = (
        "import runpy, sys; sys.argv = ['', '60', '15'];"
        f"runpy.run_path({str(SCRIPT)!r}, run_name='__main__');"
        "print(*sys.modules, file=sys.stderr)"
    )
    request = b"\0<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>"

    ended = subprocess.run(
        [sys.executable, "-I", "-c", code],
        input=struct.pack(">I", len(request)) + request,
        capture_output=True,
        check=True,
    )

    tops = {name.partition(".")[0] for name in ended.stderr.decode().split()}
    assert "resvg_py" in tops
    assert {name for name in tops if name not in sys.stdlib_module_names} <= {
        "resvg_py",
        "__main__",
        "_virtualenv",
    }
    assert not {"asyncio", "jinja2", "quizbot"} & tops
