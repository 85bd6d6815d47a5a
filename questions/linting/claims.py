"""Numbers and names in an item that no cited statement has.

A number without a source is a claim of our own, or a slip of the pen. Not judged are distractors
(they are false), the ages of people, and letters with a digit such as B12. A name is a word with a
capital letter or a digit inside a sentence; in a case or a story, the stem may name people.
"""

import re
from collections.abc import Iterator

from questions.items import UNFINISHED, Item
from questions.strict_yaml import Path, field_name
from questions.topic import Topic
from questions.wording import STOP_WORDS, sentences, stem, words

_SCALES = {"thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
_SPELT = {
    word: value
    for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve".split()
    )
} | {
    word: 10 * value
    for value, word in enumerate(
        "twenty thirty forty fifty sixty seventy eighty ninety hundred".split(), 2
    )
}
# Neither a part of a decimal or of a name such as omega-3, nor a digit after a letter.
_NUMBER = re.compile(
    rf"(?<![\w.])(?<!\d,)(?<![A-Za-z][-‑])(?P<digits>\d{{1,3}}(?:,\d{{3}})+|\d+)(?P<part>\.\d+)?"
    rf"(?!\w)(?:\s+(?P<scale>{'|'.join(_SCALES)})\b)?"
    rf"|\b(?P<word>{'|'.join(_SPELT)})\s+(?P<words_scale>{'|'.join(_SCALES)})\b",
    re.IGNORECASE,
)
# "Tom, 34, ...", "aged 30", "a man of 75", "40-year-old", "65 years old"
_AGE = re.compile(
    r"(?:(?<=[a-z], )|\b(?:aged|age|(?:man|woman|person) of)\s+)\d{1,3}(?=[,.;?]|\s|$)"
    r"|\b\d{1,3}(?:-year-olds?|\s+years?\s+old)\b"
)
# "Ida is 78 and ...", where the case is told
_TOLD_AGE = re.compile(r"\b(?:is|was|turns|turned)\s+\d{1,3}(?=[,.;?]|\s+and\b)")
_NAME = re.compile(r"[^\W\d_]*[A-Z][^\W_]*(?:['’-][^\W_]+)*|[^\W\d_]+-?\d[^\W_]*")
# What precedes a word inside a sentence: neither a colon nor an opening quotation mark.
_INSIDE = re.compile(r"[^\W_][,;’']?\s+$|[(/-]$")
_CALENDAR = frozenset(
    "monday tuesday wednesday thursday friday saturday sunday january february march april may "
    "june july august september october november december".split()
)


def unsupported_numbers(item: Item, topic: Topic) -> Iterator[str]:
    """Yields the numbers that neither a cited statement nor a distractor has, with their fields."""
    held = {value for text in _cited(item, topic) for value in numbers(text)}
    held |= {_SPELT[w] for text in _cited(item, topic) for w in words(text) if w in _SPELT}
    held |= {value for option in item.distractors for value in numbers(option.text)}
    for path, text in _claims(item):
        for value, written in numbers(_without_ages(path, text)).items():
            if not any(_is_rounded(value, other, written) for other in held):
                held.add(value)
                yield f"`{field_name(path)}` says {written}, which no cited statement does"


def _without_ages(path: Path, text: str) -> str:
    """Returns the text without the ages of people, whom stem and key may introduce."""
    if path == ("stem",):
        return _AGE.sub("", _TOLD_AGE.sub("", text))
    return _AGE.sub("", text) if path[-1] == "text" else text


def numbers(text: str) -> dict[float, str]:
    """Returns the numbers in digits, and those spelt in millions, with the words of each."""
    found: dict[float, str] = {}
    for match in _NUMBER.finditer(text):
        if match["word"]:
            value = float(_SPELT[match["word"].casefold()])
        else:
            value = float(match["digits"].replace(",", "") + (match["part"] or ""))
        scale = match["scale"] or match["words_scale"] or ""
        found[value * _SCALES.get(scale.casefold(), 1)] = match[0]
    return found


def _is_rounded(value: float, held: float, written: str) -> bool:
    """Returns whether the number is the other one, to as many decimals as it is written with."""
    decimals = re.search(r"\.(\d+)", written)
    return value in {held, round(held, len(decimals[1]) if decimals else 0)}


def unsupported_names(item: Item, topic: Topic) -> Iterator[str]:
    """Yields the names that neither a cited statement nor a distractor has, with their fields."""
    known = [*_cited(item, topic), *(option.text for option in item.distractors)]
    held = {_bare(word) for text in known for word in words(text)}
    for path, text in _claims(item):
        if path != ("stem",) or item.form not in {"case", "story"}:
            for name in _names(text):
                if (bare := _bare(name.casefold())) not in held:
                    held.add(bare)
                    yield f"`{field_name(path)}` names {name}, which no cited statement does"
        held |= {_bare(word) for word in words(text)}


def _names(text: str) -> Iterator[str]:
    for sentence in sentences(text):
        for match in _NAME.finditer(sentence):
            before, name = sentence[: match.start()], match[0]
            letter = len(name) == 1 and not before.endswith("vitamin ")
            common = name.casefold() in STOP_WORDS | _CALENDAR
            if _INSIDE.search(before) and not letter and not common:
                yield name


def _bare(word: str) -> str:
    return stem(word.replace("’", "'").removesuffix("'s"))


def _cited(item: Item, topic: Topic) -> Iterator[str]:
    yield topic.title
    for name in item.cites:
        if name in topic.statements:
            yield f"{topic.statements[name].title} {topic.statements[name].text}"


def _claims(item: Item) -> Iterator[tuple[Path, str]]:
    """Yields the texts that must be true: all but the distractors and unfinished texts."""
    for path, text in item.texts.items():
        if UNFINISHED in text:  # the mark of a draft may look like a number
            continue
        if path[0] != "options" or path[-1] == "why" or path[1] == 0:
            yield path, text
