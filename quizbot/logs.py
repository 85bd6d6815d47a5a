"""Logs: one event per line, readable on a terminal and JSON otherwise. Never the token.

In JSON, `instance` is the machine and the process; in journald, lines have a priority.

The texts of messages are never logged. The token can appear in errors of the HTTP client, whose
URLs contain it, so every line is searched for it (invariant 9, ARCHITECTURE.md).
"""

import asyncio
import json
import logging
import os
import socket
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, quote_plus

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from quizbot import systemd

_REDACTED = "[redacted]"
_MAX_LINES = 10  # about refusals with one reason, in each period
_PERIOD = 60.0  # seconds

# At DEBUG, these log every call with its message texts, or every SQL statement.
_CHATTY = ("telegram", "httpx", "httpcore", "alembic", "uvicorn", "aiosqlite", "asyncio")


def set_up(level: str, secrets: Iterable[str]) -> None:
    """Send structlog's and the standard library's events to standard error."""
    hidden = [secret for secret in secrets if secret]
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _strip,
        _redactor(hidden),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler()
    meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared, processors=[meta, _renderer()]
        )
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for chatty in _CHATTY:
        logging.getLogger(chatty).setLevel(max(logging.WARNING, logging.getLogger().level))
    # It repeats with a traceback what the call's own line says: that a reply was no JSON.
    logging.getLogger("telegram.request.BaseRequest").setLevel(logging.CRITICAL)
    # It warns every second while a broadcast takes longer than a tick.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)


def tell_fault(fault: Exception) -> None:
    """Tell whoever starts the bot why it cannot: a sentence on a terminal, otherwise an event."""
    if sys.stderr.isatty():
        sys.stderr.write(f"{fault}\n")
        return
    if not structlog.is_configured():  # the settings are wrong, so nothing secret is known
        set_up("INFO", [])
    for sentence in str(fault).splitlines():
        structlog.get_logger("quizbot").critical("cannot_start", advice=sentence)


def encoded_forms(secret: str) -> list[str]:
    """Returns the secret as it may appear in URLs, JSON and Python's reprs, longest first."""
    forms = {quote(secret, safe=safe) for safe in ("", "/", " +", "/:")} | {quote_plus(secret)}
    forms |= {secret, json.dumps(secret)[1:-1], repr(secret)[1:-1]}
    return sorted(forms - {""}, key=lambda form: (-len(form), form))


def _renderer() -> Processor:
    if sys.stderr.isatty():
        return structlog.dev.ConsoleRenderer()
    instance, to_json = f"{socket.gethostname()}:{os.getpid()}", structlog.processors.JSONRenderer()
    priorities = systemd.PRIORITIES if systemd.logs_to_journald() else {}

    def render(logger: WrappedLogger, method: str, event: EventDict) -> str:
        priority = priorities.get(event["level"])
        line = to_json(logger, method, {**event, "instance": instance})
        return f"<{priority}>{line!s}" if priority else str(line)

    return render


def _strip(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Some lines of uvicorn end with a line break of their own."""
    return {**event, "event": str(event["event"]).strip()}


def _redactor(hidden: list[str]) -> Processor:
    def clean(value: Any) -> Any:
        if isinstance(value, (int, float, bool, type(None))):
            return value
        text = value if isinstance(value, str) else repr(value)
        for secret in hidden:
            text = text.replace(secret, _REDACTED)
        return text

    def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        return {key: value if key.startswith("_") else clean(value) for key, value in event.items()}

    return redact


@dataclass
class _ReasonCount:
    period: float = -1.0
    lines: int = 0
    left_out: int = 0


class RefusalLog:
    """Logs at most ten refused requests a minute for each reason, since anybody can send many.

    `now` returns seconds of any clock.
    """

    def __init__(self, now: Callable[[], float] | None = None) -> None:
        self._now = now or (lambda: asyncio.get_running_loop().time())
        self._counts: defaultdict[str, _ReasonCount] = defaultdict(_ReasonCount)

    def note(
        self, event: str, reason: str, client: tuple[str, int] | None, **details: object
    ) -> None:
        """Log the refusal, with the number of those that were `left_out` since the last line.

        `client` is the connection's, or the one that a proxy names if uvicorn trusts the proxy.
        """
        count, period = self._counts[reason], self._now() // _PERIOD
        if count.period != period:
            count.period, count.lines = period, 0
        if count.lines == _MAX_LINES:
            count.left_out += 1
            return
        peer = client[0] if client else None
        log = structlog.get_logger(__name__)
        log.warning(event, reason=reason, peer=peer, left_out=count.left_out, **details)
        count.lines, count.left_out = count.lines + 1, 0
