"""Fills the SVG templates, and turns them into PNGs for a chat."""

import asyncio
import os
import re
import struct
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Iterator
from contextlib import suppress
from functools import cache, lru_cache, partial
from io import BytesIO
from itertools import groupby
from pathlib import Path
from typing import Any, Protocol, Self

import segno
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from quizbot.charts import Language, theme, together

_PASSED_ON = ("LD_LIBRARY_PATH",)  # of the bot's environment, which holds the token
_SCRIPT = Path(__file__).parent / "rasteriser.py"
_TEXT = Markup('<text class="{}" x="{:.2f}" y="{:.2f}" text-anchor="{}">{}</text>')
_RUN = Markup('<text class="{}" x="{:.2f}" y="{:.2f}" font-family="{}">{}</text>')
_LENGTH = struct.Struct(">I")


class Card(Protocol):
    """The values for a template; `alt` describes the picture."""

    @property
    def language(self) -> Language: ...

    @property
    def alt(self) -> str: ...


def chart(name: str, card: Card, width: int = theme.WIDTH, **values: Any) -> Markup:
    """Returns the filled template of that name: an SVG for a page that links the style sheet.

    `width` is one of `theme.PAGE_WIDTHS`.
    """
    inner = width - 2 * theme.MARGIN
    values |= {
        "id": f"chart-{name}-{values.get('part', '')}-{width}",
        "css": "",
        "text": partial(_text, inner),
        "stretch": theme.stretch,
        "placed": partial(theme.legend, card_width=width),
        "WIDTH": width,
        "INNER": inner,
    }
    return Markup(_filled(name, card, values))  # noqa: S704


def picture(name: str, card: Card, **values: Any) -> str:
    """Returns the filled template of that name, with its style sheet, for the rasteriser."""
    values |= {"id": name, "css": _style_sheet(), "text": _runs, "stretch": lambda _: 1}
    return _filled(name, card, values)


def _filled(name: str, card: Card, values: dict[str, Any]) -> str:
    template, words = _environment().get_template(f"{name}.svg"), card.language
    values |= {"_": words._, "percent": words.percent, "number": words.number}
    return template.render(card=card, **values)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(theme.CSS.parent),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for each in ("WIDTH", "MARGIN", "INNER", "BAR", "LINE", "SCALE", "LONGEST_SIDE"):
        environment.globals[each] = getattr(theme, each)
    environment.globals |= {
        "placed": theme.legend,
        "text_width": theme.text_width,
        "together": together,
        "wrapped": theme.wrapped,
    }
    environment.filters["printable"] = theme.printable
    return environment


@cache
def _style_sheet() -> Markup:
    """Returns the rules with the light colours: resvg knows no variables and no media queries."""
    light, rest = re.split(r"@media[^{]*\{.*?\}\s*\}", theme.CSS.read_text(), flags=re.DOTALL)
    colours = dict(re.findall(r"(--[\w-]+): (#\w+)", light))
    rules = re.sub(r"/\*.*?\*/", "", rest, flags=re.DOTALL)
    return Markup(re.sub(r"var\((.*?)\)", lambda found: colours[found[1]], rules))  # noqa: S704


def _text(
    inner: float,
    text: str,
    x: float,
    y: float,
    style: str,
    anchor: str = "start",
    width: float | None = None,
) -> Markup:
    """Returns a line of text whose middle is at `y`, cut with an ellipsis to fit `width`."""
    text = theme.elided(text, style, (inner if width is None else width) / theme.stretch(style))
    if theme.is_right_to_left(text):
        text = f"\u200f{text}\u200f"  # so that a full stop at its end is on the left
    return _TEXT.format(style, x, _baseline(y, style), anchor, text)


def _runs(
    text: str, x: float, y: float, style: str, anchor: str = "start", width: float = theme.INNER
) -> Markup:
    """Returns the same for resvg, which drops characters if a text needs several fonts."""
    text = theme.elided(text, style, width)
    backwards = theme.is_right_to_left(text)
    runs = list(_by_font(text))
    x -= theme.text_width(text, style) * {"start": 0, "middle": 0.5, "end": 1}[anchor]
    placed = []
    for family, run in reversed(runs) if backwards else runs:
        # Spaces at the ends of a run only take up room. Those on its left are the trailing ones
        # if the text is written from the right.
        bare = run.strip()
        left = run[len(run.rstrip()) :] if backwards else run[: -len(run.lstrip()) or None]
        place = x + theme.text_width(left, style)
        marked = f"\u200f{bare}\u200f" if theme.is_right_to_left(bare) else bare
        placed.append(_RUN.format(style, place, _baseline(y, style), family, marked))
        x += theme.text_width(run, style)
    return Markup().join(placed)


def _by_font(text: str) -> Iterator[tuple[str, str]]:
    """Yields the text in runs that a single font can set, each with its family."""
    families = [""]
    for character in text:
        families.append(theme.family_of(character, families[-1]))
    pairs = zip(families[1:], text, strict=True)
    for family, group in groupby(pairs, key=lambda pair: pair[0]):
        yield family, "".join(character for _, character in group)


def _baseline(y: float, style: str) -> float:
    return y + 0.36 * theme.text_styles()[style].size


class Picture(Protocol):
    """Something that can be turned into a PNG."""

    def svg(self) -> str: ...


