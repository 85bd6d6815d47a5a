"""Pages from templates, in the reader's language. What is filled in is escaped, always."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from quizbot.telegram.messages.words import Words
from quizbot.web.static_files import path_of

_FOLDER = Path(__file__).parent / "templates"


class Templates:
    """The templates, compiled once."""

    def __init__(self) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(_FOLDER),
            autoescape=select_autoescape(default=True, default_for_string=True),
            undefined=StrictUndefined,
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals["static"] = path_of

    def render(self, template: str, words: Words, values: Mapping[str, Any]) -> str:
        """The page; templates know the words as `w`, and `_` and `n` as gettext has them."""
        return self._environment.get_template(template).render(
            w=words, _=words._, n=words.ngettext, **values
        )
