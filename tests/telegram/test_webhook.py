"""Updates by webhook: nothing lost, nothing repeated, in order; 200 only after the commit."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest

from db.models import Answer, Subscriber
from quizbot import startup
from quizbot.settings import StartError
from quizbot.telegram.updates import receiver
from tests.sizes import PATIENCE
from tests.telegram.sandbox import TOKEN, Person, Sandbox, on_each_database
from tests.telegram.test_metrics import value
from tests.telegram.webhook_bot import HEADER, SECRET, WebhookBot


@pytest.fixture
def webhook(sandbox: Sandbox) -> WebhookBot:
    return WebhookBot(sandbox)


async def webhook_info(sandbox: Sandbox) -> dict[str, Any]:
    async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as client:
        reply = await client.get(f"{sandbox.url}/bot{TOKEN}/getWebhookInfo")
        result: dict[str, Any] = reply.json()["result"]
        return result


def alias_update(person: Person, update_id: int, name: str) -> dict[str, Any]:
    entity = {"type": "bot_command", "offset": 0, "length": 6}
    message = person.raw_message(text=f"/alias {name}", entities=[entity])
    return {"update_id": update_id, "message": message}


@on_each_database
async def test_a_day_over_a_webhook(webhook: WebhookBot) -> None:
    sandbox = webhook.sandbox
    async with webhook.bot() as jobs:
        told = await webhook_info(sandbox)
        assert (told["url"], told["max_connections"]) == (webhook.url, 100)
        people = [await sandbox.subscriber(name) for name in ("Ana", "Bea", "Cai")]
        await sandbox.later(jobs, hours=1)
        for person in people:
            await person.votes(await person.gets_question())
            await person.hears("+10 points")
        await people[0].says("/leaderboard")
        await people[0].hears("10 points ← you")
    assert await sandbox.control.calls("getUpdates") == []
    assert await sandbox.totals_are_right()
    assert sandbox.faults_logged() == []


async def test_a_restart_loses_nothing_and_repeats_nothing(webhook: WebhookBot) -> None:
    sandbox = webhook.sandbox
    async with webhook.bot() as jobs:
        ana, bea = await sandbox.subscriber(), await sandbox.subscriber("Bea")
        await sandbox.later(jobs, hours=1)
        for person in (ana, bea):
            await person.gets_question()
        await ana.votes(ana.heard)
        await ana.hears("+10 points")
    # The bot is down.
    await bea.votes(bea.heard, right=False)
    await ana.says("/alias Quiet Heron")
    async with webhook.bot() as jobs:
        sandbox.clock.advance(2)  # Telegram's pause after two failures
        await bea.hears("+2 points")
        await ana.hears("on the leaderboard you're now Quiet Heron")
        await jobs.broadcast.run()
        await ana.hears_nothing_else()
        await bea.hears_nothing_else()
    async with sandbox.bot():  # and back to polling
        await ana.hears_nothing_else()
        await bea.hears_nothing_else()
        assert (await webhook_info(sandbox))["url"] == ""
    assert await sandbox.count(Answer) == 2
    assert await sandbox.totals_are_right()


async def test_an_update_that_is_posted_twice_counts_once(webhook: WebhookBot) -> None:
    sandbox = webhook.sandbox
    async with webhook.bot() as jobs:
        ana, question = await sandbox.asked_subscriber(jobs)
        await sandbox.control.fault("double_update")
        await ana.votes(question)
        await ana.hears("+10 points")
        await ana.hears_nothing_else()
    assert len(sandbox.logged("poll_answer_ignored")) == 1
    assert await sandbox.totals_are_right()


async def test_only_requests_with_the_secret_are_handled(webhook: WebhookBot) -> None:
    async with webhook.bot():
        ana = await webhook.sandbox.subscriber()
        update = alias_update(ana, 1, "Intruder")
        assert await webhook.post(update, **{HEADER: "wrong"}) == 403
        assert await webhook.post(update, **{HEADER: ""}) == 403
        assert await webhook.post(update, **{HEADER: SECRET + "x"}) == 403
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as client:
            assert (await client.post(webhook.url, json=update)).status_code == 403
            assert (await client.get(webhook.url, headers={HEADER: SECRET})).status_code == 405
            health = await client.get(webhook.url.replace("/telegram", "/health"))
            assert health.status_code == 200
        assert (await ana.kept()).alias != "Intruder"
        assert await webhook.post(update) == 200
        assert (await ana.kept()).alias == "Intruder"
    assert {entry["status"] for entry in webhook.sandbox.logged("webhook_refused")} == {403}
    assert SECRET not in str(webhook.sandbox.log)


async def test_a_secret_that_somebody_else_has_set_is_replaced(
    webhook: WebhookBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(startup, "_WEBHOOK_CHECK", 0.01)
    sandbox = webhook.sandbox
    async with webhook.bot():
        ana = await sandbox.person()
        sandbox.clock.advance(5)
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as somebody:
            changed = {"url": webhook.url, "secret_token": "of_somebody_else"}
            reply = await somebody.post(f"{sandbox.url}/bot{TOKEN}/setWebhook", json=changed)
            assert reply.json()["ok"]
        await ana.says("/start")
        async with asyncio.timeout(PATIENCE):
            while (await sandbox.control.pending(sandbox.bot_id))["pending"]:
                sandbox.clock.advance(2)
        await ana.hears("What I keep")
    assert {entry["reason"] for entry in sandbox.logged("webhook_refused")} == {
        "wrong or no secret token"
    }
    assert "sets it again" in sandbox.logged("webhook_refused")[0]["advice"]
    assert "sets the webhook again" in sandbox.logged("webhook_failing")[0]["advice"]


@pytest.mark.parametrize(
    ("url", "host", "advice"),
    [("", "", "has no webhook"), ("http://127.0.0.1:9/x", "127.0.0.1", "has the token")],
)
async def test_a_webhook_removed_or_set_by_somebody_else_is_set_again(
    webhook: WebhookBot, monkeypatch: pytest.MonkeyPatch, url: str, host: str, advice: str
) -> None:
    monkeypatch.setattr(startup, "_WEBHOOK_CHECK", 0.01)
    sandbox, removed = webhook.sandbox, value("quizbot_webhook_removed_total")
    async with webhook.bot():
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as somebody:
            await somebody.post(f"{sandbox.url}/bot{TOKEN}/setWebhook", json={"url": url})
        async with asyncio.timeout(PATIENCE):
            shown = url
            while shown != webhook.url or not sandbox.logged("webhook_was_removed"):
                shown = (await webhook_info(sandbox))["url"]
    assert value("quizbot_webhook_removed_total") > removed
    told = sandbox.logged("webhook_was_removed")[0]
    assert told["instead"] == host
    assert advice in told["advice"]


async def test_requests_from_other_networks_are_refused(webhook: WebhookBot) -> None:
    async with webhook.bot(webhook_networks="149.154.160.0/20,91.108.4.0/22"):
        update = {"update_id": 1}
        assert await webhook.post(update) == 403
        # A proxy on this machine forwards the sender's address.
        assert await webhook.post(update, **{"X-Forwarded-For": "203.0.113.9"}) == 403
        assert await webhook.post(update, **{"X-Forwarded-For": "91.108.5.77"}) == 200


async def test_an_update_that_cannot_be_handled_is_set_aside_and_not_repeated(
    webhook: WebhookBot,
) -> None:
    sandbox = webhook.sandbox
    async with webhook.bot():
        ana = await sandbox.subscriber()
        unreadable = await sandbox.raw({"message": {"message_id": "x", "chat": 5}})
        malformed = await sandbox.raw({"poll_answer": {"poll_id": 5, "user": {"id": ana.id}}})
        await ana.says("/help")
        await ana.hears("One question a day")
        await sandbox.all_read()
    set_aside = {entry["update"] for entry in sandbox.logged("update_set_aside")}
    assert set_aside == {unreadable, malformed}


async def test_one_persons_updates_keep_their_order_across_requests(webhook: WebhookBot) -> None:
    """Three requests are in progress at a time, because another connection locks SQLite."""
    sandbox = webhook.sandbox
    async with webhook.bot():
        ana = await sandbox.subscriber()
        posts = []
        async with sandbox.sessions.begin() as session:
            await session.get(Subscriber, ana.id)
            for number, name in enumerate(("Otter", "Heron", "Badger"), start=1):
                posts.append(
                    asyncio.create_task(webhook.post(alias_update(ana, number, f"Quiet {name}")))
                )
                assert await _barrier(webhook)
            assert not any(post.done() for post in posts)
        assert await asyncio.gather(*posts) == [200, 200, 200]
        assert (await ana.kept()).alias == "Quiet Badger"
        for name in ("Otter", "Heron", "Badger"):
            await ana.hears(f"on the leaderboard you're now Quiet {name}")


async def _barrier(webhook: WebhookBot) -> bool:
    """Makes another request: after its reply, earlier requests have arrived."""
    async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as client:
        return (await client.get(webhook.url)).status_code == 405


async def test_a_repeat_of_an_update_in_progress_waits_for_it(webhook: WebhookBot) -> None:
    sandbox = webhook.sandbox
    async with webhook.bot():
        ana = await sandbox.subscriber()
        update = alias_update(ana, 1, "Quiet Otter")
        posts = []
        async with sandbox.sessions.begin() as session:
            await session.get(Subscriber, ana.id)
            for _ in range(3):
                posts.append(asyncio.create_task(webhook.post(update)))
                assert await _barrier(webhook)
        assert await asyncio.gather(*posts) == [200, 200, 200]
        await ana.hears("on the leaderboard you're now Quiet Otter")
        await ana.hears_nothing_else()


async def test_a_stop_answers_the_requests_in_progress(webhook: WebhookBot) -> None:
    sandbox = webhook.sandbox
    stack = AsyncExitStack()
    await stack.enter_async_context(webhook.bot())
    ana = await sandbox.subscriber()
    async with sandbox.sessions.begin() as session:
        await session.get(Subscriber, ana.id)
        posting = asyncio.create_task(webhook.post(alias_update(ana, 1, "Quiet Heron")))
        assert await _barrier(webhook)
        stopping = asyncio.create_task(stack.aclose())
        await sandbox.control.now()
        assert not stopping.done()
    assert await posting == 200
    await stopping
    assert (await ana.kept()).alias == "Quiet Heron"


async def test_a_full_bot_answers_503_and_telegrams_blocked_queues_lose_nothing(
    webhook: WebhookBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two updates fill the bot while another connection locks SQLite; the others wait outside."""
    monkeypatch.setattr(receiver, "_MAX_IN_PROGRESS", 2)
    sandbox = webhook.sandbox
    async with webhook.bot() as jobs:
        people = [await sandbox.subscriber(name) for name in ("Ana", "Bea", "Cai", "Dan", "Eve")]
        await sandbox.later(jobs, hours=1)
        for person in people:
            await person.gets_question()
        async with sandbox.sessions.begin() as session:
            await session.get(Subscriber, people[0].id)
            for person in people:
                await person.votes(person.heard)
            for name in ("Otter", "Badger"):
                await people[-1].says(f"/alias Quiet {name}")
            while "503" not in (await webhook_info(sandbox)).get("last_error_message", ""):
                pass
            assert (await sandbox.control.pending(sandbox.bot_id))["pending"] == 7
        async with asyncio.timeout(PATIENCE):
            while (await sandbox.control.pending(sandbox.bot_id))["pending"]:
                sandbox.clock.advance(2)
        for person in people:
            await person.hears("+10 points")
        assert (await people[-1].kept()).alias == "Quiet Badger"
    assert await sandbox.count(Answer) == len(people)
    assert await sandbox.totals_are_right()
    assert sandbox.faults_logged() == []


async def test_an_address_that_telegram_refuses_is_reported_in_a_sentence(
    sandbox: Sandbox,
) -> None:
    webhook = WebhookBot(sandbox)
    with pytest.raises(StartError, match="does not take QUIZBOT_WEBHOOK_URL") as refusal:
        async with webhook.bot(webhook_url="https://quiz.example.org/telegram"):
            pass
    assert SECRET not in str(refusal.value)
