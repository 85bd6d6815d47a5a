"""Charts as SVG, drawn once as long as their figures stay what they are."""

import hashlib
from collections import OrderedDict

from quizbot.charts.drawing import Drawing
from quizbot.charts.kinds import Picture, to_json

_ROOM = 8 * 1024 * 1024  # bytes of pictures


class Gallery:
    """The pictures seen last, by what is to be seen on them; the oldest make room."""

    def __init__(self, room: int = _ROOM) -> None:
        self._room = room
        self._taken = 0
        self._pictures: OrderedDict[str, bytes] = OrderedDict()

    async def svg(self, drawing: Drawing, picture: Picture) -> bytes:
        """The picture, drawn unless it is there. Raises DrawingError."""
        name = name_of(picture)
        if name in self._pictures:
            self._pictures.move_to_end(name)
            return self._pictures[name]
        drawn = await drawing.draw(picture, "svg")
        self._keep(name, drawn)
        return drawn

    def _keep(self, name: str, drawn: bytes) -> None:
        if name in self._pictures:
            return
        self._pictures[name] = drawn
        self._taken += len(drawn)
        while self._taken > self._room:
            _, oldest = self._pictures.popitem(last=False)
            self._taken -= len(oldest)


def name_of(picture: Picture) -> str:
    """What changes with anything that is to be seen."""
    return hashlib.sha256(to_json(picture)).hexdigest()[:32]
