"""Makes draft items of imported questions, and refuses those that do not fit, with a reason."""

import hashlib
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import ValidationError

from questions.bank import objective_for
from questions.formats.plain_text import has_html, one_line
from questions.formats.reading import ImportedOption, ImportedQuestion, Reading
from questions.items import UNFINISHED, Item, Objective
from questions.statements import Statement, lost, normalised
from questions.strict_yaml import field_name
from questions.topic import Topic
from questions.validation import item_problems
from questions.wording import content_words, overlap, sentences

WHY = f"{UNFINISHED}: say kindly why this is wrong."
EXPLANATION = f"{UNFINISHED}: say why the key is correct."
MORE = f"{UNFINISHED}: add some depth for the answer card."
# A review sets these; an imported item has had none.
_REVIEWED = frozenset(
    ("status", "revision", "reviewed_by", "reviewed_on", "source_sha256", "changes")
)


@dataclass
class Drafts:
    """New items with their lines; `reading` has the refused questions, and notes on the rest.

    `guessed` are the ids of items whose objective was not in the file. `objectives` are new.
    """

    reading: Reading
    items: list[Item] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)
    guessed: set[str] = field(default_factory=set)
    objectives: list[Objective] = field(default_factory=list)


def make_drafts(reading: Reading, topic: Topic, cites: Sequence[str] = ()) -> Drafts:
    """Makes a draft of each question, or adds a fault to `reading`.

    `cites` are ids of statements to cite instead of those in the file or the best matches.
    """
    drafts = Drafts(reading)
    maker = _Maker(topic, tuple(cites), reading)
    renamed: dict[str, str] = {}
    for found in reading.found:
        item = maker.draft(found)
        if item is not None:
            drafts.items.append(item)
            drafts.lines[item.id] = found.line
            if found.held.get("objective") != item.objective:
                drafts.guessed.add(item.id)
            renamed.setdefault(found.title, item.id)
    needed = {item.objective for item in drafts.items} - topic.objectives.keys()
    drafts.objectives = [each for each in maker.objectives if each.id in needed]
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
        self.objectives = list(topic.objectives.values())
        self._topic = topic
        self._cites = cites
        self._reading = reading
        self._grounding = Grounding(topic.statements)
        self._ids = Ids(self.bank_ids)
        self._known = {_content(item.stem, item.key): item.id for item in topic.items}

    def draft(self, found: ImportedQuestion) -> Item | None:
        """Returns the item, or None if it was refused."""
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

    def _repeats(self, found: ImportedQuestion) -> list[tuple[str, str, str]]:
        key = next(option.text for option in found.options if option.correct)
        known = self._known.get(_content(found.stem, key))
        remedy = "change that item instead"
        return [("", f"the bank has it already, as {known}", remedy)] if known else []

    def _values(self, found: ImportedQuestion) -> dict[str, object]:
        """Returns the fields of a draft without its id; empty if no statement fits."""
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
            "form": "mechanism",
            **{
                name: value
                for name, value in found.held.items()
                if name not in _REVIEWED and name != "keep_apart"
            },
            "objective": self._objective(found, cites, about),
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

    def _explanation(self, found: ImportedQuestion) -> str:
        """Returns the explanation, or else the feedback on the key."""
        praise = next(option.why for option in found.options if option.correct)
        if found.explanation and praise:
            self._reading.note(found.line, f"the feedback on the key is left out: {praise[:200]}")
        return found.explanation or praise or EXPLANATION

    def _held_cites(self, found: ImportedQuestion) -> tuple[str, ...]:
        held = found.held.get("cites", ())
        named = [str(each) for each in held] if isinstance(held, tuple) else []
        for unknown in (each for each in named if each not in self._topic.statements):
            note = f"the statement {unknown[:20]} is not in this article and left out"
            self._reading.note(found.line, note)
        return tuple(each for each in named if each in self._topic.statements)

    def _objective(self, found: ImportedQuestion, cites: Sequence[str], about: str) -> str:
        """Returns the objective in the file, or the first one on the question's key point."""
        held = str(found.held.get("objective", ""))
        if held in self._topic.objectives:
            return held
        if held:
            note = f"the bank has no objective {held[:60]}, so another one is guessed"
            self._reading.note(found.line, note)
        key_points = {each.id: each for each in self._topic.key_points}
        cited = next((name for name in cites if name in key_points), None)
        nearest = cited or self._grounding.nearest(about, key_points) or next(iter(key_points))
        objective = objective_for(key_points[nearest], key_points[nearest], self.objectives)
        if objective not in self.objectives:
            self.objectives.append(objective)
        return objective.id

    def _evidence(
        self, found: ImportedQuestion, cites: Sequence[str], about: str
    ) -> tuple[str, ...]:
        held = found.held.get("evidence", ())
        words = [str(each) for each in held] if isinstance(held, tuple) else []
        standing = tuple(each for each in words if self._grounding.has(each, cites))
        if len(standing) < len(words):
            note = f"evidence that is not in {', '.join(cites)} is left out"
            self._reading.note(found.line, note)
        return standing or self._grounding.evidence(cites, about)

    def _named(self, item: Item, found: ImportedQuestion) -> Item:
        wanted = found.title or found.stem
        name = self._ids.new(wanted)
        if wanted in self.bank_ids:
            note = f"the bank has another {wanted}, so it became {name}; compare the two"
            self._reading.note(found.line, note)
        if any(map(has_html, (found.stem, *(option.text for option in found.options)))):
            self._reading.note(found.line, f"{name} holds what looks like HTML; it is kept as text")
        self._known[_content(item.stem, item.key)] = name
        return item.model_copy(update={"id": name})


