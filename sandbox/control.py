"""The control API: what people do, what goes wrong, what time it is."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeAlias

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox import groups, people, streams
from sandbox.body import Body, query_integer
from sandbox.messages import view_for_page
from sandbox.state import state_for
from sandbox.wire import Json, RefusedError
from sandbox.world import World

PRESS_SECONDS = 5

Action: TypeAlias = Callable[[World, Request, Body], object | Awaitable[object]]


def _state(world: World, request: Request, body: Body) -> Json:
    del body
    if "user" not in request.query_params:
        return state_for(world, None)
    return state_for(world, people.person_with(world, query_integer(request, "user")))


def _add_user(world: World, request: Request, body: Body) -> Json:
    del request
    if not body.text("first_name").strip():
        raise RefusedError(400, "first_name must not be empty")
    return world.add_person(
        body.text("first_name"),
        body.optional_text("last_name"),
        body.optional_text("username"),
        body.optional_text("language_code"),
    ).user()


def _delete_user(world: World, request: Request, body: Body) -> Json:
    del body
    people.deactivate(world, people.person_with(world, request.path_params["user"]))
    return {}


def _add_bot(world: World, request: Request, body: Body) -> Json:
    del request
    bot = world.add_bot(
        body.optional_text("token"),
        body.optional_text("username") or "sandbox_bot",
        body.optional_text("first_name") or "Sandbox bot",
    )
    return {"token": bot.token, "user": bot.user()}


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


def _write(world: World, request: Request, body: Body) -> Json:
    del request
    person = people.person_with(world, body.integer("user"))
    message = people.write(
        world, person, body.integer("chat"), body.text("text"), body.optional_integer("reply_to")
    )
    return view_for_page(message, person)


def _edit(world: World, request: Request, body: Body) -> Json:
    del request
    person = people.person_with(world, body.integer("user"))
    message = people.edit(
        world, person, body.integer("chat"), body.integer("message_id"), body.text("text")
    )
    return view_for_page(message, person)


def _delete(world: World, request: Request, body: Body) -> Json:
    del request
    person = people.person_with(world, body.integer("user"))
    people.delete(world, person, body.integer("chat"), body.integer("message_id"))
    return {}


def _forward(world: World, request: Request, body: Body) -> Json:
    del request
    person = people.person_with(world, body.integer("user"))
    message = people.forward(
        world,
        person,
        body.integer("from_chat"),
        body.integer("message_id"),
        body.integer("chat"),
    )
    return view_for_page(message, person)


def _vote(world: World, request: Request, body: Body) -> Json:
    del request
    person = people.person_with(world, body.integer("user"))
    chat = people.chat_of(world, person, body.integer("chat"))
    message = people.message_of(chat, body.integer("message_id"))
    people.vote(world, person, message, body.integers("option_ids"), force=body.flag("force"))
    return view_for_page(message, person)


async def _press(world: World, request: Request, body: Body) -> Json:
    del request
    person = people.person_with(world, body.integer("user"))
    chat = people.chat_of(world, person, body.integer("chat"))
    message = people.message_of(chat, body.integer("message_id"))
    wait = body.number("wait", PRESS_SECONDS)
    return await people.press(world, person, message, body.text("data"), wait)


def _block(world: World, request: Request, body: Body) -> Json:
    del request
    person = people.person_with(world, body.integer("user"))
    people.block(world, person, people.bot_with(world, body.integer("bot")))
    return {}


def _unblock(world: World, request: Request, body: Body) -> Json:
    del request
    person = people.person_with(world, body.integer("user"))
    people.unblock(world, person, people.bot_with(world, body.integer("bot")))
    return {}


def _add_fault(world: World, request: Request, body: Body) -> Json:
    del request
    return {"id": world.faults.add(body.values)}


def _faults(world: World, request: Request, body: Body) -> list[Json]:
    del request, body
    return world.faults.listed()


def _clear_faults(world: World, request: Request, body: Body) -> Json:
    del body
    fault = request.path_params.get("fault")
    if fault is None:
        world.faults.clear()
    else:
        world.faults.remove(fault)
    return {}


async def _clock(world: World, request: Request, body: Body) -> Json:
    del request, body
    return {"now": world.clock.now().isoformat(), "moments": await world.moments()}


async def _move_clock(world: World, request: Request, body: Body) -> Json:
    moment = body.optional_text("set")
    try:
        if moment is not None:
            world.clock.set(datetime.fromisoformat(moment))
        else:
            world.clock.advance(body.number("advance", 0))
    except ValueError as error:
        raise RefusedError(400, str(error)) from None
    return await _clock(world, request, body)


def _calls(world: World, request: Request, body: Body) -> list[Json]:
    del body
    method = request.query_params.get("method", "").lower()
    since = query_integer(request, "since", 0)
    return [
        call
        for call in world.calls
        if call["n"] > since and (not method or call["method"].lower() == method)
    ]


def _forget_calls(world: World, request: Request, body: Body) -> Json:
    del request, body
    world.calls.clear()
    return {}


def _pending(world: World, request: Request, body: Body) -> Json:
    del body
    updates = people.bot_with(world, query_integer(request, "bot")).updates
    return {"pending": len(updates), "confirmed": updates.confirmed}


def _raw_update(world: World, request: Request, body: Body) -> Json:
    del request
    bot = people.bot_with(world, body.integer("bot"))
    return {"update_id": bot.updates.put_raw(body.object("update"))}


def _raw_updates(world: World, request: Request, body: Body) -> Json:
    del request
    bot = people.bot_with(world, body.integer("bot"))
    return {"update_ids": [bot.updates.put_raw(update) for update in body.objects("updates")]}


def _endpoint(action: Action) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        world: World = request.app.state.world
        world.close_due_polls()
        try:
            answer = action(world, request, await Body.of(request))
            return JSONResponse(await answer if isinstance(answer, Awaitable) else answer)
        except RefusedError as refused:
            return JSONResponse({"error": refused.sentence}, refused.status)

    return endpoint


ACTIONS: list[tuple[str, str, Action]] = [
    ("GET", "/state", _state),
    ("POST", "/users", _add_user),
    ("POST", "/users/{user:int}/delete", _delete_user),
    ("POST", "/bots", _add_bot),
    ("POST", "/groups", _add_group),
    ("POST", "/groups/{group:chat}/members", _add_member),
    ("DELETE", "/groups/{group:chat}/members/{user:int}", _remove_member),
    ("POST", "/groups/{group:chat}/migrate", _migrate),
    ("POST", "/messages", _write),
    ("POST", "/messages/edit", _edit),
    ("POST", "/messages/delete", _delete),
    ("POST", "/messages/forward", _forward),
    ("POST", "/vote", _vote),
    ("POST", "/press", _press),
    ("POST", "/block", _block),
    ("POST", "/unblock", _unblock),
    ("POST", "/faults", _add_fault),
    ("GET", "/faults", _faults),
    ("DELETE", "/faults", _clear_faults),
    ("DELETE", "/faults/{fault:int}", _clear_faults),
    ("GET", "/clock", _clock),
    ("POST", "/clock", _move_clock),
    ("GET", "/calls", _calls),
    ("DELETE", "/calls", _forget_calls),
    ("GET", "/updates/pending", _pending),
    ("POST", "/updates", _raw_update),
    ("POST", "/updates/many", _raw_updates),
]


def routes() -> list[Route]:
    """The routes below ``/sandbox``."""
    actions = [Route(path, _endpoint(action), methods=[verb]) for verb, path, action in ACTIONS]
    return [*actions, Route("/events", streams.events), Route("/files/{file}", streams.file)]
