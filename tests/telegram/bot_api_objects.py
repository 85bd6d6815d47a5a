"""Draws any object of the Bot API, by the signatures of python-telegram-bot's classes.

New classes and fields are drawn as soon as a new version of the library is installed.
"""

import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import Enum
from functools import cache
from typing import Any, Literal, TypeAlias, get_args, get_origin, get_type_hints

import telegram
from hypothesis import strategies as st
from telegram import TelegramObject
from telegram._utils import types
from telegram._utils.defaultvalue import DefaultValue

# JSON values and type hints of any shape.
Json: TypeAlias = dict[str, Any]
Draw: TypeAlias = Callable[[st.SearchStrategy[Any]], Any]
Kind: TypeAlias = Any  # a class of the library; to mypy, type[Any] is not Hashable
Leaves: TypeAlias = Mapping[type, st.SearchStrategy[Any]]

_DEEPEST = 4
_MOST_OPTIONAL = 5
_NAMES = {"from_user": "from"}  # a keyword in Python
_DISCRIMINATORS = ("status", "type", "source")
_NO_FIELDS = ("return", "api_kwargs", "bot")
_MOMENTS = st.integers(-1, 2**31)


@cache
def fields_of(cls: Kind) -> dict[str, Any]:
    """Returns the type hint of each field, by its name in Python."""
    names = {**vars(telegram), **vars(types), **vars(sys.modules[cls.__module__])}
    names["Sequence"] = Sequence
    hints = get_type_hints(cls.__init__, globalns=names, localns={})
    return {name: hint for name, hint in hints.items() if name not in _NO_FIELDS}


@cache
def required(cls: Kind) -> list[str]:
    parameters = inspect.signature(cls.__init__).parameters
    return [name for name in fields_of(cls) if parameters[name].default is inspect.Parameter.empty]


@cache
def optional(cls: Kind) -> list[str]:
    return [name for name in fields_of(cls) if name not in required(cls)]


@cache
def kinds_of(cls: Kind) -> list[tuple[Kind, Json]]:
    """Returns the classes that the object may be read as, each with its discriminator."""
    return [(each, _discriminator(each)) for each in cls.__subclasses__()] or [(cls, {})]


def _discriminator(cls: Kind) -> Json:
    blank = cls(**dict.fromkeys(fields_of(cls), ()))
    given = {name: getattr(blank, name, None) for name in _DISCRIMINATORS}
    return {name: str(value) for name, value in given.items() if isinstance(value, str)}


def an_object(draw: Draw, cls: Kind, leaves: Leaves, depth: int = 0) -> Any:
    """Draws an object of the class as JSON. `leaves` has strategies for plain types.

    Classes among the leaves are drawn from there as well.
    """
    if cls in leaves:
        return draw(leaves[cls])
    actual, found = draw(st.sampled_from(kinds_of(cls)))
    names = [*required(actual), *_some(draw, optional(actual), depth)]
    drawn = {
        _NAMES.get(name, name): a_value(draw, fields_of(actual)[name], leaves, depth + 1)
        for name in names
    }
    return drawn | found


def _some(draw: Draw, names: list[str], depth: int) -> list[str]:
    if not names or depth >= _DEEPEST:
        return []
    return list(draw(st.lists(st.sampled_from(names), max_size=_MOST_OPTIONAL, unique=True)))


def a_value(draw: Draw, hint: Any, leaves: Leaves, depth: int) -> Any:
    """Draws a value for a field with this hint."""
    choices = [each for each in get_args(hint) if not _is_nothing(each)]
    match get_origin(hint):
        case None:
            return _plain(draw, hint, leaves, depth)
        case origin if origin is Literal:
            return draw(st.sampled_from(choices))
        case origin if inspect.isclass(origin) and issubclass(origin, Sequence):
            many = draw(st.integers(0, 2 if depth < _DEEPEST else 0))
            return [a_value(draw, choices[0], leaves, depth) for _ in range(many)]
        case _:  # a union
            return a_value(draw, draw(st.sampled_from(choices)), leaves, depth)


def _is_nothing(hint: Any) -> bool:
    return hint is type(None) or get_origin(hint) is DefaultValue


def _plain(draw: Draw, hint: Any, leaves: Leaves, depth: int) -> Any:
    if not inspect.isclass(hint):
        return None
    if issubclass(hint, TelegramObject):
        return an_object(draw, hint, leaves, depth)
    if issubclass(hint, datetime | timedelta):
        return draw(_MOMENTS)
    if issubclass(hint, Enum):
        return draw(st.sampled_from([each.value for each in hint]))
    return draw(leaves.get(hint, st.none()))
