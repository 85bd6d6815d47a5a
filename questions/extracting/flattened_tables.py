"""Recovers tables from copies that ran the cells of each row together.

Cells can still be told apart: column names begin with capitals, the feature of a row is a few words
in title case, and its values are sentences. Nothing is guessed: if a row can be split in more than
one way, the table is not recovered.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, pairwise

from questions.article import MOST_CELLS
from questions.wording import sentences, words

# If the header begins with one of these, it is the name of the first column.
FEATURE_NAMES = frozenset(
    """aspect attribute category characteristic criteria criterion factor feature item measure
    parameter property topic""".split()
)
_CONNECTORS = frozenset("a an and at by for from in of on or per the to vs vs. with & /".split())
# The next word belongs to these: 'Vitamin A', 'Type 2'.
_LABELLED = frozenset(
    "day grade group hepatitis month omega phase stage step type vitamin week".split()
)
_NUMBER = re.compile(r"\d+(?:[.,–-]\d+)*%?", re.ASCII)
_LONGEST_HEADER = 14
_LONGEST_FEATURE = 8
_CAPITALISED_INSIDE = re.compile(r"(?<=[a-zß-öø-ÿ] )[A-ZÀ-ÖØ-Þ][^\W\d_]*")

Rows = tuple[tuple[str, ...], ...]


class NotRecoveredError(Exception):
    """The cells cannot be told apart with confidence; the message says why."""


@dataclass(frozen=True)
class Wording:
    """How the article uses its words: evidence for words that belong together."""

    text: str

    @cached_property
    def pairs(self) -> Counter[tuple[str, str]]:
        """How often one word follows another."""
        return Counter(pairwise(words(self.text)))

    def joins(self, word: str, following: str, table: "Wording") -> bool:
        """Returns whether one word follows the other outside the table too."""
        pair = (*words(word)[-1:], *words(following)[:1])
        return len(pair) == 2 and self.pairs[pair] > table.pairs[pair]

    @cached_property
    def _capitalised(self) -> Counter[str]:
        return Counter(_CAPITALISED_INSIDE.findall(self.text))

    @cached_property
    def _in_lower_case(self) -> frozenset[str]:
        return frozenset(re.findall(r"\b[a-zß-öø-ÿ][^\W\d_]*", self.text))

    def is_name(self, word: str, table: "Wording") -> bool:
        """Returns whether the word is a name, judged by capitals in the text outside the table."""
        bare = word.strip("\"'“”‘’(),.:;!?")
        if any(map(str.isdigit, bare)) or (len(bare) > 1 and bare.isupper()):
            return True
        return (
            self._capitalised[bare] > table._capitalised[bare]
            and bare.lower() not in self._in_lower_case
        )


def recover(header: str, rows: Sequence[str], wording: Wording) -> Rows:
    """Returns the rows, beginning with the names of the columns. Raises NotRecoveredError."""
    split = [sentences(row) for row in rows]
    counts = {len(parts) for parts in split}
    if len(rows) < 2 or len(counts) != 1:
        raise NotRecoveredError("its rows do not hold the same number of sentences")
    (values,) = counts
    if not 2 <= values <= MOST_CELLS - 1:
        raise NotRecoveredError(f"its rows hold {values} sentences, so that no cells stand out")
    head = _split_header(header.split(), values + 1, wording)
    table = Wording("\n".join((header, *rows)))
    return (head, *(_split_row(parts, wording, table) for parts in split))


def _split_row(parts: list[str], wording: Wording, table: Wording) -> tuple[str, ...]:
    tokens = parts[0].split()
    start = _value_start(tokens, wording, table)
    if start is None or start > _LONGEST_FEATURE:
        problem = f"where the first value begins is not certain in '{' '.join(tokens[:6])} …'"
        raise NotRecoveredError(problem)
    return (" ".join(tokens[:start]), " ".join(tokens[start:]), *parts[1:])


def _value_start(tokens: list[str], wording: Wording, table: Wording) -> int | None:
    """Returns the index of the first word of the first value; None if that is not certain."""
    last = _end_of_title(tokens)
    later = [
        index
        for index in range(max(last + 1, 2), len(tokens))
        if _opens(tokens[index]) and not wording.is_name(tokens[index], table)
    ]
    if last == 0:  # not in title case: exactly one word may begin the value
        return later[0] if len(later) == 1 else None
    if later or wording.joins(tokens[last - 1], tokens[last], table):
        return None
    return last if _may_open(tokens, last, wording, table) else None


def _end_of_title(tokens: list[str]) -> int:
    """Returns the index of the last capitalised word before the running words begin."""
    last = 0
    for index, token in enumerate(tokens):
        if _opens(token):
            last = index
        elif token not in _CONNECTORS:
            break
    return last


def _may_open(tokens: list[str], index: int, wording: Wording, table: Wording) -> bool:
    before = tokens[index - 1].casefold()
    word = tokens[index]
    if word == "A" or _NUMBER.fullmatch(word):
        return before not in _LABELLED and not before[-1].isdigit()
    return len(word) > 1 and not wording.is_name(word, table)


def _opens(token: str) -> bool:
    first = token.lstrip("\"'“‘(")[:1]
    return first.isupper() or first.isdigit()


def _split_header(tokens: list[str], count: int, wording: Wording) -> tuple[str, ...]:
    if len(tokens) == count:
        return tuple(tokens)
    if not count < len(tokens) <= _LONGEST_HEADER:
        raise NotRecoveredError(f"its head does not name {count} columns")
    fixed = tokens[0].casefold() in FEATURE_NAMES
    places = [index for index in range(1, len(tokens)) if _opens(tokens[index])]
    scored = sorted(
        (_score(tokens, breaks, wording), breaks)
        for breaks in combinations(places, count - 1)
        if (not fixed or breaks[0] == 1) and not _repeats_a_word(tokens, breaks)
    )
    if not scored or (len(scored) > 1 and scored[0][0] == scored[1][0]):
        raise NotRecoveredError("the names of its columns run together")
    return tuple(" ".join(name) for name in _names(tokens, scored[0][1]))


def _names(tokens: list[str], breaks: tuple[int, ...]) -> list[list[str]]:
    return [tokens[start:end] for start, end in pairwise((0, *breaks, len(tokens)))]


def _repeats_a_word(tokens: list[str], breaks: tuple[int, ...]) -> bool:
    return any(len(set(name)) < len(name) for name in _names(tokens, breaks))


def _score(tokens: list[str], breaks: tuple[int, ...], wording: Wording) -> tuple[bool, int]:
    """Returns a sort key: parallel value names first, then breaks between rarely adjacent words."""
    values = [[word.casefold() for word in name] for name in _names(tokens, breaks)[1:]]
    parallel = len({len(name) for name in values}) == 1 and any(
        len({name[end] for name in values}) == 1 for end in (0, -1)
    )
    meetings = 0
    for place in breaks:
        pair = (*words(tokens[place - 1])[-1:], *words(tokens[place])[:1])
        meetings += wording.pairs[pair] if len(pair) == 2 else 0
    return not parallel, meetings
