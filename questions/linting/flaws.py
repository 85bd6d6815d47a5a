"""Flaws in the wording of stems and options. Each check yields its problems as sentences."""

import re
from collections.abc import Iterator
from itertools import combinations

from questions.amounts import amounts
from questions.linting.display import Displayed
from questions.wording import content_words, words

# Words. A longer stem mostly costs reading time.
LONGEST_STEM = 50

_CODE = re.compile(r"`[^`]*`")
# Two or more underscores, four or more dots or dashes; three dots only at the end of the stem.
_BLANK = re.compile(
    r"(?<![^\W_])(?:_ ?){2,}(?![^\W_])|\.{4,}|-{4,}|[\[(]blank[\])]|(?:\.{3}|…)\s*\??$",
    re.IGNORECASE,
)
_NEGATIVE = re.compile(
    r"\b(?:not|except|excluding|least|false|incorrect|untrue|never|cannot|unlike"
    r"|odd one out|(?:is|are) wrong)\b|n['’]t\b"
    r"|^(?:which|what)(?: [\w'’-]+){0,3} lacks\b",
    re.IGNORECASE,
)
# Not negative despite a negative word: questions about reasons, conditions, set phrases.
_REASON = re.compile(r"(?:why|how)\b", re.IGNORECASE)
_ASIDE = re.compile(r"\b(?:if|when|unless|because|although|who|whose)\b[^,?]*", re.IGNORECASE)
_SET_PHRASE = re.compile(
    r"\b(?:at least|not least|except for|not only|whether or not"
    r"|false (?:alarm|positive|negative|tooth|teeth|rib|start)s?)\b",
    re.IGNORECASE,
)


def fill_in_blank(item: Displayed) -> Iterator[str]:
    if _BLANK.search(_CODE.sub("", item.stem)):
        yield "the stem has a gap to fill"


def no_question_mark(item: Displayed) -> Iterator[str]:
    if not item.stem.rstrip().endswith(("?", "？", "؟")):
        yield "the stem does not end with a question mark"


def negative_stem(item: Displayed) -> Iterator[str]:
    """Judges only the lead-in: a person who does not eat meat is part of a case."""
    if _REASON.match(item.lead_in):
        return
    asked = _SET_PHRASE.sub("", _ASIDE.sub("", item.lead_in))
    if match := _NEGATIVE.search(asked):
        yield f"it asks in the negative ('{match[0]}')"


def gratuitous_stem(item: Displayed) -> Iterator[str]:
    if (count := len(item.stem.split())) > LONGEST_STEM:
        yield f"the stem has {count} words"


# Phrases for all other options together: "the above", "these", "those listed".
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
# Nouns that go with letters or numbers: "vitamins A and D" does not combine options.
_LETTERED = re.compile(
    r"\b(?:vitamin|type|group|factor|point|hepatitis|minute|class)s?\b", re.IGNORECASE
)
_VERDICTS = "yes|no|true|false|right|wrong|correct|incorrect"
_AFFIRMS = re.compile(
    rf"(?:{_VERDICTS})(?:[.!]?|[,;:.] .*)|(?:it|this|that) is (?:not )?(?:{_VERDICTS})[.!]?"
)
# Case matters: the A of "Vitamin A" is not an article.
_ARTICLE = re.compile(r"\b(?:[Tt]he|an?)\s+(?=\w)|^An?\s+(?=\w)")


def none_of_the_above(item: Displayed) -> Iterator[str]:
    return _matching(item, _NONE)


def all_of_the_above(item: Displayed) -> Iterator[str]:
    return _matching(item, _ALL)


def stands_for_others(text: str) -> bool:
    """Returns whether the option says that none or all of the other options are correct."""
    return any(pattern.fullmatch(_bare(text)) for pattern in (_NONE, _ALL))


def combined_letters(item: Displayed) -> Iterator[str]:
    """K-type items: an option combines others by their letters or numbers."""
    if _LETTERED.search(item.stem):
        return iter(())
    return _matching(item, _COMBINATION)


def true_or_false(item: Displayed) -> Iterator[str]:
    if sum(_AFFIRMS.fullmatch(_bare(text)) is not None for text in item.options) >= 2:
        yield "the options only say yes or no"


def one_in_another(item: Displayed) -> Iterator[str]:
    """Yields options that differ only in articles and punctuation, or contain another option."""
    for one, other in combinations(item.options, 2):
        shorter, longer = sorted((_meant(one), _meant(other)), key=len)
        if shorter == longer:
            yield f"'{one}' and '{other}' say the same"
        elif content_words(" ".join(shorter)) and _contains(longer, shorter):
            yield f"of '{one}' and '{other}' one contains the other"


