"""The control API: what people do, what goes wrong, and what time it is."""

from starlette.routing import Route

from sandbox.control import environment, groups, people, state, streams, web_apps
from sandbox.control.endpoint import endpoint


def routes() -> list[Route]:
    """Returns the routes below ``/sandbox``."""
    calls = [
        Route(path, endpoint(handler), methods=[verb])
        for module in (state, people, groups, web_apps, environment)
        for verb, path, handler in module.CALLS
    ]
    return [*calls, Route("/events", streams.events), Route("/files/{file}", streams.file)]
