"""Makes draft items of what a reader found; what does not fit the bank is refused with a reason."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import ValidationError

from questions.formats.found import Found, FoundOption, Reading
from questions.formats.grounding import Grounding
from questions.formats.item_ids import Ids
from questions.formats.plain_text import has_html, one_line
from questions.items import ITEM_FIELDS, UNFINISHED, Item
from questions.rules import item_problems
from questions.statements import normalised
from questions.strict_yaml import field_name
from questions.topic import Topic

WHY = f"{UNFINISHED}: say kindly why this is not right."
EXPLANATION = f"{UNFINISHED}: say why the key is right."
OBJECTIVE = f"{UNFINISHED}: say what somebody can do who answers it."
MORE = f"{UNFINISHED}: add some depth for the answer card."
# Only a review gives these; an imported item is a new one.
_REVIEWED = frozenset(
    ("status", "revision", "reviewed_by", "reviewed_on", "source_sha256", "changes")
)
_REFERENCES = ("siblings", "keep_apart")


@dataclass
class Drafts:
    """The new items with the line of each, what was refused, and what was done to the rest."""

    reading: Reading
    items: list[Item] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)


def make_drafts(reading: Reading, topic: Topic, cites: Sequence[str] = ()) -> Drafts:
    """Judges each question by itself: one that is refused is added to the faults of `reading`.

    `cites` are the statements to cite instead of those that the file names or that fit best; they must
    be statements of the topic.
    """
    drafts = Drafts(reading)
    maker = _Maker(topic, tuple(cites), reading)
    renamed: dict[str, str] = {}
    for found in reading.found:
        item = maker.draft(found)
        if item is not None:
            drafts.items.append(item)
            drafts.lines[item.id] = found.line
            renamed.setdefault(found.title, item.id)
    ids = maker.bank_ids | set(drafts.lines)
    held = {found.line: found for found in reading.found}
    drafts.items = [
        _referring(item, held[drafts.lines[item.id]], renamed, ids, reading)
        for item in drafts.items
    ]
    reading.faults.sort(key=lambda fault: fault.line or 0)
    return drafts


class _Maker:
    def __init__(self, topic: Topic, cites: tuple[str, ...], reading: Reading) -> None:
        self.bank_ids = {item.id for item in topic.items}
        self._topic = topic
        self._cites = cites
        self._reading = reading
        self._grounding = Grounding(topic.statements)
        self._ids = Ids(self.bank_ids)
        self._known = {_content(item.stem, item.key): item.id for item in topic.items}

    def draft(self, found: Found) -> Item | None:
        """The item, or None if it was refused."""
        problems = list(_shape_problems(found)) or self._repeats(found)
        values = {} if problems else self._values(found)
        if values:
            try:
                item = Item.model_validate(values)
            except ValidationError as error:
                problems = [_validation_problem(detail) for detail in error.errors()]
            else:
                problems = [
                    (field_name(problem.path), problem.problem, problem.remedy)
                    for problem in item_problems(item, self.bank_ids, self._topic.statements)
                ]
                if not problems:
                    return self._named(item, found)
        elif not problems:
            remedy = "name the statement that it rests on with --cites"
            problems = [("cites", "no statement of the article shares a word with it", remedy)]
        for place, problem, remedy in problems:
            where = f"{place}: " if place else ""
            label = found.title or found.stem
            self._reading.refuse(found.line, normalised(label), f"{where}{problem}", remedy)
        return None

    def _repeats(self, found: Found) -> list[tuple[str, str, str]]:
        key = next(option.text for option in found.options if option.correct)
        known = self._known.get(_content(found.stem, key))
        remedy = "change that item instead"
        return [("", f"the bank has it already, as {known}", remedy)] if known else []

    def _values(self, found: Found) -> dict[str, object]:
        """The fields of a draft that is yet without a name; none if no statement fits."""
        about = " ".join([found.stem, *(o.text for o in found.options if o.correct)])
        about = f"{about} {found.explanation}"
        cites = self._cites or self._held_cites(found)
        if not cites:
            nearest = self._grounding.nearest(about)
            if nearest is None:
                return {}
            cites = (nearest,)
        return {
            "level": "recall",
            "difficulty": "medium",
            "objective": OBJECTIVE,
            **{
                name: value
                for name, value in found.held.items()
                if name not in _REVIEWED and name not in _REFERENCES
            },
            "id": "unnamed",
            "status": "draft",
            "revision": 1,
            "cites": cites,
            "evidence": self._evidence(found, cites, about),
            "stem": found.stem,
            "options": tuple(_options(found.options)),
            "explanation": self._explanation(found),
            "more": found.more or MORE,
        }

    def _explanation(self, found: Found) -> str:
        """A feedback on the key explains it as well, where nothing else does."""
        praise = next(option.why for option in found.options if option.correct)
        if found.explanation and praise:
            self._reading.note(found.line, f"the feedback on the key is left out: {praise[:200]}")
        return found.explanation or praise or EXPLANATION

    def _held_cites(self, found: Found) -> tuple[str, ...]:
        held = found.held.get("cites", ())
        named = [str(each) for each in held] if isinstance(held, tuple) else []
        for unknown in (each for each in named if each not in self._topic.statements):
            note = f"the statement {unknown[:20]} is not in this article and left out"
            self._reading.note(found.line, note)
        return tuple(each for each in named if each in self._topic.statements)

    def _evidence(self, found: Found, cites: Sequence[str], about: str) -> tuple[str, ...]:
        held = found.held.get("evidence", ())
        words = [str(each) for each in held] if isinstance(held, tuple) else []
        standing = tuple(each for each in words if self._grounding.stands(each, cites))
        if len(standing) < len(words):
            note = f"evidence that does not stand in {', '.join(cites)} is left out"
            self._reading.note(found.line, note)
        return standing or self._grounding.evidence(cites, about)

    def _named(self, item: Item, found: Found) -> Item:
        wanted = found.title or found.stem
        name = self._ids.new(wanted)
        if wanted in self.bank_ids:
            note = f"the bank has another {wanted}, so it became {name}; compare the two"
            self._reading.note(found.line, note)
        if any(map(has_html, (found.stem, *(option.text for option in found.options)))):
            self._reading.note(found.line, f"{name} holds what looks like HTML; it is kept as text")
        self._known[_content(item.stem, item.key)] = name
        return item.model_copy(update={"id": name})


def _shape_problems(found: Found) -> Iterator[tuple[str, str, str]]:
    right = sum(option.correct for option in found.options)
    if right != 1:
        problem = "no option is right" if right == 0 else f"{right} options are right"
        yield "options", problem, "mark the one best answer"


def _options(found: Sequence[FoundOption]) -> Iterator[dict[str, object]]:
    for option in sorted(found, key=lambda option: not option.correct):
        text = one_line(option.text)
        if option.correct:
            yield {"text": text, "correct": True}
        else:
            yield {"text": text, "why": one_line(option.why) or WHY}


def _referring(
    item: Item, found: Found, renamed: Mapping[str, str], ids: set[str], reading: Reading
) -> Item:
    """The item with its siblings and the like, by their new names, as far as they exist."""
    update: dict[str, tuple[str, ...]] = {}
    for name in _REFERENCES:
        held = found.held.get(name, ())
        wanted = (
            [renamed.get(str(each), str(each)) for each in held] if isinstance(held, tuple) else []
        )
        update[ITEM_FIELDS[name]] = tuple(
            dict.fromkeys(each for each in wanted if each in ids - {item.id})
        )
        for unknown in (each for each in wanted if each not in ids):
            reading.note(found.line, f"{name}: there is no item {unknown[:60]}, so it is left out")
    return item.model_copy(update=update)


def _validation_problem(detail: Mapping[str, object]) -> tuple[str, str, str]:
    context = detail.get("ctx")
    loc = detail["loc"]
    place = field_name(loc if isinstance(loc, tuple) else ())
    if detail["type"] == "rule" and isinstance(context, dict):
        return place, str(context["problem"]), str(context["remedy"])
    return place, str(detail["msg"]), "see the fields in docs/questions.md"


def _content(stem: str, key: str) -> tuple[str, str]:
    return normalised(stem).casefold(), normalised(key).casefold()
