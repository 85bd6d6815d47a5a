"""Signing in by a link or as a Mini App, and signing out."""

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from quizbot.programmes import sign_in, staff
from quizbot.programmes.sign_in import SignedIn
from quizbot.web.guard import Endpoint, check_origin
from quizbot.web.page_context import Answer, Dashboard, PageContext, read_form
from quizbot.web.sessions import (
    LaunchError,
    check_launch,
    clear_cookies,
    session_token,
    set_cookie,
    set_wanted,
    wanted_page,
)

HOME = "/p"


def by_link(dashboard: Dashboard) -> Endpoint:
    """Returns the endpoint of /dashboard's links. GET uses up nothing: previews open links too."""

    async def show(request: Request) -> Response:
        token = str(request.path_params["token"])
        async with dashboard.sessions() as session:
            owner = await sign_in.link_owner(session, token, dashboard.clock())
        if owner is None:
            return _old_link(dashboard, request)
        values = {"token": token, "name": owner.name}
        return dashboard.html("sign_in.html", dashboard.words_for(request), values)

    async def enter(request: Request) -> Response:
        check_origin(request, dashboard.address)
        token = str(request.path_params["token"])
        before = session_token(request, dashboard.address)
        async with dashboard.sessions.begin() as session:
            signed_in = await sign_in.redeem(session, token, dashboard.clock(), before)
            if signed_in is None:
                return _old_link(dashboard, request)
            home = await _home(session, signed_in, wanted_page(request, dashboard.address))
        response = RedirectResponse(home, 303)
        set_wanted(response, "", dashboard.address)
        return _enter(dashboard, signed_in, response, framed=False)

    async def show_or_enter(request: Request) -> Response:
        return await (enter if request.method == "POST" else show)(request)

    return show_or_enter


async def _home(
    session: AsyncSession, signed_in: SignedIn, wanted: tuple[int, str] | None = None
) -> str:
    """Returns the path of the first page: the overview of the only programme, or all of them.

    A page that was `wanted` before comes first if it is of a programme that they run.
    """
    run = await staff.programmes_run_by(session, signed_in.coordinator.id)
    if wanted is not None and any(each.id == wanted[0] for each in run):
        return wanted[1]
    return f"{HOME}/{run[0].id}" if len(run) == 1 else HOME


def _old_link(dashboard: Dashboard, request: Request) -> Response:
    dashboard.note_refusal(request, "sign_in", by="link")
    return dashboard.message_page(dashboard.words_for(request), "old-link", 410)


def by_mini_app(dashboard: Dashboard) -> Endpoint:
    """Returns the endpoint to which the Mini App's script posts Telegram's launch data.

    It replies with the path of the first page.
    """

    async def enter(request: Request) -> Response:
        check_origin(request, dashboard.address)
        form, now, words = await read_form(request), dashboard.clock(), dashboard.words_for(request)
        try:
            launch = check_launch(form.get("init_data", ""), dashboard.token, now)
        except LaunchError as error:
            dashboard.note_refusal(request, "sign_in", by="mini_app", fault=str(error))
            return dashboard.message_page(words, "bad-launch", 403)
        before = session_token(request, dashboard.address)
        async with dashboard.sessions.begin() as session:
            coordinator = await staff.find_coordinator(session, launch.user_id)
            signed_in = await sign_in.redeem_launch(
                session, launch.user_id, launch.signature, launch.expires_at, now, before
            )
            home = await _home(session, signed_in) if signed_in is not None else HOME
        if signed_in is None:
            name = "no-coordinator" if coordinator is None else "bad-launch"
            dashboard.note_refusal(request, "sign_in", by="mini_app", fault=name)
            return dashboard.message_page(words, name, 403)
        return _enter(dashboard, signed_in, PlainTextResponse(home), framed=True)

    return enter


def _enter(
    dashboard: Dashboard, signed_in: SignedIn, response: Response, *, framed: bool
) -> Response:
    set_cookie(response, signed_in, dashboard.address, framed=framed)
    if signed_in.is_new:
        dashboard.tell_sign_in(signed_in.coordinator)
    return response


def mini_app(dashboard: Dashboard) -> Endpoint:
    """Returns the Mini App's first page; its script reads the launch data after the #."""

    async def show(request: Request) -> Response:
        return dashboard.html("mini_app.html", dashboard.words_for(request), {})

    return show


async def redirect_home(_request: Request) -> Response:
    return RedirectResponse(HOME, 307)


async def sign_out(context: PageContext, session: AsyncSession) -> Answer:
    """Ends the session on the server as well as in the browser."""
    await sign_in.sign_out(session, context.visitor, context.now)
    response = context.dashboard.message_page(context.words, "bye", 200)
    clear_cookies(response, context.dashboard.address)
    return response
