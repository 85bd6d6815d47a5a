"""Cues that let somebody find the key, or rule out a distractor, without knowing the answer."""

import re
from collections.abc import Iterator

from questions.linting.options import stands_for_others
from questions.linting.shown import Shown
from questions.wording import content_words

LONGEST_KEY = 1.25  # times the longest distractor, in characters
_FEWEST_WORDS = 4  # a longer single term ("megaloblastic anaemia") is no cue

# "Every day" and "every two hours" tell a rhythm.
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
# As an answer of its own, a quantity is no exaggeration.
_QUANTITY = re.compile(
    r"(?:none|all|nothing|everything)(?: at all| of (?:it|them))?[.!]?", re.IGNORECASE
)
_VAGUE = re.compile(
    r"\b(?:sometimes|often|frequently|usually|generally|rarely|seldom|occasionally|possibly|maybe"
    r"|perhaps|normally|typically|mostly|commonly|probably|fairly|rather|somewhat|quite a few"
    r"|a lot|a while|some time|tends? to)\b(?!-)",
    re.IGNORECASE,
)


def key_longest(item: Shown) -> Iterator[str]:
    longest = max(map(len, item.distractors), default=0)
    key = item.key_text
    if len(key.split()) >= _FEWEST_WORDS and len(key) > LONGEST_KEY * longest:
        yield f"the key has {len(key)} characters, the longest distractor {longest}"


def stem_word_in_key(item: Shown) -> Iterator[str]:
    """Clang: a content word of the stem comes back in the key alone."""
    if shared := sorted((item.stem_words & item.key_words) - item.distractor_words):
        yield f"'{', '.join(shared)}' of the stem is in the key and in no distractor"


def absolute_terms(item: Shown) -> Iterator[str]:
    return _in_some(item, _ABSOLUTE, "absolute")


def vague_terms(item: Shown) -> Iterator[str]:
    return _in_some(item, _VAGUE, "vague")


def topic_as_key(item: Shown, title: str) -> Iterator[str]:
    """The key says no more than the topic's title, and a distractor does say more."""
    told = set(content_words(title))
    if item.key_words and item.key_words <= told and not item.distractor_words <= told:
        yield f"the key '{item.key_text}' is what the topic is called"


def _in_some(item: Shown, pattern: re.Pattern[str], kind: str) -> Iterator[str]:
    """A term in every option sets none apart."""
    found = [
        None if _QUANTITY.fullmatch(text) or stands_for_others(text) else pattern.search(text)
        for text in item.options
    ]
    if not all(found):
        for text, match in zip(item.options, found, strict=True):
            if match:
                yield f"the {kind} term '{match[0]}' in '{text}'"
