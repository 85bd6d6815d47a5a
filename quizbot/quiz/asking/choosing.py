"""Which item next, and in which order its options are shown. Pure; chance is an argument.

A point that was missed comes back the next day, by a sibling item where there is one. Then what is
due for review, the likeliest forgotten first; then new items, the easier ones first and the key
points in turn. After two repeats in a row something new comes, as long as there is any.
Otherwise never yesterday's point: items that cite the claims of a recent one, its siblings and
those it must be kept apart from wait, as long as anything else is left.

Spacing (Price et al. 2024), interleaving (Sana and Yan 2022), adaptive spacing (Kerfoot 2010).
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cache, cached_property
from random import Random
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Result,
    SQLColumnExpression,
    String,
    bindparam,
    case,
    cast,
    func,
    select,
)
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import DAILY, Delivery, LearnerMemory
from questions import Item, Topic, amounts
from quizbot.quiz.answers.memory import Memory, Schedule

# A learner who forgets fast would otherwise meet hardly anything but repeats (docs/decisions/0009).
_REPEATS_IN_A_ROW = 2

_LEVELS = ("easy", "medium", "hard")


@dataclass(frozen=True)
class LearnerHistory:
    """What a learner has met.

    `schedules` of the items answered, by item id, at least of those that are due; `answered` are
    all that ever were, `repeated` those that were more than once. `asked` holds the ids of daily
    questions of late, oldest first; `resting` the ids whose points must rest now: the last daily
    one and all practice since. `told` is the item whose correction goes with the question: it must
    not give that away.
    """

    schedules: Mapping[str, Schedule] = field(default_factory=dict)
    asked: Sequence[str] = ()
    resting: Sequence[str] = ()
    told: str = ""
    answered: Set[str] = frozenset()
    repeated: Set[str] = frozenset()

    @classmethod
    def of(
        cls, memories: Mapping[str, Memory], asked: Sequence[str], resting: Sequence[str]
    ) -> "LearnerHistory":
        """By all that is remembered."""
        repeated = frozenset(each for each, memory in memories.items() if memory.reviews > 1)
        return cls(memories, asked, resting, "", memories.keys(), repeated)


@dataclass(frozen=True)
class ItemPool:
    """What a learner is taught from: the approved items and the chance to choose by.

    `points` names the point of each item. `revised` holds the items of which somebody may have
    learned an earlier revision, or that are withdrawn (see quiz.corrections).
    """

    items: Sequence[Item]
    rng: Random
    points: Mapping[str, str] = field(default_factory=dict)
    revised: Sequence[Item] = ()

    @classmethod
    def of(cls, topic: Topic, rng: Random) -> "ItemPool":
        """All that the topic may ask."""
        points = {
            item.id: point.id for item in topic.approved if (point := topic.key_point_of(item))
        }
        revised = [
            item
            for item in topic.items
            if item.status == "retired" or (item.approved and item.revision > 1)
        ]
        return cls(topic.approved, rng, points, revised)

    def daily(self, past: LearnerHistory, today: date) -> tuple[Item, str]:
        """The day's item, and an order for its options.

        Raises ValueError when there are no items.
        """
        item = self._missed(past, today) or self._planned(past, today)
        return item, shuffle_options(item, self.rng)

    def practice(self, practised: Sequence[str], resting: Sequence[str]) -> tuple[Item, str]:
        """An item to practise: what was not seen yet, or not for longest.

        `practised` holds all ids seen, oldest first. Raises ValueError when there are no items.
        """
        latest = {item_id: position for position, item_id in enumerate(practised)}
        item = self._first(self._rested(resting), lambda item: self._turn(item, latest))
        return item, shuffle_options(item, self.rng)

    def _missed(self, past: LearnerHistory, today: date) -> Item | None:
        """A sibling of what was just missed, unless it already is the second in a row.

        A point that does not stick is left to rest for a day: others have their turn as well. What
        has no sibling is due, and comes when another question has been between.
        """
        last = past.asked[-1] if past.asked else None
        memory = past.schedules.get(last or "")
        if last is None or memory is None or not memory.incorrect or memory.due_on > today:
            return None
        if len(past.asked) > 1 and past.asked[-2] in self.near(last):
            earlier = past.schedules.get(past.asked[-2])
            if earlier is not None and earlier.incorrect:
                return None
        latest = {item_id: position for position, item_id in enumerate(past.asked)}
        hinted_at = self.near(past.told)
        ready = [
            item
            for item in self._siblings.get(last, ())
            if item.id not in past.resting and item.id not in hinted_at
        ]
        if _only_repeats(past):
            ready = [item for item in ready if item.id not in past.answered]
        return self._first(ready, lambda item: self._turn(item, latest)) if ready else None

    def _planned(self, past: LearnerHistory, today: date) -> Item:
        rested = self._rested(past.resting, past.told)
        schedules = past.schedules
        due = [item for item in rested if (m := schedules.get(item.id)) and m.due_on <= today]
        new = [item for item in rested if item.id not in past.answered]
        latest = {item_id: position for position, item_id in enumerate(past.asked)}
        if not new or (due and not _only_repeats(past)):
            known = due or [item for item in rested if item.id in schedules]
            if not known:
                return self._first(rested, lambda item: self._turn(item, latest))
            return self._first(known, lambda item: -schedules[item.id].strain(today))
        fresh = [item for item in new if item.id not in latest]
        if not fresh:
            return self._first(new, lambda item: latest[item.id])
        points = {self._point(item_id): position for item_id, position in latest.items()}
        return self._first(self._easiest(fresh), lambda item: points.get(self._point(item.id), -1))

    def _rested(self, resting: Sequence[str], told: str = "") -> Sequence[Item]:
        """Those that are near to none of these: giving away a correction is the lesser evil."""
        if not self.items:
            raise ValueError("there are no approved questions to choose from")
        for away in ([*resting, told], resting):
            near = frozenset[str]().union(*(self.near(item_id) for item_id in away))
            if rested := [item for item in self.items if item.id not in near]:
                return rested
        return self.items

    def _turn(self, item: Item, latest: Mapping[str, int]) -> tuple[int, int]:
        last = latest.get(item.id, -1)
        return last, self._levels[item.id] if last < 0 else 0

    def _easiest(self, items: Sequence[Item]) -> Sequence[Item]:
        levels = self._levels
        lowest = min(levels[item.id] for item in items)
        return [item for item in items if levels[item.id] == lowest]

    @cached_property
    def _levels(self) -> Mapping[str, int]:
        return {item.id: _LEVELS.index(item.difficulty) for item in self.items}

    def _first(self, items: Sequence[Item], order: Callable[[Item], Any]) -> Item:
        """The first in that order; chance decides among equals."""
        orders = [order(item) for item in items]
        first = min(orders)
        return self.rng.choice(
            [item for item, place in zip(items, orders, strict=True) if place == first]
        )

    def _point(self, item_id: str) -> str:
        return self.points.get(item_id, item_id)

    def item(self, item_id: str) -> Item | None:
        """The item of that id, if it may be asked."""
        return self._by_id.get(item_id)

    @cached_property
    def _by_id(self) -> Mapping[str, Item]:
        return {item.id: item for item in self.items}

    def near(self, item_id: str) -> frozenset[str]:
        """The item itself and all that ask about its point or give it away."""
        return self._near.get(item_id, frozenset())

    @cached_property
    def _near(self) -> Mapping[str, frozenset[str]]:
        return {
            item.id: frozenset(other.id for other in self.items if _close(item, other))
            for item in {*self.items, *self.revised}
        }

    @cached_property
    def _siblings(self) -> Mapping[str, Sequence[Item]]:
        """By item: those that can stand in for it once it was explained."""
        return {
            item.id: [other for other in self.items if _stands_in(other, item)]
            for item in self.items
        }


def _only_repeats(past: LearnerHistory) -> bool:
    """Whether the last few had all been asked before; `asked` need not reach back that far."""
    latest = range(len(past.asked) - _REPEATS_IN_A_ROW, len(past.asked))
    return latest[0] >= 0 and all(
        past.asked[place] in past.asked[:place] or past.asked[place] in past.repeated
        for place in latest
    )


def shuffle_options(item: Item, rng: Random) -> str:
    """The order to show the options in: a digit per option, its place in the bank (0 is the key).

    Numbers stay in ascending order, as item writing prescribes (Haladyna et al. 2002).
    """
    texts = tuple(option.text for option in item.options)
    if (ascending := _ascending(texts)) is not None:
        return ascending
    places = list("0123456789"[: len(texts)])
    rng.shuffle(places)
    return "".join(places)


@cache
def _ascending(texts: tuple[str, ...]) -> str | None:
    """The order of options that are numbers; None for others. Kept: it is asked at every claim."""
    values = amounts(texts)
    if values is None:
        return None
    return "".join(str(place) for place in sorted(range(len(texts)), key=values.__getitem__))


def is_valid_order(option_order: str, item: Item) -> bool:
    """Whether the order still is one of the item's options: the bank may have been edited since."""
    return sorted(option_order) == [str(place) for place in range(len(item.options))]


