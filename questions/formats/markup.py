"""Texts of one question out of HTML or Markdown, and what was lost on the way."""

from questions.formats.found import Reading
from questions.formats.plain_text import from_html, has_picture, html_of_markdown


class Markup:
    """Makes the texts of a question plain, and remembers what that took."""

    def __init__(self) -> None:
        self._changed = False
        self._picture = False

    def plain(self, text: str, style: str = "html") -> str:
        """`style` is plain, html, markdown or moodle (which is HTML by another name)."""
        if style == "plain":
            return text
        marked = html_of_markdown(text) if style == "markdown" else text
        plain = from_html(marked)
        self._picture = self._picture or has_picture(marked)
        self._changed = self._changed or plain != text
        return plain

    def usable(self, reading: Reading, line: int, title: str) -> bool:
        """Tells the reading what happened; False if the question cannot do without what is lost."""
        if self._picture:
            problem = "it holds a picture, which a poll cannot show"
            reading.refuse(line, title, problem, "say in words what the picture shows")
            return False
        if self._changed:
            reading.note(line, "HTML tags or Markdown marks were removed, entities decoded")
        return True
