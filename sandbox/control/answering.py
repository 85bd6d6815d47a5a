"""One call of the control API, and its way over HTTP."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.body import Body
from sandbox.wire import RefusedError
from sandbox.world import World

Answering: TypeAlias = Callable[[World, Request, Body], object | Awaitable[object]]


def endpoint(answering: Answering) -> Callable[[Request], Awaitable[Response]]:
    """What serves a route: the answer as JSON, or the sentence of a refusal."""

    async def serve(request: Request) -> Response:
        world: World = request.app.state.world
        world.close_due_polls()
        try:
            answer = answering(world, request, await Body.of(request))
            return JSONResponse(await answer if isinstance(answer, Awaitable) else answer)
        except RefusedError as refused:
            return JSONResponse({"error": refused.sentence}, refused.status)

    return serve
