"""All pages of the dashboard, in one table."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from quizbot.web.app import Compression, ResponseHeaders, asset
from quizbot.web.guard import View, endpoint, with_error_page
from quizbot.web.page_context import Dashboard, Handler
from quizbot.web.pages import (
    announcements,
    article,
    audit_log,
    boards,
    downloads,
    items,
    members,
    overview,
    posters,
    programme,
    programmes,
    report,
    sign_in,
    team_goal,
    teams,
)

_P = "/p/{programme}"


def _manage(
    path: str, handler: Handler, section: str = "", *, changes_question_days: bool = False
) -> View:
    """Returns a change on Manage, which shows in that section why it was refused."""
    return View(
        f"{_P}{path}",
        handler,
        refusal_page=programme.show,
        section=section,
        changes_question_days=changes_question_days,
    )


# Add new pages here: they get the guard and its tests.
VIEWS = (
    View("/p", programmes.show, reports=True),
    View("/out", sign_in.sign_out, refusal_page=programmes.show),
    View(_P, overview.show, reports=True),
    View(f"{_P}/boards", boards.show),
    View(f"{_P}/boards/print", boards.show_print),
    View(f"{_P}/questions", items.show, reports=True),
    View(f"{_P}/questions/{{item}}", items.show_one, reports=True),
    View(
        f"{_P}/questions/{{item}}/report",
        items.report,
        refusal_page=items.show_one,
        section="report",
    ),
    View(f"{_P}/report", report.show, reports=True),
    View(f"{_P}/report/next", report.start_next, refusal_page=report.show, section="next-season"),
    View(f"{_P}/learning", overview.show_learning, reports=True),
    View(f"{_P}/delivery", overview.show_delivery, reports=True),
    View(f"{_P}/download/{{what}}.{{form}}", downloads.show, reports=True),
    View(f"{_P}/members", members.show),
    View(f"{_P}/members/{{handle}}", members.show_one),
    View(f"{_P}/members/{{handle}}/team", members.move, refusal_page=members.show_one),
    View(f"{_P}/members/{{handle}}/remove", members.remove, refusal_page=members.show_one),
    View(f"{_P}/manage", programme.show),
    _manage("/teams", programme.add_team, "teams"),
    View(f"{_P}/teams/list", teams.show_list),
    View(f"{_P}/teams/list", teams.add_list, refusal_page=teams.show_list),
    View(f"{_P}/teams/balance", teams.show_balance),
    View(f"{_P}/teams/balance", teams.balance, refusal_page=teams.show_balance, section="balance"),
    View(f"{_P}/teams/{{team}}", programme.show_team),
    View(
        f"{_P}/teams/{{team}}/name",
        programme.rename_team,
        refusal_page=programme.show_team,
        section="name",
    ),
    View(f"{_P}/teams/{{team}}/remove", programme.remove_team, refusal_page=programme.show_team),
    View(f"{_P}/poster", posters.show),
    View(f"{_P}/poster/teams", posters.show_team_cards),
    View(
        f"{_P}/poster/teams",
        posters.make_team_links,
        refusal_page=posters.show_team_cards,
        section="cards",
    ),
    _manage("/links", programme.make_link, "links"),
    _manage("/links/group", programme.make_group_link),
    _manage("/links/revoke", programme.revoke_link),
    _manage("/links/undo", programme.undo_link),
    _manage("/holidays", programme.add_holidays, "holidays", changes_question_days=True),
    _manage("/holidays/remove", programme.remove_holiday, "holidays", changes_question_days=True),
    _manage("/colleagues", programme.invite_colleague, "colleagues"),
    _manage("/name", programme.rename, "settings"),
    _manage("/settings", programme.change, "settings", changes_question_days=True),
    _manage("/remove", programme.remove, "ending"),
    _manage("/calloff", programme.call_off, "ending", changes_question_days=True),
    _manage("/end", programme.end, "ending", changes_question_days=True),
    _manage("/goal", team_goal.set_goal, "goal"),
    _manage("/goal/off", team_goal.take_back, "goal"),
    View(f"{_P}/audit-log", audit_log.show),
    _manage("/messages/preview", announcements.preview, "messages"),
    _manage("/messages", announcements.send, "messages"),
    _manage("/past-members/preview", announcements.preview_invitation, "links"),
    _manage("/past-members", announcements.invite_past_members, "links"),
)


def dashboard_app(dashboard: Dashboard) -> ASGIApp:
    """Returns the dashboard; it serves all paths that nothing else serves."""

    async def not_found(request: Request, _error: Exception) -> Response:
        return dashboard.message_page(dashboard.words_for(request), "nothing-here", 404)

    without_session = {
        "/a/{topic}": (article.article(dashboard), ["GET"]),
        "/in/{token}": (sign_in.by_link(dashboard), ["GET", "POST"]),
        "/app": (sign_in.mini_app(dashboard), ["GET"]),
        "/app/in": (sign_in.by_mini_app(dashboard), ["POST"]),
    }
    app = Starlette(
        routes=[
            Route("/", sign_in.redirect_home),
            Route("/static/{name}", asset),
            *(
                Route(path, with_error_page(dashboard, path, answer), methods=methods)
                for path, (answer, methods) in without_session.items()
            ),
            *(Route(view.path, endpoint(dashboard, view), methods=[view.method]) for view in VIEWS),
        ],
        exception_handlers={404: not_found},
    )
    app.router.redirect_slashes = False  # it would trust any Host header
    return ResponseHeaders(
        Compression(app), local=dashboard.is_local, secure=dashboard.address.is_secure
    )
