"""A page's input and output: request context, forms, messages and templates."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from db.programmes import Coordinator, Programme
from db.session import Sessions
from questions import Topic
from quizbot import metrics
from quizbot.charts.theme import PAGE_WIDTHS
from quizbot.logs import RefusalLog
from quizbot.programmes import programme, schedule
from quizbot.programmes.programme import ProgrammeError
from quizbot.programmes.reports.overview import Range
from quizbot.programmes.sign_in import Visitor
from quizbot.settings import Settings, is_loopback
from quizbot.telegram.messages.words import Languages, Words
from quizbot.web.app import asset_url
from quizbot.web.sentences import Message, flash_message, form_errors, message_pages
from quizbot.web.sessions import Address, flash_of, set_flash

_LARGEST_ID = 2**63 - 1
_LONGEST_PAGE_NUMBER = 5  # digits
_LARGEST_FORM = 80 * 1024  # bytes; MAX_TEAMS names of letters that take nine bytes in a form
_MOST_FIELDS = 50

_TEMPLATES = Path(__file__).parent / "templates"


class NotFoundError(Exception):
    """There is no such page, or this coordinator may not see it; both look the same."""


class BadRequestError(Exception):
    """The request is refused with this status and changes nothing."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class FormError(Exception):
    """A form cannot be accepted; the message tells the coordinator what to do.

    The `section` shows it if the form can stand in several.
    """

    def __init__(self, message: str, section: str = "") -> None:
        super().__init__(message)
        self.section = section


@cache
def _templates() -> Environment:
    """Returns the templates, compiled once per process."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["static"] = asset_url
    environment.globals["chart_widths"] = PAGE_WIDTHS
    return environment


@dataclass(frozen=True)
class Dashboard:
    """The services that pages use.

    `clock` returns the current time in UTC; `bot_link` returns the address of the bot's chat,
    "https://t.me/name". `tell_sign_in` tells a coordinator in the chat that somebody signed in.
    """

    sessions: Sessions
    topic: Topic
    languages: Languages
    clock: Callable[[], datetime]
    address: Address
    settings: Settings
    bot_link: Callable[[], str]
    tell_sign_in: Callable[[Coordinator], None]
    templates: Environment = field(default_factory=_templates)
    refusals: RefusalLog = field(default_factory=RefusalLog)

    @property
    def token(self) -> str:
        """The bot's token, with which Telegram signs a Mini App's launch data."""
        return self.settings.token.get_secret_value()

    @property
    def is_local(self) -> bool:
        """Returns whether Telegram and the dashboard both run on this machine."""
        return is_loopback(self.settings.api_url) and is_loopback(self.address.url)

    def note_refusal(self, request: Request, reason: str, **details: object) -> None:
        """Count and log a request that may be an attack: "sign_in", "csrf" or "programme"."""
        metrics.WEB_REFUSED.labels(reason).inc()
        self.refusals.note("request_refused", reason, request.scope.get("client"), **details)

    def words_for(self, request: Request) -> Words:
        """Returns the words in the browser's preferred language, for somebody not signed in."""
        first = request.headers.get("accept-language", "").partition(",")[0].partition(";")[0]
        return self.languages[first.strip()].for_pages

    def html(
        self, template: str, words: Words, values: Mapping[str, Any], status: int = 200
    ) -> HTMLResponse:
        """Renders a template; it has the words as `w`, and gettext as `_` and `n`."""
        text = self.templates.get_template(template).render(
            w=words, _=words._, n=words.ngettext, **values
        )
        return HTMLResponse(text, status)

    def message_page(self, words: Words, name: str, status: int) -> HTMLResponse:
        """Returns a page of one heading and one sentence, for anybody."""
        heading, sentence = message_pages(words)[name]
        values = {"heading": heading, "sentence": sentence, "bot_link": self.bot_link()}
        return self.html("message.html", words, values, status)


