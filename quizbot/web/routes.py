"""All pages of the dashboard, in one table."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from quizbot.web import layout
from quizbot.web.dashboard import Dashboard
from quizbot.web.guard import View, careful, endpoint
from quizbot.web.headers import Headers
from quizbot.web.pages import (
    boards,
    delivery,
    downloads,
    entrance,
    images,
    learning,
    manage,
    members,
    overview,
    programmes,
    questions,
    trail,
)
from quizbot.web.static_files import static

_P = "/p/{programme}"

# Whoever adds a page adds it here: the guard comes with it, and so do the tests of the guard.
VIEWS = (
    View("/p", programmes.show),
    View("/out", entrance.sign_out, back=programmes.show),
    View(_P, overview.show, reports=True),
    View(f"{_P}/boards", boards.show),
    View(f"{_P}/boards/print", boards.show_print),
    View(f"{_P}/questions", questions.show, reports=True),
    View(f"{_P}/questions/{{item}}", questions.show_one, reports=True),
    View(f"{_P}/learning", learning.show, reports=True),
    View(f"{_P}/delivery", delivery.show, reports=True),
    View(f"{_P}/chart/{{name}}.svg", images.show),
    View(f"{_P}/download/{{what}}.{{form}}", downloads.show, reports=True),
    View(f"{_P}/members", members.show),
    View(f"{_P}/members/{{handle}}", members.show_one),
    View(f"{_P}/members/{{handle}}/team", members.move, back=members.show_one),
    View(f"{_P}/members/{{handle}}/remove", members.remove, back=members.show_one),
    View(f"{_P}/manage", manage.show),
    View(f"{_P}/teams", manage.add_team, back=manage.show, section="teams"),
    View(f"{_P}/teams/{{team}}", manage.show_team),
    View(f"{_P}/teams/{{team}}/name", manage.rename_team, back=manage.show_team, section="name"),
    View(f"{_P}/teams/{{team}}/remove", manage.remove_team, back=manage.show_team),
    View(f"{_P}/links", manage.make_link, back=manage.show, section="links"),
    View(f"{_P}/links/group", manage.make_group_link, back=manage.show),
    View(f"{_P}/links/revoke", manage.revoke_link, back=manage.show),
    View(f"{_P}/holidays", manage.add_holidays, back=manage.show, section="holidays", replans=True),
    View(
        f"{_P}/holidays/remove",
        manage.remove_holiday,
        back=manage.show,
        section="holidays",
        replans=True,
    ),
    View(f"{_P}/colleagues", manage.invite_colleague, back=manage.show, section="colleagues"),
    View(f"{_P}/end", manage.end, back=manage.show, section="ending", replans=True),
    View(f"{_P}/trail", trail.show),
)


def dashboard_app(dashboard: Dashboard) -> ASGIApp:
    """The dashboard, to be served beside the rest."""

    async def nothing_here(request: Request, _error: Exception) -> Response:
        return layout.told(dashboard, layout.words_of(dashboard, request), "nothing-here", 404)

    entrances = {
        "/in/{token}": (entrance.by_link(dashboard), ["GET", "POST"]),
        "/app": (entrance.mini_app(dashboard), ["GET"]),
        "/app/in": (entrance.by_mini_app(dashboard), ["POST"]),
    }
    app = Starlette(
        routes=[
            Route("/", entrance.home),
            Route("/static/{name}", static),
            *(
                Route(path, careful(dashboard, path, answer), methods=methods)
                for path, (answer, methods) in entrances.items()
            ),
            *(Route(view.path, endpoint(dashboard, view), methods=[view.method]) for view in VIEWS),
        ],
        exception_handlers={404: nothing_here},
    )
    app.router.redirect_slashes = False  # it would believe any Host header
    return Headers(app, local=dashboard.is_local)
