"""Loads a bank with libyaml, and again as on a machine without it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest.mock import patch

from questions import BankError, Topic, strict_yaml


@contextmanager
def without_libyaml() -> Iterator[None]:
    with patch.object(strict_yaml, "_FAST_LOADER", None):
        yield


def loaded_alike(load: Callable[[], Topic]) -> Topic:
    """Returns the topic. Raises BankError if it is refused. Fails unless both parsers agree."""
    with_libyaml = _outcome(load)
    with without_libyaml():
        assert _outcome(load) == with_libyaml
    if isinstance(with_libyaml, BankError):
        raise with_libyaml
    return with_libyaml


def _outcome(load: Callable[[], Topic]) -> "Topic | _RefusedError":
    try:
        return load()
    except BankError as error:
        return _RefusedError(error.faults)


class _RefusedError(BankError):
    """A BankError that equals another one with the same text."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _RefusedError) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))