def _shape_problems(found: ImportedQuestion) -> Iterator[tuple[str, str, str]]:
    correct = sum(option.correct for option in found.options)
    if correct != 1:
        problem = "no option is correct" if correct == 0 else f"{correct} options are correct"
        yield "options", problem, "mark the one best answer"


def _options(found: Sequence[ImportedOption]) -> Iterator[dict[str, object]]:
    for option in sorted(found, key=lambda option: not option.correct):
        text = one_line(option.text)
        if option.correct:
            yield {"text": text, "correct": True}
        else:
            yield {"text": text, "why": one_line(option.why) or WHY}


def _referring(
    item: Item, found: ImportedQuestion, renamed: Mapping[str, str], ids: set[str], reading: Reading
) -> Item:
    """Returns the item with the references of `found` to existing items, by their new ids."""
    held = found.held.get("keep_apart", ())
    wanted = [renamed.get(str(each), str(each)) for each in held] if isinstance(held, tuple) else []
    for unknown in (each for each in wanted if each not in ids):
        reading.note(found.line, f"keep_apart: there is no item {unknown[:60]}, so it is left out")
    apart = dict.fromkeys(each for each in wanted if each in ids - {item.id})
    return item.model_copy(update={"keep_apart": tuple(apart)})


def _validation_problem(detail: Mapping[str, object]) -> tuple[str, str, str]:
    context = detail.get("ctx")
    loc = detail["loc"]
    place = field_name(loc if isinstance(loc, tuple) else ())
    if detail["type"] == "rule" and isinstance(context, dict):
        return place, str(context["problem"]), str(context["remedy"])
    return place, str(detail["msg"]), "see the fields in docs/questions.md"


def _content(stem: str, key: str) -> tuple[str, str]:
    return normalised(stem).casefold(), normalised(key).casefold()


class Grounding:
    """Finds the statement that a question rests on, and its sentence of evidence."""

    def __init__(self, statements: Mapping[str, Statement]) -> None:
        self._statements = statements
        self._words = {
            name: frozenset(content_words(f"{statement.title} {statement.text}"))
            for name, statement in statements.items()
        }
        self._sentences = {
            name: sentences(statement.text) for name, statement in statements.items()
        }

    def nearest(self, text: str, among: Collection[str] | None = None) -> str | None:
        """Returns the id of the statement with the most words of the text; None if none has any."""
        own = set(content_words(text))
        names = self._words if among is None else among
        shared = {name: len(own & self._words[name]) for name in names}
        best = max(shared, key=shared.__getitem__, default=None)
        return best if best is not None and shared[best] else None

    def evidence(self, cites: Sequence[str], text: str) -> tuple[str, ...]:
        """Returns the sentence of the cited statements that shares most words with the text."""
        candidates = [each for name in cites for each in self._sentences[name]]
        best = max(candidates, key=lambda sentence: overlap(text, sentence), default=None)
        return () if best is None else (best,)

    def has(self, words: str, cites: Sequence[str]) -> bool:
        """Returns whether the words are in one of the cited statements."""
        return not lost([words], (self._statements[name] for name in cites))


_ID_LENGTH = 60


def slug(text: str) -> str:
    """Returns lower-case words joined by hyphens; a hash if the text has no Latin letters."""
    plain = unicodedata.normalize("NFKD", text[:1000]).encode("ascii", "ignore").decode().lower()
    name = "-".join(re.findall(r"[a-z0-9]+", plain))
    if len(name) > _ID_LENGTH:
        name = name[: _ID_LENGTH + 1].rpartition("-")[0] or name[:_ID_LENGTH]
    return name or f"question-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


class Ids:
    """Readable ids for new items, each given out once."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = set(taken)
        self._last: dict[str, int] = {}

    def new(self, text: str) -> str:
        name = wanted = slug(text)
        while name in self._taken:
            self._last[wanted] = self._last.get(wanted, 1) + 1
            name = f"{wanted}-{self._last[wanted]}"
        self._taken.add(name)
        return name