def _close(item: Item, other: Item) -> bool:
    """Whether they ask about the same point, or one gives the other away."""
    return (
        item.id == other.id
        or not set(item.cites).isdisjoint(other.cites)
        or _names(item.related, other.related, item, other)
        or _names(item.keep_apart, other.keep_apart, item, other)
    )


def _stands_in(item: Item, other: Item) -> bool:
    """Whether it asks about the same point in another way, and neither gives the other away."""
    return _names(item.related, other.related, item, other) and not _names(
        item.keep_apart, other.keep_apart, item, other
    )


def _names(of_item: Iterable[str], of_other: Iterable[str], item: Item, other: Item) -> bool:
    return other.id in of_item or item.id in of_other


_Rows = Result[*tuple[Any, ...]]

_BETWEEN = "\n"  # no part of an item's id, nor is a space
_ISO_DATE = len("2026-11-23")


@dataclass(frozen=True)
class Served:
    """What a subscriber has met, and the latest date that has its daily question."""

    past: LearnerHistory
    last_daily: date | None


async def learner_histories(
    session: AsyncSession, subscriber_ids: Collection[int], items: int, now: datetime
) -> Mapping[int, Served]:
    """Of a whole batch: the deliveries of one round of the bank's `items`, and what is due.

    Each subscriber is one row a query: the database strings together what would be some hundred
    rows, which would be most of what a claim costs.
    """
    recalled = await _recalled(session, subscriber_ids, now.date() + timedelta(days=1))
    # Who has nothing due and may have met everything: then what is next to be forgotten comes.
    through = [
        each
        for each, past in recalled.items()
        if not past.schedules and 2 * len(past.answered) >= items
    ]
    recalled |= await _recalled(session, through, date.max)
    asked = await _asked(session, subscriber_ids, now.date() - timedelta(days=items + 2))
    found = {}
    for each in subscriber_ids:
        days, resting = asked.get(each, ([], []))
        past = replace(
            recalled.get(each, LearnerHistory()),
            asked=[day[_ISO_DATE:] for day in days],
            resting=resting,
        )
        last = date.fromisoformat(days[-1][:_ISO_DATE]) if days else None
        found[each] = Served(past, last)
    return found


