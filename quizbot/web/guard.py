"""What stands before every page: who is it, do they run the programme, did our page ask for it.

A page cannot be reached without it: `endpoint` is the only way from a view to a route.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace

import structlog
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response

from db.transient_errors import is_transient
from quizbot.programmes import membership, sign_in, staff
from quizbot.programmes.programme import OrganisingError
from quizbot.programmes.reports import refresh
from quizbot.web import cookies, layout
from quizbot.web.dashboard import Dashboard
from quizbot.web.forms import UnacceptableError, check_origin, form_of
from quizbot.web.notices import Notice
from quizbot.web.pages import images
from quizbot.web.spreadsheets import FORMS, written
from quizbot.web.troubles import sentence
from quizbot.web.visits import (
    Answer,
    Download,
    Handler,
    NotThereError,
    Page,
    RefusedError,
    Visit,
    number,
)

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class View:
    """A page, or a change: `back` is the page that tells why it was refused, in that `section`.

    `reports` brings what is reported up to date first; `replans` is a change of the days with a
    question, after which members are due at other times.
    """

    path: str
    handler: Handler
    back: Handler | None = None
    section: str = ""
    reports: bool = False
    replans: bool = False

    @property
    def method(self) -> str:
        return "POST" if self.back is not None else "GET"

    @property
    def of_programme(self) -> bool:
        """Whether only those who run the programme of the path may see it."""
        return "{programme" in self.path


def endpoint(dashboard: Dashboard, view: View) -> Callable[[Request], Awaitable[Response]]:
    """The view behind its guard."""

    async def answer(request: Request) -> Response:
        return await _changed(dashboard, view, request)

    async def show(request: Request) -> Response:
        return await _shown(dashboard, view, request)

    return careful(dashboard, view.path, answer if view.method == "POST" else show)


def careful(
    dashboard: Dashboard, path: str, answer: Callable[[Request], Awaitable[Response]]
) -> Callable[[Request], Awaitable[Response]]:
    """Whatever goes wrong is told in a sentence; what we did not expect is logged.

    `path` is the route's, for the log: in the request's there may be the way in.
    """

    async def careful_answer(request: Request) -> Response:
        words = layout.words_of(dashboard, request)
        try:
            return await answer(request)
        except NotThereError:
            return layout.told(dashboard, words, "nothing-here", 404)
        except UnacceptableError as error:
            return layout.told(dashboard, words, "not-from-here", error.status)
        except ClientDisconnect:
            return Response(status_code=400)
        except Exception as error:
            away = is_transient(error)
            log.exception("page_failed", page=path, passing=away)
            return layout.told(dashboard, words, "away" if away else "failed", 503 if away else 500)

    return careful_answer


async def _shown(dashboard: Dashboard, view: View, request: Request) -> Response:
    if view.reports:
        async with dashboard.sessions() as session:
            visit = await _visit(dashboard, view, request, session)
        if visit is None:
            return _stranger(dashboard, request)
        await refresh.refresh(dashboard.sessions, visit.programme.id, visit.now)
    async with dashboard.sessions.begin() as session:
        visit = await _visit(dashboard, view, request, session)
        if visit is None:
            return _stranger(dashboard, request)
        answer = await view.handler(visit, session)
    return await _ready(visit, answer)


async def _changed(dashboard: Dashboard, view: View, request: Request) -> Response:
    check_origin(request, dashboard.address)
    form = await form_of(request)
    try:
        async with dashboard.sessions.begin() as session:
            visit = await _visit(dashboard, view, request, session)
            if visit is None:
                return _stranger(dashboard, request)
            if not sign_in.is_csrf(
                visit.visitor, form.get("csrf", request.headers.get("x-csrf", ""))
            ):
                raise UnacceptableError(403)
            answer = await view.handler(replace(visit, form=form), session)
    except (OrganisingError, RefusedError) as error:
        return await _refused(dashboard, view, request, form, error)
    if view.replans:
        await membership.replan_all(dashboard.sessions, visit.programme.id, visit.now)
    return await _ready(visit, answer)


async def _refused(
    dashboard: Dashboard,
    view: View,
    request: Request,
    form: Mapping[str, str],
    error: OrganisingError | RefusedError,
) -> Response:
    """The page as it is after nothing was done, with what was typed and a sentence."""
    assert view.back is not None  # noqa: S101 -- it is a change
    async with dashboard.sessions.begin() as session:
        visit = await _visit(dashboard, view, request, session)
        if visit is None:
            return _stranger(dashboard, request)
        trouble = Notice(view.section, sentence(visit.words, error))
        visit = replace(visit, form=form, trouble=trouble)
        answer = await view.back(visit, session)
    return await _ready(visit, answer, 422)


async def _visit(
    dashboard: Dashboard, view: View, request: Request, session: AsyncSession
) -> Visit | None:
    """None for who is not signed in. Raises NotThereError for who does not run the programme."""
    now, token = dashboard.clock(), cookies.token(request, dashboard.address)
    visitor = await sign_in.visitor(session, token, now)
    if visitor is None:
        return None
    if not view.of_programme:
        return Visit(dashboard, request, visitor, now)
    programme = await staff.run_by(
        session,
        number(request.path_params["programme"]),
        visitor.coordinator.id,
        lock=view.method == "POST",
    )
    if programme is None:
        raise NotThereError
    return Visit(dashboard, request, visitor, now, programme)


def _stranger(dashboard: Dashboard, request: Request) -> Response:
    return layout.told(dashboard, layout.words_of(dashboard, request), "signed-out", 401)


async def _ready(visit: Visit, answer: Answer, status: int = 200) -> Response:
    """After the transaction: no connection waits for a template, a drawing or a file."""
    if isinstance(answer, Response):
        return answer
    if isinstance(answer, Page):
        return HTMLResponse(layout.rendered(visit, answer), status)
    if isinstance(answer, Download):
        content = await asyncio.to_thread(written, answer)
        name = f"{answer.name}.{answer.form}"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(content, media_type=FORMS[answer.form], headers=headers)
    return await images.image(visit, answer)