@dataclass(frozen=True)
class PageContext:
    """A request of a signed-in coordinator, perhaps to a page of a programme.

    `next_season` is that of a programme that has ended, if the coordinator runs one. `form` holds a
    change's posted fields, `form_error` why it was refused.
    """

    dashboard: Dashboard
    request: Request
    visitor: Visitor
    now: datetime
    maybe_programme: Programme | None = None
    next_season: Programme | None = None
    form: Mapping[str, str] = field(default_factory=dict)
    form_error: Message | None = None

    @property
    def words(self) -> Words:
        return self.dashboard.languages[self.visitor.coordinator.language].for_pages

    @property
    def programme(self) -> Programme:
        """The programme in the path. The guard has checked that the coordinator runs it."""
        assert self.maybe_programme is not None  # noqa: S101
        return self.maybe_programme

    @property
    def actor_id(self) -> int:
        """The coordinator's id, for the audit log."""
        return self.visitor.coordinator.id

    @property
    def today(self) -> date:
        """The date in the programme's time zone."""
        return programme.today_of(self.programme, self.now)

    @property
    def has_ended(self) -> bool:
        return schedule.has_ended(self.programme, self.now)

    @property
    def chosen_range(self) -> Range | None:
        """The range in the URL; None without one."""
        text = self.query("range")
        return Range(text) if text in set(Range) else None

    @property
    def range(self) -> Range:
        """The range that the page is about."""
        default = Range.PROGRAMME if self.has_ended else Range.FOUR_WEEKS
        return self.chosen_range or default

    def query(self, name: str) -> str:
        """Returns a query parameter without NUL, which PostgreSQL cannot store."""
        return self.request.query_params.get(name, "").replace("\0", "")

    @property
    def page_number(self) -> int:
        """Which page of a list is asked for, from 1."""
        text = self.query("page")
        is_number = text.isascii() and text.isdecimal() and len(text) <= _LONGEST_PAGE_NUMBER
        return max(1, int(text)) if is_number else 1

    def part_of(self, count: int, size: int) -> "ListPart":
        """Returns the part of a list of `count` lines that is asked for, or its last one.

        Links to the others keep all that the URL asks for: range, filter and order.
        """
        path, last = self.request.url.path, max(1, -(-count // size))
        page = min(self.page_number, last)
        asked = dict(self.request.query_params)
        addresses = (
            f"{path}?{urlencode(asked | {'page': str(number)})}" if 1 <= number <= last else ""
            for number in (page - 1, page + 1)
        )
        w, skip = self.words, (page - 1) * size
        text = w._("{first}–{last} of {count}").format(
            first=w.number(min(skip + 1, count)),
            last=w.number(min(skip + size, count)),
            count=w.number(count),
        )
        return ListPart(skip, text, *addresses)

    def path_part(self, name: str) -> str:
        """Returns a parameter of the path without NUL."""
        return str(self.request.path_params[name]).replace("\0", "")

    def redirect(self, page: str, done: str, name: str = "") -> Response:
        """Redirects to a page of the programme that shows the flash message `done`.

        `name` is that of whom it was done to, if the message has it.
        """
        return self.redirect_to(f"/p/{self.programme.id}{page}", done, name)

    def redirect_to(self, path: str, done: str, name: str = "") -> Response:
        """Redirects to any page that shows the flash message `done`, at the section it is about."""
        response = RedirectResponse(f"{path}#{done.partition('-')[0]}", 303)
        set_flash(response, f"{done}:{name}", self.dashboard.address)
        return response

    def render(self, page: "Page", status: int = 200) -> HTMLResponse:
        """Renders a page with the coordinator's navigation around it."""
        address = self.dashboard.address
        flash = flash_of(self.request, address)
        shared: Mapping[str, Any] = {
            "now": self.now,
            "programme": self.maybe_programme,
            "path": f"/p/{self.maybe_programme.id}" if self.maybe_programme is not None else "",
            "has_ended": self.maybe_programme is not None and self.has_ended,
            "next_season": self.next_season,
            "carried": self.chosen_range or "",
            "range_part": f"range={self.chosen_range}&" if self.chosen_range else "",
            "coordinator": self.visitor.coordinator,
            "form": self.form,
            "form_error": self.form_error,
            "flash": flash_message(self.words, flash),
        }
        response = self.dashboard.html(page.template, self.words, {**shared, **page.values}, status)
        if flash:
            set_flash(response, "", address)
        return response


@dataclass(frozen=True)
class ListPart:
    """A part of a long list, after `skip` lines. `text` says which lines these are, of how many.

    `before` and `after` are the addresses of the parts beside it, "" where there is none.
    """

    skip: int
    text: str
    before: str
    after: str


@dataclass(frozen=True)
class Page:
    """A template and its values."""

    template: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class File:
    """A file to download; `write` returns its content and runs in a thread."""

    name: str
    media_type: str
    write: Callable[[], bytes]


# What a handler returns within the transaction; pages and files are written after it.
Answer = Page | File | Response
Handler = Callable[[PageContext, AsyncSession], Awaitable[Answer]]


def parse_id(text: str) -> int:
    """Returns an id from a path or a form. Raises NotFoundError if it cannot be one."""
    digits = text if text.isascii() and text.isdecimal() and len(text) <= 19 else "0"
    if not 0 < int(digits) <= _LARGEST_ID:
        raise NotFoundError
    return int(digits)


async def read_form(request: Request) -> dict[str, str]:
    """Returns a form's fields without NUL, the last one of each name.

    Raises BadRequestError, or ClientDisconnect if the form does not arrive (`web.server`).
    """
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type != "application/x-www-form-urlencoded":
        raise BadRequestError(415)
    body = await _read_body(request)
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise BadRequestError(400) from None
    return {name: value.replace("\0", "") for name, value in pairs}


async def _read_body(request: Request) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > _LARGEST_FORM:
            raise BadRequestError(413)
        parts.append(part)
    return b"".join(parts)


def form_error_text(w: Words, error: ProgrammeError | FormError) -> str:
    """Returns why a change was refused and what to do instead, as plain text."""
    return str(error) if isinstance(error, FormError) else form_errors(w)[error.reason]
