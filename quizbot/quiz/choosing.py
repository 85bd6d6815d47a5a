"""Which item next, and in which order its options are shown. Pure; chance is an argument.

Unseen items first, the easier ones before the harder, then those not seen for longest. Never
yesterday's point: items that cite the claims of a recent one, its siblings and those it must be
kept apart from wait, as long as anything else is left.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from questions import Item

_LEVELS = ("easy", "medium", "hard")


@dataclass(frozen=True)
class Deck:
    """The approved items to choose from, and the chance to choose by."""

    items: Sequence[Item]
    rng: Random

    def draw(self, seen: Sequence[str], recent: Sequence[str]) -> tuple[Item, str]:
        """An item for somebody who has seen these, and its option order; see `choose`."""
        item = choose(self.items, seen, recent, self.rng)
        return item, shuffle(item, self.rng)


def choose(items: Sequence[Item], seen: Sequence[str], recent: Sequence[str], rng: Random) -> Item:
    """One of the approved items.

    `seen` holds the ids already sent, oldest first; `recent` those whose points must rest now.
    Raises ValueError when there are no items.
    """
    if not items:
        raise ValueError("there are no approved questions to choose from")
    resting = [item for item in items if item.id in recent]
    candidates = [
        item for item in items if not any(_close(item, other) for other in resting)
    ] or list(items)
    latest = {item_id: position for position, item_id in enumerate(seen)}

    def turn(item: Item) -> tuple[int, int]:
        last = latest.get(item.id, -1)
        return last, _LEVELS.index(item.difficulty) if last < 0 else 0

    first = min(map(turn, candidates))
    return rng.choice([item for item in candidates if turn(item) == first])


def _close(item: Item, last: Item) -> bool:
    """Whether an item asks about the same point as the last one, or gives it away."""
    return (
        item.id == last.id
        or not set(item.cites).isdisjoint(last.cites)
        or item.id in (*last.siblings, *last.keep_apart)
        or last.id in (*item.siblings, *item.keep_apart)
    )


def shuffle(item: Item, rng: Random) -> str:
    """The order to show the options in: a digit per option, its place in the bank (0 is the key).

    Numbers stay in ascending order, as item writing prescribes (Haladyna et al. 2002).
    """
    places = list(range(len(item.options)))
    numbers = [_number(option.text) for option in item.options]
    if all(number is not None for number in numbers):
        places.sort(key=lambda place: numbers[place] or 0.0)
    else:
        rng.shuffle(places)
    return "".join(str(place) for place in places)


def fits(option_order: str, item: Item) -> bool:
    """Whether the order still is one of the item's options: the bank may have been edited since."""
    return sorted(option_order) == [str(place) for place in range(len(item.options))]


def _number(text: str) -> float | None:
    try:
        return float(text.rstrip("%").replace(",", "").strip())
    except ValueError:
        return None
