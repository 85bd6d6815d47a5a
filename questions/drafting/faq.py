"""Questions from the FAQ, each with the beginning of its answer as the key."""

import re
from collections.abc import Iterator, Sequence

from questions.drafting.draft import Draft, Wrong, label
from questions.drafting.phrases import KeySentence, Pool, key_sentence, padded, reason
from questions.drafting.titles import asked_about
from questions.items import UNFINISHED
from questions.statements import Statement
from questions.wording import words

_ENDING = re.compile(r"[\s?？؟;:.!…]+$")
_PERSONAL = frozenset("i my me mine you your yours we our us".split())
_OPEN = frozenset("what which who whom whose when where why how".split())


def faq_drafts(statements: Sequence[Statement]) -> Iterator[Draft]:
    """Yields a draft for each entry whose question is known.

    Distractors are answers to questions of the same sort. If these are too few, notes ask a person
    to write the rest.
    """
    statements = [statement for statement in statements if asked_about(statement)]
    answers = {statement.id: key_sentence(statement.text) for statement in statements}
    sorts = {statement.id: _sort(statement.title) for statement in statements}
    pools = {
        sort: Pool(
            Wrong(
                answer.option, f"That answers another question: {label(statement)}.", statement.id
            )
            for statement in statements
            if sorts[statement.id] == sort and (answer := answers[statement.id])
        )
        for sort in set(sorts.values())
    }
    for statement in statements:
        if answer := answers[statement.id]:
            yield _draft(
                statement, answer, pools[sorts[statement.id]].like(answer.option, statement.id)
            )


def _draft(statement: Statement, answer: KeySentence, wrong: tuple[Wrong, ...]) -> Draft:
    return Draft(
        kind="answer",
        subject=statement.title,
        cites=(statement.id,),
        evidence=(answer.sentence,),
        level="understand",
        difficulty="medium",
        stem=_stem(statement.title),
        key=answer.option,
        wrong=padded(wrong),
        explanation=reason(statement.text, answer.option),
    )


def _stem(question: str) -> str:
    """Returns the question with a question mark; a personal one gets a note to rewrite it."""
    stem = f"{_ENDING.sub('', question)}?"
    if _PERSONAL & set(words(question)):
        return f"{UNFINISHED}: ask it about a person in a short case. {stem}"
    return stem


def _sort(question: str) -> str:
    """Returns the question word ("In which cases ..." is a "which"), or "yes/no"."""
    asked = next((word for word in words(question)[:3] if word in _OPEN), None)
    return asked or "yes/no"
