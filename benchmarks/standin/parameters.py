"""The parameters of a call, from its query and from a body in JSON or as a form."""

import json
from typing import Any
from urllib.parse import parse_qsl

Parameters = dict[str, Any]


def parameters(target: bytes, body: bytes) -> Parameters:
    """All of a call. Raises ValueError for a body of any other kind."""
    given: Parameters = dict(parse_qsl(target.partition(b"?")[2].decode()))
    if body.startswith(b"{"):
        given |= json.loads(body)
    elif body.startswith(b"--"):
        raise ValueError("a multipart body: the stand-in takes no files")
    elif body:
        given |= dict(parse_qsl(body.decode()))
    return given


def decoded(value: Any) -> Any:
    """A list or object, which a form holds as JSON and a JSON body may hold as it is."""
    return json.loads(value) if isinstance(value, str) else value
