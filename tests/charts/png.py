"""What can be read from a PNG or a colour without a library for it."""

import struct
import zlib
from collections.abc import Callable


def size(png: bytes) -> tuple[int, int]:
    """Width and height, from the header."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", png[16:24])
    return width, height


class Pixels:
    """The colours of an 8-bit RGB(A) PNG (PNG specification, sections 9 and 11)."""

    def __init__(self, png: bytes) -> None:
        width, _ = size(png)
        depth, kind = png[24], png[25]
        assert depth == 8
        self._step = {2: 3, 6: 4}[kind]
        raw, stride = zlib.decompress(_data(png)), width * self._step
        self._lines: list[bytearray] = []
        above = bytearray(stride)
        for start in range(0, len(raw), stride + 1):
            line = bytearray(raw[start + 1 : start + 1 + stride])
            above = self._unfiltered(raw[start], line, above)
            self._lines.append(above)

    def at(self, x: float, y: float) -> str:
        """The colour at a pixel, as #RRGGBB."""
        start = int(x) * self._step
        return "#" + self._lines[int(y)][start : start + 3].hex().upper()

    def _unfiltered(self, how: int, line: bytearray, above: bytearray) -> bytearray:
        step, expected = self._step, _FILTERS[how]
        for i in range(len(line)):
            left = line[i - step] if i >= step else 0
            corner = above[i - step] if i >= step else 0
            line[i] = (line[i] + expected(left, above[i], corner)) & 0xFF
        return line


def luminance(colour: str) -> float:
    """Relative luminance of #RRGGBB, 0 to 1 (WCAG 2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, from 1 on (WCAG 2)."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _paeth(left: int, above: int, corner: int) -> int:
    guess = left + above - corner
    return min((left, above, corner), key=lambda value: abs(guess - value))


_FILTERS: tuple[Callable[[int, int, int], int], ...] = (
    lambda _left, _above, _corner: 0,
    lambda left, _above, _corner: left,
    lambda _left, above, _corner: above,
    lambda left, above, _corner: (left + above) // 2,
    _paeth,
)


def _data(png: bytes) -> bytes:
    at, data = 8, b""
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        if png[at + 4 : at + 8] == b"IDAT":
            data += png[at + 8 : at + 8 + length]
        at += length + 12
    return data
