"""MarkdownV2 to text and entities (Bot API, "MarkdownV2 style")."""

import re

from sandbox.wire import ApiError, Json, bad_request

# The longer marks first: __ is underline, _ is italic.
MARKS = {
    "__": "underline",
    "||": "spoiler",
    "*": "bold",
    "_": "italic",
    "~": "strikethrough",
    "```": "pre",
    "`": "code",
}
VERBATIM = ("```", "`")
LANGUAGE = re.compile(r"([\w+-]*)\n")
RESERVED = frozenset("_*[]()~`>#+-=|{}.!")


def parse_markdown(source: str) -> tuple[str, list[Json]]:
    """Plain text and entities; ApiError 400, with byte offsets as Telegram's are."""
    return _Reader(source).read()


class _Reader:
    def __init__(self, source: str) -> None:
        self.source = source
        self.position = 0
        self.plain: list[str] = []
        self.length = 0  # in UTF-16 units
        self.open: list[tuple[str, int, int]] = []  # mark, where in the text, where in the source
        self.entities: list[Json] = []
        self.language: dict[str, str] = {}  # of the block of code that is open

    def read(self) -> tuple[str, list[Json]]:
        while self.position < len(self.source):
            self._step()
        if self.open:
            mark, _, began = self.open[-1]
            name = {"[": "TextUrl"}.get(mark) or MARKS[mark].title()
            raise self._error(f"Can't find end of {name} entity at byte offset", began)
        return "".join(self.plain), [entity for entity in self.entities if entity["length"]]

    def _step(self) -> None:
        character = self.source[self.position]
        if character == "\\" and self.position + 1 < len(self.source):
            self._add(self.source[self.position + 1])
            self.position += 2
        elif self.open and self.open[-1][0] in VERBATIM:
            self._verbatim()
        elif mark := self._mark():
            self._toggle(mark)
        elif character == "[":
            self.open.append(("[", self.length, self.position))
            self.position += 1
        elif character == "]" and self.open and self.open[-1][0] == "[":
            self._link()
        elif character in RESERVED:
            raise self._error(
                f"Character '{character}' is reserved and must be escaped with the preceding '\\'"
            )
        else:
            self._add(character)
            self.position += 1

    def _mark(self) -> str:
        return next((mark for mark in MARKS if self.source.startswith(mark, self.position)), "")

    def _verbatim(self) -> None:
        mark = self.open[-1][0]
        if self.source.startswith(mark, self.position):
            self._toggle(mark)
        else:
            self._add(self.source[self.position])
            self.position += 1

    def _toggle(self, mark: str) -> None:
        if self.open and self.open[-1][0] == mark:
            _, start, _ = self.open.pop()
            self._entity(MARKS[mark], start, **self.language)
            self.language = {}
            self.position += len(mark)
            return
        self.open.append((mark, self.length, self.position))
        self.position += len(mark)
        if mark == "```" and (line := LANGUAGE.match(self.source, self.position)):
            self.language = {"language": line.group(1)} if line.group(1) else {}
            self.position = line.end()

    def _link(self) -> None:
        """``[text](address)``; without an address only the text stays."""
        _, start, _ = self.open.pop()
        self.position += 1
        if not self.source.startswith("(", self.position):
            return
        end = self.source.find(")", self.position)
        if end < 0:
            raise self._error("Can't find end of a URL at byte offset", self.position)
        url = self.source[self.position + 1 : end].replace("\\", "")
        self._entity("text_link", start, url=url)
        self.position = end + 1

    def _entity(self, kind: str, start: int, **more: str) -> None:
        entity = {"type": kind, "offset": start, "length": self.length - start, **more}
        self.entities.append(entity)

    def _add(self, character: str) -> None:
        self.plain.append(character)
        self.length += 1 + (character > "\uffff")

    def _error(self, reason: str, at: int | None = None) -> ApiError:
        offset = "" if at is None else f" {len(self.source[:at].encode())}"
        return bad_request(f"can't parse entities: {reason}{offset}")
