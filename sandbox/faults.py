"""Faults on request: delays, errors, lost replies and the like."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from random import Random

from sandbox.wire import ApiError, Json, RefusedError, forbidden, too_many_requests

KINDS = ("delay", "error", "flood", "lost_reply", "refused", "double_update", "blocked")
NUMBERS = {"count", "probability", "seconds", "status", "after"}


@dataclass
class Fault:
    """One fault, limited to calls of ``method`` and ``chat_id`` if given."""

    id: int
    fault: str
    method: str | None = None
    chat_id: int | None = None
    count: int = 1
    probability: float = 1.0
    seconds: float = 1.0
    status: int = 502
    after: int = 0
    struck: int = 0

    @property
    def spent(self) -> bool:
        """Returns whether it has occurred ``count`` times (0: no limit)."""
        return 0 < self.count <= self.struck

    def matches(self, method: str, chat_id: str | None) -> bool:
        """Returns whether it applies to that call."""
        if self.method is not None and self.method.lower() != method.lower():
            return False
        if self.chat_id is not None:
            return str(self.chat_id) == chat_id
        return self.fault != "blocked" or chat_id is not None

    def refusal(self) -> ApiError | None:
        """Returns the error that the call gets instead of its effect, if any."""
        if self.fault == "error":
            return ApiError(self.status, "Bad Gateway" if self.status == 502 else "Internal Error")
        if self.fault == "flood":
            return too_many_requests(max(1, round(self.seconds)))
        if self.fault == "blocked":
            return forbidden("bot was blocked by the user")
        return None


class Faults:
    """The faults that can still occur."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._faults: dict[int, Fault] = {}
        self._last_id = 0

    def add(self, description: Json) -> int:
        """Adds a fault; returns its id. Raises RefusedError 400 for an invalid description."""
        if description.get("fault") not in KINDS:
            raise RefusedError(400, f"fault must be one of {', '.join(KINDS)}")
        for name in NUMBERS & description.keys():
            if not isinstance(description[name], int | float) or description[name] < 0:
                raise RefusedError(400, f"{name} must be a number from 0")
        try:
            fault = Fault(self._last_id + 1, **description)
        except TypeError as error:
            raise RefusedError(400, f"this is not a fault: {error}") from None
        self._last_id = fault.id
        self._faults[fault.id] = fault
        return fault.id

    def listed(self) -> list[Json]:
        """Returns them as JSON objects."""
        return [asdict(fault) for fault in self._faults.values()]

    def remove(self, fault_id: int) -> None:
        """Removes one; raises RefusedError 404 for an unknown id."""
        if self._faults.pop(fault_id, None) is None:
            raise RefusedError(404, f"there is no fault {fault_id}")

    def clear(self) -> None:
        """Removes all."""
        self._faults.clear()

    def strike(self, method: str, chat_id: str | None) -> list[Fault]:
        """Returns the faults that this call meets."""
        if not self._faults:
            return []
        candidates = [f for f in self._faults.values() if f.fault != "double_update"]
        return list(self._striking([f for f in candidates if f.matches(method, chat_id)]))

    def doubles(self) -> bool:
        """Returns whether this update is delivered again."""
        doubling = [f for f in self._faults.values() if f.fault == "double_update"]
        return any(list(self._striking(doubling)))

    def _striking(self, faults: list[Fault]) -> Iterator[Fault]:
        for fault in faults:
            if fault.after > 0:
                fault.after -= 1
            elif fault.probability >= 1 or self._rng.random() < fault.probability:
                fault.struck += 1
                if fault.spent:
                    del self._faults[fault.id]
                yield fault
