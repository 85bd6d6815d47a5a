"""The kinds of picture: each by its name, with what draws it and what says it in a table."""

import json
from dataclasses import asdict, is_dataclass
from datetime import date
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints

from quizbot.charts import (
    delivery_health,
    digest,
    group_mastery,
    learning,
    options,
    progress,
    taking_part,
)
from quizbot.charts.delivery_health import DeliveryHealth
from quizbot.charts.digest import Digest
from quizbot.charts.figures import Table
from quizbot.charts.group_mastery import Mastery
from quizbot.charts.learning import Learning
from quizbot.charts.options import Options
from quizbot.charts.picture import ProgressPicture
from quizbot.charts.taking_part import TakingPart

Chart = TakingPart | Learning | Mastery | DeliveryHealth | Options
Picture = ProgressPicture | Digest | Chart

KINDS: dict[str, type[Picture]] = {
    "progress": ProgressPicture,
    "taking part": TakingPart,
    "learning": Learning,
    "mastery": Mastery,
    "delivery health": DeliveryHealth,
    "options": Options,
    "digest": Digest,
}
_NAMES = {kind: name for name, kind in KINDS.items()}


def spec(picture: Picture) -> dict[str, Any]:
    """The Vega-Lite specification, in pixels of a phone; a PNG is drawn at `looks.SCALE`."""
    match picture:
        case ProgressPicture():
            return progress.progress_chart(picture)
        case Digest():
            return digest.spec(picture)
        case Options():
            return options.spec(picture)
        case Learning():
            return learning.spec(picture)
        case Mastery():
            return group_mastery.spec(picture)
        case TakingPart():
            return taking_part.spec(picture)
        case DeliveryHealth():
            return delivery_health.spec(picture)


def table(chart: Chart) -> Table:
    """What the chart shows, from the same values; a number that is not told is `HIDDEN`."""
    match chart:
        case Options():
            return options.table(chart)
        case Learning():
            return learning.table(chart)
        case Mastery():
            return group_mastery.table(chart)
        case TakingPart():
            return taking_part.table(chart)
        case DeliveryHealth():
            return delivery_health.table(chart)


def to_json(picture: Picture) -> bytes:
    """The picture as the worker reads it."""
    named = {"kind": _NAMES[type(picture)], **asdict(picture)}
    return json.dumps(named, default=date.isoformat).encode()


def from_json(data: bytes) -> Picture:
    """The picture that `to_json` wrote. Raises KeyError, TypeError or ValueError for others."""
    values: dict[str, Any] = json.loads(data)
    picture: Picture = _value(KINDS[values.pop("kind")], values)
    return picture


def _value(kind: Any, value: Any) -> Any:
    """A value of JSON as what the field holds: a dataclass, a tuple, a date, or as it is."""
    if isinstance(kind, type) and is_dataclass(kind):
        hints = _hints(kind)
        return kind(**{name: _value(hints[name], each) for name, each in dict(value).items()})
    if get_origin(kind) is tuple:
        return tuple(_value(get_args(kind)[0], each) for each in value)
    return date.fromisoformat(value) if kind is date else value


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)
