"""How the bot and the process that draws talk.

A request is its length, a byte that says in which form, and a picture as JSON. An answer is its
length, a byte that says which of the two it is, and the picture or the name of a fault.
"""

import struct
from typing import Literal

Form = Literal["png", "svg"]

LENGTH = struct.Struct(">I")  # bytes that follow
FORMS: dict[Form, bytes] = {"png": b"P", "svg": b"S"}
DRAWN, FAILED = b"\x00", b"\x01"


def message(body: bytes) -> bytes:
    """A request or an answer with its length."""
    return LENGTH.pack(len(body)) + body
