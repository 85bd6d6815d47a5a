"""Objectives and items of the bank, and the rules for each of their fields."""

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
# The bot appends a short disclaimer to the poll's explanation: " Not medical advice." has 20
# characters, and its translations may need five more.
EXPLANATION_LIMIT = 175
# Our own limit, because the answer card is a separate message: it should be a quick read.
MORE_LIMIT = 600
# A correction is in the next poll's description (sendPoll allows 1024), above the question, and
# must not overwhelm it.
CORRECTION_LIMIT = 300
OBJECTIVE_LIMIT = 200
# Ids of objectives are stored in columns of 80 characters, some with a prefix.
OBJECTIVE_ID_LIMIT = 64
OBJECTIVE_TITLE_LIMIT = 40
# What a picture shows, in the poll's description (sendPoll allows 1024).
PICTURE_TEXT_LIMIT = 200

# In `order_was`: the previous revision did not have this option.
NEW_OPTION = 9

# Marks text that a person must still write in a draft. Approved items must not have it.
UNFINISHED = "TODO"

Status = Literal["draft", "approved", "retired"]
Level = Literal["recall", "understand", "apply"]
Difficulty = Literal["easy", "medium", "hard"]
Form = Literal["number", "swap", "myth", "case", "story", "picture", "mechanism"]


def poll_length(text: str) -> int:
    """Returns the length in UTF-16 code units.

    Telegram limits the characters in a poll. There are never fewer code units than characters, so a
    text that passes here passes there, however an emoji is counted.
    """
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def refusal(problem: str, remedy: str) -> PydanticCustomError:
    """Returns the error with which a validator reports a fault and its remedy."""
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
            "it is not a slug",
            "use lower-case letters, digits and single hyphens, as in b12-red-cells",
        )
    ),
]
ObjectiveName = Annotated[
    str,
    AfterValidator(
        _matches(
            "[a-z0-9]+(-[a-z0-9]+)*",
            "it is not the id of an objective",
            "list the objective under objectives, and write its id here, as in red-cells",
        )
    ),
]
Digest = Annotated[
    str,
    AfterValidator(
        _matches(
            "[0-9a-f]{64}", "it is not a SHA-256", "write the 64 hexadecimal digits in lower case"
        )
    ),
]
Slugs = Annotated[tuple[Slug, ...], AfterValidator(_no_repeats)]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class Objective(_Strict):
    """What people can do who have learned it: one sentence, as in "Can explain why ...".

    `key_point` is the id of the article's key point that it serves. `title` names it in a few words
    that can follow "about". Several items ask for it.
    """

    id: Annotated[Slug, AfterValidator(_at_most(OBJECTIVE_ID_LIMIT))]
    key_point: Line
    text: Annotated[Line, AfterValidator(_at_most(OBJECTIVE_LIMIT))]
    title: Annotated[Line, AfterValidator(_at_most(OBJECTIVE_TITLE_LIMIT))] | None = None


class Option(_Strict):
    """A choice. `why` kindly explains why a distractor is wrong."""

    text: Annotated[Line, AfterValidator(_at_most(OPTION_LIMIT))]
    correct: bool = False
    why: Line | None = None


class Change(_Strict):
    """What a revision changed, for people who learned the previous one.

    `tell` is the correction that they get. Without it they get a general one, or none if `waived`
    says why nobody needs to know. `order_was` is given if options changed places: for each option
    of this revision, its index in the previous one (0 was the key, 9 was not there). If the key has
    changed, answers to the previous revision are rescored.
    """

    revision: Annotated[int, AfterValidator(_positive)]
    tell: Annotated[Line, AfterValidator(_at_most(CORRECTION_LIMIT))] | None = None
    waived: Line | None = None
    order_was: tuple[int, ...] = ()

    @property
    def rekeyed(self) -> bool:
        """Whether the revision changed the key."""
        return bool(self.order_was) and self.order_was[0] != 0


class Item(_Strict):
    """A question: a stem, a key (the one best answer) and two or three distractors.

    The key is the first option; options are shuffled when they are sent. `written_by` has names,
    with semicolons between them. `objective` is the id of
    what it asks for, `form` the way in which it asks. `picture` names a file of the topic;
    `picture_text` says what it shows, for people who cannot see it. `status` may differ from the
    file: see `Topic.fallen_back`.
    """

    id: Slug
    status: Status
    revision: Annotated[int, AfterValidator(_positive)]
    written_by: Line | None = None
    reviewed_by: Line | None = None
    reviewed_on: dt.date | None = None
    source_sha256: Digest | None = None
    cites: Annotated[tuple[str, ...], AfterValidator(_no_repeats)]
    evidence: tuple[Text, ...]
    objective: ObjectiveName
    form: Form
    level: Level
    difficulty: Difficulty
    stem: Annotated[Text, AfterValidator(_question), AfterValidator(_at_most(STEM_LIMIT))]
    picture: Slug | None = None
    picture_text: Annotated[Line, AfterValidator(_at_most(PICTURE_TEXT_LIMIT))] | None = None
    options: tuple[Option, ...]
    explanation: Annotated[
        Text, AfterValidator(_few_lines), AfterValidator(_at_most(EXPLANATION_LIMIT))
    ]
    more: Annotated[Text, AfterValidator(_at_most(MORE_LIMIT))]
    keep_apart: Slugs = ()
    changes: tuple[Change, ...] = ()
    waivers: Mapping[Slug, Line] = Field(default_factory=dict)

    # By id, which is unique: the mapping cannot be hashed.
    def __hash__(self) -> int:
        return hash(self.id)

    @property
    def approved(self) -> bool:
        return self.status == "approved"

    @property
    def reviewed_by_writer(self) -> bool:
        """Whether who approved it is one of those who wrote it. Roles in brackets do not count."""
        writers = (self.written_by or "").split(";")
        return bool(self.reviewed_by) and _name(self.reviewed_by or "") in map(_name, writers)

    @property
    def key(self) -> str:
        """The text of the correct option."""
        return self.options[0].text

    @property
    def texts(self) -> dict[tuple[str | int, ...], str]:
        """All that learners read, by its path in the item."""
        found: dict[tuple[str | int, ...], str] = {("stem",): self.stem}
        if self.picture_text:
            found["picture_text",] = self.picture_text
        for index, option in enumerate(self.options):
            found["options", index, "text"] = option.text
            if option.why:
                found["options", index, "why"] = option.why
        return {**found, ("explanation",): self.explanation, ("more",): self.more}

    @property
    def distractors(self) -> tuple[Option, ...]:
        return self.options[1:]

    def for_pages(self) -> "Item":
        """Returns the item as it is printed, with curly quotes."""
        options = (each.model_copy(update={"text": printed(each.text)}) for each in self.options)
        changed = {
            "stem": printed(self.stem),
            "options": tuple(options),
            "explanation": printed(self.explanation),
            "picture_text": self.picture_text and printed(self.picture_text),
        }
        return self.model_copy(update=changed)


def printed(text: str) -> str:
    """Returns the text with curly quotes for those that are typed."""
    return re.sub(r"(?<!\w)'(?=\w)", "‘", text).replace("'", "’")


def _name(record: str) -> str:
    return " ".join(record.partition("(")[0].split()).casefold()


ITEM_FIELDS = tuple(Item.model_fields)
