"""What browsers are told about every page: load nothing from elsewhere, run nothing inline."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Telegram's web clients, which show Mini Apps in a frame.
_TELEGRAM = "https://web.telegram.org https://*.telegram.org"
_LOCAL_TELEGRAM = "http://127.0.0.1:* http://localhost:*"

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors {ancestors}"
)
# Within the own pages the address is told (changes are checked by it), to others never.
_REFERRER = "same-origin"


class Headers:
    """An ASGI application with the headers on all that `app` answers.

    `local` is whether Telegram is a local one, whose page may frame the pages as well.
    """

    def __init__(self, app: ASGIApp, *, local: bool) -> None:
        self._app = app
        ancestors = f"'self' {_TELEGRAM}" + (f" {_LOCAL_TELEGRAM}" if local else "")
        self._headers = {
            "Content-Security-Policy": _POLICY.format(ancestors=ancestors),
            "Referrer-Policy": _REFERRER,
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
            "Cache-Control": "no-store",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, sending)
