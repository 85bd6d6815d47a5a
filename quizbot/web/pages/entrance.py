"""Coming in by a link or as a Mini App, and going out."""

from collections.abc import Awaitable, Callable

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from quizbot.programmes import sign_in, staff
from quizbot.programmes.sign_in import SignedIn
from quizbot.web import cookies, launch, layout
from quizbot.web.dashboard import Dashboard
from quizbot.web.forms import check_origin, form_of
from quizbot.web.launch import LaunchError
from quizbot.web.visits import Answer, Visit

Endpoint = Callable[[Request], Awaitable[Response]]

HOME = "/p"


def by_link(dashboard: Dashboard) -> Endpoint:
    """The link of /dashboard. Looking at it changes nothing: previews of links do that, too."""

    async def look(request: Request) -> Response:
        words = layout.words_of(dashboard, request)
        token = str(request.path_params["token"])
        async with dashboard.sessions() as session:
            owner = await sign_in.owner(session, token, dashboard.clock())
        if owner is None:
            return layout.told(dashboard, words, "old-link", 410)
        values = {"token": token, "name": owner.name}
        return HTMLResponse(dashboard.templates.render("enter.html", words, values))

    async def enter(request: Request) -> Response:
        check_origin(request, dashboard.address)
        async with dashboard.sessions.begin() as session:
            token = str(request.path_params["token"])
            before = cookies.token(request, dashboard.address)
            signed_in = await sign_in.redeem(session, token, dashboard.clock(), before)
        if signed_in is None:
            return layout.told(dashboard, layout.words_of(dashboard, request), "old-link", 410)
        return _welcomed(dashboard, signed_in, RedirectResponse(HOME, 303), framed=False)

    async def either(request: Request) -> Response:
        return await (enter if request.method == "POST" else look)(request)

    return either


def by_mini_app(dashboard: Dashboard) -> Endpoint:
    """What the script of the Mini App's first page posts: the data that Telegram opened it with."""

    async def enter(request: Request) -> Response:
        check_origin(request, dashboard.address)
        form, now = await form_of(request), dashboard.clock()
        words = layout.words_of(dashboard, request)
        try:
            opened = launch.checked(form.get("init_data", ""), dashboard.token, now)
        except LaunchError:
            return layout.told(dashboard, words, "bad-launch", 403)
        async with dashboard.sessions.begin() as session:
            known = await staff.coordinator(session, opened.user_id)
            before = cookies.token(request, dashboard.address)
            signed_in = await sign_in.redeem_launch(
                session, opened.user_id, opened.signature, opened.expires_at, now, before
            )
        if known is None:
            return layout.told(dashboard, words, "no-coordinator", 403)
        if signed_in is None:
            return layout.told(dashboard, words, "bad-launch", 403)
        return _welcomed(dashboard, signed_in, Response(status_code=204), framed=True)

    return enter


def mini_app(dashboard: Dashboard) -> Endpoint:
    """The page that a Mini App starts with; its script reads what stands behind the #."""

    async def show(request: Request) -> Response:
        words = layout.words_of(dashboard, request)
        return HTMLResponse(dashboard.templates.render("mini_app.html", words, {"home": HOME}))

    return show


async def home(_request: Request) -> Response:
    return RedirectResponse(HOME, 307)


async def sign_out(visit: Visit, session: AsyncSession) -> Answer:
    """The session ends on the server, not only in the browser."""
    await sign_in.sign_out(session, visit.visitor, visit.now)
    answer = layout.told(visit.dashboard, visit.words, "bye", 200)
    cookies.take_back(answer, visit.dashboard.address)
    return answer


def _welcomed(
    dashboard: Dashboard, signed_in: SignedIn, response: Response, *, framed: bool
) -> Response:
    cookies.give(response, signed_in, dashboard.address, framed=framed)
    return response
