"""Turns SVGs into PNGs, in a separate process: the library holds the interpreter's lock.

    python -I rasteriser.py IDLE LONGEST FONT...

A request is its length in four bytes, a byte that says whether the machine's own fonts are needed,
and an SVG. A reply is its length, a byte that says whether it is a PNG, and the PNG or the name of
an error. The process ends when its input ends, after IDLE seconds without a request, and when one
takes longer than LONGEST seconds.
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
        # The alarm has no handler, so it ends the process, even inside the library.
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
        # Imported here, so that a library that cannot be loaded is reported like other errors.
        import resvg_py  # noqa: PLC0415

        png = resvg_py.svg_to_bytes(
            svg_string=request[1:].decode(),
            font_files=list(fonts),
            skip_system_fonts=request[:1] == b"\0",
        )
    except Exception as error:  # noqa: BLE001 - only its name is sent: its text may quote the SVG
        return b"\0" + type(error).__name__.encode()
    return b"\1" + bytes(png)


if __name__ == "__main__":
    main(sys.argv[1:])