async def _asked(
    session: AsyncSession, subscriber_ids: Collection[int], since: date
) -> dict[int, tuple[list[str], list[str]]]:
    """By subscriber: the daily questions, each a date and an item id, and the items that rest."""
    connection = await session.connection()
    rows = await connection.execute(_ASKED, {"ids": list(subscriber_ids), "since": since})
    found = {}
    for subscriber_id, daily, practised, last_id in rows:
        days = sorted(daily.split(_BETWEEN)) if daily else []
        resting = [day[_ISO_DATE:] for day in days[-1:]] + _since(practised, last_id or 0)
        found[subscriber_id] = days, resting
    return found


_ASKED = (
    select(
        Delivery.subscriber_id,
        func.aggregate_strings(
            case((Delivery.slot == DAILY, cast(Delivery.local_date, String) + Delivery.item_id)),
            _BETWEEN,
        ),
        func.aggregate_strings(
            case((Delivery.slot > DAILY, cast(Delivery.id, String) + " " + Delivery.item_id)),
            _BETWEEN,
        ),
        func.max(case((Delivery.slot == DAILY, Delivery.id))),
    )
    .where(
        Delivery.subscriber_id.in_(bindparam("ids", expanding=True)),
        Delivery.local_date >= bindparam("since"),
    )
    .group_by(Delivery.subscriber_id)
)


