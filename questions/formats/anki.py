"""Writes an Anki package, through genanki.

Deck, note type and notes keep their ids in all exports, so importing a newer package updates the
notes instead of adding new ones, and keeps the review history. Anki accepts a text only if its
note is newer, so notes have the time of the export.
"""

import hashlib
import html
import re
import sqlite3
import zipfile
from collections.abc import Iterable
from io import BytesIO
from itertools import count

import genanki

from questions.formats.packed_fields import tags
from questions.formats.registry import Export
from questions.items import Item
from questions.statements import Statement
from questions.topic import Topic

_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
FIELDS = ("Question", "Options", "Answer", "Explanation", "Wrong options", "More", "Source", "Id")
# Never change the fields without the name: Anki would not match the notes of earlier packages.
_MODEL_NAME = "Quiz question with options (1)"
_FRONT = '<div class="stem">{{Question}}</div>{{Options}}'
_BACK = """{{FrontSide}}<hr id="answer">
<div class="key">{{Answer}}</div>
<p>{{Explanation}}</p>
{{Wrong options}}
<p>{{More}}</p>
<p class="source">{{Source}}</p>"""
_STYLE = """.card { font: 20px/1.4 sans-serif; max-width: 36em; margin: 0 auto; text-align: start; }
.stem, .key { font-weight: bold; }
.source { font-size: 75%; opacity: 0.75; }
li { margin: 0.3em 0; }"""


def write(export: Export) -> bytes:
    topic = export.topic
    # Two colons would make a deck within a deck.
    name = topic.title.replace("::", ":")
    deck = genanki.Deck(_number(f"deck {topic.slug}"), name, html.escape(topic.disclaimer))
    model = _model()
    for item in export.items:
        deck.add_note(_note(item, topic, model))
    return _package(deck, export.made_at.timestamp())


def _package(deck: genanki.Deck, made_at: float) -> bytes:
    collection = sqlite3.connect(":memory:")
    try:
        ids = count(int(made_at * 1000))
        genanki.Package(deck).write_to_db(collection.cursor(), made_at, ids)
        collection.commit()
        database = collection.serialize()
    finally:
        collection.close()
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in (("collection.anki2", database), ("media", b"{}")):
            info = zipfile.ZipInfo(name, _ZIP_TIME)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data)
    return stream.getvalue()


def _model() -> genanki.Model:
    return genanki.Model(
        _number(f"model {_MODEL_NAME}"),
        _MODEL_NAME,
        fields=[{"name": name} for name in FIELDS],
        templates=[{"name": "Question", "qfmt": _FRONT, "afmt": _BACK}],
        css=_STYLE,
    )


def _place(statement: Statement) -> str:
    """Returns the statement's place in the article, and the source of a fact beyond it."""
    source = f" ({statement.source})" if statement.source else ""
    return f"{statement.id} {statement.title}{source}"


def _note(item: Item, topic: Topic, model: genanki.Model) -> genanki.Note:
    # In alphabetical order, so that the key is not always first and all exports agree.
    options = sorted(item.options, key=lambda option: _natural(option.text))
    whys = (f"{_shown(each.text)}: {_shown(each.why or '')}" for each in item.distractors)
    statements = map(_place, topic.cited(item))
    fields = (
        _shown(item.stem),
        _list("ol", (_shown(option.text) for option in options)),
        _shown(item.key),
        _shown(item.explanation),
        _list("ul", whys),
        _shown(item.more),
        _shown("; ".join(statements)),
        item.id,
    )
    return genanki.Note(
        model,
        list(fields),
        sort_field=item.id,
        tags=["_".join(tag.split()) for tag in tags(item, "::")],
        guid=genanki.guid_for(topic.slug, item.id),
    )


def _natural(text: str) -> list[tuple[int, str]]:
    """Returns a sort key that puts 9 before 10."""
    parts = re.split(r"([0-9]+)", text.casefold())
    return [(int(part[:18]), "") if part.isdecimal() else (0, part) for part in parts]


def _list(kind: str, entries: Iterable[str]) -> str:
    return f"<{kind}>{''.join(f'<li>{entry}</li>' for entry in entries)}</{kind}>"


def _shown(text: str) -> str:
    """Returns text as HTML with brackets escaped: Anki plays [sound:...] and renders [latex]."""
    shown = html.escape(text.replace("\x1f", " "))
    return shown.replace("[", "&#91;").replace("\n", "<br>")


def _number(name: str) -> int:
    """Returns a stable id in the range that Anki expects."""
    digest = hashlib.sha256(f"quizbot {name}".encode()).digest()
    return (1 << 30) + int.from_bytes(digest[:4]) % (1 << 30)
