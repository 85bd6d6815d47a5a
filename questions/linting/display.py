"""An item's wording as displayed, which the rules about wording judge."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from questions.amounts import amounts
from questions.items import Item
from questions.wording import content_words, sentences


@dataclass(frozen=True)
class Displayed:
    """A stem and its options in display order; `key` is the index of the correct one."""

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
        """The last sentence of the stem, which asks the question; a case may precede it."""
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
        """Returns the options except the one at `place`."""
        return (text for other, text in enumerate(self.options) if other != place)


def displayed(item: Item) -> Displayed:
    """Returns the wording as the bot displays it.

    Numbers are in ascending order. Other options keep the order of the bank, key first: they are
    shuffled when they are sent, so their order means nothing.
    """
    texts = tuple(option.text for option in item.options)
    order = list(range(len(texts)))
    if values := amounts(texts):
        order.sort(key=values.__getitem__)
    return Displayed(item.stem, tuple(texts[place] for place in order), order.index(0))
