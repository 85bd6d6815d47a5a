"""Calls for people: write, vote, press, block."""

from starlette.requests import Request

from sandbox import people
from sandbox.control.endpoint import Body, Handler
from sandbox.views import view_for_page
from sandbox.wire import Json, RefusedError
from sandbox.world import World

PRESS_SECONDS = 5


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
    message = people.message_seen(world, person, body.integer("chat"), body.integer("message_id"))
    people.vote(world, person, message, body.integers("option_ids"), force=body.flag("force"))
    return view_for_page(message, person)


async def _press(world: World, request: Request, body: Body) -> Json:
    del request
    person = people.person_with(world, body.integer("user"))
    message = people.message_seen(world, person, body.integer("chat"), body.integer("message_id"))
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


CALLS: list[tuple[str, str, Handler]] = [
    ("POST", "/users", _add_user),
    ("POST", "/users/{user:int}/delete", _delete_user),
    ("POST", "/bots", _add_bot),
    ("POST", "/messages", _write),
    ("POST", "/messages/edit", _edit),
    ("POST", "/messages/delete", _delete),
    ("POST", "/messages/forward", _forward),
    ("POST", "/vote", _vote),
    ("POST", "/press", _press),
    ("POST", "/block", _block),
    ("POST", "/unblock", _unblock),
]
