"""The Bot API over HTTP: calls, their replies, and connections closed without a reply."""

import asyncio
import inspect
import json
from email.utils import format_datetime
from urllib.parse import parse_qsl

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from sandbox.accounts import Bot
from sandbox.methods import METHODS, Call
from sandbox.params import Params, Upload
from sandbox.wire import ApiError, Json, bad_request
from sandbox.world import World

UNAUTHORIZED = ApiError(401, "Unauthorized")
NOT_FOUND = ApiError(404, "Not Found")
NO_METHOD = ApiError(404, "Not Found: method not found")
LOGGED_OUT = ApiError(400, "Logged out")


class Connection(HttpToolsProtocol):
    """Gives a response access to its connection, which HTTP servers do not offer."""

    def on_message_begin(self) -> None:
        """Passes the transport on with every request."""
        super().on_message_begin()
        self.scope["extensions"] = {"sandbox": {"transport": self.transport}}


class Hangup(Response):
    """Closes the connection without a reply: the client cannot know what happened."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Closes it, and returns when the server has noticed."""
        transport: asyncio.Transport = scope["extensions"]["sandbox"]["transport"]
        transport.close()
        while (await receive())["type"] != "http.disconnect":
            pass


async def call_method(request: Request) -> Response:
    """Serves ``/bot{token}/{method}``."""
    world: World = request.app.state.world
    bot = world.bot_with(request.path_params["token"])
    if bot is None:
        return _reply(UNAUTHORIZED.status, UNAUTHORIZED.envelope())
    try:
        params = await read_params(request)
    except ApiError as error:
        return _reply(error.status, error.envelope())
    except ClientDisconnect:  # a bot that was killed during a request
        return Hangup()
    method = request.path_params["method"]
    faults = world.faults.strike(method, params.text("chat_id") or None)
    kinds = {fault.fault for fault in faults}
    if "refused" in kinds:
        return Hangup()
    refusals = [refusal for refusal in (fault.refusal() for fault in faults) if refusal]
    status, body = await perform(world, bot, method, params, refusals[0] if refusals else None)
    for fault in faults:
        if fault.fault == "delay":
            await asyncio.sleep(fault.seconds)
    if "lost_reply" in kinds:
        return Hangup()
    reply = _reply(status, body)
    reply.headers["Date"] = format_datetime(world.clock.now(), usegmt=True)  # RFC 9110, 6.6.1
    return reply


async def perform(
    world: World, bot: Bot, method: str, params: Params, refusal: ApiError | None = None
) -> tuple[int, Json]:
    """Makes and logs a call, or refuses it with ``refusal``; returns HTTP status and body."""
    world.close_due_polls()
    entry = world.log_call(bot, method, params)
    try:
        if refusal is not None:
            raise refusal
        status, body = 200, {"ok": True, "result": await _result(world, bot, method, params)}
    except ApiError as error:
        status, body = error.status, error.envelope()
    entry |= {"ok": body["ok"], "status": status}
    return status, body


async def _result(world: World, bot: Bot, method: str, params: Params) -> object:
    if bot.logged_out:
        raise LOGGED_OUT
    handler = METHODS.get(method.lower())
    if handler is None:
        raise NO_METHOD
    params.check(method)
    result = handler(Call(world, bot, params))
    return await result if inspect.isawaitable(result) else result


async def read_params(request: Request) -> Params:
    """Reads the query and the body: JSON, urlencoded or multipart."""
    values: Json = dict(request.query_params)
    uploads: dict[str, Upload] = {}
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type == "application/json":
        values |= read_json(await request.body())
    elif content_type == "multipart/form-data":
        try:
            async with request.form() as form:
                for key, value in form.multi_items():
                    if isinstance(value, UploadFile):
                        uploads[key] = Upload(value.filename or key, await value.read())
                    else:
                        values[key] = value
        except HTTPException as error:
            raise bad_request(f"can't parse multipart body: {error.detail}") from None
    elif content_type == "application/x-www-form-urlencoded":
        body = (await request.body()).decode(errors="replace")
        values |= dict(parse_qsl(body, keep_blank_values=True))
    return Params(values, uploads)


def read_json(body: bytes) -> Json:
    """Reads a JSON object of parameters; raises ApiError 400 if it is not one."""
    try:
        values = json.loads(body or b"{}")
    except ValueError:
        raise bad_request("can't parse JSON object") from None
    if not isinstance(values, dict):
        raise bad_request("can't parse JSON object: expected an Object")
    if b"\\ud" in body.lower() and not _is_unicode(values):
        raise bad_request("strings must be encoded in UTF-8")
    return values


def _is_unicode(values: Json) -> bool:
    """Returns False for a lone surrogate, which JSON can escape but which is not a character."""
    try:
        json.dumps(values, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


async def download(request: Request) -> Response:
    """Serves ``/file/bot{token}/{path}``."""
    world: World = request.app.state.world
    if world.bot_with(request.path_params["token"]) is None:
        return _reply(UNAUTHORIZED.status, UNAUTHORIZED.envelope())
    file = world.files.at(request.path_params["path"])
    if file is None:
        return _reply(NOT_FOUND.status, NOT_FOUND.envelope())
    return Response(file.content, media_type="application/octet-stream")


def _reply(status: int, body: Json) -> Response:
    content = json.dumps(body, separators=(",", ":"))
    retry_after = body.get("parameters", {}).get("retry_after")
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return Response(content, status, headers, media_type="application/json")
