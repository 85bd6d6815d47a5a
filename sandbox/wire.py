"""JSON objects, and the errors of both APIs."""

from typing import Any, TypeAlias

# Bot API objects are too varied to type further.
Json: TypeAlias = dict[str, Any]


class ApiError(Exception):
    """An error of the Bot API: HTTP status, description and, if any, ResponseParameters."""

    def __init__(self, status: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.parameters = parameters

    def envelope(self) -> Json:
        """Returns the body of the reply."""
        body: Json = {"ok": False, "error_code": self.status, "description": self.description}
        if self.parameters:
            body["parameters"] = self.parameters
        return body


class RefusedError(Exception):
    """An error of the control API: status 400, 404 or 409, and one sentence."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence


def bad_request(reason: str) -> ApiError:
    """Returns error 400: the call itself is wrong."""
    return ApiError(400, f"Bad Request: {reason}")


def not_implemented(what: str) -> ApiError:
    """Returns error 400: Telegram would take it, but the sandbox does not."""
    return bad_request(f"the sandbox does not implement {what}")


def forbidden(reason: str) -> ApiError:
    """Returns error 403: the bot may not write there."""
    return ApiError(403, f"Forbidden: {reason}")


def conflict(reason: str) -> ApiError:
    """Returns error 409: two receivers of updates at once."""
    return ApiError(409, f"Conflict: {reason}")


def too_many_requests(retry_after: int) -> ApiError:
    """Returns error 429: the flood limit is exceeded for ``retry_after`` seconds."""
    description = f"Too Many Requests: retry after {retry_after}"
    return ApiError(429, description, retry_after=retry_after)
