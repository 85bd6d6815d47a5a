"""Which item is next, in which order its options are shown, and the history that decides it.

A key point that was answered incorrectly comes back the next day, by a related item if there is
one. Then comes what is due for review, the most overdue first; then new items, easier ones first
and the key points in turn. After two repeats in a row comes something new, as long as there is any.
Otherwise a key point is never asked on two days in a row: items that cite its statements, related
items and those to be kept apart cool down, as long as anything else is left.

Spacing (Price et al. 2024), interleaving (Sana and Yan 2022), adaptive spacing (Kerfoot 2010).
Choosing is pure: chance is an argument.
"""

from collections.abc import Callable, Collection, Mapping, Sequence, Set
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
from quizbot.quiz.answers.memory import Memory, ReviewSchedule

# Without it, a learner who forgets fast gets hardly anything but repeats (docs/decisions/0009).
_MAX_REPEATS_IN_A_ROW = 2

_DIFFICULTIES = ("easy", "medium", "hard")


@dataclass(frozen=True)
class LearnerHistory:
    """The items that a learner was asked and has answered so far, by id.

    `schedules` has the answered items, or at least those that are due. `asked` are the recent daily
    questions, oldest first, and `last_daily` is the date of the latest. `cooling_down` are the
    latest daily question and all practice since. `corrected` is the item whose correction goes with
    the next question, which must not give the correction away. `answered` are all items ever
    answered, `repeated` those answered more than once.
    """

    schedules: Mapping[str, ReviewSchedule] = field(default_factory=dict)
    asked: Sequence[str] = ()
    cooling_down: Sequence[str] = ()
    corrected: str = ""
    answered: Set[str] = frozenset()
    repeated: Set[str] = frozenset()
    last_daily: date | None = None

    @classmethod
    def of(
        cls, memories: Mapping[str, Memory], asked: Sequence[str], cooling_down: Sequence[str]
    ) -> "LearnerHistory":
        """Returns the history of a learner with these memories of all items answered."""
        repeated = frozenset(each for each, memory in memories.items() if memory.reviews > 1)
        return cls(memories, asked, cooling_down, "", memories.keys(), repeated)

    @property
    def just_repeats(self) -> bool:
        """Whether the latest questions were all repeats; `asked` need not go back that far."""
        latest = range(len(self.asked) - _MAX_REPEATS_IN_A_ROW, len(self.asked))
        return latest[0] >= 0 and all(
            self.asked[index] in self.asked[:index] or self.asked[index] in self.repeated
            for index in latest
        )


