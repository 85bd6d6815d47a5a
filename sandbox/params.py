"""The parameters of a call, from whatever body they came in."""

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
    """Typed access; forms hold strings where JSON bodies hold values, and both are read."""

    values: Json = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)

    def text(self, name: str, default: str = "") -> str:
        """A string; other scalars are written as Telegram reads them."""
        value = self.values.get(name)
        if value is None:
            return default
        return value if isinstance(value, str) else json.dumps(value)

    def integer(self, name: str, default: int = 0) -> int:
        """A whole number; Telegram reads what is none as the default."""
        try:
            return int(self.text(name))
        except ValueError:
            return default

    def optional_integer(self, name: str) -> int | None:
        """A whole number, or None if it is not given."""
        return self.integer(name) if self.text(name) else None

    def flag(self, name: str, *, default: bool = False) -> bool:
        """A Boolean."""
        text = self.text(name).lower()
        return text in ("true", "1", "yes") if text else default

    def json(self, name: str) -> Any:
        """A JSON value, also when it is a string of JSON; ApiError 400 if it is not."""
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
        """A JSON object; empty if it is not given."""
        value = self.json(name)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise bad_request(f"can't parse {name.replace('_', ' ')}: expected an Object")
        return value

    def array(self, name: str) -> "list[Any]":
        """A JSON array; empty if it is not given."""
        value = self.json(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise bad_request(f"can't parse {name.replace('_', ' ')}: expected an Array")
        return value

    def logged(self) -> Json:
        """For the list of calls: files only by name and size."""
        files = {key: f"<{file.name}, {len(file.content)} B>" for key, file in self.uploads.items()}
        return {**self.values, **files}
