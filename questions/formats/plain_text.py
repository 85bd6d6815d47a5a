"""Plain text for polls from the HTML and Markdown of other programs, and text for XML."""

import html
import re

from markdown_it import MarkdownIt

from questions.formats.reading import Reading

# C0 and C1 controls except the line feed: the bank refuses them.
_CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_TAGS = (
    "a|b|big|blockquote|br|center|code|dd|div|dl|dt|em|font|h[1-6]|hr|i|img|ins|kbd|label|li|mark"
    "|ol|p|pre|q|s|samp|section|small|span|strike|strong|sub|sup|table|tbody|td|tfoot|th|thead|tr"
    "|tt|u|ul|var"
)
# Only known tags with well-formed attributes: "a<b and c>d" is not a tag.
# No value has a "<": else each of many unclosed tags would be searched to the end of the text.
_VALUE = r"""(?:"[^"<]*"|'[^'<]*'|[^\s<>"']+)"""
_TAG = re.compile(
    rf"</?(?P<name>{_TAGS})(?:\s+[a-z][a-z0-9_:-]*\s*=\s*{_VALUE})*\s*/?>", re.IGNORECASE
)
# Comments, scripts and styles. One that is not closed is matched to the end, so that no later one
# is searched, and is kept.
_UNSEEN = re.compile(
    r"<(?:!--|(script|style)\b[^<>]*>)(?:.*?(?(1)</\1\s*>|-->)|(?P<unclosed>.*))",
    re.IGNORECASE | re.DOTALL,
)
_GAP = re.compile(r"\s+")
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,31});", re.IGNORECASE)
_BREAKS = frozenset("br p div li tr h1 h2 h3 h4 h5 h6 hr dt dd blockquote pre".split())
# Longer texts are not searched for tags: the bank refuses them for their length.
_SEARCHED = 20_000


def tidy(text: str) -> str:
    """Returns the text stripped, with line feeds as line ends and spaces for controls."""
    return _CONTROLS.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def one_line(text: str) -> str:
    return _GAP.sub(_without_breaks, tidy(text))


def has_html(text: str) -> bool:
    text = text[:_SEARCHED]
    return bool(_TAG.search(text) or _ENTITY.search(text)) or _seen(text) != text


def has_picture(text: str) -> bool:
    return any(tag["name"].casefold() == "img" for tag in _TAG.finditer(text[:_SEARCHED]))


def from_html(text: str) -> str:
    """Returns the text without HTML tags, entities decoded, and block tags as line breaks."""
    if len(text) > _SEARCHED or not has_html(text):
        return text
    text = _GAP.sub(_without_breaks, text)
    text = html.unescape(_TAG.sub(_break, _seen(text)))
    text = text.replace("\N{NO-BREAK SPACE}", " ")
    return tidy(re.sub(r" *\n[ \n]*", "\n", re.sub(r" {2,}", " ", text)))


def html_of_markdown(text: str) -> str:
    return text if len(text) > _SEARCHED else MarkdownIt().render(text).strip()


def xml_safe(text: str) -> str:
    """Returns the text; replaces characters that XML 1.0 (section 2.2) does not allow."""
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)


def _seen(text: str) -> str:
    """Returns the text without comments, scripts and styles."""
    return _UNSEEN.sub(lambda found: "" if found["unclosed"] is None else found[0], text)


def _without_breaks(gap: re.Match[str]) -> str:
    return " " if "\n" in gap[0] else gap[0]


def _break(tag: re.Match[str]) -> str:
    return "\n" if tag["name"].casefold() in _BREAKS else ""


class Markup:
    """Makes the texts of one question plain, and records what that removed."""

    def __init__(self) -> None:
        self._changed = False
        self._picture = False

    def plain(self, text: str, style: str = "html") -> str:
        """`style` is plain, html, markdown or moodle (Moodle's name for HTML)."""
        if style == "plain":
            return text
        marked = html_of_markdown(text) if style == "markdown" else text
        plain = from_html(marked)
        self._picture = self._picture or has_picture(marked)
        self._changed = self._changed or plain != text
        return plain

    def usable(self, reading: Reading, line: int, title: str) -> bool:
        """Reports what was removed; False, with a refusal, if that makes the question useless."""
        if self._picture:
            problem = "it holds a picture, which a poll cannot show"
            reading.refuse(line, title, problem, "say in words what the picture shows")
            return False
        if self._changed:
            reading.note(line, "HTML tags or Markdown marks were removed, entities decoded")
        return True
