"""Formatted text: HTML to plain text and entities, with offsets in UTF-16 units."""

import html
import re
from dataclasses import dataclass

from sandbox.wire import Json, bad_request

TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "tg-emoji": "custom_emoji",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}
_ATTRIBUTE = re.compile(r"""\s+([a-zA-Z-]+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+))?""")
_REFERENCE = re.compile(r"&(?:lt|gt|amp|quot|#\d{1,7}|#x[0-9a-fA-F]{1,6});")
# Entities that Telegram finds in any text: commands, mentions, links.
_FOUND = re.compile(
    r"(?P<url>\b(?:https?://|(?<![\w/@.])t\.me/)[^\s<>\"]+[^\s<>\".,;:!?)])"
    r"|(?<![\w/@.])(?P<bot_command>/[A-Za-z0-9_]{1,64}(?:@\w{3,32})?)(?![\w/])"
    r"|(?<![\w/@.])(?P<mention>@[A-Za-z]\w{3,31})\b"
)


def units(text: str) -> int:
    """Returns the length in UTF-16 units, as MessageEntity counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def found_in(text: str) -> list[Json]:
    """Returns the entities that Telegram finds in plain text."""
    return [
        {
            "type": match.lastgroup,
            "offset": units(text[: match.start()]),
            "length": units(match.group()),
        }
        for match in _FOUND.finditer(text)
    ]


def formatted(text: str, parse_mode: str | None, entities: object = None) -> tuple[str, list[Json]]:
    """Returns the plain text without surrounding white space, and its entities.

    HTML is the only parse mode. Raises ApiError 400 for any other, and for malformed HTML.
    """
    mode = (parse_mode or "").lower()
    if mode == "html":
        plain, marked = parse_html(text)
    elif mode:
        raise bad_request("unsupported parse_mode")
    else:
        plain, marked = text, _given(entities)
    plain, marked = _trimmed(plain, marked)
    taken = [(entity["offset"], entity["offset"] + entity["length"]) for entity in marked]
    loose = [
        entity
        for entity in found_in(plain)
        if not any(start <= entity["offset"] < end for start, end in taken)
    ]
    return plain, sorted(marked + loose, key=lambda entity: (entity["offset"], -entity["length"]))


def _given(entities: object) -> list[Json]:
    """Checks the caller's MessageEntity objects."""
    given = [] if entities is None else entities
    if not isinstance(given, list) or not all(map(_is_entity, given)):
        raise bad_request("can't parse entities: expected an Array of MessageEntity")
    return [dict(entity) for entity in given]


def _is_entity(entity: object) -> bool:
    return (
        isinstance(entity, dict)
        and isinstance(entity.get("type"), str)
        and isinstance(entity.get("offset"), int)
        and isinstance(entity.get("length"), int)
    )


def _trimmed(text: str, entities: list[Json]) -> tuple[str, list[Json]]:
    """Strips white space around the text, and adjusts the entities."""
    plain = text.strip()
    lead = units(text[: len(text) - len(text.lstrip())])
    size = units(plain)
    kept = []
    for entity in entities:
        start = max(0, entity["offset"] - lead)
        end = min(size, entity["offset"] + entity["length"] - lead)
        if end > start:
            kept.append({**entity, "offset": start, "length": end - start})
    return plain, kept


@dataclass
class _Open:
    tag: str
    attributes: dict[str, str]
    start: int  # in UTF-16 units
    piece: int  # of the plain text


