"""The checks before every page: signed in, runs the programme, change sent by our own page.

`endpoint` is the only way from a view to a route, so no page can be reached without them.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from http import HTTPStatus

import structlog
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from db.programmes import Programme
from db.transient_errors import ERRORS, is_transient, kind_of
from quizbot.programmes import membership, sign_in, staff
from quizbot.programmes.programme import ProgrammeError, season_after, unreported_programmes
from quizbot.programmes.reports import refresh
from quizbot.programmes.schedule import EndedError, has_ended
from quizbot.web.page_context import (
    Answer,
    BadRequestError,
    Dashboard,
    FormError,
    Handler,
    NotFoundError,
    Page,
    PageContext,
    form_error_text,
    parse_id,
    read_form,
)
from quizbot.web.sentences import Message
from quizbot.web.sessions import Address, origin_of, session_token, set_wanted

# The latest, for the page with all programmes: each takes some 8 ms. Others are a minute old.
_MOST_REFRESHED = 5

log = structlog.get_logger(__name__)

Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True)
class View:
    """A page, or a change if `refusal_page` is set: the page that shows why the change was refused.

    That page's `section` shows the refusal. `reports` refreshes the reports of what the page shows.
    After a change with `changes_question_days`, members' next due times are planned again.
    """

    path: str
    handler: Handler
    refusal_page: Handler | None = None
    section: str = ""
    reports: bool = False
    changes_question_days: bool = False

    @property
    def method(self) -> str:
        return "POST" if self.refusal_page is not None else "GET"

    @property
    def of_programme(self) -> bool:
        """Returns whether only coordinators of the programme in the path may see it."""
        return "{programme" in self.path


def endpoint(dashboard: Dashboard, view: View) -> Endpoint:
    """Returns a route's endpoint: the view behind its guard."""
    answer = partial(_change if view.method == "POST" else _show, dashboard, view)
    return with_error_page(dashboard, view.path, answer)


def with_error_page(dashboard: Dashboard, path: str, answer: Endpoint) -> Endpoint:
    """Returns an endpoint that shows errors as a message page and logs unexpected ones.

    The log has the route's `path`: the request's path may contain a sign-in token.
    """

    async def guarded(request: Request) -> Response:
        words = dashboard.words_for(request)
        try:
            return await answer(request)
        except NotFoundError:
            return dashboard.message_page(words, "nothing-here", 404)
        except BadRequestError as error:
            if error.status == HTTPStatus.FORBIDDEN:
                dashboard.note_refusal(request, "csrf", page=path)
            is_large = error.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
            page = "large-form" if is_large else "not-from-here"
            return dashboard.message_page(words, page, error.status)
        except EndedError:
            return dashboard.message_page(words, "ended", 409)
        except ClientDisconnect:
            return Response(status_code=400)
        except Exception as error:
            if transient := is_transient(error):
                ERRORS.labels(kind_of(error)).inc()
            log.exception("page_failed", page=path, transient=transient)
            name, status = ("away", 503) if transient else ("failed", 500)
            return dashboard.message_page(words, name, status)

    return guarded


def check_origin(request: Request, address: Address) -> None:
    """Checks that one of our own pages sent the request. Raises BadRequestError.

    This is the protection from cross-site request forgery: scripts of other pages cannot set these
    headers (Fetch Metadata; RFC 6454). `Sec-Fetch-Site` and `Origin` must both be ours if the
    browser sends them. An old browser that sends neither must send our `Referer`.
    """
    own = origin_of(address.url)
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is None and origin is None:
        is_ours = request.headers.get("referer", "").startswith(f"{own}/")
    else:
        is_ours = site in (None, "same-origin") and origin in (None, own)
    if not is_ours:
        raise BadRequestError(403)


def check_link(request: Request) -> None:
    """Checks that no other site's link led here. Raises BadRequestError.

    Old browsers without Fetch Metadata may pass: such a link reveals nothing to others.
    """
    if request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        raise BadRequestError(403)


