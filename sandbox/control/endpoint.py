"""Endpoints of the control API: they read a JSON body, call a handler, and return JSON."""

import json
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.wire import Json, RefusedError
from sandbox.world import World


class Body:
    """A JSON object with typed fields. A missing or wrong field raises RefusedError 400."""

    def __init__(self, values: Json) -> None:
        self.values = values

    @classmethod
    async def of(cls, request: Request) -> "Body":
        """Reads a request's body. Only JSON, which other sites' forms cannot send."""
        raw = await request.body()
        if raw and request.headers.get("content-type", "").partition(";")[0] != "application/json":
            raise RefusedError(400, "send the body as application/json")
        try:
            values = json.loads(raw or b"{}")
        except ValueError:
            raise RefusedError(400, "the body is not JSON") from None
        if not isinstance(values, dict):
            raise RefusedError(400, "the body must be a JSON object")
        return cls(values)

    def integer(self, name: str) -> int:
        """Returns a required whole number."""
        value = self.optional_integer(name)
        if value is None:
            raise RefusedError(400, f"{name} is missing")
        return value

    def optional_integer(self, name: str) -> int | None:
        """Returns a whole number, or None if it is not given."""
        value = self.values.get(name)
        if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
            raise RefusedError(400, f"{name} must be a whole number")
        return value

    def number(self, name: str, default: float) -> float:
        """Returns a number, whole or not."""
        value = self.values.get(name, default)
        if not isinstance(value, int | float):
            raise RefusedError(400, f"{name} must be a number")
        return value

    def text(self, name: str) -> str:
        """Returns a required string."""
        value = self.optional_text(name)
        if value is None:
            raise RefusedError(400, f"{name} is missing")
        return value

    def optional_text(self, name: str) -> str | None:
        """Returns a string, or None if it is not given."""
        value = self.values.get(name)
        if value is not None and not isinstance(value, str):
            raise RefusedError(400, f"{name} must be a string")
        return value

    def integers(self, name: str) -> list[int]:
        """Returns a list of whole numbers; empty if it is not given."""
        value = self.values.get(name, [])
        if not isinstance(value, list) or not all(isinstance(item, int) for item in value):
            raise RefusedError(400, f"{name} must be a list of whole numbers")
        return value

    def optional_texts(self, name: str) -> list[str] | None:
        """Returns a list of strings, or None if it is not given."""
        value = self.values.get(name)
        if value is None:
            return None
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise RefusedError(400, f"{name} must be a list of strings")
        return value

    def flags(self, name: str) -> dict[str, bool]:
        """Returns a required JSON object of Booleans."""
        value = self.object(name)
        if not all(isinstance(item, bool) for item in value.values()):
            raise RefusedError(400, f"{name} must say true or false to each")
        return value

    def flag(self, name: str) -> bool:
        """Returns whether it is given and true."""
        return self.values.get(name) is True

    def object(self, name: str) -> Json:
        """Returns a required JSON object."""
        value = self.values.get(name)
        if not isinstance(value, dict):
            raise RefusedError(400, f"{name} must be a JSON object")
        return value

    def objects(self, name: str) -> list[Json]:
        """Returns a required list of JSON objects."""
        value = self.values.get(name)
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise RefusedError(400, f"{name} must be a list of JSON objects")
        return value


def query_integer(request: Request, name: str, default: int | None = None) -> int:
    """Returns a whole number from the query; raises RefusedError 400 without a value."""
    text = request.query_params.get(name)
    if text is None and default is not None:
        return default
    try:
        return int(text or "")
    except ValueError:
        raise RefusedError(400, f"{name} must be a whole number") from None


Handler: TypeAlias = Callable[[World, Request, Body], object | Awaitable[object]]


def endpoint(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """Returns the endpoint of a route: the handler's result as JSON, or a refusal's sentence."""

    async def serve(request: Request) -> Response:
        world: World = request.app.state.world
        world.close_due_polls()
        try:
            result = handler(world, request, await Body.of(request))
            return JSONResponse(await result if isinstance(result, Awaitable) else result)
        except RefusedError as refused:
            return JSONResponse({"error": refused.sentence}, refused.status)

    return serve
