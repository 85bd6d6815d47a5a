"""Titles for statements without one, and splitting a title from its text."""

from questions.extracting.blocks import Text
from questions.extracting.section_names import QUESTION_MARKS, is_question
from questions.wording import sentences

_TITLE_LIMIT = 80
_SENTENCE_LIMIT = 55
_HINT_LIMIT = 40


def hint(text: str, limit: int = _HINT_LIMIT) -> str:
    """Returns the first words of a text: at most `limit` characters and an ellipsis."""
    line = text.split("\n", 1)[0].removeprefix("- ")
    if len(line) <= limit:
        return line.rstrip(" .:;,") or line
    cut = line[: limit + 1].rsplit(" ", 1)[0].strip()
    return f"{cut[:limit].rstrip(' .:;,–—-') or cut[:limit]} …"


def statement_title(heading: Text | None, text: str, *, alone: bool) -> str:
    """Returns the section's heading, with the first words of the text unless it is the only one."""
    if heading is None:
        return hint(text, _SENTENCE_LIMIT)
    return heading.text if alone else f"{heading.text} – {hint(text)}"


def title_and_text(entry: str) -> tuple[str | None, str]:
    """Splits 'Title: Statement.'. The title is None if the entry is a sentence."""
    for mark in (": ", " – ", " — ", " - "):
        title, found, text = entry.partition(mark)
        if found and _is_title(title, text):
            return title.strip(), text.strip()
    return None, entry


def _is_title(title: str, text: str) -> bool:
    title, text = title.strip(), text.strip()
    if not title or not text or len(title) > _TITLE_LIMIT or len(sentences(title)) != 1:
        return False
    return not text[0].islower() or len(title.split()) <= 3


def question_and_answer(text: str) -> tuple[str, str] | None:
    """Splits 'Question? Answer.'. Returns None if the text does not begin with a question."""
    first, *others = sentences(text)
    if others and first.endswith(QUESTION_MARKS) and is_question(first):
        return first, " ".join(others)
    return None
