"""The parameters of a Bot API call, in any encoding."""

import json
from dataclasses import dataclass, field
from typing import Any

from sandbox.wire import Json, bad_request, not_implemented

# Parameters of the implemented methods (Bot API 10.3, and older names) that the sandbox does not
# read although they would change what people see. Ignoring them would hide a bot's mistake.
NOT_IMPLEMENTED = frozenset(
    {
        "allow_adding_options",
        "business_connection_id",
        "certificate",
        "direct_messages_topic_id",
        "ephemeral_message_parameters",
        "has_spoiler",
        "inline_message_id",
        "ip_address",
        "message_effect_id",
        "message_thread_id",
        "protect_content",
        "receiver_user_id",
        "return_bots",
        "rich_message",
        "show_caption_above_media",
        "shuffle_options",
        "suggested_post_parameters",
        "thumb",
        "thumbnail",
        "video_start_timestamp",
    }
)
_NOT_GIVEN: tuple[object, ...] = (None, "", False, [], {}, "null", "false", "0", "[]", "{}")


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

    def check(self, method: str) -> None:
        """Raises ApiError 400 if a parameter is given that the sandbox does not implement."""
        for name in sorted(NOT_IMPLEMENTED & (self.values.keys() | self.uploads.keys())):
            if name in self.uploads or self.values[name] not in _NOT_GIVEN:
                raise not_implemented(f"the parameter {name} of {method}")

    def logged(self) -> Json:
        """Returns the values for the list of calls, with files by name and size only."""
        files = {key: f"<{file.name}, {len(file.content)} B>" for key, file in self.uploads.items()}
        return {**self.values, **files}
