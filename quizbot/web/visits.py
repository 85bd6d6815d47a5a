"""A request of somebody who is signed in: who, for which programme, and what is answered."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from db.programmes import Programme
from quizbot.charts.kinds import Picture
from quizbot.programmes import programme as programmes_programme
from quizbot.programmes.sign_in import Visitor
from quizbot.telegram.messages.words import Words
from quizbot.web.dashboard import Dashboard
from quizbot.web.notices import Notice

_LARGEST_ID = 2**63 - 1
_LONGEST_PAGE = 5  # digits

Cell = str | int | float | date | None


class NotThereError(Exception):
    """There is no such page, or not for this coordinator: the two look the same."""


class RefusedError(Exception):
    """What was typed cannot be done; the sentence says what to do instead."""


def number(text: str) -> int:
    """An id in a path or a form. Raises NotThereError where it cannot be one."""
    digits = text if text.isascii() and text.isdecimal() and len(text) <= 19 else "0"
    if not 0 < int(digits) <= _LARGEST_ID:
        raise NotThereError
    return int(digits)


@dataclass(frozen=True)
class Page:
    """A template and what is filled in."""

    template: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Download:
    """A table to take away: `name` without its ending, `form` is "csv" or "xlsx"."""

    name: str
    form: str
    title: str
    head: tuple[str, ...]
    rows: Sequence[tuple[Cell, ...]]


@dataclass(frozen=True)
class Visit:
    """The request, and the programme that it is `of`.

    `trouble` is why the change just asked for was refused, `form` what it held.
    """

    dashboard: Dashboard
    request: Request
    visitor: Visitor
    now: datetime
    of: Programme | None = None
    form: Mapping[str, str] = field(default_factory=dict)
    trouble: Notice | None = None

    @property
    def words(self) -> Words:
        return self.dashboard.languages[self.visitor.coordinator.language]

    @property
    def programme(self) -> Programme:
        """The one that the path names. The guard lets nobody through who does not run it."""
        assert self.of is not None  # noqa: S101
        return self.of

    @property
    def actor_id(self) -> int:
        """The coordinator, for the trail."""
        return self.visitor.coordinator.id

    @property
    def today(self) -> date:
        """The date in the programme's zone."""
        return programmes_programme.today_of(self.programme, self.now)

    def asked(self, name: str) -> str:
        """A value of the address, without NUL, which PostgreSQL has no place for."""
        return self.request.query_params.get(name, "").replace("\0", "")

    @property
    def page(self) -> int:
        """Which page of a list, from 1."""
        asked = self.asked("page")
        whole = asked.isascii() and asked.isdecimal() and len(asked) <= _LONGEST_PAGE
        return max(1, int(asked)) if whole else 1

    def part(self, name: str) -> str:
        """A part of the path."""
        return str(self.request.path_params[name]).replace("\0", "")

    def path(self, rest: str = "") -> str:
        """A page of the programme."""
        return f"/p/{self.programme.id}{rest}"

    def done(self, page: str, what: str) -> Response:
        """On to a page of the programme that says what was done (see `notices`)."""
        anchor = f"#{what.partition('-')[0]}"
        return RedirectResponse(self.path(f"{page}?{urlencode({'done': what})}{anchor}"), 303)


# What a page is made of, while the transaction lasts; it is rendered, drawn or written after it.
Answer = Page | Picture | Download | Response
Handler = Callable[[Visit, AsyncSession], Awaitable[Answer]]
