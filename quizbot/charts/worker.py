"""The process that draws: `protocol` on standard input and output.

The end of the input ends the process, and so does a picture that takes far too long: also where
nobody is left to kill it.
"""

import os
import signal
import sys
from typing import BinaryIO

from quizbot.charts.kinds import from_json, spec
from quizbot.charts.looks import SCALE
from quizbot.charts.protocol import DRAWN, FAILED, FORMS, LENGTH, message

_LONGEST = 60  # seconds for a picture; whoever waits for it gives up sooner


def main() -> None:
    """Draw until the input ends."""
    source, target = sys.stdin.buffer, _answers()
    while (request := _read(source)) is not None:
        signal.alarm(_LONGEST)  # unhandled it ends the process, even amid a library's work
        answer = _answer(request)
        signal.alarm(0)
        target.write(message(answer))
        target.flush()


def _answers() -> BinaryIO:
    """What was standard output; what libraries print goes to standard error from now on."""
    kept = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return kept


def _read(source: BinaryIO) -> bytes | None:
    head = source.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (length,) = LENGTH.unpack(head)
    body = source.read(length)
    return body if len(body) == length else None


def _answer(request: bytes) -> bytes:
    try:
        return DRAWN + _picture(request[:1], request[1:])
    except Exception as fault:  # noqa: BLE001 - only its kind is told: its text may hold the picture's
        return FAILED + type(fault).__name__.encode()


def _picture(form: bytes, picture: bytes) -> bytes:
    # Imported with the first picture, so that a library that cannot be loaded is a fault, too.
    import vl_convert  # noqa: PLC0415

    # All data are in the specification: nothing may be fetched.
    svg = vl_convert.vegalite_to_svg(spec(from_json(picture)), allowed_base_urls=[])
    if form == FORMS["svg"]:
        return svg.encode()
    return vl_convert.svg_to_png(svg, scale=SCALE)


if __name__ == "__main__":
    main()