@dataclass(frozen=True)
class ItemPool:
    """The approved items that questions are chosen from, and the chance to choose by.

    `key_points` names each item's key point. `revised` are the items that somebody may have learned
    in an earlier revision, or that are withdrawn (see quiz.answers.corrections).
    """

    items: Sequence[Item]
    rng: Random
    key_points: Mapping[str, str] = field(default_factory=dict)
    revised: Sequence[Item] = ()

    @classmethod
    def of(cls, topic: Topic, rng: Random) -> "ItemPool":
        """Returns the pool of all approved items of the topic."""
        key_points = {
            item.id: point.id for item in topic.approved if (point := topic.key_point_of(item))
        }
        revised = [
            item
            for item in topic.items
            if item.status == "retired" or (item.approved and item.revision > 1)
        ]
        return cls(topic.approved, rng, key_points, revised)

    def choose_daily(self, history: LearnerHistory, today: date) -> tuple[Item, str]:
        """Returns the day's item, and an order for its options.

        Raises ValueError when there are no items.
        """
        item = self._retry(history, today) or self._scheduled(history, today)
        return item, shuffle_options(item, self.rng)

    def choose_practice(self, seen: Sequence[str], cooling_down: Sequence[str]) -> tuple[Item, str]:
        """Returns an item to practise: one not seen yet, or not for the longest time.

        `seen` has all ids seen, oldest first. Raises ValueError when there are no items.
        """
        latest = {item_id: position for position, item_id in enumerate(seen)}
        item = self._first(self._ready(cooling_down), lambda item: self._turn(item, latest))
        return item, shuffle_options(item, self.rng)

    def _retry(self, history: LearnerHistory, today: date) -> Item | None:
        """Returns an alternative to yesterday's item if that was answered incorrectly.

        Once in a row: a key point that does not stick cools down for a day, and others have their
        turn. An item without an alternative is due, and comes after another question.
        """
        asked, schedules = history.asked, history.schedules
        last = asked[-1] if asked else ""
        schedule = schedules.get(last)
        if schedule is None or not schedule.incorrect or schedule.due_on > today:
            return None
        if len(asked) > 1 and asked[-2] in self.related(last):
            earlier = schedules.get(asked[-2])
            if earlier is not None and earlier.incorrect:
                return None
        excluded = {*history.cooling_down, *self.related(history.corrected)}
        if history.just_repeats:
            excluded |= history.answered
        ready = [item for item in self._alternatives.get(last, ()) if item.id not in excluded]
        latest = {item_id: position for position, item_id in enumerate(asked)}
        return self._first(ready, lambda item: self._turn(item, latest)) if ready else None

    def _scheduled(self, history: LearnerHistory, today: date) -> Item:
        ready = self._ready(history.cooling_down, history.corrected)
        schedules = history.schedules
        due = [item for item in ready if (m := schedules.get(item.id)) and m.due_on <= today]
        new = [item for item in ready if item.id not in history.answered]
        latest = {item_id: position for position, item_id in enumerate(history.asked)}
        if not new or (due and not history.just_repeats):
            known = due or [item for item in ready if item.id in schedules]
            if not known:
                return self._first(ready, lambda item: self._turn(item, latest))
            return self._first(known, lambda item: -schedules[item.id].overdue_ratio(today))
        never_asked = [item for item in new if item.id not in latest]
        if not never_asked:
            return self._first(new, lambda item: latest[item.id])
        points = {self._key_point(item_id): position for item_id, position in latest.items()}
        return self._first(
            self._easiest(never_asked), lambda item: points.get(self._key_point(item.id), -1)
        )

    def _ready(self, cooling_down: Sequence[str], corrected: str = "") -> Sequence[Item]:
        """Returns the items related to none of these.

        If there are none, it is better to give a correction away than to repeat a key point.
        """
        if not self.items:
            raise ValueError("there are no approved questions to choose from")
        for avoided in ([*cooling_down, corrected], cooling_down):
            related = frozenset[str]().union(*(self.related(item_id) for item_id in avoided))
            if ready := [item for item in self.items if item.id not in related]:
                return ready
        return self.items

    def _turn(self, item: Item, latest: Mapping[str, int]) -> tuple[int, int]:
        """Returns the item's turn: unseen ones first, by difficulty, then the longest unseen."""
        last = latest.get(item.id, -1)
        return last, self._difficulties[item.id] if last < 0 else 0

    def _easiest(self, items: Sequence[Item]) -> Sequence[Item]:
        lowest = min(self._difficulties[item.id] for item in items)
        return [item for item in items if self._difficulties[item.id] == lowest]

    @cached_property
    def _difficulties(self) -> Mapping[str, int]:
        return {item.id: _DIFFICULTIES.index(item.difficulty) for item in self.items}

    def _first(self, items: Sequence[Item], order: Callable[[Item], Any]) -> Item:
        """Returns the first in that order; chance decides between equals."""
        orders = [order(item) for item in items]
        first = min(orders)
        return self.rng.choice(
            [item for item, each in zip(items, orders, strict=True) if each == first]
        )

    def _key_point(self, item_id: str) -> str:
        return self.key_points.get(item_id, item_id)

    def item(self, item_id: str) -> Item | None:
        """Returns the item with that id, if it may be asked."""
        return self._by_id.get(item_id)

    @cached_property
    def _by_id(self) -> Mapping[str, Item]:
        return {item.id: item for item in self.items}

    def related(self, item_id: str) -> frozenset[str]:
        """Returns the ids of the item and of all that share its key point or give it away."""
        return self._related.get(item_id, frozenset())

    @cached_property
    def _related(self) -> Mapping[str, frozenset[str]]:
        return {
            item.id: frozenset(other.id for other in self.items if _are_related(item, other))
            for item in {*self.items, *self.revised}
        }

    @cached_property
    def _alternatives(self) -> Mapping[str, Sequence[Item]]:
        """Returns by item those that can be asked instead, after its explanation was read."""
        return {
            item.id: [other for other in self.items if _are_alternatives(item, other)]
            for item in self.items
        }


