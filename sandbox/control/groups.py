"""Calls for groups: members, administrators, permissions."""

from starlette.requests import Request

from sandbox import groups
from sandbox.control.endpoint import Body, Handler, query_integer
from sandbox.wire import Json
from sandbox.world import World


def _add_group(world: World, request: Request, body: Body) -> Json:
    del request
    owner = groups.account_with(world, body.integer("owner"))
    members = [groups.account_with(world, member) for member in body.integers("members")]
    return groups.create(world, body.text("title"), owner, members).view()


def _add_member(world: World, request: Request, body: Body) -> Json:
    group = groups.group_with(world, request.path_params["group"])
    member = groups.account_with(world, body.integer("user"))
    by = body.optional_integer("by")
    groups.add(world, group, member, member if by is None else groups.account_with(world, by))
    return {}


def _remove_member(world: World, request: Request, body: Body) -> Json:
    del body
    group = groups.group_with(world, request.path_params["group"])
    member = groups.account_with(world, request.path_params["user"])
    by = request.query_params.get("by")
    actor = groups.account_with(world, query_integer(request, "by")) if by else member
    groups.remove(world, group, member, actor)
    return {}


def _migrate(world: World, request: Request, body: Body) -> Json:
    del body
    return groups.migrate(world, groups.group_with(world, request.path_params["group"])).view()


def _promote(world: World, request: Request, body: Body) -> Json:
    group = groups.group_with(world, request.path_params["group"])
    member = groups.account_with(world, body.integer("user"))
    by = groups.account_with(world, body.integer("by"))
    groups.promote(world, group, member, by, body.optional_texts("rights"))
    return {}


def _demote(world: World, request: Request, body: Body) -> Json:
    group = groups.group_with(world, request.path_params["group"])
    member = groups.account_with(world, body.integer("user"))
    groups.demote(world, group, member, groups.account_with(world, body.integer("by")))
    return {}


def _permit(world: World, request: Request, body: Body) -> Json:
    group = groups.group_with(world, request.path_params["group"])
    by = groups.account_with(world, body.integer("by"))
    groups.permit(world, group, by, body.flags("permissions"))
    return {}


CALLS: list[tuple[str, str, Handler]] = [
    ("POST", "/groups", _add_group),
    ("POST", "/groups/{group:chat}/members", _add_member),
    ("DELETE", "/groups/{group:chat}/members/{user:int}", _remove_member),
    ("POST", "/groups/{group:chat}/migrate", _migrate),
    ("POST", "/groups/{group:chat}/promote", _promote),
    ("POST", "/groups/{group:chat}/demote", _demote),
    ("POST", "/groups/{group:chat}/permissions", _permit),
]
