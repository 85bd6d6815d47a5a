"""The page's sources besides JSON: live events and files."""

import asyncio
import json
from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from sandbox import people
from sandbox.control.endpoint import query_integer
from sandbox.wire import RefusedError
from sandbox.world import World

HEARTBEAT_SECONDS = 15


async def file(request: Request) -> Response:
    """Serves a file to the page, which has no token; browsers never show it as a page."""
    world: World = request.app.state.world
    found = world.files.find(request.path_params["file"])
    if found is None:
        return JSONResponse({"error": "there is no such file"}, 404)
    picture = found.mime_type in ("image/png", "image/jpeg", "image/gif")
    return Response(
        found.content,
        media_type=found.mime_type if picture else "application/octet-stream",
        headers={"X-Content-Type-Options": "nosniff"},
    )


async def events(request: Request) -> Response:
    """Serves the events of a person as Server-Sent Events."""
    world: World = request.app.state.world
    try:
        person = people.person_with(world, query_integer(request, "user"))
    except RefusedError as refused:
        return JSONResponse({"error": refused.sentence}, refused.status)
    return StreamingResponse(
        _stream(world, person.id),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store"},
    )


async def _stream(world: World, person: int) -> AsyncIterator[str]:
    with world.hub.follow(person) as queue:
        yield ": open\n\n"
        while True:
            try:
                async with asyncio.timeout(HEARTBEAT_SECONDS):
                    event = await queue.get()
            except TimeoutError:
                yield ": still here\n\n"
                continue
            if event is None:
                return
            kind, data = event
            yield f"event: {kind}\ndata: {json.dumps(data)}\n\n"