def _since(practised: str | None, delivery_id: int) -> list[str]:
    """The items of the practice that came after that delivery, oldest first."""
    if not practised:
        return []
    parts = (each.split(" ") for each in practised.split(_BETWEEN))
    return [
        item_id
        for place, item_id in sorted((int(id_), item) for id_, item in parts)
        if place > delivery_id
    ]


async def _recalled(
    session: AsyncSession, subscriber_ids: Collection[int], latest: date
) -> dict[int, LearnerHistory]:
    """What was answered, and the schedules of what is due for review by `latest`."""
    if not subscriber_ids:
        return {}
    connection = await session.connection()
    rows: _Rows = await connection.execute(
        _RECALLED, {"ids": list(subscriber_ids), "latest": latest}
    )
    return {
        subscriber_id: LearnerHistory(
            schedules=dict(map(_schedule, due.split(_BETWEEN))) if due else {},
            answered=frozenset(answered.split(_BETWEEN)),
            repeated=frozenset(repeated.split(_BETWEEN)) if repeated else frozenset(),
        )
        for subscriber_id, answered, repeated, due in rows
    }


def _schedule(written: str) -> tuple[str, Schedule]:
    item_id, stability, reviewed_on, due_on, incorrect = written.split(" ")
    days = date.fromisoformat(reviewed_on), date.fromisoformat(due_on)
    return item_id, Schedule(float(stability), *days, incorrect == "incorrect")


def _joined(*columns: SQLColumnExpression[Any]) -> ColumnElement[str]:
    """Columns as text, with a space between."""
    text: ColumnElement[str] = cast(columns[0], String)
    for column in columns[1:]:
        text = text + " " + cast(column, String)
    return text


_RECALLED = (
    select(
        LearnerMemory.subscriber_id,
        func.aggregate_strings(LearnerMemory.item_id, _BETWEEN),
        func.aggregate_strings(case((LearnerMemory.reviews > 1, LearnerMemory.item_id)), _BETWEEN),
        func.aggregate_strings(
            case(
                (
                    LearnerMemory.due_on <= bindparam("latest"),
                    _joined(
                        LearnerMemory.item_id,
                        LearnerMemory.stability,
                        LearnerMemory.reviewed_on,
                        LearnerMemory.due_on,
                        case((LearnerMemory.incorrect, "incorrect"), else_="correct"),
                    ),
                )
            ),
            _BETWEEN,
        ),
    )
    .where(LearnerMemory.subscriber_id.in_(bindparam("ids", expanding=True)))
    .group_by(LearnerMemory.subscriber_id)
)


@dataclass(frozen=True)
class PracticeHistory:
    """What a practice question is chosen by: all items met, oldest first, and those that rest.

    `last_slot` is the highest that is taken on the date.
    """

    met: Sequence[str]
    resting: Sequence[str]
    last_slot: int


async def practice_history(
    session: AsyncSession, subscriber_id: int, today: date, items: int
) -> PracticeHistory:
    """From the deliveries of one round of the bank's `items`."""
    since = today - timedelta(days=items + 2)
    rows = (
        await session.execute(
            select(Delivery.item_id, Delivery.local_date, Delivery.slot)
            .where(Delivery.subscriber_id == subscriber_id, Delivery.local_date >= since)
            .order_by(Delivery.id)
        )
    ).all()
    met = [row.item_id for row in rows]
    last_daily = max((place for place, row in enumerate(rows) if row.slot == DAILY), default=0)
    slots = [row.slot for row in rows if row.local_date == today]
    return PracticeHistory(met, met[last_daily:], max(slots, default=DAILY))


async def last_daily_dates(
    session: AsyncSession, subscriber_ids: Collection[int]
) -> dict[int, date | None]:
    """The latest local date that has its daily question, of each who ever had one."""
    rows = await session.execute(
        select(Delivery.subscriber_id, func.max(Delivery.local_date))
        .where(Delivery.subscriber_id.in_(subscriber_ids), Delivery.slot == DAILY)
        .group_by(Delivery.subscriber_id)
    )
    return dict(rows.all())
