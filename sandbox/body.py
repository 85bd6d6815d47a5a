"""Reading what the control API is sent: what is missing or wrong is refused by name."""

import json

from starlette.requests import Request

from sandbox.wire import Json, RefusedError


class Body:
    """A JSON object with typed fields."""

    def __init__(self, values: Json) -> None:
        self.values = values

    @classmethod
    async def of(cls, request: Request) -> "Body":
        """The body of a request. Only JSON: other pages' forms cannot send that unasked."""
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
        """A whole number that must be there."""
        value = self.optional_integer(name)
        if value is None:
            raise RefusedError(400, f"{name} is missing")
        return value

    def optional_integer(self, name: str) -> int | None:
        """A whole number, if it is there."""
        value = self.values.get(name)
        if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
            raise RefusedError(400, f"{name} must be a whole number")
        return value

    def number(self, name: str, default: float) -> float:
        """A number, whole or not."""
        value = self.values.get(name, default)
        if not isinstance(value, int | float):
            raise RefusedError(400, f"{name} must be a number")
        return value

    def text(self, name: str) -> str:
        """A string that must be there."""
        value = self.optional_text(name)
        if value is None:
            raise RefusedError(400, f"{name} is missing")
        return value

    def optional_text(self, name: str) -> str | None:
        """A string, if it is there."""
        value = self.values.get(name)
        if value is not None and not isinstance(value, str):
            raise RefusedError(400, f"{name} must be a string")
        return value

    def integers(self, name: str) -> list[int]:
        """A list of whole numbers; empty if it is not there."""
        value = self.values.get(name, [])
        if not isinstance(value, list) or not all(isinstance(item, int) for item in value):
            raise RefusedError(400, f"{name} must be a list of whole numbers")
        return value

    def optional_texts(self, name: str) -> list[str] | None:
        """A list of strings, if it is there."""
        value = self.values.get(name)
        if value is None:
            return None
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise RefusedError(400, f"{name} must be a list of strings")
        return value

    def flags(self, name: str) -> dict[str, bool]:
        """A JSON object of true and false that must be there."""
        value = self.object(name)
        if not all(isinstance(item, bool) for item in value.values()):
            raise RefusedError(400, f"{name} must say true or false to each")
        return value

    def flag(self, name: str) -> bool:
        """Whether it is there and true."""
        return self.values.get(name) is True

    def object(self, name: str) -> Json:
        """A JSON object that must be there."""
        value = self.values.get(name)
        if not isinstance(value, dict):
            raise RefusedError(400, f"{name} must be a JSON object")
        return value

    def objects(self, name: str) -> list[Json]:
        """A list of JSON objects that must be there."""
        value = self.values.get(name)
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise RefusedError(400, f"{name} must be a list of JSON objects")
        return value


def query_integer(request: Request, name: str, default: int | None = None) -> int:
    """A whole number in the query; RefusedError 400 if it is missing without a default."""
    text = request.query_params.get(name)
    if text is None and default is not None:
        return default
    try:
        return int(text or "")
    except ValueError:
        raise RefusedError(400, f"{name} must be a whole number") from None
