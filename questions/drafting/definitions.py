"""Questions about the meaning of a term, and about the term for a meaning."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from questions.drafting.draft import Draft, Wrong
from questions.drafting.phrases import Pool, as_option, explanation, padded, small
from questions.drafting.terms import Definition, definitions
from questions.statements import Statement, StatementKind
from questions.wording import content_words


@dataclass(frozen=True)
class Defined:
    """A definition and its statement. `group` identifies the term."""

    definition: Definition
    statement: Statement
    group: str


def defined_terms(statements: Iterable[Statement]) -> Iterator[Defined]:
    """Yields every term that the statements define, with its first definition."""
    seen: set[str] = set()
    for statement in statements:
        if statement.kind is StatementKind.TABLE_ROW:
            continue  # a cell is too short for a definition
        for definition in definitions(statement.text):
            group = " ".join(content_words(definition.term))
            if group not in seen:
                seen.add(group)
                yield Defined(definition, statement, group)


def definition_drafts(terms: Iterable[Defined]) -> Iterator[tuple[Draft, ...]]:
    """Yields both questions about each term, if there are distractors."""
    known = list(terms)
    by_term = Pool(wrong for each in known if (wrong := _wrong_term(each)))
    meanings = [(each, wrong) for each in known if (wrong := _wrong_meaning(each))]
    by_meaning = {
        form: Pool(wrong for each, wrong in meanings if each.definition.is_thing is form)
        for form in (True, False)
    }
    for each in known:
        pair = (_naming(each, by_term), _meaning(each, by_meaning[each.definition.is_thing]))
        yield tuple(draft for draft in pair if draft is not None)


def _wrong_term(each: Defined) -> Wrong | None:
    if (text := as_option(each.definition.term)) is None:
        return None
    return Wrong(text, f"That term describes something else: {_said(each)}.", each.group)


def _wrong_meaning(each: Defined) -> Wrong | None:
    if (text := as_option(each.definition.meaning)) is None:
        return None
    return Wrong(text, f"That is what “{small(each.definition.term)}” means.", each.group)


def _naming(each: Defined, pool: Pool) -> Draft | None:
    """Returns a question that asks for the term; a person adds missing distractors."""
    key = as_option(each.definition.term)
    wrong = pool.like(key, each.group) if key else ()
    if key is None or not wrong:
        return None
    return Draft(
        kind="term",
        subject=each.definition.term,
        cites=(each.statement.id,),
        evidence=(each.definition.sentence,),
        level="recall",
        difficulty="medium",
        stem=f"Which term describes this: {_said(each)}?",
        key=key,
        wrong=padded(wrong),
        explanation=_explanation(each),
    )


def _meaning(each: Defined, pool: Pool) -> Draft | None:
    key = as_option(each.definition.meaning)
    wrong = pool.like(key, each.group) if key else ()
    if key is None or len(wrong) < 2:
        return None
    return Draft(
        kind="meaning",
        subject=each.definition.term,
        cites=(each.statement.id,),
        evidence=(each.definition.sentence,),
        level="recall",
        difficulty="medium",
        stem=f"What does the term “{small(each.definition.term)}” describe?",
        key=key,
        wrong=wrong,
        explanation=_explanation(each),
    )


def _said(each: Defined) -> str:
    return small(each.definition.meaning)


def _explanation(each: Defined) -> str:
    return explanation(each.definition.sentence, f"{each.definition.term}: {_said(each)}.")
