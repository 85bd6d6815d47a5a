"""Ids for imported items: readable, and never one that the bank has."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable

_LENGTH = 60


def slug(text: str) -> str:
    """Lower-case words joined by hyphens; a hash where the text has no Latin letters at all."""
    plain = unicodedata.normalize("NFKD", text[:1000]).encode("ascii", "ignore").decode().lower()
    name = "-".join(re.findall(r"[a-z0-9]+", plain))
    if len(name) > _LENGTH:
        name = name[: _LENGTH + 1].rpartition("-")[0] or name[:_LENGTH]
    return name or f"question-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


class Ids:
    """Gives each name out once."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = set(taken)
        self._last: dict[str, int] = {}

    def new(self, text: str) -> str:
        name = wanted = slug(text)
        while name in self._taken:
            self._last[wanted] = self._last.get(wanted, 1) + 1
            name = f"{wanted}-{self._last[wanted]}"
        self._taken.add(name)
        return name
