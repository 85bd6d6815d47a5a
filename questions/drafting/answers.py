"""Questions that the article asks itself: its FAQ, each with the beginning of its answer as key."""

import re
from collections.abc import Iterator, Sequence

from questions.claims import Claim
from questions.drafting.draft import Draft, Wrong, label
from questions.drafting.phrases import Pool, Statement, padded, reason, statement
from questions.drafting.titles import asked_about
from questions.items import UNFINISHED
from questions.wording import words

_ENDING = re.compile(r"[\s?？؟;:.!…]+$")
_PERSONAL = frozenset("i my me mine you your yours we our us".split())
_OPEN = frozenset("what which who whom whose when where why how".split())


def faq_drafts(claims: Sequence[Claim]) -> Iterator[Draft]:
    """One draft an entry. Distractors come from answers to questions of the same sort.

    Where there are too few of them, notes ask a person to write the rest. An entry whose question
    is still to be restored waits for it.
    """
    claims = [claim for claim in claims if asked_about(claim)]
    answers = {claim.id: statement(claim.text) for claim in claims}
    sorts = {claim.id: _sort(claim.title) for claim in claims}
    pools = {
        sort: Pool(
            Wrong(answer.option, f"That answers another question: {label(claim)}.", claim.id)
            for claim in claims
            if sorts[claim.id] == sort and (answer := answers[claim.id])
        )
        for sort in set(sorts.values())
    }
    for claim in claims:
        if answer := answers[claim.id]:
            yield _draft(claim, answer, pools[sorts[claim.id]].like(answer.option, claim.id))


def _draft(claim: Claim, answer: Statement, wrong: tuple[Wrong, ...]) -> Draft:
    return Draft(
        kind="answer",
        subject=claim.title,
        cites=(claim.id,),
        evidence=(answer.sentence,),
        objective=f"Answer: {claim.title}",
        level="understand",
        difficulty="medium",
        stem=_stem(claim.title),
        key=answer.option,
        wrong=padded(wrong),
        explanation=reason(claim.text, answer.option),
    )


def _stem(question: str) -> str:
    """The question, ending as a stem must; a personal one is to be asked of somebody else."""
    stem = f"{_ENDING.sub('', question)}?"
    if _PERSONAL & set(words(question)):
        return f"{UNFINISHED}: ask it about a person in a short case. {stem}"
    return stem


def _sort(question: str) -> str:
    """ "yes/no", or the word that asks ("In which cases ..." is a "which")."""
    asked = next((word for word in words(question)[:3] if word in _OPEN), None)
    return asked or "yes/no"
