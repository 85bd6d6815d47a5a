"""Calls for a bot's environment: faults, the clock, actions, its calls and raw updates."""

from datetime import datetime

from starlette.requests import Request

from sandbox import people
from sandbox.control.endpoint import Body, Handler, query_integer
from sandbox.wire import Json, RefusedError
from sandbox.world import Action, World


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


def _actions(world: World, request: Request, body: Body) -> list[Json]:
    del request, body
    return [action.view() for action in world.actions]


async def _run_action(world: World, request: Request, body: Body) -> Json:
    action = _action(world, request.path_params["name"])
    person = people.person_with(world, body.integer("user"))
    return {"said": await action.run(person.id)}


def _action(world: World, name: str) -> Action:
    for action in world.actions:
        if action.name == name:
            return action
    raise RefusedError(404, f"there is no action {name}")


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


CALLS: list[tuple[str, str, Handler]] = [
    ("POST", "/faults", _add_fault),
    ("GET", "/faults", _faults),
    ("DELETE", "/faults", _clear_faults),
    ("DELETE", "/faults/{fault:int}", _clear_faults),
    ("GET", "/clock", _clock),
    ("POST", "/clock", _move_clock),
    ("GET", "/actions", _actions),
    ("POST", "/actions/{name}", _run_action),
    ("GET", "/calls", _calls),
    ("DELETE", "/calls", _forget_calls),
    ("GET", "/updates/pending", _pending),
    ("POST", "/updates", _raw_update),
    ("POST", "/updates/many", _raw_updates),
]