class _HtmlReader:
    """Reads Telegram's subset of HTML; positions in errors are byte offsets, like Telegram's."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.position = 0
        self.plain: list[str] = []
        self.length = 0
        self.open: list[_Open] = []
        self.entities: list[Json] = []

    def read(self) -> tuple[str, list[Json]]:
        while self.position < len(self.source):
            at = self.source.find("<", self.position)
            end = len(self.source) if at < 0 else at
            self._text(self.source[self.position : end])
            self.position = end
            if at >= 0:
                self._tag()
        if self.open:
            tag = self.open[-1].tag
            raise self._error(f'Can\'t find end tag corresponding to start tag "{tag}"')
        return "".join(self.plain), [entity for entity in self.entities if entity["length"]]

    def _text(self, raw: str) -> None:
        text = _REFERENCE.sub(lambda match: html.unescape(match.group()), raw)
        self.plain.append(text)
        self.length += units(text)

    def _tag(self) -> None:
        end = self.source.find(">", self.position)
        closing = self.source.startswith("</", self.position)
        if end < 0:
            kind = "end" if closing else "start"
            raise self._error(f"Unclosed {kind} tag at byte offset {self._offset()}")
        inside = self.source[self.position + 1 : end]
        if closing:
            self._end_tag(inside[1:].strip().lower())
        else:
            self._start_tag(inside)
        self.position = end + 1

    def _start_tag(self, inside: str) -> None:
        name = re.match(r"[^\s/]*", inside)
        tag = name.group().lower() if name else ""
        if tag not in TAGS:
            raise self._error(f'Unsupported start tag "{tag}" at byte offset {self._offset()}')
        attributes = {
            key.lower(): html.unescape(value.strip("\"'"))
            for key, value in _ATTRIBUTE.findall(inside[len(tag) :])
        }
        if tag == "span" and attributes.get("class") != "tg-spoiler":
            raise self._error(
                f'Tag "span" must have class "tg-spoiler" at byte offset {self._offset()}'
            )
        self.open.append(_Open(tag, attributes, self.length, len(self.plain)))

    def _end_tag(self, tag: str) -> None:
        if not self.open:
            raise self._error(f"Unexpected end tag at byte offset {self._offset()}")
        opened = self.open.pop()
        if tag and tag != opened.tag:
            raise self._error(
                f"Unmatched end tag at byte offset {self._offset()}, "
                f'expected "</{opened.tag}>", found "</{tag}>"'
            )
        self._close(opened)

    def _close(self, opened: _Open) -> None:
        entity: Json = {
            "type": TAGS[opened.tag],
            "offset": opened.start,
            "length": self.length - opened.start,
        }
        if opened.tag == "a":
            self._link(entity, opened)
            return
        if opened.tag == "tg-emoji":
            entity["custom_emoji_id"] = opened.attributes.get("emoji-id", "")
        elif opened.tag == "blockquote" and "expandable" in opened.attributes:
            entity["type"] = "expandable_blockquote"
        elif opened.tag == "code" and self.open and self.open[-1].tag == "pre":
            language = opened.attributes.get("class", "").removeprefix("language-")
            self.open[-1].attributes["language"] = language
            return
        elif opened.tag == "pre" and opened.attributes.get("language"):
            entity["language"] = opened.attributes["language"]
        self.entities.append(entity)

    def _link(self, entity: Json, opened: _Open) -> None:
        """Adds a link; silently skips one without a usable URL."""
        url = opened.attributes.get("href") or "".join(self.plain[opened.piece :])
        if user := re.fullmatch(r"tg://user\?id=(\d+)", url):
            entity |= {
                "type": "text_mention",
                "user": {"id": int(user.group(1)), "is_bot": False, "first_name": ""},
            }
        elif re.match(r"(https?|tg|mailto|tel):", url):
            entity["url"] = url
        elif re.match(r"[\w-]+(\.[\w-]+)+", url):
            entity["url"] = f"http://{url}"
        else:
            return
        self.entities.append(entity)

    def _offset(self) -> int:
        return len(self.source[: self.position].encode())

    @staticmethod
    def _error(reason: str) -> Exception:
        return bad_request(f"can't parse entities: {reason}")


def parse_html(source: str) -> tuple[str, list[Json]]:
    """Returns text and entities of ``parse_mode=HTML`` (Bot API, "HTML style")."""
    return _HtmlReader(source).read()
