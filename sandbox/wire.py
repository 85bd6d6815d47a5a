"""What goes over the wire: JSON objects, and Telegram's refusals."""

from typing import Any, TypeAlias

# Bot API objects are as deep and as varied as the messages they describe; the wire has no types.
Json: TypeAlias = dict[str, Any]


class ApiError(Exception):
    """A call that Telegram refuses: HTTP status, description, and ResponseParameters if any."""

    def __init__(self, status: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.parameters = parameters

    def envelope(self) -> Json:
        """The body of the reply."""
        body: Json = {"ok": False, "error_code": self.status, "description": self.description}
        if self.parameters:
            body["parameters"] = self.parameters
        return body


class RefusedError(Exception):
    """What a person cannot do, as one sentence for the control API (400, 404 or 409)."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence


def bad_request(reason: str) -> ApiError:
    """400: the call itself is wrong."""
    return ApiError(400, f"Bad Request: {reason}")


def forbidden(reason: str) -> ApiError:
    """403: the other side does not want it."""
    return ApiError(403, f"Forbidden: {reason}")


def conflict(reason: str) -> ApiError:
    """409: two receivers, or a receiver of each kind."""
    return ApiError(409, f"Conflict: {reason}")


def too_many_requests(retry_after: int) -> ApiError:
    """429: try again after that many seconds."""
    description = f"Too Many Requests: retry after {retry_after}"
    return ApiError(429, description, retry_after=retry_after)
