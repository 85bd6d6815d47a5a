"""Telegram refuses the token (401): nothing has left, and nothing more is tried."""

import asyncio

import httpx
import pytest
from telegram.error import InvalidToken

from db.models import DeliveryState
from quizbot.quiz.delivery.outcomes import Result
from quizbot.scheduler import Jobs
from quizbot.telegram.client.sender import result_of
from quizbot.telegram.client.transport import NotSentError, Transport
from tests.sizes import PATIENCE
from tests.telegram.sandbox import TOKEN, Person, Sandbox
from tests.telegram.test_metrics import figures
from tests.telegram.test_polling import answering
from tests.telegram.webhook_bot import WebhookBot, free_port

PEOPLE = 12


async def refuse_the_token(sandbox: Sandbox, jobs: Jobs) -> list[Person]:
    """Adds subscribers, revokes the token, and lets their questions become due."""
    people = [await sandbox.subscriber(f"P{number}") for number in range(PEOPLE)]
    await sandbox.control.fault("error", status=401, count=0)
    await sandbox.later(jobs, hours=1)
    async with asyncio.timeout(PATIENCE):
        while not sandbox.logged("token_refused"):
            await sandbox.control.now()
    return people


async def test_after_a_401_no_question_is_unconfirmed_and_a_restart_sends_them_all(
    sandbox: Sandbox,
) -> None:
    async with sandbox.bot() as jobs:
        people = await refuse_the_token(sandbox, jobs)
    states = {each.state for person in people for each in await person.deliveries()}
    # Nothing is claimed if polling is refused before the broadcast has begun.
    assert states <= {DeliveryState.CLAIMED}
    await sandbox.control.clear_faults()
    async with sandbox.bot() as jobs:
        await sandbox.later(jobs, minutes=1)
        for person in people:
            await person.gets_question()
            assert len(await person.questions()) == 1


async def test_after_a_401_nothing_is_sent_and_nothing_polled(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        await refuse_the_token(sandbox, jobs)
        await asyncio.gather(*(task.finish(5) for task in jobs.by_name().values()))
        before = len(await sandbox.control.calls())
        await sandbox.later(jobs, hours=24)
        assert await jobs.broadcast.run() == 0
        assert len(await sandbox.control.calls()) == before
    refused = [call for call in await sandbox.control.calls() if call["status"] == 401]
    assert 1 <= len(refused) <= PEOPLE + 1  # those in flight, and getUpdates
    (entry,) = sandbox.logged("token_refused")
    assert entry["log_level"] == "critical"
    assert "@BotFather" in entry["advice"]


async def test_after_a_401_ready_and_a_metric_say_so_and_health_stays_good(
    sandbox: Sandbox,
) -> None:
    address = f"127.0.0.1:{free_port()}"
    async with (
        sandbox.bot(listen=address) as jobs,
        httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as client,
    ):
        ready = await client.get(f"http://{address}/ready")
        assert (ready.status_code, ready.json()["status"]) == (200, "ready")
        assert (await figures(client, address))["quizbot_token_refused"] == 0
        await refuse_the_token(sandbox, jobs)
        ready = await client.get(f"http://{address}/ready")
        health = await client.get(f"http://{address}/health")
        numbers = await figures(client, address)
    assert ready.status_code == 503
    assert "set a new QUIZBOT_TOKEN" in ready.json()["faults"]["telegram"]
    assert health.status_code == 200
    assert (numbers["quizbot_token_refused"], numbers["quizbot_leading"]) == (1, 0)


@pytest.mark.parametrize("sandbox_database", ["postgresql"], indirect=True)
async def test_a_process_whose_token_is_refused_lets_another_lead(sandbox: Sandbox) -> None:
    first, second = WebhookBot(sandbox), WebhookBot(sandbox)
    async with first.bot() as jobs:
        people = await refuse_the_token(sandbox, jobs)
        await sandbox.control.clear_faults()
        async with second.bot() as others:
            await sandbox.later(others, minutes=1)
            for person in people:
                await person.gets_question()


@pytest.mark.parametrize(
    ("body", "refused"),
    [(b'{"ok":false,"error_code":401,"description":"Unauthorized"}', True), (b"<html>", False)],
)
async def test_only_telegrams_own_401_refuses_the_token(body: bytes, refused: bool) -> None:
    """A proxy on the way may say 401 as well; nothing has left then, either."""
    async with answering(body, status=401) as url:
        transport = Transport(url, 4)
        await transport.initialize()
        with pytest.raises(InvalidToken) as refusal:
            await transport.post(f"{url}/bot{TOKEN}/sendPoll")
        await transport.shutdown()
    assert result_of(refusal.value) is Result.NOT_SENT
    assert ("new QUIZBOT_TOKEN" in transport.fault) == refused


async def test_ready_says_when_telegram_cannot_be_reached() -> None:
    async with answering(b'{"ok":true,"result":true}') as url:
        transport = Transport(url, 4)
        await transport.initialize()
        await transport.post(f"{url}/bot{TOKEN}/getMe")
        assert transport.fault == ""
    with pytest.raises(NotSentError):
        await transport.post(f"{url}/bot{TOKEN}/getMe")
    assert transport.fault == "Telegram cannot be reached; check the network."
    await transport.shutdown()
