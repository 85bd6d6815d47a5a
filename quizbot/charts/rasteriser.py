"""Makes PNGs of SVGs: a process of its own, since the library keeps the interpreter's lock.

    python -I rasteriser.py IDLE LONGEST FONT...

A request is its length, in four bytes, a byte that says whether the machine's own fonts are
needed, too, and an SVG. A reply is its length, a byte that says whether it is a PNG, and the PNG
or the name of an error. The process ends with its input, after IDLE seconds without a request,
and after LONGEST on one.
"""

import signal
import struct
import sys
from collections.abc import Sequence

_LENGTH = struct.Struct(">I")


def main(arguments: Sequence[str]) -> None:
    """Replies until the input ends."""
    idle, longest = map(float, arguments[:2])
    requests, replies = sys.stdin.buffer, sys.stdout.buffer
    while True:
        # Not handled, the alarm ends the process, amid the library's work, too.
        signal.setitimer(signal.ITIMER_REAL, idle)
        head = requests.read(_LENGTH.size)
        if len(head) < _LENGTH.size:
            return
        signal.setitimer(signal.ITIMER_REAL, longest)
        reply = _reply(requests.read(*_LENGTH.unpack(head)), arguments[2:])
        replies.write(_LENGTH.pack(len(reply)) + reply)
        replies.flush()


def _reply(request: bytes, fonts: Sequence[str]) -> bytes:
    try:
        # Imported with the first request, so that a library that cannot be loaded is an error, too.
        import resvg_py  # noqa: PLC0415

        png = resvg_py.svg_to_bytes(
            svg_string=request[1:].decode(),
            font_files=list(fonts),
            skip_system_fonts=request[:1] == b"\0",
        )
    except Exception as error:  # noqa: BLE001 - only its kind is told: its text may quote the SVG
        return b"\0" + type(error).__name__.encode()
    return b"\1" + bytes(png)


if __name__ == "__main__":
    main(sys.argv[1:])
