"""GIFT, Moodle's text format: the writer, and the escapes that writer and reader share.

Written is what Moodle's importer reads as the same text: `[plain]` keeps it from taking a `<` for
HTML, and id and tags stand in a comment, where it looks for them.
Source: Moodle docs, "GIFT format".
"""

import re

from questions.formats import feedback
from questions.formats.registry import Export
from questions.formats.tags import tags
from questions.items import Item, Option

ESCAPED = re.compile(r"\\([\\~=#{}:n])")
_SPECIAL = re.compile(r"[\\~=#{}:\n]")


def write(export: Export) -> bytes:
    blocks = [f"// {_one_line(export.topic.title)}", *map(_question, export.items)]
    return ("\n\n".join(blocks) + "\n").encode()


def escaped(text: str) -> str:
    return _SPECIAL.sub(lambda match: "\\" + match[0].replace("\n", "n"), text)


def _question(item: Item) -> str:
    comment = " ".join([f"[id:{item.id}]", *(f"[tag:{tag}]" for tag in tags(item))])
    answers = "\n".join(map(_answer, item.options))
    general = _marked(feedback.joined(item))
    return (
        f"// {comment}\n::{item.id}::[plain]{escaped(item.stem)} {{\n{answers}\n\t####{general}\n}}"
    )


def _answer(option: Option) -> str:
    why = "" if option.why is None else f"#{_marked(option.why)}"
    return f"\t{'=' if option.correct else '~'}{_marked(option.text)}{why}"


def _marked(text: str) -> str:
    """Escaped; a text that looks like a format or a weight is told apart by a format of its own."""
    return f"[plain]{escaped(text)}" if text.startswith(("[", "%")) else escaped(text)


def _one_line(text: str) -> str:
    return " ".join(text.split())
