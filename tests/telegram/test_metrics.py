"""/metrics over real HTTP, while the bot works."""

import socket

import httpx

from tests.telegram.sandbox import TOKEN, Sandbox


async def test_metrics_count_questions_and_answers_and_hold_nothing_personal(
    sandbox: Sandbox,
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    async with sandbox.bot(listen=address) as jobs, httpx.AsyncClient(trust_env=False) as client:
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