def numbers_out_of_order(item: Displayed) -> Iterator[str]:
    """Yields a problem for numbers neither in ascending nor in descending order."""
    values = amounts(item.options)
    if values and values not in (sorted(values), sorted(values, reverse=True)):
        yield "the numbers are in no order"


def odd_form(item: Displayed) -> Iterator[str]:
    """Yields a problem if all distractors are alike in form and the key is not."""
    if len(item.distractors) < 2:
        return
    openings = {_opening(text) for text in item.distractors}
    if len(openings) == 1 and _opening(item.key_text) not in openings:
        yield f"every distractor begins with '{openings.pop()}', the key does not"
    for what, test in (("ends with a full stop", _ends_full), ("holds a number", _holds_number)):
        others = {test(text) for text in item.distractors}
        if len(others) == 1 and test(item.key_text) not in others:
            yield f"the key alone {what if others == {False} else what.replace('s ', 's no ', 1)}"


def _opening(text: str) -> str:
    first = (words(text) or [""])[0]
    return "a" if first == "an" else first


def _ends_full(text: str) -> bool:
    return text.endswith(".")


def _holds_number(text: str) -> bool:
    return re.search(r"(?<!\w)\d", text) is not None


def _matching(item: Displayed, pattern: re.Pattern[str]) -> Iterator[str]:
    return (f"the option '{text}'" for text in item.options if pattern.fullmatch(_bare(text)))


def _bare(text: str) -> str:
    """Returns the text in lower case, with single spaces and without final punctuation."""
    return " ".join(text.casefold().split()).rstrip(".!").strip()


def _meant(text: str) -> list[str]:
    return words(_ARTICLE.sub("", text))


def _contains(longer: list[str], shorter: list[str]) -> bool:
    return any(longer[start : start + len(shorter)] == shorter for start in range(len(longer)))


LONGEST_KEY = 1.25  # times the length of the longest distractor, in characters
_FEWEST_WORDS = 4  # a long term ("megaloblastic anaemia") is not a cue

# "Every day" and "every two hours" give a rhythm; they do not exaggerate.
_SPAN = (
    r"(?:(?:two|three|few|other|\d+) )?"
    r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)?day|morning|evening|night|week|month|year|hour)"
)
_ABSOLUTE = re.compile(
    rf"\b(?:always|never|only|all|none|every(?! {_SPAN})|everyone|everybody"
    r"|everything|nobody|nothing|completely|entirely|totally|absolutely|invariably|exclusively"
    r"|certainly|definitely|guaranteed|impossible|must|in (?:any|each) case)\b",
    re.IGNORECASE,
)
# A quantity that is the whole answer is not an exaggeration.
_QUANTITY = re.compile(
    r"(?:none|all|nothing|everything)(?: at all| of (?:it|them))?[.!]?", re.IGNORECASE
)
_VAGUE = re.compile(
    r"\b(?:sometimes|often|frequently|usually|generally|rarely|seldom|occasionally|possibly|maybe"
    r"|perhaps|normally|typically|mostly|commonly|probably|fairly|rather|somewhat|quite a few"
    r"|a lot|a while|some time|tends? to)\b(?!-)",
    re.IGNORECASE,
)


def key_longest(item: Displayed) -> Iterator[str]:
    longest = max(map(len, item.distractors), default=0)
    key = item.key_text
    if len(key.split()) >= _FEWEST_WORDS and len(key) > LONGEST_KEY * longest:
        yield f"the key has {len(key)} characters, the longest distractor {longest}"


def stem_word_in_key(item: Displayed) -> Iterator[str]:
    """Clang association: a content word of the stem recurs only in the key."""
    if shared := sorted((item.stem_words & item.key_words) - item.distractor_words):
        yield f"'{', '.join(shared)}' of the stem is in the key and in no distractor"


def absolute_terms(item: Displayed) -> Iterator[str]:
    return _in_some(item, _ABSOLUTE, "absolute")


def vague_terms(item: Displayed) -> Iterator[str]:
    return _in_some(item, _VAGUE, "vague")


def topic_as_key(item: Displayed, title: str) -> Iterator[str]:
    """Yields a problem if the key, unlike the distractors, says no more than the topic's title."""
    known = set(content_words(title))
    if item.key_words and item.key_words <= known and not item.distractor_words <= known:
        yield f"the key '{item.key_text}' is what the topic is called"


def _in_some(item: Displayed, pattern: re.Pattern[str], kind: str) -> Iterator[str]:
    """Yields terms in some options; a term in every option is not a cue."""
    found = [
        None if _QUANTITY.fullmatch(text) or stands_for_others(text) else pattern.search(text)
        for text in item.options
    ]
    if not all(found):
        for text, match in zip(item.options, found, strict=True):
            if match:
                yield f"the {kind} term '{match[0]}' in '{text}'"
