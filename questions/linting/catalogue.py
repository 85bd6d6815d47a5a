"""Every rule of the linter: its name, severity, meaning, source and remedy.

Sources: H02 is Haladyna, Downing and Rodriguez (2002), a taxonomy of item-writing guidelines; NBME
is the item-writing guide of the National Board of Medical Examiners (2020); M23 is Moore et al.
(2023), who name 19 flaws; "ours" is a rule of this project.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from questions.items import Item
from questions.linting import claims, flaws, item_checks
from questions.linting.display import Displayed, displayed
from questions.linting.findings import Severity
from questions.topic import Topic

WordingCheck = Callable[[Displayed], Iterator[str]]
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
        """Yields the item's problems; none if the rule is not one for items."""
        if self.wording is not None:
            yield from self.wording(displayed(item))
        if self.check is not None:
            yield from self.check(item, topic)


def _topic_as_key(item: Item, topic: Topic) -> Iterator[str]:
    return flaws.topic_as_key(displayed(item), topic.title)


_WORDING = (
    Rule(
        "none-of-the-above", BLOCK,
        "An option says that no other option is correct.", "H02, NBME, M23",
        "replace it with an answer that somebody could believe, or offer one option fewer",
        flaws.none_of_the_above,
    ),
    Rule(
        "all-of-the-above", BLOCK,
        "An option says that all others are correct.", "H02, NBME, M23",
        "ask for the one best answer, or offer one option fewer",
        flaws.all_of_the_above,
    ),
    Rule(
        "fill-in-blank", BLOCK,
        "The stem leaves a gap instead of asking.", "M23",
        "ask a whole question",
        flaws.fill_in_blank,
    ),
    Rule(
        "numbers-out-of-order", BLOCK,
        "Options that are numbers are in no order. (The bot sorts the options of a bank, so this "
        "concerns items from elsewhere.)", "H02, NBME",
        "put the numbers in ascending order",
        flaws.numbers_out_of_order,
    ),
    Rule(
        "key-longest", BLOCK,
        "The key has four words or more and is over 1.25 times as long as any distractor.",
        "H02, NBME, M23",
        "shorten the key, or lengthen a distractor",
        flaws.key_longest,
    ),
    Rule(
        "negative-stem", BLOCK,
        "The question asks in the negative (not, except, least, false ...).", "H02, NBME, M23",
        "ask in the positive; waive the rule if the exception itself is worth knowing",
        flaws.negative_stem,
    ),
    Rule(
        "k-type", BLOCK,
        "An option combines others by letter or number ('both A and C').", "H02, NBME, M23",
        "write each option out; options are shuffled and have no letters",
        flaws.combined_letters,
    ),
    Rule(
        "true-false", BLOCK,
        "The options only affirm or deny.", "M23",
        "offer reasons or facts to choose from",
        flaws.true_or_false,
    ),
    Rule(
        "duplicate-options", BLOCK,
        "Two options say the same, or one contains the other.", "H02",
        "make each option exclude the others",
        flaws.one_in_another,
    ),
    Rule(
        "no-question-mark", BLOCK,
        "The stem asks no question.", "ours",
        "ask a whole question that ends with '?'",
        flaws.no_question_mark,
    ),
    Rule(
        "stem-word-in-key", WARN,
        "A content word of the stem recurs in the key and in no distractor.", "H02, NBME, M23",
        "use another word, or use it in a distractor too",
        flaws.stem_word_in_key,
    ),
    Rule(
        "absolute-terms", WARN,
        "Some options say always, never, all and the like.", "H02, NBME, M23",
        "take the absolute word out",
        flaws.absolute_terms,
    ),
    Rule(
        "vague-terms", WARN,
        "Some options say sometimes, often, usually and the like.", "NBME, M23",
        "give the amount or take the vague word out",
        flaws.vague_terms,
    ),
    Rule(
        "odd-form", WARN,
        "The distractors are alike in form (first word, full stop, numbers) and the key is not.",
        "H02, NBME",
        "give all options the same form",
        flaws.odd_form,
    ),
    Rule(
        "gratuitous-stem", WARN,
        f"The stem has more than {flaws.LONGEST_STEM} words.", "H02, M23",
        "leave out what is not needed for the answer",
        flaws.gratuitous_stem,
    ),
)  # fmt: skip