def _in_fonts(picture: Picture) -> str:
    """Returns the SVG. Characters that Noto Sans lacks are in the packaged font that has them."""

    def set_runs(text: re.Match[str]) -> str:
        if text[1].isascii():
            return text[0]
        runs = (
            run if family == theme.FAMILY else f'<tspan font-family="{family}">{run}</tspan>'
            for family, run in _by_font(text[1])
        )
        return f">{''.join(runs)}<"

    return re.sub(r">([^<]+)<", set_runs, picture.svg())


class RasteriserError(Exception):
    """A picture cannot be made; the message says why, for a log."""


class RasteriserBusyError(RasteriserError):
    """Too many pictures are waiting. This one can be made later."""


class Rasteriser:
    """Makes PNGs of SVGs, one at a time, in a process that starts with the first.

    A picture may take up to `longest` seconds, including the wait for its turn. The process ends
    after `idle` seconds without one. Up to `waiting` pictures may be requested at the same time.
    """

    def __init__(
        self,
        *,
        longest: float = 15,
        idle: float = 60,
        waiting: int = 20,
        command: tuple[str, ...] = (sys.executable, "-I", str(_SCRIPT)),
    ) -> None:
        self._longest, self._waiting = longest, waiting
        self._command = (*command, str(idle), str(longest))
        self._asked = 0
        self._turn = asyncio.Lock()
        self._process: Process | None = None
        self._closed = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def pid(self) -> int | None:
        """Returns the id of the process; None if there is none."""
        process = self._process
        return process.pid if process and process.returncode is None else None

    async def png(self, picture: Picture) -> bytes:
        """Returns the picture as a PNG. Raises RasteriserError."""
        if self._asked >= self._waiting:
            raise RasteriserBusyError(f"{self._waiting} pictures are waiting already")
        self._asked += 1
        try:
            async with asyncio.timeout(self._longest), self._turn:
                # In a thread: the first picture loads templates and fonts, which takes a while.
                reply = await self._reply(await asyncio.to_thread(_in_fonts, picture))
        except TimeoutError:
            raise RasteriserError(f"no picture within {self._longest} s") from None
        except (OSError, EOFError) as error:
            raise RasteriserError(f"the process ended ({type(error).__name__})") from error
        finally:
            self._asked -= 1
        if reply[:1] != b"\1":
            raise RasteriserError(f"the process failed ({reply[1:].decode()})")
        return reply[1:]

    async def close(self) -> None:
        """Ends the process. Pictures in progress or waiting fail, and so do later ones."""
        self._closed = True
        if self._process is not None:
            _kill(self._process)
        async with self._turn:
            await self._end()

    async def _reply(self, svg: str) -> bytes:
        system_fonts = theme.UNKNOWN in svg
        request = bytes([system_fonts]) + svg.encode()
        try:
            if self.pid is not None and self._process is not None:
                with suppress(OSError, EOFError):  # it may have ended since its last picture
                    return await _exchange(self._process, request)
            await self._end()
            if self._closed:
                raise RasteriserError("the rasteriser is closed")
            self._process = await self._started()
            return await _exchange(self._process, request)
        except BaseException:  # also cancelled: the reply would be taken for the next picture's
            await self._end()
            raise

    async def _started(self) -> Process:
        return await asyncio.create_subprocess_exec(
            *self._command,
            *(str(font.path) for font in theme.fonts()),
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,  # libraries may print what is in the picture
            env={name: os.environ[name] for name in _PASSED_ON if name in os.environ},
            start_new_session=True,  # a terminal's Ctrl-C is for the bot, which ends the process
        )

    async def _end(self) -> None:
        """Kills the process and waits until it is gone."""
        process, self._process = self._process, None
        if process is not None:
            _kill(process)
            await asyncio.shield(process.communicate())  # to the end of its pipes


def _kill(process: Process) -> None:
    with suppress(ProcessLookupError):
        process.kill()


async def _exchange(process: Process, request: bytes) -> bytes:
    """Returns the reply. Raises OSError or EOFError if the process has ended."""
    assert process.stdin is not None  # noqa: S101 - both are pipes
    assert process.stdout is not None  # noqa: S101
    if process.stdin.is_closing():  # where uvloop raises RuntimeError
        raise BrokenPipeError
    process.stdin.write(_LENGTH.pack(len(request)) + request)
    await process.stdin.drain()
    (length,) = _LENGTH.unpack(await process.stdout.readexactly(_LENGTH.size))
    return await process.stdout.readexactly(length)


_QR_SCALE = 12  # pixels a module: sharp on paper
_QR_BORDER = 4  # modules: the quiet zone that readers need (ISO/IEC 18004)


def qr_png(link: str) -> bytes:
    """Returns the code as a PNG, black on white."""
    out = BytesIO()
    _qr_code(link).save(out, kind="png", scale=_QR_SCALE, border=_QR_BORDER)
    return out.getvalue()


@lru_cache(maxsize=256)
def qr_svg(link: str) -> Markup:
    """Returns the code as an <svg class="qr">, dark on white also in the page's dark theme."""
    text = _qr_code(link).svg_inline(
        border=_QR_BORDER,
        dark="#14202b",
        light="#ffffff",
        omitsize=True,
        svgclass="qr",
        lineclass=None,
    )
    return Markup(text)  # noqa: S704 -- it holds only squares


def _qr_code(link: str) -> segno.QRCode:
    """Returns a code that stays readable if a fifth is covered (error level Q or better)."""
    return segno.make_qr(link, error="q")
