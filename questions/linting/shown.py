"""An item's wording as a learner meets it: what the rules about wording judge."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from questions.amounts import amounts
from questions.items import Item
from questions.wording import content_words, sentences


@dataclass(frozen=True)
class Shown:
    """A stem and its options in the order shown; `key` is the place of the correct one, from 0."""

    stem: str
    options: tuple[str, ...]
    key: int = 0

    @property
    def key_text(self) -> str:
        return self.options[self.key]

    @cached_property
    def distractors(self) -> tuple[str, ...]:
        return self.options[: self.key] + self.options[self.key + 1 :]

    @cached_property
    def lead_in(self) -> str:
        """The last sentence of the stem, which asks; a case story may stand before it."""
        return (sentences(self.stem) or [""])[-1]

    @cached_property
    def stem_words(self) -> frozenset[str]:
        return frozenset(content_words(self.stem))

    @cached_property
    def key_words(self) -> frozenset[str]:
        return frozenset(content_words(self.key_text))

    @cached_property
    def distractor_words(self) -> frozenset[str]:
        return frozenset(word for text in self.distractors for word in content_words(text))

    def options_but(self, place: int) -> Iterator[str]:
        """The other options."""
        return (text for other, text in enumerate(self.options) if other != place)


def shown(item: Item) -> Shown:
    """The item of a bank as the bot would show it.

    Numbers stand in ascending order. All other options are shuffled, places that lot decides mean
    nothing, and so the order of the bank, key first, stands for them.
    """
    texts = tuple(option.text for option in item.options)
    order = list(range(len(texts)))
    if values := amounts(texts):
        order.sort(key=values.__getitem__)
    return Shown(item.stem, tuple(texts[place] for place in order), order.index(0))