def _are_related(item: Item, other: Item) -> bool:
    """Returns whether they ask about the same key point, or one gives the other away."""
    return (
        item.objective == other.objective
        or not set(item.cites).isdisjoint(other.cites)
        or _name_each_other(item, other)
    )


def _are_alternatives(item: Item, other: Item) -> bool:
    """Returns whether they ask for one objective in two ways, neither giving the other away."""
    return (
        item.id != other.id
        and item.objective == other.objective
        and not _name_each_other(item, other)
    )


def _name_each_other(item: Item, other: Item) -> bool:
    return other.id in item.keep_apart or item.id in other.keep_apart


def shuffle_options(item: Item, rng: Random) -> str:
    """Returns an order of the options: a digit each, its place in the bank (0 is the key).

    Numbers stay in ascending order (Haladyna et al. 2002).
    """
    texts = tuple(option.text for option in item.options)
    if (ascending := _ascending(texts)) is not None:
        return ascending
    places = list("0123456789"[: len(texts)])
    rng.shuffle(places)
    return "".join(places)


@cache  # needed for every claim
def _ascending(texts: tuple[str, ...]) -> str | None:
    """Returns the ascending order of options that are numbers; None for others."""
    values = amounts(texts)
    if values is None:
        return None
    return "".join(str(place) for place in sorted(range(len(texts)), key=values.__getitem__))


def is_valid_order(option_order: str, item: Item) -> bool:
    """Returns whether the order still fits the item's options: the bank may have changed."""
    return sorted(option_order) == [str(place) for place in range(len(item.options))]


_SEPARATOR = "\n"  # no part of an item's id, nor is a space
_DATE_LENGTH = len("2026-11-23")


async def learner_histories(
    session: AsyncSession, subscriber_ids: Collection[int], item_count: int, now: datetime
) -> Mapping[int, LearnerHistory]:
    """Returns the histories of a batch: one round of the pool's items, and what is due.

    Each subscriber is one row a query: the database joins what would be a hundred rows into a
    string, because reading them would be most of the cost of a claim.
    """
    histories = await _answered(session, subscriber_ids, now.date() + timedelta(days=1))
    # Who has nothing due and may have answered everything gets what is due next.
    nearly_done = [
        each
        for each, history in histories.items()
        if not history.schedules and 2 * len(history.answered) >= item_count
    ]
    histories |= await _answered(session, nearly_done, date.max)
    asked = await _asked(session, subscriber_ids, now.date() - timedelta(days=item_count + 2))
    return {
        each: replace(histories.get(each, LearnerHistory()), **asked.get(each, {}))
        for each in subscriber_ids
    }


async def _asked(
    session: AsyncSession, subscriber_ids: Collection[int], since: date
) -> dict[int, dict[str, Any]]:
    """Returns by subscriber the fields `asked`, `cooling_down` and `last_daily` of the history."""
    connection = await session.connection()
    rows = await connection.execute(_ASKED, {"ids": list(subscriber_ids), "since": since})
    found = {}
    for subscriber_id, daily, practised, last_delivery_id in rows:
        days = sorted(daily.split(_SEPARATOR)) if daily else []
        asked = [day[_DATE_LENGTH:] for day in days]
        found[subscriber_id] = {
            "asked": asked,
            "cooling_down": asked[-1:] + _practised_since(practised, last_delivery_id or 0),
            "last_daily": date.fromisoformat(days[-1][:_DATE_LENGTH]) if days else None,
        }
    return found


