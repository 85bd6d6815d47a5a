"""The control API: what people do, what goes wrong, what time it is."""

from starlette.routing import Route

from sandbox import streams
from sandbox.control import groups, people, stage
from sandbox.control.answering import endpoint


def routes() -> list[Route]:
    """The routes below ``/sandbox``."""
    calls = [
        Route(path, endpoint(answer), methods=[verb])
        for module in (people, groups, stage)
        for verb, path, answer in module.CALLS
    ]
    return [*calls, Route("/events", streams.events), Route("/files/{file}", streams.file)]
