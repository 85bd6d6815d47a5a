"""Logs are readable lines or JSON, and never contain the token (invariant 9, ARCHITECTURE.md)."""

import io
import json
import logging
import os
import socket
from collections.abc import Iterator
from contextlib import redirect_stderr
from pathlib import Path
from urllib.parse import quote, quote_plus

import httpx
import pytest
import structlog
from starlette.types import Receive, Scope, Send

from quizbot import application, logs
from quizbot.settings import SettingsError, StartError, load
from quizbot.web.server import serving
from tests.sizes import PATIENCE

TOKEN = "123456789:AAE-abcdefghijklmnopqrstuvwxyz012345"
PASSWORD = "geheim"


class Stream(io.StringIO):
    """Standard error that may be a terminal."""

    def __init__(self, *, terminal: bool) -> None:
        super().__init__()
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal

    def fileno(self) -> int:
        return 2

    def set_up(self, level: str) -> None:
        """Sends the logs here from now on."""
        with redirect_stderr(self):
            logs.set_up(level, [TOKEN, PASSWORD, ""])


@pytest.fixture(params=[True, False], ids=["terminal", "json"])
def terminal(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
def stream(terminal: bool, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stream]:
    """Standard error with logging set up; logging is restored afterwards."""
    stream, root = Stream(terminal=terminal), logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    monkeypatch.setattr(root, "level", root.level)
    stream.set_up("INFO")
    yield stream
    structlog.reset_defaults()


def fail() -> None:
    raise RuntimeError(f"GET https://api.telegram.org/bot{TOKEN}/getUpdates failed")


def test_an_event_contains_no_token(stream: Stream) -> None:
    log = structlog.get_logger("quizbot.test")
    log.info(
        f"calling {TOKEN}", url=f"https://x/bot{TOKEN}/getMe", parts=[TOKEN], raw=TOKEN.encode()
    )
    log.info("nested", error=RuntimeError(TOKEN), deep={"a": {"b": (PASSWORD,)}})
    found = stream.getvalue()
    assert TOKEN not in found
    assert PASSWORD not in found
    assert found.count("[redacted]") == 6


def test_an_exception_contains_no_token(stream: Stream) -> None:
    log = structlog.get_logger("quizbot.test")
    try:
        fail()
    except RuntimeError as error:
        log.exception("it_failed")
        log.error("it_failed", exc_info=error)
        logging.getLogger("library").exception("it failed")
    found = stream.getvalue()
    assert TOKEN not in found
    assert found.count("[redacted]/getUpdates failed") == 3


ODD = "pä ss/w:rd+#@x'\"\\"  # a password with every character that URLs and Python escape


@pytest.mark.parametrize(
    "written",
    [
        quote(ODD, safe=""),
        quote_plus(ODD),
        quote(ODD),
        quote(ODD, safe=" +"),
        json.dumps(ODD)[1:-1],
    ],
)
def test_passwords_and_tokens_are_redacted_in_encoded_form_too(
    stream: Stream, tmp_path: Path, written: str
) -> None:
    typed = f"postgresql://quizbot:{quote(ODD, safe='').lower()}@db.example/quizbot"
    api_url = "https://me:s3cr3t@telegram.example"
    found = load(token=TOKEN, database_url=typed, api_url=api_url, data_dir=tmp_path)
    with redirect_stderr(stream):
        logs.set_up("INFO", found.secrets)
    log = structlog.get_logger("quizbot.test")
    log.info(f"connecting to postgresql://quizbot:{written}@db.example", typed=typed)
    log.info("cannot connect", password=ODD, error=ValueError({"password": ODD}), url=api_url)
    log.info("called", path=f"/bot{quote(TOKEN, safe='')}/getMe")
    text = stream.getvalue()
    for secret in (written, quote(ODD, safe="").lower(), "s3cr3t", TOKEN.partition(":")[2]):
        assert secret not in text
    assert text.count("[redacted]") == 6


@pytest.mark.parametrize("password", [ODD, "short"])
def test_a_password_in_the_query_of_a_url_is_redacted(
    stream: Stream, tmp_path: Path, password: str
) -> None:
    written = quote_plus(password).lower()
    typed = f"postgresql://quizbot@db.example/quizbot?ssl=require&password={written}"
    found = load(token=TOKEN, database_url=typed, data_dir=tmp_path)
    with redirect_stderr(stream):
        logs.set_up("INFO", found.secrets)
    structlog.get_logger("quizbot.test").info("connecting", url=typed)
    assert written not in stream.getvalue()
    assert "[redacted]" in stream.getvalue()


def test_the_cause_of_an_exception_contains_no_token(stream: Stream) -> None:
    try:
        try:
            fail()
        except RuntimeError as error:
            raise ValueError("no update") from error
    except ValueError:
        structlog.get_logger("quizbot.test").exception("it_failed")
    assert "no update" in stream.getvalue()
    assert TOKEN not in stream.getvalue()


def test_a_record_of_a_library_contains_no_token(stream: Stream) -> None:
    library = logging.getLogger("some.client")
    url = f"https://api.telegram.org/bot{TOKEN}/sendMessage"
    library.warning('HTTP Request: %s %s "%s"', "POST", url, "HTTP/1.1 200 OK")
    library.error("refused", extra={"url": url}, stack_info=True)
    found = stream.getvalue()
    assert "HTTP Request: POST" in found
    assert TOKEN not in found
    assert found.count("[redacted]") == 2


@pytest.mark.parametrize("level", ["DEBUG", "INFO"])
def test_libraries_that_log_every_address_are_silent(stream: Stream, level: str) -> None:
    stream.set_up(level)
    logging.getLogger("httpx").info("HTTP Request: GET https://x/bot%s/getMe", TOKEN)
    logging.getLogger("aiosqlite").debug("executing")
    assert stream.getvalue() == ""


def test_the_level_applies_to_structlog_and_to_libraries(stream: Stream) -> None:
    stream.set_up("WARNING")
    structlog.get_logger("quizbot.test").info("quiet")
    logging.getLogger("library").info("quiet")
    structlog.get_logger("quizbot.test").warning("loud")
    logging.getLogger("library").warning("loud")
    assert stream.getvalue().count("loud") == 2
    assert "quiet" not in stream.getvalue()


def test_setting_up_twice_writes_a_line_once(stream: Stream) -> None:
    stream.set_up("INFO")
    structlog.get_logger("quizbot.test").info("once")
    assert stream.getvalue().count("once") == 1


@pytest.mark.parametrize("terminal", [False], indirect=True)
def test_a_line_of_json_is_an_event(stream: Stream) -> None:
    with structlog.contextvars.bound_contextvars(update=7):
        structlog.get_logger("quizbot.test").info("sent\nand “quoted”", chat=1, ok=True, at=None)
    logging.getLogger("library").warning("slow: %d ms", 9)
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    first, second = lines
    assert (first["event"], first["level"]) == ("sent\nand “quoted”", "info")
    assert first["logger"] == "quizbot.test"
    assert (first["chat"], first["ok"], first["at"], first["update"]) == (1, True, None, 7)
    assert first["timestamp"].endswith("Z")
    assert (second["event"], second["logger"], second["level"]) == (
        "slow: 9 ms",
        "library",
        "warning",
    )


@pytest.mark.parametrize("terminal", [False], indirect=True)
def test_lines_for_journald_have_a_priority_and_all_name_the_instance(
    stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = structlog.get_logger("quizbot.test")
    log.error("elsewhere")
    about = os.fstat(2)
    monkeypatch.setenv("JOURNAL_STREAM", f"{about.st_dev}:{about.st_ino}")
    stream.set_up("INFO")
    for level in ("info", "warning", "error", "critical"):
        getattr(log, level)("it_happened")
    logging.getLogger("library").warning("slow")
    elsewhere, *lines = stream.getvalue().splitlines()
    assert [line[:3] for line in lines] == ["<6>", "<4>", "<3>", "<2>", "<4>"]
    for line in (elsewhere, *(line[3:] for line in lines)):
        assert json.loads(line)["instance"] == f"{socket.gethostname()}:{os.getpid()}"


def test_a_fault_at_the_start_is_a_sentence_on_a_terminal_and_else_json(
    stream: Stream, terminal: bool
) -> None:
    structlog.reset_defaults()  # as if the settings could not be read
    with redirect_stderr(stream):
        assert application.report(SettingsError("QUIZBOT_A is wrong.\nQUIZBOT_B is wrong.")) == 78
        assert application.report(StartError("Telegram cannot be reached.")) == 1
    lines = stream.getvalue().splitlines()
    told = lines if terminal else [json.loads(line)["advice"] for line in lines]
    assert told == ["QUIZBOT_A is wrong.", "QUIZBOT_B is wrong.", "Telegram cannot be reached."]


async def test_the_lines_of_the_http_server_go_through_our_log(
    stream: Stream, terminal: bool
) -> None:
    async def app(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise RuntimeError(f"no answer to {TOKEN}")

    ports: list[int] = []
    async with (
        serving(app, ("127.0.0.1", 0), ports.append),
        httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as client,
    ):
        reply = await client.get(f"http://127.0.0.1:{ports[0]}/secret?a=secret")
    assert reply.status_code == 500
    written = stream.getvalue()
    assert "secret" not in written
    assert "no answer to [redacted]" in written
    first = written.splitlines()[0]
    assert "uvicorn.error" in first
    assert terminal or json.loads(first)["event"] == "Exception in ASGI application"
