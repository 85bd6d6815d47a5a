"""The parameters of a Bot API call, in any encoding."""

import json
from dataclasses import dataclass, field
from typing import Any

from sandbox.wire import Json, bad_request


@dataclass(frozen=True)
class Upload:
    """A file in a multipart body."""

    name: str
    content: bytes


@dataclass
class Params:
    """Typed access to the values: a form holds strings where a JSON body holds values."""

    values: Json = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)

    def text(self, name: str, default: str = "") -> str:
        """Returns a string; other values are written as JSON."""
        value = self.values.get(name)
        if value is None:
            return default
        return value if isinstance(value, str) else json.dumps(value)

    def integer(self, name: str, default: int = 0) -> int:
        """Returns a whole number; like Telegram, uses the default for anything else."""
        try:
            return int(self.text(name))
        except ValueError:
            return default

    def optional_integer(self, name: str) -> int | None:
        """Returns a whole number, or None if it is not given."""
        return self.integer(name) if self.text(name) else None

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Returns a Boolean."""
        text = self.text(name).lower()
        return text in ("true", "1", "yes") if text else default

    def json(self, name: str) -> Any:
        """Returns a JSON value, given directly or as a string; raises ApiError 400 if malformed."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return json.loads(value)
        except ValueError:
            raise bad_request(f"can't parse {name.replace('_', ' ')} JSON object") from None

    def object(self, name: str) -> Json:
        """Returns a JSON object; empty if it is not given."""
        value = self.json(name)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise bad_request(f"can't parse {name.replace('_', ' ')}: expected an Object")
        return value

    def array(self, name: str) -> "list[Any]":
        """Returns a JSON array; empty if it is not given."""
        value = self.json(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise bad_request(f"can't parse {name.replace('_', ' ')}: expected an Array")
        return value

    def logged(self) -> Json:
        """Returns the values for the list of calls, with files by name and size only."""
        files = {key: f"<{file.name}, {len(file.content)} B>" for key, file in self.uploads.items()}
        return {**self.values, **files}
