"""The article behind the questions: a public page, the same for everybody."""

import hashlib
from collections.abc import Sequence
from itertools import groupby

from starlette.requests import Request
from starlette.responses import Response

from questions import Statement, StatementKind
from quizbot.telegram.messages.questions import source
from quizbot.telegram.messages.words import Words
from quizbot.web.guard import Endpoint
from quizbot.web.page_context import Dashboard, NotFoundError

# Nothing but our own style sheet and icon, and no page may frame it.
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Cache-Control": "public, max-age=3600",
    "Vary": "Accept-Language",
    "Content-Security-Policy": _POLICY,
    "Referrer-Policy": "no-referrer",
}


def article(dashboard: Dashboard) -> Endpoint:
    """Returns the endpoint of the topic's article. It needs no session and no database.

    Each language's page is rendered once, so asking for it often costs next to nothing.
    """
    pages: dict[tuple[str, str], tuple[bytes, str]] = {}  # content and ETag

    async def show(request: Request) -> Response:
        if request.path_params["topic"] != dashboard.topic.slug:
            raise NotFoundError
        words, bot_link = dashboard.words_for(request), dashboard.bot_link()
        key = words.code, bot_link
        if key not in pages:
            content = _render(dashboard, words, bot_link)
            pages[key] = content, f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        content, etag = pages[key]
        headers = _HEADERS | {"ETag": etag}
        if etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(content, media_type="text/html", headers=headers)

    return show


def _render(dashboard: Dashboard, words: Words, bot_link: str) -> bytes:
    topic = dashboard.topic
    shown = sorted(topic.published.values(), key=lambda each: list(StatementKind).index(each.kind))
    values = {
        "topic": topic,
        "sections": [
            (kind.lower(), _headings(words)[kind], [_part(words, each) for each in statements])
            for kind, statements in groupby(shown, key=lambda each: each.kind)
        ],
        "bot_link": bot_link,
    }
    return bytes(dashboard.html("article.html", words, values).body)


def _headings(w: Words) -> dict[StatementKind, str]:
    _ = w._
    return {
        StatementKind.KEY_POINT: _("Key points"),
        StatementKind.FAQ: _("Frequently asked questions"),
        StatementKind.TABLE_ROW: _("Comparison"),
        StatementKind.LIST: _("Lists"),
        StatementKind.BACKGROUND: _("Background"),
        StatementKind.FACT: _("Beyond the article"),
    }


def _part(w: Words, statement: Statement) -> dict[str, object]:
    """Returns a statement as the page shows it."""
    is_numbered = statement.kind in (StatementKind.KEY_POINT, StatementKind.FAQ)
    return {
        "id": statement.id,
        "heading": source(w, statement) if is_numbered else statement.title,
        "blocks": _blocks(statement.text.split("\n")),
        "source": statement.source,
    }


def _blocks(lines: Sequence[str]) -> list[tuple[bool, list[str]]]:
    """Returns the paragraphs, and the entries of each list together with True."""
    return [
        (is_list, [line.removeprefix("- ") for line in group])
        for is_list, group in groupby(lines, key=lambda line: line.startswith("- "))
    ]