_ITEM = (
    Rule(
        "too-long", BLOCK,
        "A text is longer than Telegram or the answer card allows.", "Bot API, sendPoll",
        "shorten it",
        check=item_checks.too_long,
    ),
    Rule(
        "unfinished", BLOCK,
        "A text still contains TODO.", "ours",
        "write what is missing there",
        check=item_checks.unfinished,
    ),
    Rule(
        "evidence-missing", BLOCK,
        "Evidence is not in the cited statements.", "ours",
        "copy the words that make the key correct from a cited statement",
        check=item_checks.evidence_missing,
    ),
    Rule(
        "topic-as-key", WARN,
        "The key says no more than the topic's title.", "ours",
        "ask for something that the topic's name does not give away",
        check=_topic_as_key,
    ),
    Rule(
        "key-not-grounded", WARN,
        "The evidence has less than half of the key's content words.", "ours",
        "quote the words that make the key correct, or use the statement's words in the key",
        check=item_checks.key_not_grounded,
    ),
    Rule(
        "unsupported-number", BLOCK,
        "Stem, key, a reason, explanation or card give a number that no cited statement has.",
        "ours",
        "cite the statement that has it, or correct the number",
        check=claims.unsupported_numbers,
    ),
    Rule(
        "unsupported-name", WARN,
        "Stem, key, a reason, explanation or card name something that no cited statement names.",
        "ours",
        "cite the statement that names it, or check that it is true and needed",
        check=claims.unsupported_names,
    ),
    Rule(
        "unknown-reference", WARN,
        "A draft names an item that is not in the bank, so it cannot be approved.", "ours",
        "remove the name from keep_apart, or correct it",
        check=item_checks.unknown_references,
    ),
    Rule(
        "reading-grade", BLOCK,
        f"The texts of the item together read above school grade {item_checks.HIGHEST_GRADE:.0f}.",
        "Kincaid et al. 1975",
        "use shorter sentences and shorter words",
        check=item_checks.hard_to_read,
    ),
    Rule(
        "unexplained-change", WARN,
        "`changes` does not explain why the revision was raised.", "ours",
        "add an entry to changes, with `waived` if nobody needs to know",
        check=item_checks.unexplained_change,
    ),
)  # fmt: skip

UNFINISHED_ARTICLE = Rule(
    "unfinished-article", BLOCK,
    "The article still contains TODO.", "ours",
    "write what is missing there",
)  # fmt: skip
GUESSABLE = Rule(
    "guessable", BLOCK,
    "A guesser who knows nothing of the subject is right too often.", "ours",
    "reword keys, or give distractors the same cue; the first items named need the smallest change",
)  # fmt: skip
CUE = Rule(
    "cue", WARN,
    "A further guesser (most words, most numerals ...) is right too often.", "ours",
    "look at the items in which only some options have that cue, and even them out",
)  # fmt: skip
COVERAGE = Rule(
    "coverage", BLOCK,
    "Fewer than three approved items cite a key point or a frequently asked question.", "ours",
    "write and approve more items on it",
)  # fmt: skip
OBJECTIVE_COVERAGE = Rule(
    "objective-coverage", BLOCK,
    "An objective has fewer than three approved items, or these have fewer than three forms.",
    "ours",
    "write items that ask for it in other forms: what is missed comes back as another item",
)  # fmt: skip
RECALL = Rule(
    "too-much-recall", BLOCK,
    "More than a third of the approved items ask for recall.", "H02, ours",
    "ask for a mechanism or a case instead",
)  # fmt: skip
GIVES_AWAY = Rule(
    "gives-away", WARN,
    "The stem of another item gives this item's key away.", "H02",
    "name the other item under keep_apart, or reword its stem",
)  # fmt: skip
ALIKE = Rule(
    "alike", WARN,
    "Two items of one objective share more than half of their content words, or have the same key.",
    "ours",
    "ask for it in another way: somebody who missed one should have to think about the other",
)  # fmt: skip
NEAR_DUPLICATE = Rule(
    "near-duplicate", WARN,
    "An item of another objective asks nearly the same in nearly the same words.", "ours",
    "ask it from another side, or retire one of the two",
)  # fmt: skip
COPIED = Rule(
    "copied", WARN,
    "Eight words or more in a row are in the source article too (with --source).", "ours",
    "say it in your own words",
)  # fmt: skip
UNKNOWN_WAIVER = Rule(
    "unknown-waiver", WARN,
    "A waiver names an unknown rule, or a rule that finds nothing here.", "ours",
    "remove the waiver, or correct its name",
)  # fmt: skip

ITEM_RULES = (*_WORDING, *_ITEM)
BANK_RULES = (
    *(GUESSABLE, CUE, COVERAGE, OBJECTIVE_COVERAGE, RECALL),
    *(GIVES_AWAY, ALIKE, NEAR_DUPLICATE, COPIED),
)
_ALL = (UNFINISHED_ARTICLE, *ITEM_RULES, *BANK_RULES, UNKNOWN_WAIVER)
RULES = {rule.name: rule for rule in _ALL}
