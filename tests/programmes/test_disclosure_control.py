"""Blocks of answers: each of them, and what they leave over, has five people on both sides."""

from collections import Counter
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from quizbot.programmes.disclosure_control import form_blocks, sum_of


@dataclass(frozen=True)
class Answers:
    """Who was correct, and who was not."""

    correct: tuple[int, ...]
    others: tuple[int, ...]

    @property
    def may_be_told(self) -> bool:
        return len(set(self.correct)) >= 5 and len(set(self.others)) >= 5

    @property
    def size(self) -> int:
        return len(self.correct) + len(self.others)

    def __add__(self, other: "Answers") -> "Answers":
        return Answers(self.correct + other.correct, self.others + other.others)


people = st.lists(st.integers(0, 9), max_size=12).map(tuple)
items = st.tuples(st.sampled_from("ab"), st.integers(0, 3), st.booleans())


@given(st.dictionaries(items, st.builds(Answers, people, people), max_size=12))
def test_every_block_and_the_rest_may_be_told_and_nothing_is_lost(
    cells: dict[tuple[str, int, bool], Answers],
) -> None:
    """An item has a point, a number, and whether it has waited for long enough."""
    levels = [
        lambda key: key,
        lambda key: (key[0], 9, True) if key[2] else None,
        lambda key: ("", 9, True) if key[2] else None,
    ]
    blocks, left = form_blocks(cells, levels)
    assert all(block.may_be_told for block in blocks.values())
    assert not blocks or not left or sum_of(left).may_be_told
    told, given_ = [*blocks.values(), *left], list(cells.values())
    for side in ("correct", "others"):
        assert Counter(each for cell in told for each in getattr(cell, side)) == Counter(
            each for cell in given_ for each in getattr(cell, side)
        )
    for key, block in blocks.items():
        assert key[1] == 9 or block == cells[key]
