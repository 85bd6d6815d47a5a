"""A programme in which all subscribers of a database take part, and a browser for its pages."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from sqlalchemy import insert, select

from benchmarks.bot_process import TOKEN
from db.models import Subscriber
from db.programmes import ALL_WEEKDAYS, Enrolment
from db.session import Sessions
from questions import Topic
from quizbot.programmes import programme as programmes
from quizbot.programmes import sign_in, staff
from quizbot.programmes.programme import Plan
from quizbot.programmes.teams import add_team
from quizbot.quiz.answers import totals
from quizbot.settings import load
from quizbot.telegram.messages.words import Languages
from quizbot.web.page_context import Dashboard
from quizbot.web.routes import dashboard_app
from quizbot.web.sessions import Address

COORDINATOR = 1

_TEAMS = 100
_BATCH = 500  # members whose scores are computed in one transaction
_URL = "http://127.0.0.1:8080"  # nothing listens there: the application is called directly


async def enrol_all(sessions: Sessions, topic: Topic, days: int) -> int:
    """Returns the id of a programme that began that many days ago, with everybody in it since."""
    now = datetime.now(UTC)
    begun = now - timedelta(days=days)
    plan = Plan(
        name="Everybody",
        topic=topic.slug,
        timezone="UTC",
        starts_on=begun.date(),
        ends_on=None,
        question_time=now.time().replace(second=0, microsecond=0),
        weekdays=ALL_WEEKDAYS,
    )
    async with sessions.begin() as session:
        await staff.make_coordinator(session, COORDINATOR, "Kim Doe", "en", begun)
        programme = await programmes.create(session, plan, COORDINATOR, begun)
        teams = [
            await add_team(session, programme, f"Team {number}", COORDINATOR, begun)
            for number in range(_TEAMS)
        ]
        ids = (await session.scalars(select(Subscriber.id).order_by(Subscriber.id))).all()
        await session.execute(
            insert(Enrolment),
            [
                {
                    "programme_id": programme.id,
                    "subscriber_id": subscriber_id,
                    "team_id": teams[index % _TEAMS].id,
                    "enrolled_on": plan.starts_on,
                }
                for index, subscriber_id in enumerate(ids)
            ],
        )
    for first in range(0, len(ids), _BATCH):
        async with sessions.begin() as session:
            await totals.recount_scores(session, ids[first : first + _BATCH])
    return programme.id


@asynccontextmanager
async def signed_in_browser(
    sessions: Sessions, topic: Topic, folder: Path
) -> AsyncIterator[httpx.AsyncClient]:
    """Yields a browser that is signed in as the coordinator and calls the application directly."""
    settings = load(token=TOKEN, data_dir=folder)
    address = Address("", "127.0.0.1")
    address.listens_on(8080)
    async with sessions.begin() as session:
        token = await sign_in.issue_link(session, COORDINATOR, datetime.now(UTC))
    dashboard = Dashboard(
        sessions,
        topic,
        Languages(),
        lambda: datetime.now(UTC),
        address,
        settings,
        bot_link=lambda: "https://t.me/benchmark_bot",
        tell_sign_in=lambda _: None,
    )
    transport = httpx.ASGITransport(dashboard_app(dashboard))
    async with httpx.AsyncClient(transport=transport, base_url=_URL, trust_env=False) as browser:
        own = {"Origin": _URL, "Sec-Fetch-Site": "same-origin"}
        entered = await browser.post(f"/in/{token}", headers=own)
        if entered.status_code != 303:
            raise RuntimeError(f"signing in returned {entered.status_code}")
        yield browser
