"""/metrics over real HTTP, while the bot works."""

import asyncio
import socket
from datetime import UTC, datetime, timedelta

import asyncpg
import httpx
import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs
from telegram import WebhookInfo
from telegram.error import TelegramError

from db.transient_errors import OUTAGE
from quizbot import startup
from quizbot.application import running
from quizbot.quiz.answers.recording import Ignored
from quizbot.quiz.delivery.outcomes import Result
from quizbot.telegram.client.sender import ReplyQueue
from quizbot.telegram.client.transport import Transport
from quizbot.web.server import _REFUSALS
from tests.sizes import PATIENCE
from tests.telegram.sandbox import TOKEN, Sandbox, on_each_database
from tests.telegram.test_polling import answering
from tests.telegram.webhook_bot import WebhookBot, free_port


async def test_metrics_count_questions_and_answers_and_hold_nothing_personal(
    sandbox: Sandbox,
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    async with (
        sandbox.bot(listen=address) as jobs,
        httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as client,
    ):
        before = await figures(client, address)
        ana = await sandbox.subscriber("Ana Example")
        await sandbox.later(jobs, hours=1)
        await ana.votes(await ana.gets_question())
        await ana.hears("+10 points")
        after = await figures(client, address)
        page = (await client.get(f"http://{address}/metrics")).text
    assert gained(before, after, 'quizbot_questions_total{result="sent"}') == 1
    assert gained(before, after, 'quizbot_poll_answers_total{result="answer"}') == 1
    assert after["quizbot_leading"] == 1
    assert after["quizbot_questions_in_flight"] == 0
    assert after["quizbot_last_update_timestamp_seconds"] == sandbox.clock.now().timestamp()
    assert after["quizbot_telegram_seconds_count"] > before["quizbot_telegram_seconds_count"]
    assert 'quizbot_build_info{python="' in page
    assert "_created" not in page
    assert str(ana.id) not in page
    assert "Ana" not in page
    assert TOKEN not in page


async def figures(client: httpx.AsyncClient, address: str) -> dict[str, float]:
    reply = await client.get(f"http://{address}/metrics")
    assert reply.status_code == 200
    lines = [line for line in reply.text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def gained(before: dict[str, float], after: dict[str, float], name: str) -> float:
    return after[name] - before.get(name, 0)


def value(name: str, **labels: str) -> float:
    """Returns the value of a series; a missing one is an error."""
    found = REGISTRY.get_sample_value(name, labels)
    assert found is not None, f"{name} {labels} does not exist"
    return found


def test_all_series_exist_before_anything_has_happened() -> None:
    for result in Result:
        value("quizbot_questions_total", result=result.name.lower())
    for ignored in Ignored:
        value("quizbot_poll_answers_total", result=ignored.value)
    for reason, _ in _REFUSALS.values():
        value("quizbot_web_refused_total", reason=reason)
    for kind in ("busy", "full", "failing", "read_only", "refused", "unreachable"):
        value("quizbot_database_errors_total", kind=kind)


async def test_every_job_has_a_series_before_it_fails(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        for name in jobs.by_name():
            value("quizbot_job_failures_total", task=name)


@on_each_database
async def test_waiting_questions_are_counted_during_a_pause_too(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        ana, bea = await sandbox.subscriber(), await sandbox.subscriber("Bea")
        await sandbox.control.fault("flood", method="sendPoll", chat_id=ana.id, seconds=600)
        await sandbox.later(jobs, hours=1)
        await bea.gets_question()
        sandbox.clock.advance(90)
        assert await jobs.backlog.run() == 1
        assert value("quizbot_questions_left") == 1
        assert value("quizbot_oldest_question_seconds") == 90
    assert value("quizbot_questions_left") == 0  # of a process that leads no more


@pytest.mark.parametrize(
    ("status", "kind", "fault"),
    [
        (400, "refused", ""),
        (409, "conflict", "a webhook set elsewhere"),
        (502, "server_error", "a fault of its own (502)"),
        (0, "no_connection", "check the network"),
    ],
)
async def test_failed_calls_are_counted_by_kind(status: int, kind: str, fault: str) -> None:
    before = value("quizbot_telegram_errors_total", kind=kind)
    async with answering(b"<html>", status=status) as url:
        reached = url if status else f"http://127.0.0.1:{free_port()}"
        transport = Transport(reached, 4)
        await transport.initialize()
        with pytest.raises(TelegramError):
            await transport.post(f"{reached}/bot{TOKEN}/sendPoll")
        await transport.shutdown()
    assert fault in transport.fault
    assert bool(fault) == bool(transport.fault)
    assert value("quizbot_telegram_errors_total", kind=kind) == before + 1


async def test_a_webhook_that_telegram_cannot_reach_is_a_warning_with_advice(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(startup, "_WEBHOOK_CHECK", 0.01)
    hook = WebhookBot(sandbox)
    async with hook.bot(webhook_url=f"http://127.0.0.1:{free_port()}/telegram"):
        ana = await sandbox.person()
        sandbox.clock.advance(5)
        await ana.says("/start")
        async with asyncio.timeout(PATIENCE):
            while not sandbox.logged("webhook_failing"):
                await sandbox.control.now()
        assert value("quizbot_webhook_pending") == 1
        at = value("quizbot_webhook_last_error_timestamp_seconds")
        address = hook.url.replace("/telegram", "/ready")
        async with (
            asyncio.timeout(PATIENCE),
            httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as client,
        ):
            while not (faults := (await client.get(address)).json()["faults"]):
                pass
            assert list(faults) == ["webhook"]
            assert "ConnectError" in faults["webhook"]
    assert at == sandbox.clock.now().timestamp()
    line, *_ = sandbox.logged("webhook_failing")
    assert (line["log_level"], line["pending"]) == ("warning", 1)
    assert "ConnectError" in line["error"]
    assert "proxy" in line["advice"]


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        ("SSL error {error:0A000086:SSL routines::certificate verify failed}", "certificate"),
        ("Connection refused", "firewall"),
        ("Wrong response from the webhook: 502 Bad Gateway", "QUIZBOT_LISTEN"),
        ("Wrong response from the webhook: 404 Not Found", "path"),
        ("Wrong response from the webhook: 403 Forbidden", "secret"),
        ("Failed to resolve host: Name or service not known", "DNS"),
    ],
)
def test_advice_goes_by_telegrams_words(error: str, advice: str) -> None:
    assert advice in startup.webhook_advice(error)


async def test_ready_tells_of_work_that_fails_because_of_the_database(sandbox: Sandbox) -> None:
    address = f"127.0.0.1:{free_port()}"
    async with sandbox.bot(listen=address), httpx.AsyncClient(trust_env=False) as client:
        OUTAGE.failed("a vote", asyncpg.DiskFullError("No space left on device"))
        full = await client.get(f"http://{address}/ready")
        OUTAGE.succeeded("a vote")
        good = await client.get(f"http://{address}/ready")
    assert (full.status_code, good.status_code) == (503, 200)
    assert "Make room" in full.json()["faults"]["database"]


@pytest.mark.parametrize(("pending", "events"), [(99, []), (100, ["webhook_pending"])])
def test_many_updates_that_wait_at_telegram_are_a_warning(pending: int, events: list[str]) -> None:
    now = datetime(2026, 11, 23, 8, tzinfo=UTC)
    with capture_logs() as lines:
        assert startup.tell_state(WebhookInfo("", False, pending), now) == now
    assert [line["event"] for line in lines] == events


async def test_a_clock_that_goes_wrong_later_is_logged_and_measured(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(startup, "_CLOCK_CHECK", 0.01)
    ahead = timedelta()
    async with running(sandbox.settings(), lambda: sandbox.clock.now() + ahead):
        assert value("quizbot_clock_error_seconds") == 0
        ahead = timedelta(minutes=2)
        async with asyncio.timeout(PATIENCE):
            while not sandbox.logged("clock_is_wrong"):
                await sandbox.control.now()
        assert value("quizbot_clock_error_seconds") == 120


async def test_replies_that_a_stop_cuts_off_and_those_that_fail_are_lost() -> None:
    lost = {why: value("quizbot_replies_lost_total", reason=why) for why in ("failed", "stopped")}
    queue = ReplyQueue()

    async def fail() -> None:
        raise RuntimeError

    async with queue.open(lambda: 0.0):
        queue.post(1, fail)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        queue.post(1, asyncio.Event().wait)
    for why, before in lost.items():
        assert value("quizbot_replies_lost_total", reason=why) == before + 1


async def test_a_reply_that_the_database_fails_is_a_warning_with_the_reason() -> None:
    async def fail() -> None:
        raise asyncpg.DiskFullError("No space left on device")

    queue = ReplyQueue()
    with capture_logs() as lines:
        async with queue.open(lambda: PATIENCE):
            queue.post(1, fail)
    (line,) = lines
    assert (line["event"], line["code"], line["log_level"]) == ("reply_failed", "53100", "warning")
    assert "exc_info" not in line


async def test_a_reply_whose_connection_breaks_is_lost(sandbox: Sandbox) -> None:
    before = value("quizbot_replies_lost_total", reason="failed")
    async with sandbox.bot():
        ana = await sandbox.subscriber()
        await sandbox.control.fault("error", method="sendMessage", chat_id=ana.id, status=502)
        await ana.says("/help")
        await sandbox.all_read()
        async with asyncio.timeout(PATIENCE):
            while not sandbox.logged("call_failed"):
                await sandbox.control.now()
    assert isinstance(sandbox.logged("call_failed")[0]["update"], int)  # whose reply it was
    assert value("quizbot_replies_lost_total", reason="failed") == before + 1
