"""What the people see happen, for their pages to follow live."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeAlias

from sandbox.wire import Json

Event: TypeAlias = tuple[str, Json]


class Hub:
    """Hands events to everybody who follows a person."""

    def __init__(self) -> None:
        self._followers: defaultdict[int, set[asyncio.Queue[Event | None]]] = defaultdict(set)

    def followed(self, person: int) -> bool:
        """Whether anybody looks: if not, nothing need be drawn up."""
        return bool(self._followers.get(person))

    @contextmanager
    def follow(self, person: int) -> Iterator[asyncio.Queue[Event | None]]:
        """A queue of that person's events; None means that the sandbox ends."""
        queue: asyncio.Queue[Event | None] = asyncio.Queue()
        self._followers[person].add(queue)
        try:
            yield queue
        finally:
            self._followers[person].discard(queue)

    def publish(self, person: int, event: str, data: Json) -> None:
        """Tell those who follow that person."""
        for queue in self._followers.get(person, ()):
            queue.put_nowait((event, data))

    def broadcast(self, event: str, data: Json) -> None:
        """Tell everybody."""
        for person in self._followers:
            self.publish(person, event, data)

    def close(self) -> None:
        """End all streams."""
        for queues in self._followers.values():
            for queue in queues:
                queue.put_nowait(None)
