"""Every rule of the linter: its name, how severe it is, why it is one, and what to do about it.

Sources: H02 is Haladyna, Downing and Rodriguez (2002), the taxonomy of guidelines for item writing;
NBME the item-writing guide of the National Board of Medical Examiners (2020); M23 Moore et al.
(2023), who name 19 flaws; R05 Rodriguez (2005), on three options; ours is a rule of this project.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from questions.items import Item
from questions.linting import cues, grounding, options, stems
from questions.linting.findings import Severity
from questions.linting.shown import Shown, shown
from questions.topic import Topic

WordingCheck = Callable[[Shown], Iterator[str]]
ItemCheck = Callable[[Item, Topic], Iterator[str]]

BLOCK, WARN = Severity.BLOCK, Severity.WARN


@dataclass(frozen=True)
class Rule:
    """`wording` or `check` judges an item; a rule without either judges the bank or the article."""

    name: str
    severity: Severity
    meaning: str
    source: str
    remedy: str
    wording: WordingCheck | None = None
    check: ItemCheck | None = None

    def problems(self, item: Item, topic: Topic) -> Iterator[str]:
        """What the rule finds in the item; nothing if it is no rule for items."""
        if self.wording is not None:
            yield from self.wording(shown(item))
        if self.check is not None:
            yield from self.check(item, topic)


def _topic_as_key(item: Item, topic: Topic) -> Iterator[str]:
    return cues.topic_as_key(shown(item), topic.title)


_WORDING = (
    Rule(
        "none-of-the-above", BLOCK,
        "An option says that no other option is right.", "H02, NBME, M23",
        "replace it by an answer that somebody could believe, or offer one option fewer",
        options.none_of_the_above,
    ),
    Rule(
        "all-of-the-above", BLOCK,
        "An option says that all others are right.", "H02, NBME, M23",
        "ask for the one best answer, or offer one option fewer",
        options.all_of_the_above,
    ),
    Rule(
        "fill-in-blank", BLOCK,
        "The stem leaves a gap instead of asking.", "M23",
        "ask a whole question",
        stems.fill_in_blank,
    ),
    Rule(
        "numbers-out-of-order", BLOCK,
        "Options that are numbers stand in no order. In a bank the key comes first and the order "
        "shown is the bot's, so this concerns items from elsewhere.", "H02, NBME",
        "put the numbers in ascending order",
        options.numbers_out_of_order,
    ),
    Rule(
        "key-longest", BLOCK,
        "The key has four words or more and is over 1.25 times as long as any distractor.",
        "H02, NBME, M23",
        "shorten the key, or lengthen a distractor",
        cues.key_longest,
    ),
    Rule(
        "negative-stem", BLOCK,
        "The question asks what is not so (not, except, least, false ...).", "H02, NBME, M23",
        "ask for what is so; waive it where the exception itself is worth knowing",
        stems.negative,
    ),
    Rule(
        "k-type", BLOCK,
        "An option combines others by letter or number ('both A and C').", "H02, NBME, M23",
        "write each option out; options are shuffled and have no letters",
        options.combined_letters,
    ),
    Rule(
        "true-false", BLOCK,
        "The options only affirm or deny.", "M23",
        "offer reasons or facts to choose from",
        options.true_or_false,
    ),
    Rule(
        "duplicate-options", BLOCK,
        "Two options say the same, or one contains the other.", "H02",
        "make each option exclude the others",
        options.one_in_another,
    ),
    Rule(
        "no-question-mark", BLOCK,
        "The stem asks no question.", "ours",
        "ask a whole question that ends with '?'",
        stems.no_question_mark,
    ),
    Rule(
        "stem-word-in-key", WARN,
        "A content word of the stem comes back in the key and in no distractor.", "H02, NBME, M23",
        "use another word, or use it in a distractor too",
        cues.stem_word_in_key,
    ),
    Rule(
        "absolute-terms", WARN,
        "Some options say always, never, all and the like.", "H02, NBME, M23",
        "take the absolute word out",
        cues.absolute_terms,
    ),
    Rule(
        "vague-terms", WARN,
        "Some options say sometimes, often, usually and the like.", "NBME, M23",
        "give the amount or take the vague word out",
        cues.vague_terms,
    ),
    Rule(
        "odd-form", WARN,
        "Distractors are alike in form (first word, full stop, numbers) and the key is not.",
        "H02, NBME",
        "give all options the same form",
        options.odd_form,
    ),
    Rule(
        "gratuitous-stem", WARN,
        f"The stem has more than {stems.LONGEST_STEM} words.", "H02, M23",
        "leave out what is not needed for the answer",
        stems.gratuitous,
    ),
)  # fmt: skip

_ITEM = (
    Rule(
        "too-long", BLOCK,
        "A text is longer than Telegram or the answer card allows.", "Bot API, sendPoll",
        "shorten it",
        check=grounding.too_long,
    ),
    Rule(
        "unfinished", BLOCK,
        "A text still holds the mark of what a person must write.", "ours",
        "write what is missing there",
        check=grounding.unfinished,
    ),
    Rule(
        "evidence-missing", BLOCK,
        "Evidence does not stand in the cited statements.", "ours",
        "copy the words that make the key right from a cited statement",
        check=grounding.evidence_missing,
    ),
    Rule(
        "topic-as-key", WARN,
        "The key says no more than the topic's title.", "ours",
        "ask for something that the topic's name does not tell",
        check=_topic_as_key,
    ),
    Rule(
        "key-not-grounded", WARN,
        "The evidence holds less than half of the key's content words.", "ours",
        "quote the words that make the key right, or use the statement's words in the key",
        check=grounding.key_not_grounded,
    ),
    Rule(
        "no-key-point", WARN,
        "The item cites none of the topic's points: /score counts it under 'Other questions'.",
        "ours",
        "cite the point that the item serves, if there is one",
        check=grounding.no_key_point,
    ),
    Rule(
        "unknown-reference", WARN,
        "A draft names an item that the bank lacks: that keeps it from being approved.", "ours",
        "remove the name from siblings or keep_apart, or correct it",
        check=grounding.unknown_references,
    ),
    Rule(
        "reading-grade", WARN,
        f"The explanation reads above school grade {grounding.HIGHEST_GRADE:.0f}.",
        "Kincaid et al. 1975",
        "use shorter sentences and shorter words",
        check=grounding.hard_to_read,
    ),
    Rule(
        "unexplained-change", WARN,
        "The revision was raised and `changes` does not say why.", "ours",
        "add an entry to changes, with `waived` where nobody needs to hear of it",
        check=grounding.unexplained_change,
    ),
)  # fmt: skip

UNFINISHED_ARTICLE = Rule(
    "unfinished-article", BLOCK,
    "The article still holds the mark of what a person must write.", "ours",
    "write what is missing there",
)  # fmt: skip
GUESSABLE = Rule(
    "guessable", BLOCK,
    "A guesser who knows nothing of the subject does not score as chance would.", "ours",
    "reword options until the cue is gone: in the items named, a few words turn it",
)  # fmt: skip
CUE = Rule(
    "cue", WARN,
    "A further guesser (most cautious, most numerals ...) does not score as chance would.", "ours",
    "look at the items where only some options have that cue, and even them out",
)  # fmt: skip
COVERAGE = Rule(
    "coverage", BLOCK,
    "A key point or a frequent question is cited by fewer than three approved items.", "ours",
    "write and approve more items on it",
)  # fmt: skip
RECALL = Rule(
    "too-much-recall", BLOCK,
    "More than a third of the approved items ask for recall.", "H02, ours",
    "ask for a mechanism or a case instead",
)  # fmt: skip
NO_SIBLINGS = Rule(
    "no-siblings", WARN,
    "No two approved items on a point are siblings, so a missed one cannot be asked otherwise.",
    "ours",
    "name an item on the same point under siblings, or write one",
)  # fmt: skip
GIVES_AWAY = Rule(
    "gives-away", WARN,
    "The stem of another item tells this item's key.", "H02",
    "name the other item under keep_apart, or reword its stem",
)  # fmt: skip
NEAR_DUPLICATE = Rule(
    "near-duplicate", WARN,
    "Another item asks nearly the same in nearly the same words.", "ours",
    "ask it from another side, or retire one of the two",
)  # fmt: skip
COPIED = Rule(
    "copied", WARN,
    "A run of eight words or more stands in the source article too (with --source).", "ours",
    "say it in your own words",
)  # fmt: skip
UNKNOWN_WAIVER = Rule(
    "unknown-waiver", WARN,
    "A waiver names no rule, or a rule that finds nothing here.", "ours",
    "remove the waiver, or correct its name",
)  # fmt: skip

ITEM_RULES = (*_WORDING, *_ITEM)
BANK_RULES = (GUESSABLE, CUE, COVERAGE, RECALL, NO_SIBLINGS, GIVES_AWAY, NEAR_DUPLICATE, COPIED)
_ALL = (UNFINISHED_ARTICLE, *ITEM_RULES, *BANK_RULES, UNKNOWN_WAIVER)
RULES = {rule.name: rule for rule in _ALL}
