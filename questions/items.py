"""A question of the bank, and what each of its fields must be by itself."""

import datetime as dt
import re
from collections.abc import Callable, Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

# Telegram's limits for a quiz poll (Bot API, sendPoll).
STEM_LIMIT = 300
OPTION_LIMIT = 100
POLL_EXPLANATION_LIMIT = 200
LINE_FEEDS_LIMIT = 2
# The bot appends a short disclaimer to the poll's explanation (" Not medical advice." takes 20
# characters); what is kept free beyond that is for translations of it.
EXPLANATION_LIMIT = 175
# The answer card is a message of its own, so this limit is ours: a card is read in one glance.
MORE_LIMIT = 600
# A correction travels in the description of the next poll (sendPoll allows 1024), above the
# question: it must stay shorter than what it stands above.
CORRECTION_LIMIT = 300

# In `order_was`, the place of an option that the revision before did not have.
NOT_THERE = 9

# Stands in drafts where a person has yet to write; no approved item may hold it.
UNFINISHED = "TODO"

Status = Literal["draft", "approved", "retired"]
Level = Literal["recall", "understand", "apply"]
Difficulty = Literal["easy", "medium", "hard"]


def poll_length(text: str) -> int:
    """The length in UTF-16 code units.

    Telegram counts characters in a poll. Code units are never fewer, so a text that passes here
    passes there, however an emoji is counted.
    """
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def refusal(problem: str, remedy: str) -> PydanticCustomError:
    """The error by which a validator tells a fault together with its remedy."""
    return PydanticCustomError("rule", "{problem}", {"problem": problem, "remedy": remedy})


def _filled(text: str) -> str:
    if not text.strip():
        raise refusal("it is empty", "write something or remove the field")
    if text != text.strip():
        raise refusal("it begins or ends with white space", "remove the white space")
    return text


def _at_most(limit: int) -> Callable[[str], str]:
    def check(text: str) -> str:
        length = poll_length(text)
        if length > limit:
            raise refusal(f"it has {length} characters", f"shorten it to {limit} or fewer")
        return text

    return check


def _one_line(text: str) -> str:
    if "\n" in text:
        raise refusal("it has a line break", "write it in one line")
    return text


def _few_lines(text: str) -> str:
    breaks = text.count("\n")
    if breaks > LINE_FEEDS_LIMIT:
        raise refusal(f"it has {breaks} line breaks", f"Telegram takes {LINE_FEEDS_LIMIT} at most")
    return text


def _question(text: str) -> str:
    if not text.endswith("?"):
        raise refusal("it does not end with a question mark", "ask a question")
    return text


def _matches(pattern: str, problem: str, remedy: str) -> Callable[[str], str]:
    def check(text: str) -> str:
        if not re.fullmatch(pattern, text, re.ASCII):
            raise refusal(problem, remedy)
        return text

    return check


def _no_repeats(values: tuple[str, ...]) -> tuple[str, ...]:
    repeated = next((value for value in values if values.count(value) > 1), None)
    if repeated is not None:
        raise refusal(f"it names '{repeated}' twice", "name it once")
    return values


def _positive(number: int) -> int:
    if number < 1:
        raise refusal("it is not positive", "count revisions from 1")
    return number


Text = Annotated[str, AfterValidator(_filled)]
Line = Annotated[Text, AfterValidator(_one_line)]
Slug = Annotated[
    str,
    AfterValidator(
        _matches(
            "[a-z0-9]+(-[a-z0-9]+)*",
            "it is no slug",
            "use lower-case letters, digits and single hyphens, as in b12-red-cells",
        )
    ),
]
Digest = Annotated[
    str,
    AfterValidator(
        _matches(
            "[0-9a-f]{64}", "it is no SHA-256", "write the 64 hexadecimal digits in lower case"
        )
    ),
]
Slugs = Annotated[tuple[Slug, ...], AfterValidator(_no_repeats)]


class _Strict(BaseModel):
    # In a bank a field goes by its alias alone; in code it goes by its name.
    model_config = ConfigDict(
        strict=True, frozen=True, extra="forbid", validate_by_name=True, serialize_by_alias=True
    )


class Option(_Strict):
    """One choice. `why` tells whoever took a distractor, kindly, why it is not right."""

    text: Annotated[Line, AfterValidator(_at_most(OPTION_LIMIT))]
    correct: bool = False
    why: Line | None = None


class Change(_Strict):
    """What a revision changed, for those who were taught the one before.

    `tell` is the correction that they get; without it they get a general one, and where `waived`
    says why nobody needs to hear of it, none. `order_was` is given where the options changed
    places: the place of each, in the order of this revision, in the one before (0 was the key, 9
    was not there). Where that makes another option the key, answers given then are graded anew.
    """

    revision: Annotated[int, AfterValidator(_positive)]
    tell: Annotated[Line, AfterValidator(_at_most(CORRECTION_LIMIT))] | None = None
    waived: Line | None = None
    order_was: tuple[int, ...] = ()

    @property
    def rekeyed(self) -> bool:
        """Whether another option is the key than before."""
        return bool(self.order_was) and self.order_was[0] != 0


class Item(_Strict):
    """A question: a stem, one key (the best answer) and two or three distractors.

    The key is the first option; it is shuffled when sent. `status` is what holds, which is not
    always what the file says: see `Topic.fallen_back`.
    """

    id: Slug
    status: Status
    revision: Annotated[int, AfterValidator(_positive)]
    reviewed_by: Line | None = None
    reviewed_on: dt.date | None = None
    source_sha256: Digest | None = None
    cites: Annotated[tuple[str, ...], AfterValidator(_no_repeats)]
    evidence: tuple[Text, ...]
    objective: Line
    level: Level
    difficulty: Difficulty
    stem: Annotated[Text, AfterValidator(_question), AfterValidator(_at_most(STEM_LIMIT))]
    options: tuple[Option, ...]
    explanation: Annotated[
        Text, AfterValidator(_few_lines), AfterValidator(_at_most(EXPLANATION_LIMIT))
    ]
    more: Annotated[Text, AfterValidator(_at_most(MORE_LIMIT))]
    related: Slugs = Field(default=(), alias="siblings")
    keep_apart: Slugs = ()
    changes: tuple[Change, ...] = ()
    waivers: Mapping[Slug, Line] = Field(default_factory=dict)

    # An id is never used twice, so it stands for the item (the mapping cannot be hashed).
    def __hash__(self) -> int:
        return hash(self.id)

    @property
    def approved(self) -> bool:
        return self.status == "approved"

    @property
    def key(self) -> str:
        """The text of the correct option."""
        return self.options[0].text

    @property
    def distractors(self) -> tuple[Option, ...]:
        return self.options[1:]


def bank_fields(model: type[BaseModel]) -> dict[str, str]:
    """The fields of an item, an option or a change as a bank names them, each with its attribute."""
    return {field.alias or name: name for name, field in model.model_fields.items()}


ITEM_FIELDS = bank_fields(Item)