async def _show(dashboard: Dashboard, view: View, request: Request) -> Response:
    async with dashboard.sessions() as session:
        context = await _context(dashboard, view, request, session)
        if context is None:
            return _not_signed_in(dashboard, request)
        if view.reports:
            await _refresh_reports(context, session)
        answer = await view.handler(context, session)
        await session.commit()
    return await _respond(context, answer)


async def _refresh_reports(context: PageContext, session: AsyncSession) -> None:
    """Refresh the reports of the page's programme, or of the latest that the coordinator runs."""
    shown, now = context.maybe_programme, context.now
    every = [shown.id] if shown else await unreported_programmes(session, now, context.actor_id)
    await session.commit()  # it holds no connection meanwhile
    for each in every[-_MOST_REFRESHED:]:
        await refresh.refresh_reports(
            context.dashboard.sessions, each, context.dashboard.topic, now
        )
    if shown is not None and not await session.get(Programme, shown.id, populate_existing=True):
        raise NotFoundError  # deleted meanwhile


async def _change(dashboard: Dashboard, view: View, request: Request) -> Response:
    check_origin(request, dashboard.address)
    form = await read_form(request)
    try:
        async with dashboard.sessions.begin() as session:
            context = await _context(dashboard, view, request, session)
            if context is None:
                return _not_signed_in(dashboard, request)
            answer = await view.handler(replace(context, form=form), session)
    except (ProgrammeError, FormError) as error:
        return await _show_again(dashboard, view, request, form, error)
    if view.changes_question_days:
        await membership.replan_members(dashboard.sessions, context.programme.id, context.now)
    return await _respond(context, answer)


async def _show_again(
    dashboard: Dashboard,
    view: View,
    request: Request,
    form: Mapping[str, str],
    error: ProgrammeError | FormError,
) -> Response:
    """Shows the page after a refused change, with the typed values and the reason."""
    assert view.refusal_page is not None  # noqa: S101 -- it is a change
    async with dashboard.sessions.begin() as session:
        context = await _context(dashboard, view, request, session)
        if context is None:
            return _not_signed_in(dashboard, request)
        own = error.section if isinstance(error, FormError) else ""
        message = Message(own or view.section, form_error_text(context.words, error))
        context = replace(context, form=form, form_error=message)
        answer = await view.refusal_page(context, session)
    return await _respond(context, answer, 422)


async def _context(
    dashboard: Dashboard, view: View, request: Request, session: AsyncSession
) -> PageContext | None:
    """Returns None for anybody not signed in.

    Raises NotFoundError for a coordinator who does not run the programme in the path.
    """
    now, token = dashboard.clock(), session_token(request, dashboard.address)
    visitor = await sign_in.find_visitor(session, token, now)
    if visitor is None:
        return None
    if not view.of_programme:
        return PageContext(dashboard, request, visitor, now)
    programme = await staff.programme_run_by(
        session,
        parse_id(request.path_params["programme"]),
        visitor.coordinator.id,
        lock=view.method == "POST",
    )
    if programme is None:
        dashboard.note_refusal(request, "programme", coordinator=visitor.coordinator.id)
        raise NotFoundError
    following = None
    if has_ended(programme, now):
        following = await season_after(session, programme.id, visitor.coordinator.id, now)
    return PageContext(dashboard, request, visitor, now, programme, following)


def _not_signed_in(dashboard: Dashboard, request: Request) -> Response:
    response = dashboard.message_page(dashboard.words_for(request), "signed-out", 401)
    if request.method == "GET":
        set_wanted(response, request.url.path, dashboard.address)
    return response


async def _respond(context: PageContext, answer: Answer, status: int = 200) -> Response:
    """Renders the page or writes the file, after the transaction: it holds no connection.

    In a thread: the first charts of a process take so long that updates would have to wait.
    """
    if isinstance(answer, Response):
        return answer
    if isinstance(answer, Page):
        return await asyncio.to_thread(context.render, answer, status)
    content = await asyncio.to_thread(answer.write)
    headers = {"Content-Disposition": f'attachment; filename="{answer.name}"'}
    return Response(content, media_type=answer.media_type, headers=headers)