_ASKED = (
    select(
        Delivery.subscriber_id,
        func.aggregate_strings(
            case((Delivery.slot == DAILY, cast(Delivery.local_date, String) + Delivery.item_id)),
            _SEPARATOR,
        ),
        func.aggregate_strings(
            case((Delivery.slot > DAILY, cast(Delivery.id, String) + " " + Delivery.item_id)),
            _SEPARATOR,
        ),
        func.max(case((Delivery.slot == DAILY, Delivery.id))),
    )
    .where(
        Delivery.subscriber_id.in_(bindparam("ids", expanding=True)),
        Delivery.local_date >= bindparam("since"),
    )
    .group_by(Delivery.subscriber_id)
)


def _practised_since(practised: str | None, delivery_id: int) -> list[str]:
    """Returns the items of practice after that delivery, oldest first."""
    if not practised:
        return []
    parts = (each.split(" ") for each in practised.split(_SEPARATOR))
    return [
        item for id_, item in sorted((int(id_), item) for id_, item in parts) if id_ > delivery_id
    ]


async def _answered(
    session: AsyncSession, subscriber_ids: Collection[int], latest: date
) -> dict[int, LearnerHistory]:
    """Returns by subscriber what was answered, and the schedules of what is due by `latest`."""
    if not subscriber_ids:
        return {}
    connection = await session.connection()
    rows: Result[*tuple[Any, ...]] = await connection.execute(
        _ANSWERED, {"ids": list(subscriber_ids), "latest": latest}
    )
    return {
        subscriber_id: LearnerHistory(
            schedules=dict(map(_schedule, due.split(_SEPARATOR))) if due else {},
            answered=frozenset(answered.split(_SEPARATOR)),
            repeated=frozenset(repeated.split(_SEPARATOR)) if repeated else frozenset(),
        )
        for subscriber_id, answered, repeated, due in rows
    }


def _schedule(text: str) -> tuple[str, ReviewSchedule]:
    item_id, stability, reviewed_on, due_on, result = text.split(" ")
    days = date.fromisoformat(reviewed_on), date.fromisoformat(due_on)
    return item_id, ReviewSchedule(float(stability), *days, result == "incorrect")


def _joined(*columns: SQLColumnExpression[Any]) -> ColumnElement[str]:
    """Returns the columns as text, separated by spaces."""
    text: ColumnElement[str] = cast(columns[0], String)
    for column in columns[1:]:
        text = text + " " + cast(column, String)
    return text


_ANSWERED = (
    select(
        LearnerMemory.subscriber_id,
        func.aggregate_strings(LearnerMemory.item_id, _SEPARATOR),
        func.aggregate_strings(
            case((LearnerMemory.reviews > 1, LearnerMemory.item_id)), _SEPARATOR
        ),
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
            _SEPARATOR,
        ),
    )
    .where(LearnerMemory.subscriber_id.in_(bindparam("ids", expanding=True)))
    .group_by(LearnerMemory.subscriber_id)
)


@dataclass(frozen=True)
class PracticeHistory:
    """All items that a learner has seen, oldest first, and those cooling down, by id.

    `last_slot` is the highest one used on the date.
    """

    seen: Sequence[str]
    cooling_down: Sequence[str]
    last_slot: int


async def practice_history(
    session: AsyncSession, subscriber_id: int, today: date, item_count: int
) -> PracticeHistory:
    """Returns the history of practice from the deliveries of one round of the pool's items."""
    rows = (
        await session.execute(
            select(Delivery.item_id, Delivery.local_date, Delivery.slot)
            .where(
                Delivery.subscriber_id == subscriber_id,
                Delivery.local_date >= today - timedelta(days=item_count + 2),
            )
            .order_by(Delivery.id)
        )
    ).all()
    seen = [row.item_id for row in rows]
    last_daily = max((index for index, row in enumerate(rows) if row.slot == DAILY), default=0)
    slots = [row.slot for row in rows if row.local_date == today]
    return PracticeHistory(seen, seen[last_daily:], max(slots, default=DAILY))
