"""Flaws of the options' form: what each check yields is the problem, in words."""

import re
from collections.abc import Iterator
from itertools import combinations

from questions.amounts import amounts
from questions.linting.shown import Shown
from questions.wording import content_words, words

# "the above", "these", "those listed": what stands for the other options as a whole.
_NAMED = "named|listed|mentioned|given|shown"
_VERDICT = r"(?: (?:is|are|apply|applies)\b.*)?"
_OTHERS = (
    rf"(?:them|these|those|(?:the|these|those) (?:\w+ )?(?:{_NAMED})(?: above)?"
    rf"|(?:the|these|those) (?:\w+ )?above){_VERDICT}"
)
_NONE = re.compile(
    rf"(?:none|neither|not any|no one) of {_OTHERS}"
    rf"|no (?:options?|answers?|choices?)(?: above)?{_VERDICT}",
)
_ALL = re.compile(
    rf"(?:all|both|each|any|every one) (?:of )?{_OTHERS}|everything (?:{_NAMED})(?: above)?"
)
# A label of an option or a statement: A to E, 1 to 5, I to V, bare or in brackets.
_LABEL = r"\(?(?:[a-e]|[1-5]|iii|ii|iv|i|v)\)?"
_LABELLED = r"(?:statements?|answers?|options?|choices?|numbers?)"
_JOINED = rf"{_LABEL}(?:(?:, | ?& ?| ?\+ ?| and | or | but not | nor |, and ){_LABEL})+"
_COMBINATION = re.compile(
    rf"(?:(?:both|only|neither) )?(?:{_LABELLED} )?{_JOINED}(?: only| alone)?{_VERDICT}"
    rf"|(?:{_LABELLED} )?{_LABEL} only|only {_LABELLED} {_LABEL}"
    r"|both of the (?:first|last|other) two"
)
# Nouns whose kinds bear letters or numbers: "vitamins A and D" combines no options.
_LETTERED = re.compile(
    r"\b(?:vitamin|type|group|factor|point|hepatitis|minute|class)s?\b", re.IGNORECASE
)
_VERDICTS = "yes|no|true|false|right|wrong|correct|incorrect"
_AFFIRMS = re.compile(
    rf"(?:{_VERDICTS})(?:[.!]?|[,;:.] .*)|(?:it|this|that) is (?:not )?(?:{_VERDICTS})[.!]?"
)
# Case matters: "Vitamin A" keeps its A.
_ARTICLE = re.compile(r"\b(?:[Tt]he|an?)\s+(?=\w)|^An?\s+(?=\w)")


def none_of_the_above(item: Shown) -> Iterator[str]:
    return _matching(item, _NONE)


def all_of_the_above(item: Shown) -> Iterator[str]:
    return _matching(item, _ALL)


def stands_for_others(text: str) -> bool:
    """Whether it says that none or that all of the other options are right."""
    return any(pattern.fullmatch(_bare(text)) for pattern in (_NONE, _ALL))


def combined_letters(item: Shown) -> Iterator[str]:
    """K-type: an option that combines others by their letters or numbers."""
    if _LETTERED.search(item.stem):
        return iter(())
    return _matching(item, _COMBINATION)


def true_or_false(item: Shown) -> Iterator[str]:
    if sum(_AFFIRMS.fullmatch(_bare(text)) is not None for text in item.options) >= 2:
        yield "the options only say yes or no"


def one_in_another(item: Shown) -> Iterator[str]:
    """Options that are equal but for articles and marks, or of which one contains the other."""
    for one, other in combinations(item.options, 2):
        shorter, longer = sorted((_meant(one), _meant(other)), key=len)
        if shorter == longer:
            yield f"'{one}' and '{other}' say the same"
        elif content_words(" ".join(shorter)) and _contains(longer, shorter):
            yield f"of '{one}' and '{other}' one contains the other"


def numbers_out_of_order(item: Shown) -> Iterator[str]:
    """Ascending or descending, both are an order."""
    values = amounts(item.options)
    if values and values not in (sorted(values), sorted(values, reverse=True)):
        yield "the numbers are in no order"


def odd_form(item: Shown) -> Iterator[str]:
    """The key alone differs in form from distractors that are all alike."""
    if len(item.distractors) < 2:
        return
    openings = {_opening(text) for text in item.distractors}
    if len(openings) == 1 and _opening(item.key_text) not in openings:
        yield f"every distractor begins with '{openings.pop()}', the key does not"
    for what, test in (("ends with a full stop", _ends_full), ("holds a number", _holds_number)):
        told = {test(text) for text in item.distractors}
        if len(told) == 1 and test(item.key_text) not in told:
            yield f"the key alone {what if told == {False} else what.replace('s ', 's no ', 1)}"


def _opening(text: str) -> str:
    first = (words(text) or [""])[0]
    return "a" if first == "an" else first


def _ends_full(text: str) -> bool:
    return text.endswith(".")


def _holds_number(text: str) -> bool:
    return re.search(r"(?<!\w)\d", text) is not None


def _matching(item: Shown, pattern: re.Pattern[str]) -> Iterator[str]:
    return (f"the option '{text}'" for text in item.options if pattern.fullmatch(_bare(text)))


def _bare(text: str) -> str:
    """Lower case, single spaces, no marks at the end."""
    return " ".join(text.casefold().split()).rstrip(".!").strip()


def _meant(text: str) -> list[str]:
    return words(_ARTICLE.sub("", text))


def _contains(longer: list[str], shorter: list[str]) -> bool:
    return any(longer[start : start + len(shorter)] == shorter for start in range(len(longer)))
