"""Titles for claims whose source gives them none, and where a title ends and its text begins."""

from questions.extracting.blocks import Text
from questions.extracting.names import QUESTION_MARKS, is_question
from questions.wording import sentences

_TITLE_LIMIT = 80
_SENTENCE_LIMIT = 55
_HINT_LIMIT = 40


def hint(text: str, limit: int = _HINT_LIMIT) -> str:
    """The first words of a text, at most `limit` characters and a sign that more follow."""
    line = text.split("\n", 1)[0].removeprefix("- ")
    if len(line) <= limit:
        return line.rstrip(" .:;,") or line
    cut = line[: limit + 1].rsplit(" ", 1)[0].strip()
    return f"{cut[:limit].rstrip(' .:;,–—-') or cut[:limit]} …"


def claim_title(heading: Text | None, text: str, *, alone: bool) -> str:
    """The section's heading, with the first words of the text unless it is alone there."""
    if heading is None:
        return hint(text, _SENTENCE_LIMIT)
    return heading.text if alone else f"{heading.text} – {hint(text)}"


def title_and_statement(entry: str) -> tuple[str | None, str]:
    """'Title: Statement.' in its two parts; a whole sentence has no title, and keeps its words."""
    for mark in (": ", " – ", " — ", " - "):
        title, found, statement = entry.partition(mark)
        if found and _is_title(title, statement):
            return title.strip(), statement.strip()
    return None, entry


def _is_title(title: str, statement: str) -> bool:
    title, statement = title.strip(), statement.strip()
    if not title or not statement or len(title) > _TITLE_LIMIT or len(sentences(title)) != 1:
        return False
    return not statement[0].islower() or len(title.split()) <= 3


def question_and_answer(text: str) -> tuple[str, str] | None:
    """'Question? Answer.' in its two parts; None if it does not open with a question."""
    first, *others = sentences(text)
    if others and first.endswith(QUESTION_MARKS) and is_question(first):
        return first, " ".join(others)
    return None
